"""A source whose every moment the test decides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coach.base.protocols import SourceInfo, SourceStats
from coach.base.types import Frame, Tick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def grey(t: float, level: int = 128, width: int = 64, height: int = 48) -> Frame:
    """A frame of one grey `level`, 0 to 255, at `t`."""
    import numpy as np

    image: NDArray[np.uint8] = np.full((height, width, 3), level, np.uint8)
    return Frame(t, image)


class FakeSource:
    """Gives `moments` one by one, then None; an exception among them is raised in its turn.

    Attributes:
        closed: how often it was closed.

    Example:
        >>> source = FakeSource([grey(0.0), Tick(0.1, "frozen"), SourceError("gone")], live=True)
    """

    def __init__(
        self, moments: Iterable[Frame | Tick | Exception], *, live: bool = False, info: SourceInfo | None = None
    ) -> None:
        self._moments = iter(moments)
        self._info = info or SourceInfo("camera" if live else "video", "fake", live=live)
        self._stats = SourceStats()
        self.closed = 0

    @property
    def info(self) -> SourceInfo:
        """As given, else a nameless one of unknown size."""
        return self._info

    @property
    def stats(self) -> SourceStats:
        """Counts the frames; a test may add to it."""
        return self._stats

    def read(self) -> Frame | Tick | None:
        """The next of the moments; None after the last and once closed."""
        moment = None if self.closed else next(self._moments, None)
        if isinstance(moment, Exception):
            raise moment
        self._stats.frames += isinstance(moment, Frame)
        return moment

    def close(self) -> None:
        """Count it."""
        self.closed += 1
