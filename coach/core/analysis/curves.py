"""Curves of a take: split at gaps, decimated for charts without losing a peak, and the curve of one line."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from coach.core.reading.smoothing import MAX_HOLD_S

if TYPE_CHECKING:
    from coach.core.analysis.moments import Moment, TakeMoments
    from coach.core.scoring.report import LineReport
    from coach.core.scoring.verdict import Judge
    from coach.core.script.script import Script

Point = tuple[float, float]
"""Seconds and value."""

Segment = tuple[Point, ...]
"""A part of a curve without a gap, in order of time."""

BUCKETS: Final = 1200
"""Time steps that a chart can resolve: about one per pixel of a screen."""

MAX_POINTS: Final = 300
"""About the number of points in the curve of a line; the chart of a line resolves no more."""

SAME_S: Final = 1e-6
"""Times closer than this are equal."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Interval(Generic[Value]):
    """`value` holds from `start` to `end`, in take seconds."""

    start: float
    end: float
    value: Value

    @property
    def length(self) -> float:
        """Length in seconds."""
        return self.end - self.start


def decimated(points: Sequence[Point], seconds: float, buckets: int = BUCKETS) -> list[Point]:
    """Keep the first, lowest, highest and last point of each of `buckets` equal parts of `seconds`.

    So every kept point is real, and no peak is lost. `points` are in order of time.
    """
    if seconds <= 0 or len(points) <= 4:
        return list(points)
    kept: list[Point] = []
    begin = 0
    while begin < len(points):
        bucket = min(math.floor(points[begin][0] / seconds * buckets), buckets - 1)
        edge = seconds * (bucket + 1) / buckets if bucket < buckets - 1 else math.inf
        end = max(bisect_left(points, edge, begin, key=_point_time), begin + 1)
        kept += _ends_and_peaks(points[begin:end])
        begin = end
    return kept


def _ends_and_peaks(points: Sequence[Point]) -> list[Point]:
    if len(points) <= 4:
        return list(points)
    values = [value for _, value in points]
    indices = {0, values.index(min(values)), values.index(max(values)), len(points) - 1}
    return [points[i] for i in sorted(indices)]


def split_at_gaps(points: Sequence[Point], gaps: Sequence[Interval[Value]]) -> tuple[Segment, ...]:
    """Split `points` wherever one of `gaps` (in order of time) starts between two of them."""
    starts = [gap.start for gap in gaps]
    segments: list[list[Point]] = []
    last = -1
    for point in points:
        number = bisect_left(starts, point[0])
        if number != last:
            segments.append([])
        segments[-1].append(point)
        last = number
    return tuple(tuple(segment) for segment in segments)


def intervals(moments: Sequence[tuple[float, Value]], end: float, held_s: float) -> list[Interval[Value]]:
    """Intervals of equal values. A value holds until the next moment, the last until `end`, each at most `held_s`."""
    if not moments:
        return []
    found: list[Interval[Value]] = []
    start, last = moments[0]
    until = start
    for (t, value), following in zip(moments, [*(t for t, _ in moments[1:]), end], strict=True):
        if t - until > SAME_S or value != last:
            found.append(Interval(start, until, last))
            start, last = t, value
        until = max(min(following, t + held_s), t)
    return [*found, Interval(start, until, last)]


def merge_short(parts: Iterable[Interval[Value]], min_s: float) -> list[Interval[Value]]:
    """Merge neighbouring `parts` (in order of time) shorter than `min_s`; the merged value is that of the longest.

    Parts of at least `min_s` keep their exact ends.
    """
    merged: list[Interval[Value]] = []
    short: list[Interval[Value]] = []
    for part in parts:
        if part.length >= min_s:
            _merge(merged, short)
            _append(merged, part)
            continue
        if short and part.end - short[0].start > min_s:
            _merge(merged, short)
        short.append(part)
    _merge(merged, short)
    return merged


def _merge(merged: list[Interval[Value]], short: list[Interval[Value]]) -> None:
    """Append the `short` parts as one, with the value of the longest, and empty the list."""
    if short:
        longest = max(short, key=lambda part: part.length)
        _append(merged, Interval(short[0].start, short[-1].end, longest.value))
        short.clear()


def _append(merged: list[Interval[Value]], part: Interval[Value]) -> None:
    if merged and merged[-1].value == part.value and abs(merged[-1].end - part.start) < SAME_S:
        part = Interval(merged.pop().start, part.end, part.value)
    merged.append(part)


