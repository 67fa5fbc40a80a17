"""Data for the curves of the face itself: each measure against rest, and where the eyes look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from coach.core.analysis.curves import BUCKETS, Interval, Point, Segment, decimate, intervals
from coach.core.face.gaze import Gaze
from coach.core.face.measures import MEASURES
from coach.core.face.take import MAX_GAP_S, FaceTake

SCALE: Final = 8.0
"""A curve reaches the edge of its chart at this many spreads of its measure from rest; a broad smile has about 6."""


@dataclass(frozen=True, slots=True)
class FaceChart:
    """The curves of the face over a take; times in take seconds.

    Attributes:
        seconds: length of the take.
        curves: for each measure by its key, values from 0 to 1; rest is 0.5.
        gaze: where the eyes looked, where that is known.
    """

    seconds: float
    curves: dict[str, tuple[Segment, ...]]
    gaze: tuple[Interval[Gaze | None], ...]


def face_chart_of(take: FaceTake, end: float) -> FaceChart:
    """The chart of the landmarks of a take that ended at `end` seconds."""
    seconds = max(end, 0.0)
    moments = [moment for moment in take.moments if moment.t >= 0]
    curves = {}
    for place, measure in enumerate(MEASURES):
        points = [(moment.t, _height(moment.measures[place], measure.spread)) for moment in moments if moment.measures]
        curves[measure.key] = tuple(tuple(decimate(part, seconds, BUCKETS)) for part in _without_gaps(points))
    return FaceChart(seconds, curves, tuple(intervals([(m.t, m.gaze) for m in moments], seconds, MAX_GAP_S)))


def _height(value: float, spread: float) -> float:
    return min(max(0.5 + value / (2 * SCALE * spread), 0.0), 1.0)


def _without_gaps(points: list[Point]) -> list[list[Point]]:
    """Split `points` where nothing was measured for longer than `MAX_GAP_S`."""
    parts: list[list[Point]] = []
    for point in points:
        if not parts or point[0] - parts[-1][-1][0] > MAX_GAP_S:
            parts.append([])
        parts[-1].append(point)
    return parts
