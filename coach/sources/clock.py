"""The monotonic clock of this machine, the same in every process on it."""

from __future__ import annotations

import time


class SystemClock:
    """Seconds that never go back, whatever happens to the wall clock."""

    def now(self) -> float:
        """Seconds from an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))