def clipped(points: Sequence[Point], start: float, end: float) -> list[Point]:
    """The part of a curve from `start` to `end`, with interpolated values at both ends."""
    first, last = (bisect_left(points, t, key=_point_time) for t in (start, end))
    inner = [point for point in points[first:last] if point[0] > start]
    return [(start, interpolated(points, start)), *inner, (end, interpolated(points, end))]


def interpolated(points: Sequence[Point], t: float) -> float:
    """A curve's value at `t`: linear between its points, constant outside. `points` must not be empty."""
    i = bisect_left(points, t, key=_point_time)
    if i == 0:
        return points[0][1]
    if i == len(points):
        return points[-1][1]
    (t0, v0), (t1, v1) = points[i - 1], points[i]
    return v0 + (v1 - v0) * (t - t0) / (t1 - t0) if t1 > t0 else v1


def _point_time(point: Point) -> float:
    return point[0]


@dataclass(frozen=True, slots=True)
class LineCurve:
    """The curve of one line in one take: how much of the target came across.

    Attributes:
        seconds: how long the line was played, without pauses.
        segments: (seconds since the line began, without pauses; share 0 to 1), without gaps within a segment.
    """

    seconds: float
    segments: tuple[Segment, ...]

    def resampled(self, count: int, seconds: float | None = None) -> list[float | None]:
        """Means over `count` equal parts of `seconds`, by default the line's length; None where nothing was read."""
        whole = seconds or self.seconds
        values: list[list[float]] = [[] for _ in range(count)]
        for segment in self.segments:
            for t, value in segment:
                if 0 <= t < whole or math.isclose(t, whole):
                    values[min(int(t / whole * count), count - 1)].append(value)
        return self._filled([sum(each) / len(each) if each else None for each in values], whole / count)

    def _filled(self, cells: list[float | None], width_s: float) -> list[float | None]:
        """Fill cells narrower than the time between two readings of a segment with the value before them."""
        filled: list[float | None] = []
        for number, value in enumerate(cells):
            middle = (number + 0.5) * width_s
            inside = any(segment[0][0] <= middle <= segment[-1][0] for segment in self.segments)
            filled.append(filled[-1] if value is None and inside and filled else value)
        return filled


def line_curve_of(take: TakeMoments, line: LineReport, script: Script, judge: Judge) -> LineCurve | None:
    """Curve of the attempt that `line` reports; None if the line was not played or has no target."""
    target = script.spoken[line.index - 1].target
    if line.start_s is None or line.end_s is None or target is None:
        return None
    # Times in a report are rounded to a tenth of a millisecond.
    start, end = line.start_s - 1e-4, line.end_s + 1e-4
    first, over = (bisect_left(take.moments, t, key=_moment_time) for t in (start, end))
    clock = _LineClock(line.start_s, take.pauses)
    segments: list[list[Point]] = []
    last: Moment | None = None
    for moment in take.moments[first:over]:
        if moment.line != line.index:
            continue
        if moment.smoothed is None:
            last = None
            continue
        if last is None or moment.t - last.t > MAX_HOLD_S:
            segments.append([])
        accepted = target.parts[moment.part].accepted
        segments[-1].append((clock(moment.t), judge.share(accepted, moment.smoothed)))
        last = moment
    seconds = max(clock(line.end_s), 1e-3)
    if last is not None and segments[-1][-1][0] < seconds <= segments[-1][-1][0] + MAX_HOLD_S:
        segments[-1].append((seconds, segments[-1][-1][1]))
    return LineCurve(seconds, tuple(tuple(segment) for segment in _every_nth(segments)))


def _moment_time(moment: Moment) -> float:
    return moment.t


def _every_nth(segments: Sequence[Sequence[Point]]) -> list[Sequence[Point]]:
    """Keep every n-th point, about `MAX_POINTS` in all; the readings are smoothed already."""
    step = max(1, sum(len(segment) for segment in segments) // MAX_POINTS)
    return [segment if step == 1 else [*segment[:-1:step], segment[-1]] for segment in segments]


@dataclass(frozen=True, slots=True)
class _LineClock:
    """Seconds since `start`, without `pauses`."""

    start: float
    pauses: tuple[tuple[float, float], ...]

    def __call__(self, t: float) -> float:
        paused = sum(max(0.0, min(end, t) - max(begin, self.start)) for begin, end in self.pauses)
        return round(max(t - self.start - paused, 0.0), 4)


def played_spans(start: float, end: float, pauses: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The parts of `start` to `end` (take seconds) outside `pauses`, which are in order of time."""
    spans: list[tuple[float, float]] = []
    for begin, over in pauses:
        if start < begin < end:
            spans.append((start, begin))
        if begin < end and over > start:
            start = over
    return [*spans, (start, end)] if start < end else spans
