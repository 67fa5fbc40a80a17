"""What the chart of a take shows: stretches and curves over take time, thinned to what a screen can tell apart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from coach.base.types import EMOTIONS, Emotion, Probabilities
from coach.core.analysis.curves import BUCKETS, SAME_S, Point, Run, Stretch, broken, coarsened, stretches, thinned
from coach.core.analysis.moments import Attempt, Moment, TakeMoments
from coach.core.reading.smoothing import HELD_S
from coach.core.scoring.verdict import Judge, Norm
from coach.core.script.script import Line, Script
from coach.core.script.targets import Part

LEAST_GAP_S: Final = 0.2
"""A face that is out of sight for less is no gap to look at."""

NO_PICTURE: Final = "no picture"
"""Why there is no reading at all for a while."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What line `line` (1-based) accepts for a while, and how strongly; without `accepted` it is not scored."""

    line: int
    accepted: tuple[Emotion, ...]
    intensity: tuple[float, float] | None
    norm: Norm | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment, for whoever points at it. Shares 0 to 1; `got` is how much of what was asked came across."""

    t: float
    line: int | None
    read: Emotion | None
    seven: Probabilities | None
    got: float | None
    why: str


@dataclass(frozen=True, slots=True)
class ChartData:
    """A take as a picture shows it; all times in take seconds from 0 to `seconds`.

    Attributes:
        scale: of `got`: shares of ``viewers``, or the ``reading`` itself where the model does not speak for viewers.
        asked: what was asked, in order of time; lines that were played again stand here again.
        read: the steady emotion, None where the model abstains.
        strength: the largest of the seven smoothed readings.
        got: how much of what was asked came across.
        seven: the smoothed readings.
        face: how far the face could be relied on.
        gaps: where the face could not be used, and why.
        pauses: where the script stood still.
        samples: moments to point at, peaks among them.
    """

    seconds: float
    scale: Literal["viewers", "reading"]
    asked: tuple[Stretch[Asked], ...]
    read: tuple[Stretch[Emotion | None], ...]
    strength: tuple[Run, ...]
    got: tuple[Run, ...]
    seven: dict[Emotion, tuple[Run, ...]]
    face: tuple[Run, ...]
    gaps: tuple[Stretch[str], ...]
    pauses: tuple[Stretch[None], ...]
    samples: tuple[Sample, ...]

    @property
    def watched(self) -> bool:
        """Whether a face was read at any moment."""
        return bool(self.strength)


def chart_data_of(take: TakeMoments, script: Script, judge: Judge, buckets: int = BUCKETS) -> ChartData:
    """The chart of `take`, a take of `script`; curves keep at most four points for each of `buckets` parts of it."""
    seconds = max(take.ends, 0.0)
    moments = [moment for moment in take.moments if moment.t >= 0]
    usable = [moment for moment in moments if moment.smoothed is not None]
    cell = seconds / buckets
    gaps = gaps_in(moments, seconds, max(LEAST_GAP_S, cell))
    lines = script.spoken
    asked = [part for each in take.attempts for part in _asked(each, lines[each.line - 1], moments, judge)]
    got = _got(usable, asked, judge)

    times = [moment.t for moment in usable]
    smoothed = [moment.smoothed for moment in usable if moment.smoothed is not None]

    def curve(values: Iterable[float]) -> tuple[Run, ...]:
        return broken(thinned(list(zip(times, values, strict=True)), seconds, buckets), gaps)

    return ChartData(
        seconds=seconds,
        scale="viewers" if judge.card else "reading",
        asked=tuple(asked),
        read=tuple(coarsened(_read(moments, seconds), cell)),
        strength=curve(map(max, smoothed)),
        got=tuple(run for points in got for run in broken(thinned(points, seconds, buckets), gaps)),
        seven={emotion: curve(each[place] for each in smoothed) for place, emotion in enumerate(EMOTIONS)},
        face=curve(moment.weight for moment in usable),
        gaps=tuple(gaps),
        pauses=tuple(Stretch(max(begin, 0.0), end, None) for begin, end in take.pauses if end > 0),
        samples=tuple(_samples(moments, got, seconds, buckets)),
    )


def gaps_in(moments: Sequence[Moment], end: float, least_s: float = LEAST_GAP_S) -> list[Stretch[str]]:
    """Where the face could not be used for `least_s` or longer, each with the reason that held longest."""
    told: list[tuple[float, str]] = [(moment.t, moment.reason or "") for moment in moments]
    parts: list[Stretch[str]] = []
    last = 0.0
    held = [*stretches(told, end, HELD_S), Stretch(end, end, "")]
    for part in held:
        if part.start - last > SAME_S:
            parts.append(Stretch(last, part.start, NO_PICTURE))
        last = part.end
        if part.value:
            parts.append(part)
    return [gap for gap in _joined(parts) if gap.length >= least_s]


def _joined(parts: Sequence[Stretch[str]]) -> list[Stretch[str]]:
    """Parts that follow on each other as one, with the value of the longest."""
    joined: list[list[Stretch[str]]] = []
    for part in parts:
        if joined and part.start - joined[-1][-1].end < SAME_S:
            joined[-1].append(part)
        else:
            joined.append([part])
    return [Stretch(run[0].start, run[-1].end, max(run, key=lambda part: part.length).value) for run in joined]


def _read(moments: Sequence[Moment], end: float) -> list[Stretch[Emotion | None]]:
    """The steady emotion where the face could be used."""
    told: list[tuple[float, Emotion | str | None]] = [
        (moment.t, moment.read if moment.smoothed is not None else "") for moment in moments
    ]
    parts = stretches(told, end, HELD_S)
    return [Stretch(part.start, part.end, part.value) for part in parts if part.value != ""]  # type: ignore[arg-type]  # the rest are emotions


def _asked(attempt: Attempt, line: Line, moments: Sequence[Moment], judge: Judge) -> list[Stretch[Asked]]:
    """What an attempt at `line` asked for: one stretch for each part of its target that was reached."""
    start, end = max(attempt.start, 0.0), attempt.end
    if line.target is None:
        return [Stretch(start, end, Asked(attempt.line, (), None, None))]
    parts = line.target.parts
    places = [start, *(_begins(attempt, n, parts, moments) for n in range(1, len(parts))), end]
    return [
        Stretch(begin, over, Asked(attempt.line, part.accepted, line.intensity, judge.norm(part, line.intensity)))
        for part, begin, over in zip(parts, places[:-1], places[1:], strict=True)
        if over > begin or len(parts) == 1
    ]


def _begins(attempt: Attempt, number: int, parts: Sequence[Part], moments: Sequence[Moment]) -> float:
    """When part `number` of the target began: by the readings where there are any, else by its place."""
    first, last = (bisect_left(moments, t, key=lambda moment: moment.t) for t in (attempt.start, attempt.end))
    played = [moment for moment in moments[first:last] if moment.line == attempt.line]
    if played:
        return next((m.t for m in played if m.part >= number), attempt.end)
    return attempt.start + parts[number].begins * (attempt.end - attempt.start)


def _got(usable: Sequence[Moment], asked: Sequence[Stretch[Asked]], judge: Judge) -> list[list[Point]]:
    """For each stretch that asks for something: how much of it came across, moment by moment."""
    curves: list[list[Point]] = []
    moments = iter(usable)
    moment = next(moments, None)
    for stretch in asked:
        points: list[Point] = []
        while moment is not None and moment.t < stretch.end:
            if stretch.value.accepted and moment.t >= stretch.start and moment.smoothed and moment.line is not None:
                points.append((moment.t, judge.share(stretch.value.accepted, moment.smoothed)))
            moment = next(moments, None)
        if points:
            curves.append(points)
    return curves


def _samples(moments: Sequence[Moment], got: list[list[Point]], seconds: float, buckets: int) -> list[Sample]:
    """A few moments for each part of the take, the peaks of what came across among them."""
    shares = {t: share for points in got for t, share in points}
    told = [(moment.t, shares.get(moment.t, max(moment.smoothed or (0.0,)))) for moment in moments]
    kept = {t for t, _ in thinned(told, seconds, max(buckets // 2, 1))}
    return [Sample(m.t, m.line, m.read, m.smoothed, shares.get(m.t), m.reason or "") for m in moments if m.t in kept]
