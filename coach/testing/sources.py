"""Fake frame source and clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coach.base.protocols import SourceInfo, SourceStats
from coach.base.types import Frame, Tick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def grey(t: float, level: int = 128, width: int = 64, height: int = 48) -> Frame:
    """A frame at `t` of one grey `level`, 0 to 255."""
    import numpy as np

    image: NDArray[np.uint8] = np.full((height, width, 3), level, np.uint8)
    return Frame(t, image)


class FakeSource:
    """A `FrameSource` that returns or raises the given moments in order, then returns None.

    Attributes:
        close_calls: number of calls of `close`.

    Example:
        >>> source = FakeSource([grey(0.0), Tick(0.1, "frozen"), SourceError("gone")], live=True)
    """

    def __init__(
        self, moments: Iterable[Frame | Tick | Exception], *, live: bool = False, info: SourceInfo | None = None
    ) -> None:
        self._moments = iter(moments)
        self._info = info or SourceInfo("camera" if live else "video", "fake", live=live)
        self._stats = SourceStats()
        self.close_calls = 0

    @property
    def info(self) -> SourceInfo:
        """The given description, or a default one."""
        return self._info

    @property
    def stats(self) -> SourceStats:
        """Counter of the frames; a test may change it."""
        return self._stats

    def read(self) -> Frame | Tick | None:
        """The next moment; None after the last and once closed."""
        moment = None if self.close_calls else next(self._moments, None)
        if isinstance(moment, Exception):
            raise moment
        self._stats.frames += isinstance(moment, Frame)
        return moment

    def close(self) -> None:
        """Count the call."""
        self.close_calls += 1


class FakeClock:
    """A clock that advances only when `sleep` is called, which returns at once, or when a test sets `time`.

    Attributes:
        time: current time in seconds.
    """

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        """The current time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Advance the time without waiting."""
        self.time += seconds
