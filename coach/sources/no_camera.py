"""A rehearsal without a picture: time alone, so that the cues are given and nothing is scored."""

from __future__ import annotations

from typing import Final

from coach.base.protocols import Clock, SourceInfo, SourceStats
from coach.base.types import Tick
from coach.sources.take_time import TakeTime

PERIOD_S: Final = 1 / 30
"""As often as a camera would give frames, so that displays and deadlines behave alike."""


class NoCamera:
    """Ticks by the clock, from ``-lead_in_s`` on, without end."""

    def __init__(self, clock: Clock, *, lead_in_s: float = 0.0) -> None:
        self._clock = clock
        self._time = TakeTime(clock, lead_in_s)
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """Kind ``none``."""
        return SourceInfo("none", "none", live=True)

    @property
    def stats(self) -> SourceStats:
        """Nothing is ever counted."""
        return SourceStats()

    def read(self) -> Tick | None:
        """The next tick, a thirtieth of a second after the last where the caller keeps up; None once closed."""
        if self._closed:
            return None
        if self._time.running:
            due = self._time.last + PERIOD_S
            self._clock.sleep(max(0.0, due - self._time.now()))
        return Tick(self._time.now(), "no camera")

    def close(self) -> None:
        """End it; the next read gives None."""
        self._closed = True
