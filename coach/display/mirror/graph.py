"""The graph of one person's emotions over time; a new sample scrolls it and draws only a few columns."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from coach.base.palette import COLOURS_BGR, DARK_BACKGROUND, bgr_of
from coach.base.types import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from coach.base.types import Probabilities
    from coach.core.mirror.view import MirrorView

    Picture = NDArray[np.uint8]

SPAN_S: Final = 20.0
"""Seconds that the width of the graph covers."""

GRID_S: Final = 5.0
"""Seconds between two vertical grid lines."""

MAX_SAMPLES: Final = 2400
"""Maximum number of samples of a person: enough for `SPAN_S` at 120 frames a second."""

MAX_GAP_S: Final = 1.0
"""Maximum gap between two samples that a line connects; after a longer one a new line starts."""

_GUARD: Final = 8
"""Number of cleared columns after the newest one, since a thick line extends beyond its end."""

_SHIFT: Final = 4
"""Fractional bits of OpenCV coordinates (sixteenths of a pixel), so that slow changes do not look like stairs."""

_GROUND: Final = bgr_of(DARK_BACKGROUND)
_LINE: Final = (56, 52, 48)
_ORDER: Final = ("neutral", *(emotion for emotion in EMOTIONS if emotion != "neutral"))
"""Drawing order: neutral first, so that every emotion is drawn over it."""

Sample = tuple[float, "Probabilities | None"]
"""Time in seconds and shares of one person; None if nothing was read."""


class SampleHistory:
    """The samples of all people over the last `SPAN_S` seconds, so that the graph can switch to another person.

    Memory is bounded.
    """

    def __init__(self) -> None:
        self._samples: dict[int, deque[Sample]] = {}

    def add(self, view: MirrorView) -> None:
        """Take the next view."""
        seen = {face.track: face.smoothed for face in view.faces}
        for track in [*self._samples, *(track for track in seen if track not in self._samples)]:
            self._add(track, view.t, seen.get(track))

    def of(self, track: int) -> Iterable[Sample]:
        """Times and shares of the person `track`, oldest first; shares are None if nothing was read."""
        return tuple(self._samples.get(track, ()))

    def _add(self, track: int, t: float, shares: Probabilities | None) -> None:
        samples = self._samples.setdefault(track, deque(maxlen=MAX_SAMPLES))
        if shares is not None or (samples and samples[-1][1] is not None):
            samples.append((t, shares))
        while samples and t - samples[0][0] > SPAN_S:
            samples.popleft()
        if not samples:
            del self._samples[track]


class ScrollGraph:
    """Seven lines on a dark background, the newest sample at the right edge.

    The columns form a ring buffer that is stored twice side by side, so that any stretch of it is contiguous.

    Args:
        width: width of the graph in pixels.
        height: height of the graph in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self.size = width, height
        self._ring = width + _GUARD
        self._rate = width / SPAN_S
        self._line_width = 1 if height < 100 else 2 if height < 260 else 3
        self._pad = self._line_width + 1
        self._empty = self._column()
        self._columns = np.repeat(self._empty, 2 * self._ring, axis=1)
        self._last: Sample | None = None
        self._head = 0

    def height_of(self, share: float) -> float:
        """The row of `share` (0 to 1), in pixels from the top."""
        return self._pad + (1 - share) * (self.size[1] - 1 - 2 * self._pad)

    def add(self, t: float, shares: Probabilities | None) -> None:
        """Add a sample at `t` seconds; None leaves a gap. Times must not decrease."""
        last = self._last
        self._scroll(t, first=last is None)
        if last is not None and last[1] is not None and shares is not None and t - last[0] <= MAX_GAP_S:
            self._draw((last[0], last[1]), (t, shares))
        self._last = t, shares

    def picture(self) -> Picture:
        """The graph (height, width, 3) uint8 BGR: a view of its memory, to be copied and not to be changed."""
        start = (self._head + 1 - self.size[0]) % self._ring
        return self._columns[:, start : start + self.size[0]]

    def _column(self) -> Picture:
        column = np.full((self.size[1], 1, 3), _GROUND, np.uint8)
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            column[round(self.height_of(share))] = _LINE
        return column

    def _scroll(self, t: float, *, first: bool) -> None:
        head = math.floor(t * self._rate)
        oldest = head - self._ring
        start = (oldest if first else max(self._head, oldest)) + _GUARD + 1
        for column in range(start, head + _GUARD + 1):
            self._clear(column)
        self._head = head

    def _clear(self, column: int) -> None:
        place = column % self._ring
        on_grid = math.floor(column / self._rate / GRID_S) != math.floor((column - 1) / self._rate / GRID_S)
        content: Picture | tuple[int, int, int] = _LINE if on_grid else self._empty[:, 0]
        self._columns[:, place] = self._columns[:, place + self._ring] = content

    def _draw(self, before: tuple[float, Probabilities], now: tuple[float, Probabilities]) -> None:
        base = math.floor(before[0] * self._rate / self._ring) * self._ring
        xs = [moment[0] * self._rate - base for moment in (before, now)]
        for emotion in _ORDER:
            at = EMOTIONS.index(emotion)
            colour = COLOURS_BGR[EMOTIONS[at]]
            ys = [self.height_of(moment[1][at]) for moment in (before, now)]
            for offset in (-self._ring, 0, self._ring):
                ends = [(_fixed_point(x + offset), _fixed_point(y)) for x, y in zip(xs, ys, strict=True)]
                cv2.line(self._columns, ends[0], ends[1], colour, self._line_width, cv2.LINE_AA, _SHIFT)


class PersonGraph:
    """The graph of the chosen person at the current size; redrawn only if the person or the size changes."""

    def __init__(self) -> None:
        self._history = SampleHistory()
        self._track = -1
        self._graph: ScrollGraph | None = None

    def add(self, view: MirrorView) -> None:
        """Take the next view."""
        self._history.add(view)
        if self._graph is not None:
            shares = next((face.smoothed for face in view.faces if face.track == self._track), None)
            self._graph.add(view.t, shares)

    def of(self, track: int, size: tuple[int, int]) -> ScrollGraph:
        """The graph of the person `track`, at `size` (width, height) in pixels; redraws it if either has changed."""
        if self._graph is None or self._graph.size != size or self._track != track:
            self._track = track
            self._graph = ScrollGraph(*size)
            for t, shares in self._history.of(track):
                self._graph.add(t, shares)
        return self._graph


def _fixed_point(coordinate: float) -> int:
    return round(coordinate * (1 << _SHIFT))
