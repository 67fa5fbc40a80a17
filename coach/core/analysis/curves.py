"""Curves of a take: splitting at gaps, decimation for charts that keeps peaks, and the curve of one line."""

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
"""Time in seconds, and value."""

Segment = tuple[Point, ...]
"""Points of a curve without a gap between them, in order of time."""

BUCKETS: Final = 1200
"""Number of time steps in a chart: about one per pixel of a screen."""

MAX_POINTS: Final = 300
"""Approximate maximum number of points in the curve of a line; its chart cannot show more."""

SAME_S: Final = 1e-6
"""Times that differ by less are equal."""

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


def decimate(points: Sequence[Point], seconds: float, buckets: int = BUCKETS) -> list[Point]:
    """Keep the first, lowest, highest and last point of each of `buckets` equal parts of `seconds`.

    No peak is lost and no point is invented. `points` are in order of time.
    """
    if seconds <= 0 or len(points) <= 4:
        return list(points)
    times = [t for t, _ in points]
    return decimate_values([value for _, value in points], times, buckets_of(times, seconds, buckets))


def buckets_of(times: Sequence[float], seconds: float, buckets: int = BUCKETS) -> list[int]:
    """Index of the first of `times` after each of the `buckets` equal parts of `seconds` that has any of them."""
    if seconds <= 0 or len(times) <= 4:
        return [*range(1, len(times) + 1)]
    stops: list[int] = []
    start = 0
    while start < len(times):
        bucket = min(math.floor(times[start] / seconds * buckets), buckets - 1)
        edge = seconds * (bucket + 1) / buckets if bucket < buckets - 1 else math.inf
        start = max(bisect_left(times, edge, start), start + 1)
        stops.append(start)
    return stops


def decimate_values(values: Sequence[float], times: Sequence[float], stops: Sequence[int]) -> list[Point]:
    """`decimate` for curves of equal `times`, with `stops` from `buckets_of`."""
    selected: list[Point] = []
    start = 0
    for stop in stops:
        indices: Iterable[int] = range(start, stop)
        if stop - start > 4:
            part = values[start:stop]
            ends = {0, part.index(min(part)), part.index(max(part)), len(part) - 1}
            indices = [start + i for i in sorted(ends)]
        selected += [(times[i], values[i]) for i in indices]
        start = stop
    return selected


def split_at_gaps(points: Sequence[Point], gaps: Sequence[Interval[Value]]) -> tuple[Segment, ...]:
    """Split `points` wherever one of `gaps` (in order of time) starts between two of them."""
    starts = [gap.start for gap in gaps]
    segments: list[list[Point]] = []
    previous = -1
    for point in points:
        gaps_before = bisect_left(starts, point[0])
        if gaps_before != previous:
            segments.append([])
        segments[-1].append(point)
        previous = gaps_before
    return tuple(tuple(segment) for segment in segments)


def intervals(moments: Sequence[tuple[float, Value]], end: float, max_hold_s: float) -> list[Interval[Value]]:
    """Join moments (seconds and value, in order of time) to intervals of equal values.

    A value holds until the next moment, the last one until `end`, but each at most `max_hold_s`.
    """
    if not moments:
        return []
    joined: list[Interval[Value]] = []
    start, current = moments[0]
    held_until = start
    for (t, value), next_t in zip(moments, [*(t for t, _ in moments[1:]), end], strict=True):
        if t - held_until > SAME_S or value != current:
            joined.append(Interval(start, held_until, current))
            start, current = t, value
        held_until = max(min(next_t, t + max_hold_s), t)
    return [*joined, Interval(start, held_until, current)]


def merge_short(parts: Iterable[Interval[Value]], min_s: float) -> list[Interval[Value]]:
    """Merge consecutive `parts` (in order of time) that are shorter than `min_s`.

    Short parts are merged until another would make them longer than `min_s` in all; they get the value of the longest
    of them. Parts of at least `min_s` keep their exact ends. Adjacent parts of equal value are joined.
    """
    merged: list[Interval[Value]] = []
    short: list[Interval[Value]] = []
    for part in parts:
        if part.length >= min_s:
            _append_short(merged, short)
            _append(merged, part)
            continue
        if short and part.end - short[0].start > min_s:
            _append_short(merged, short)
        short.append(part)
    _append_short(merged, short)
    return merged


def _append_short(merged: list[Interval[Value]], short: list[Interval[Value]]) -> None:
    """Append the `short` parts as one with the value of the longest, and clear the list."""
    if short:
        longest = max(short, key=lambda part: part.length)
        _append(merged, Interval(short[0].start, short[-1].end, longest.value))
        short.clear()


