"""Data for the chart of a take: intervals and curves over take time, decimated to the resolution of a screen."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from coach.base.types import EMOTIONS, Emotion, Probabilities
from coach.core.analysis.curves import (
    BUCKETS,
    SAME_S,
    Interval,
    Point,
    Segment,
    buckets_of,
    decimate,
    decimate_values,
    intervals,
    merge_short,
    split_at_gaps,
)
from coach.core.analysis.moments import Attempt, Moment, TakeMoments
from coach.core.reading.smoothing import MAX_HOLD_S
from coach.core.scoring.verdict import Judge, Norm
from coach.core.script.script import Line, Script
from coach.core.script.targets import Part

MIN_GAP_S: Final = 0.2
"""Shortest time without a usable face that the chart shows as a gap."""

NO_READING: Final = "no picture"
"""Reason for a gap without readings."""


@dataclass(frozen=True, slots=True)
class CurrentTarget:
    """The part of a target that applies during an interval.

    Attributes:
        line: 1-based number of the line.
        accepted: accepted emotions; empty for an untracked line.
        intensity: intensity band of the line; None if it has none.
        norm: norm of trained actors; None for a model that does not predict viewer shares.
    """

    line: int
    accepted: tuple[Emotion, ...]
    intensity: tuple[float, float] | None
    norm: Norm | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment, shown when a user points at it.

    Attributes:
        t: take seconds.
        line: 1-based number of the line; None between lines.
        read: the steady emotion; None if the model abstained.
        probabilities: smoothed probabilities; None for an unusable face.
        match: how well the face matched the target, 0 to 1 (see `Judge.share`); None without a target.
        reason: why the face was unusable; empty if it was usable.
    """

    t: float
    line: int | None
    read: Emotion | None
    probabilities: Probabilities | None
    match: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class ChartData:
    """Data of a take's chart; all times in take seconds from 0 to `seconds`.

    Attributes:
        seconds: length of the take.
        scale: meaning of `match`: ``viewers`` for a share of viewers; ``reading`` for the probability of the target, if
            the model does not predict viewer shares.
        targets: targets of each attempt at a line, in order of time.
        read: the steady emotion; its value is None while the model abstained.
        strength: the largest of the seven smoothed probabilities.
        match: how well the face matched the target, 0 to 1 (see `Judge.share`).
        emotions: smoothed probabilities of each emotion.
        face: reliability of the face.
        gaps: times without a usable face, with the reason.
        pauses: times in which the script was paused.
        samples: moments that a user can point at, including peaks.
    """

    seconds: float
    scale: Literal["viewers", "reading"]
    targets: tuple[Interval[CurrentTarget], ...]
    read: tuple[Interval[Emotion | None], ...]
    strength: tuple[Segment, ...]
    match: tuple[Segment, ...]
    emotions: dict[Emotion, tuple[Segment, ...]]
    face: tuple[Segment, ...]
    gaps: tuple[Interval[str], ...]
    pauses: tuple[Interval[None], ...]
    samples: tuple[Sample, ...]

    @property
    def watched(self) -> bool:
        """Whether any face was read."""
        return bool(self.strength)


def chart_data_of(take: TakeMoments, script: Script, judge: Judge, buckets: int = BUCKETS) -> ChartData:
    """Make the chart data of a take of `script`; curves keep at most four points in each of `buckets` equal parts."""
    seconds = max(take.end, 0.0)
    moments = [moment for moment in take.moments if moment.t >= 0]
    usable = [moment for moment in moments if moment.smoothed is not None]
    bucket_s = seconds / buckets
    gaps = gaps_in(moments, seconds, max(MIN_GAP_S, bucket_s))
    lines = script.spoken
    targets = [
        interval
        for attempt in take.attempts
        for interval in _target_intervals(attempt, lines[attempt.line - 1], moments, judge)
    ]
    match = _match_curves(usable, targets, judge)

    times = [moment.t for moment in usable]
    stops = buckets_of(times, seconds, buckets)
    smoothed = [moment.smoothed for moment in usable if moment.smoothed is not None]

    def curve(values: list[float]) -> tuple[Segment, ...]:
        return split_at_gaps(decimate_values(values, times, stops), gaps)

    return ChartData(
        seconds=seconds,
        scale="viewers" if judge.card else "reading",
        targets=tuple(targets),
        read=tuple(merge_short(_read_intervals(moments, seconds), bucket_s)),
        strength=curve([max(shares) for shares in smoothed]),
        match=tuple(part for points in match for part in split_at_gaps(decimate(points, seconds, buckets), gaps)),
        emotions={emotion: curve([shares[i] for shares in smoothed]) for i, emotion in enumerate(EMOTIONS)},
        face=curve([moment.weight for moment in usable]),
        gaps=tuple(gaps),
        pauses=tuple(Interval(max(start, 0.0), end, None) for start, end in take.pauses if end > 0),
        samples=tuple(_samples(moments, match, seconds, buckets)),
    )


