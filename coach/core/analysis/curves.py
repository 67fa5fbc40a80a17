"""Curves of a take for pictures: thinned so that every peak stays true, and broken where nothing was seen."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

Point = tuple[float, float]
"""Seconds and value."""

Segment = tuple[Point, ...]
"""A stretch of a curve without a gap, in order of time."""

BUCKETS: Final = 1200
"""Stretches of time that a picture tells apart: about one for each dot of a screen."""

SAME_S: Final = 1e-6
"""Times that differ by less are the same moment."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Interval(Generic[Value]):
    """From `start` to `end`, take seconds, it was `value`."""

    start: float
    end: float
    value: Value

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


def decimated(points: Sequence[Point], seconds: float, buckets: int = BUCKETS) -> list[Point]:
    """Of each of `buckets` equal parts of `seconds`: the first, lowest, highest and last of its `points`, in order.

    All that is kept was there, and nothing lies above or below it that was left out. `points` are in order of time.
    """
    if seconds <= 0 or len(points) <= 4:
        return list(points)
    kept: list[Point] = []
    begin = 0
    while begin < len(points):
        bucket = min(math.floor(points[begin][0] / seconds * buckets), buckets - 1)
        edge = seconds * (bucket + 1) / buckets if bucket < buckets - 1 else math.inf
        end = max(bisect_left(points, edge, begin, key=_time), begin + 1)
        kept += _ends_and_peaks(points[begin:end])
        begin = end
    return kept


def _ends_and_peaks(points: Sequence[Point]) -> list[Point]:
    if len(points) <= 4:
        return list(points)
    values = [value for _, value in points]
    places = {0, values.index(min(values)), values.index(max(values)), len(points) - 1}
    return [points[place] for place in sorted(places)]


def split_at_gaps(points: Sequence[Point], gaps: Sequence[Interval[Value]]) -> tuple[Segment, ...]:
    """`points` parted wherever one of `gaps` (in order) begins between two of them."""
    starts = [gap.start for gap in gaps]
    runs: list[list[Point]] = []
    last = -1
    for point in points:
        place = bisect_left(starts, point[0])
        if place != last:
            runs.append([])
        runs[-1].append(point)
        last = place
    return tuple(tuple(run) for run in runs)


def intervals(moments: Sequence[tuple[float, Value]], end: float, held_s: float) -> list[Interval[Value]]:
    """Where the same value lasts. Each holds until the next moment, at most `held_s`; the last until `end` at most."""
    if not moments:
        return []
    kept: list[Interval[Value]] = []
    start, last = moments[0]
    until = start
    for (t, value), following in zip(moments, [*(t for t, _ in moments[1:]), end], strict=True):
        if t - until > SAME_S or value != last:
            kept.append(Interval(start, until, last))
            start, last = t, value
        until = max(min(following, t + held_s), t)
    return [*kept, Interval(start, until, last)]


def merge_short(parts: Iterable[Interval[Value]], least_s: float) -> list[Interval[Value]]:
    """`parts` (in order) without those too short to be drawn: they are joined, and the longest speaks for them.

    Parts of at least `least_s` keep their exact ends.
    """
    kept: list[Interval[Value]] = []
    short: list[Interval[Value]] = []
    for part in parts:
        if part.length >= least_s:
            _settle(kept, short)
            _append(kept, part)
            continue
        if short and part.end - short[0].start > least_s:
            _settle(kept, short)
        short.append(part)
    _settle(kept, short)
    return kept


def _settle(kept: list[Interval[Value]], short: list[Interval[Value]]) -> None:
    """Join the `short` parts into one of the value that lasted longest, and empty the list."""
    if short:
        longest = max(short, key=lambda part: part.length)
        _append(kept, Interval(short[0].start, short[-1].end, longest.value))
        short.clear()


def _append(kept: list[Interval[Value]], part: Interval[Value]) -> None:
    if kept and kept[-1].value == part.value and abs(kept[-1].end - part.start) < SAME_S:
        part = Interval(kept.pop().start, part.end, part.value)
    kept.append(part)


def clipped(points: Sequence[Point], start: float, end: float) -> list[Point]:
    """The part of a curve from `start` to `end`, its value at both ends worked out on the straight line."""
    first, last = (bisect_left(points, t, key=_time) for t in (start, end))
    inner = [point for point in points[first:last] if point[0] > start]
    return [(start, interpolated(points, start)), *inner, (end, interpolated(points, end))]


def interpolated(points: Sequence[Point], t: float) -> float:
    """A curve's value at `t`: straight between its points, flat outside them. `points` are not empty."""
    place = bisect_left(points, t, key=_time)
    if place == 0:
        return points[0][1]
    if place == len(points):
        return points[-1][1]
    (t0, v0), (t1, v1) = points[place - 1], points[place]
    return v0 + (v1 - v0) * (t - t0) / (t1 - t0) if t1 > t0 else v1


def _time(point: Point) -> float:
    return point[0]
