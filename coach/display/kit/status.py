"""Shown by every display beside its subject: the frame rate, and notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.base.protocols import Clock, SourceStats

RATE_SPAN_S: Final = 2.0
"""Seconds over which the frame rate is measured."""

NOTICE_S: Final = 8.0
"""Seconds that a notice is shown."""


class Rate:
    """Frames per second over the last `RATE_SPAN_S` seconds, from the counts of a source."""

    def __init__(self, stats: Callable[[], SourceStats]) -> None:
        self._stats = stats
        self._marks: list[tuple[float, int]] = []

    @property
    def dropped(self) -> int:
        """Frames dropped so far."""
        return self._stats().dropped

    def at(self, now: float, *, paused: bool = False) -> float | None:
        """Frames per second; 0 until two calls can be compared; None before the first frame and while `paused`.

        The measurement starts afresh after a pause.
        """
        stats = self._stats()
        if paused:
            self._marks.clear()
            return None
        if not stats.frames:
            return None
        self._marks = [mark for mark in self._marks if now - mark[0] <= RATE_SPAN_S] + [(now, stats.frames)]
        (since, before), (until, frames) = self._marks[0], self._marks[-1]
        return (frames - before) / (until - since) if until > since else 0.0


class NoticeBoard:
    """Keeps notices and knows which of them are still shown."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._notices: list[tuple[float, str]] = []

    def add(self, text: str) -> None:
        """Show `text` from now on for `NOTICE_S` seconds."""
        self._notices.append((self._clock.now(), text))

    def current(self, now: float, most: int = 2) -> tuple[str, ...]:
        """The newest notices, at most `most`, that are shown at `now`; oldest first."""
        return tuple(text for since, text in self._notices if now - since < NOTICE_S)[-most:]

    @property
    def texts(self) -> list[str]:
        """All notices so far, oldest first."""
        return [text for _, text in self._notices]
