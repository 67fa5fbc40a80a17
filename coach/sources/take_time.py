"""Take time of a live source."""

from __future__ import annotations

from coach.base.protocols import Clock


class TakeTime:
    """Seconds since the take began, from ``-lead_in_s`` at the first look on; never going back."""

    def __init__(self, clock: Clock, lead_in_s: float) -> None:
        self._clock = clock
        self._lead_in_s = lead_in_s
        self._origin: float | None = None
        self._last = -lead_in_s

    @property
    def running(self) -> bool:
        """Whether anybody has looked yet."""
        return self._origin is not None

    @property
    def last(self) -> float:
        """The latest time that was given out."""
        return self._last

    def now(self) -> float:
        """Take time now."""
        return self.ago(0.0)

    def ago(self, age_s: float) -> float:
        """Take time `age_s` seconds ago, though never before a time that was given out already."""
        seconds = self._clock.now() - max(0.0, age_s)
        if self._origin is None:
            self._origin = seconds
        self._last = max(self._last, seconds - self._origin - self._lead_in_s)
        return self._last