def gaps_in(moments: Sequence[Moment], end: float, min_s: float = MIN_GAP_S) -> list[Interval[str]]:
    """Find times of at least `min_s` without a usable face, each with the reason of its longest part."""
    reasons: list[tuple[float, str]] = [(moment.t, moment.reason or "") for moment in moments]
    parts: list[Interval[str]] = []
    previous_end = 0.0
    for part in [*intervals(reasons, end, MAX_HOLD_S), Interval(end, end, "")]:  # the last one ends a final gap
        if part.start - previous_end > SAME_S:
            parts.append(Interval(previous_end, part.start, NO_READING))
        previous_end = part.end
        if part.value:
            parts.append(part)
    return [gap for gap in _join_adjacent(parts) if gap.length >= min_s]


def _join_adjacent(parts: Sequence[Interval[str]]) -> list[Interval[str]]:
    """Join adjacent parts; each group gets the value of its longest part."""
    groups: list[list[Interval[str]]] = []
    for part in parts:
        if groups and part.start - groups[-1][-1].end < SAME_S:
            groups[-1].append(part)
        else:
            groups.append([part])
    return [Interval(group[0].start, group[-1].end, max(group, key=lambda part: part.length).value) for group in groups]


def _read_intervals(moments: Sequence[Moment], end: float) -> list[Interval[Emotion | None]]:
    """The steady emotion while the face was usable; None while the model abstained."""
    emotions: list[tuple[float, Emotion | str | None]] = [
        (moment.t, moment.read if moment.smoothed is not None else "")  # "" for an unusable face
        for moment in moments
    ]
    parts = intervals(emotions, end, MAX_HOLD_S)
    return [Interval(part.start, part.end, part.value) for part in parts if part.value != ""]  # type: ignore[arg-type]  # the rest are emotions


def _target_intervals(
    attempt: Attempt, line: Line, moments: Sequence[Moment], judge: Judge
) -> list[Interval[CurrentTarget]]:
    """The target of `line` during an attempt: one interval for each part that was reached."""
    start, end = max(attempt.start, 0.0), attempt.end
    if line.target is None:
        return [Interval(start, end, CurrentTarget(attempt.line, (), None, None))]
    parts = line.target.parts
    bounds = [start, *(_part_start(attempt, n, parts, moments) for n in range(1, len(parts))), end]
    return [
        Interval(
            part_start,
            part_end,
            CurrentTarget(attempt.line, part.accepted, line.intensity, judge.norm(part, line.intensity)),
        )
        for part, part_start, part_end in zip(parts, bounds[:-1], bounds[1:], strict=True)
        if part_end > part_start or len(parts) == 1
    ]


def _part_start(attempt: Attempt, number: int, parts: Sequence[Part], moments: Sequence[Moment]) -> float:
    """Start of part `number` (0-based) of the target: by the readings if there are any, else by the planned share."""
    first, stop = (bisect_left(moments, t, key=lambda moment: moment.t) for t in (attempt.start, attempt.end))
    played = [moment for moment in moments[first:stop] if moment.line == attempt.line]
    if played:
        return next((moment.t for moment in played if moment.part >= number), attempt.end)
    return attempt.start + parts[number].start_share * (attempt.end - attempt.start)


def _match_curves(
    usable: Sequence[Moment], targets: Sequence[Interval[CurrentTarget]], judge: Judge
) -> list[list[Point]]:
    """For each interval with a target and readings, how well the face matched the target at each moment."""
    curves: list[list[Point]] = []
    moments = iter(usable)
    moment = next(moments, None)
    for target in targets:
        points: list[Point] = []
        while moment is not None and moment.t < target.end:
            if target.value.accepted and moment.t >= target.start and moment.smoothed and moment.line is not None:
                points.append((moment.t, judge.share(target.value.accepted, moment.smoothed)))
            moment = next(moments, None)
        if points:
            curves.append(points)
    return curves


def _samples(moments: Sequence[Moment], match: list[list[Point]], seconds: float, buckets: int) -> list[Sample]:
    """Select a few moments from each part of the take, including the peaks of the match."""
    shares = {t: share for points in match for t, share in points}
    # The match with the target; between targets the probability of the strongest emotion.
    values = [(moment.t, shares.get(moment.t, max(moment.smoothed or (0.0,)))) for moment in moments]
    selected = {t for t, _ in decimate(values, seconds, max(buckets // 2, 1))}
    return [
        Sample(m.t, m.line, m.read, m.smoothed, shares.get(m.t), m.reason or "") for m in moments if m.t in selected
    ]
