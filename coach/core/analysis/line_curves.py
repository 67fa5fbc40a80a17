"""How much of what a line asks for came across while it was played, from its start on: what takes are laid over by."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.core.analysis.curves import Point, Run
from coach.core.reading.smoothing import HELD_S

if TYPE_CHECKING:
    from coach.core.analysis.moments import Moment, TakeMoments
    from coach.core.scoring.report import LineReport
    from coach.core.scoring.verdict import Judge
    from coach.core.script.script import Script

POINTS: Final = 300
"""A curve has about so many points; a picture of a line tells no more apart."""


@dataclass(frozen=True, slots=True)
class LineCurve:
    """One take of a line.

    Attributes:
        seconds: how long the line was played, pauses taken out.
        runs: (seconds since the line began, pauses taken out; share 0 to 1), a run for each stretch without a gap.
    """

    seconds: float
    runs: tuple[Run, ...]

    def cells(self, count: int, seconds: float | None = None) -> list[float | None]:
        """The mean in each of `count` equal parts of `seconds` (of the line itself where None); None where unseen."""
        whole = seconds or self.seconds
        sums: list[list[float]] = [[] for _ in range(count)]
        for run in self.runs:
            for t, value in run:
                if 0 <= t < whole or math.isclose(t, whole):
                    sums[min(int(t / whole * count), count - 1)].append(value)
        return _filled([sum(each) / len(each) if each else None for each in sums], whole / count, self)


def _filled(cells: list[float | None], width_s: float, trace: LineCurve) -> list[float | None]:
    """Cells between two readings of one run that are narrower than the time between readings hold the earlier one."""
    filled: list[float | None] = []
    for number, value in enumerate(cells):
        middle = (number + 0.5) * width_s
        inside = any(run[0][0] <= middle <= run[-1][0] for run in trace.runs)
        filled.append(filled[-1] if value is None and inside and filled else value)
    return filled


def line_curve_of(take: TakeMoments, line: LineReport, script: Script, judge: Judge) -> LineCurve | None:
    """The trace of the attempt that `line` reports; None where it was not played or asks for nothing."""
    target = script.spoken[line.index - 1].target
    if line.start_s is None or line.end_s is None or target is None:
        return None
    # Times in a report are rounded to a tenth of a millisecond.
    start, end = line.start_s - 1e-4, line.end_s + 1e-4
    first, over = (bisect_left(take.moments, t, key=_time) for t in (start, end))
    moments = [moment for moment in take.moments[first:over] if moment.line == line.index]
    clock = _Clock(line.start_s, take.pauses)
    runs: list[list[Point]] = []
    last: Moment | None = None
    for moment in moments:
        if moment.smoothed is None:
            last = None
            continue
        if last is None or moment.t - last.t > HELD_S:
            runs.append([])
        accepted = target.parts[moment.part].accepted
        runs[-1].append((clock(moment.t), judge.share(accepted, moment.smoothed)))
        last = moment
    seconds = max(clock(line.end_s), 1e-3)
    if last is not None and runs[-1][-1][0] < seconds <= runs[-1][-1][0] + HELD_S:
        runs[-1].append((seconds, runs[-1][-1][1]))
    return LineCurve(seconds, tuple(tuple(run) for run in _thinner(runs)))


def _time(moment: Moment) -> float:
    return moment.t


def _thinner(runs: Sequence[Sequence[Point]]) -> list[Sequence[Point]]:
    """Every n-th reading, so that a long line has about `POINTS`; readings are smoothed over half a second already."""
    step = max(1, sum(len(run) for run in runs) // POINTS)
    return [run if step == 1 else [*run[:-1:step], run[-1]] for run in runs]


@dataclass(frozen=True, slots=True)
class _Clock:
    """Seconds since `start` without what lay in `pauses`."""

    start: float
    pauses: tuple[tuple[float, float], ...]

    def __call__(self, t: float) -> float:
        paused = sum(max(0.0, min(end, t) - max(begin, self.start)) for begin, end in self.pauses)
        return round(max(t - self.start - paused, 0.0), 4)


def played_spans(start: float, end: float, pauses: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """What is left of `start` to `end` (take seconds) without `pauses`, which are in order."""
    spans: list[tuple[float, float]] = []
    for begin, over in pauses:
        if start < begin < end:
            spans.append((start, begin))
        if begin < end and over > start:
            start = over
    return [*spans, (start, end)] if start < end else spans