def _append(merged: list[Interval[Value]], part: Interval[Value]) -> None:
    if merged and merged[-1].value == part.value and abs(merged[-1].end - part.start) < SAME_S:
        part = Interval(merged.pop().start, part.end, part.value)
    merged.append(part)


def clip(points: Sequence[Point], start: float, end: float) -> list[Point]:
    """Clip a curve to `start` and `end`, with interpolated values at both ends. `points` must not be empty."""
    first, stop = (bisect_left(points, t, key=_point_time) for t in (start, end))
    inner = [point for point in points[first:stop] if point[0] > start]
    return [(start, interpolate(points, start)), *inner, (end, interpolate(points, end))]


def interpolate(points: Sequence[Point], t: float) -> float:
    """Value of a curve at `t`: linear between the points, constant outside. `points` must not be empty."""
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
    """The curve of one line in one take: how well the face matched the target (see `Judge.share`).

    Attributes:
        seconds: time for which the line was played, without pauses.
        segments: points with the seconds since the line began, without pauses, and a share from 0 to 1.
    """

    seconds: float
    segments: tuple[Segment, ...]

    def resample(self, count: int, seconds: float | None = None) -> list[float | None]:
        """Means over `count` equal parts of `seconds`, by default the line's length; None for parts in a gap."""
        total_s = seconds or self.seconds
        values: list[list[float]] = [[] for _ in range(count)]
        for segment in self.segments:
            for t, value in segment:
                if 0 <= t < total_s or math.isclose(t, total_s):
                    values[min(int(t / total_s * count), count - 1)].append(value)
        means = [sum(part_values) / len(part_values) if part_values else None for part_values in values]
        return self._fill_forward(means, total_s / count)

    def _fill_forward(self, means: list[float | None], width_s: float) -> list[float | None]:
        """Fill parts without a reading with the value before them, unless they are in a gap."""
        filled: list[float | None] = []
        for number, value in enumerate(means):
            middle = (number + 0.5) * width_s
            in_segment = any(segment[0][0] <= middle <= segment[-1][0] for segment in self.segments)
            filled.append(filled[-1] if value is None and in_segment and filled else value)
        return filled


def line_curve_of(take: TakeMoments, line: LineReport, script: Script, judge: Judge) -> LineCurve | None:
    """Make the curve of the attempt that `line` reports; None if the line was not played or has no target."""
    target = script.spoken[line.index - 1].target
    if line.start_s is None or line.end_s is None or target is None:
        return None
    # Widened by 0.1 ms, because times in a report are rounded to that.
    start, end = line.start_s - 1e-4, line.end_s + 1e-4
    first, stop = (bisect_left(take.moments, t, key=_moment_time) for t in (start, end))
    clock = _LineClock(line.start_s, take.pauses)
    segments: list[list[Point]] = []
    last: Moment | None = None
    for moment in take.moments[first:stop]:
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
    # The last reading holds until the end of the line.
    if last is not None and segments[-1][-1][0] < seconds <= segments[-1][-1][0] + MAX_HOLD_S:
        segments[-1].append((seconds, segments[-1][-1][1]))
    return LineCurve(seconds, tuple(tuple(segment) for segment in _thin_out(segments)))


def _moment_time(moment: Moment) -> float:
    return moment.t


def _thin_out(segments: Sequence[Sequence[Point]]) -> list[Sequence[Point]]:
    """Keep every n-th point, about `MAX_POINTS` in all. No peak is lost, because readings are smoothed already."""
    step = max(1, sum(len(segment) for segment in segments) // MAX_POINTS)
    return [segment if step == 1 else [*segment[:-1:step], segment[-1]] for segment in segments]


@dataclass(frozen=True, slots=True)
class _LineClock:
    """Seconds since `start`, without `pauses`."""

    start: float
    pauses: tuple[tuple[float, float], ...]

    def __call__(self, t: float) -> float:
        paused_s = sum(max(0.0, min(end, t) - max(start, self.start)) for start, end in self.pauses)
        return round(max(t - self.start - paused_s, 0.0), 4)


def played_spans(start: float, end: float, pauses: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The parts of `start` to `end` (take seconds) outside `pauses`, which are in order of time."""
    spans: list[tuple[float, float]] = []
    for pause_start, pause_end in pauses:
        if start < pause_start < end:
            spans.append((start, pause_start))
        if pause_start < end and pause_end > start:
            start = pause_end
    return [*spans, (start, end)] if start < end else spans
