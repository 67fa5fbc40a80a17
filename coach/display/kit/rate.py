"""Frames per second, measured over the last moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.base.protocols import SourceStats

OVER_S: Final = 2.0


class Rate:
    """Frames per second over the last `OVER_S` seconds, from a source's own counts."""

    def __init__(self, stats: Callable[[], SourceStats]) -> None:
        self._stats = stats
        self._marks: list[tuple[float, int]] = []

    @property
    def dropped(self) -> int:
        """Frames dropped so far."""
        return self._stats().dropped

    def at(self, now: float, *, paused: bool = False) -> float | None:
        """Frames per second, 0 until there is something to measure; None while no frame ever came, or while `paused`.

        After a pause it is measured anew.
        """
        stats = self._stats()
        if paused:
            self._marks.clear()
            return None
        if not stats.frames:
            return None
        self._marks = [mark for mark in self._marks if now - mark[0] <= OVER_S] + [(now, stats.frames)]
        (since, before), (until, frames) = self._marks[0], self._marks[-1]
        return (frames - before) / (until - since) if until > since else 0.0
