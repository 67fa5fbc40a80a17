"""A clock that only its owner moves."""

from __future__ import annotations


class FakeClock:
    """Stands still but for `sleep`, which returns at once, and for `time`, which a test may set.

    Attributes:
        time: in seconds.
    """

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        """The time it stands at."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let the time pass without waiting."""
        self.time += seconds
