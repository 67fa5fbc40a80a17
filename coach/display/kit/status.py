"""The frame rate and the notices that every display shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.base.protocols import Clock, SourceStats

RATE_SPAN_S: Final = 2.0
"""Seconds over which the frame rate is measured."""

NOTICE_S: Final = 8.0
"""Seconds that a notice is shown."""


class FrameRateMeter:
    """Measures frames per second over the last `RATE_SPAN_S` seconds.

    Args:
        stats: returns the current counts of the source.
    """

    def __init__(self, stats: Callable[[], SourceStats]) -> None:
        self._stats = stats
        self._samples: list[tuple[float, int]] = []

    @property
    def dropped(self) -> int:
        """Frames dropped so far."""
        return self._stats().dropped

    def update(self, now: float, *, paused: bool = False) -> float | None:
        """Take a sample at `now` and return the frames per second; a pause restarts the measurement.

        Returns:
            0 for the first sample; None before the first frame and while `paused`.
        """
        stats = self._stats()
        if paused:
            self._samples.clear()
            return None
        if not stats.frames:
            return None
        self._samples = [(t, frames) for t, frames in self._samples if now - t <= RATE_SPAN_S]
        self._samples.append((now, stats.frames))
        since, frames_before = self._samples[0]
        return (stats.frames - frames_before) / (now - since) if now > since else 0.0


class NoticeBoard:
    """Collects notices; each is shown for `NOTICE_S` seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._notices: list[tuple[float, str]] = []

    def add(self, text: str) -> None:
        """Start to show `text`."""
        self._notices.append((self._clock.now(), text))

    def current(self, now: float, limit: int = 2) -> tuple[str, ...]:
        """The newest notices, at most `limit`, that are shown at `now`; oldest first."""
        return tuple(text for since, text in self._notices if now - since < NOTICE_S)[-limit:]

    @property
    def texts(self) -> list[str]:
        """All notices so far, oldest first."""
        return [text for _, text in self._notices]
