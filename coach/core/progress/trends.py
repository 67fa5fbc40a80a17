"""Robust figures of a row of accuracies, oldest first: none of them is moved by a single odd take.

Slope: the median of all pairwise slopes (Theil 1950, Sen 1968). That it is not chance: the rank test of Mann (1945)
and Kendall. Spread: the range of the middle half (interquartile range).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median, quantiles
from typing import Final, Literal

WINDOW: Final = 20
"""Trend and spread look at so many takes at most: what was a year ago says little about today."""

MIN_TAKES: Final = 5
"""With fewer takes than this no trend is named; all of five must rise for the rank test to believe it."""

MIN_TAKES_FOR_SPREAD: Final = 4
LATEST_TAKES: Final = 5
"""What counts as now is the middle of so many takes."""

_UNLIKELY: Final = 1.96
"""Standard deviations that chance leaves out in 19 of 20 cases."""

Direction = Literal["rising", "falling", "none", "too few"]


@dataclass(frozen=True, slots=True)
class Trend:
    """Of a row of accuracies, 0 to 1; None where there are too few.

    Attributes:
        count: how many there are.
        first: the oldest.
        latest: the median of up to `LATEST_TAKES` newest, the first left out.
        spread: between the quartiles of up to `WINDOW` newest.
        slope: change from take to take over up to `WINDOW` newest.
        trend: which way it goes, ``none`` where that cannot be told from chance or is smaller than the scatter.
    """

    count: int
    first: float | None
    latest: float | None
    spread: float | None
    slope: float | None
    trend: Direction


def trend_of(values: Sequence[float]) -> Trend:
    """The figures of `values`, oldest first."""
    recent = values[-WINDOW:]
    later = values[1:][-LATEST_TAKES:]
    return Trend(
        count=len(values),
        first=values[0] if values else None,
        latest=median(later) if later else None,
        spread=_between_quartiles(recent) if len(recent) >= MIN_TAKES_FOR_SPREAD else None,
        slope=theil_sen_slope(recent) if len(recent) >= MIN_TAKES else None,
        trend=direction_of(recent),
    )


def theil_sen_slope(values: Sequence[float]) -> float:
    """The median of all pairwise slopes of at least two values that follow each other by one."""
    return median((b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(values), 2))


def direction_of(values: Sequence[float]) -> Direction:
    """Which way `values` go, where the whole change is larger than their scatter about it and unlikely by chance."""
    if len(values) < MIN_TAKES:
        return "too few"
    slope = theil_sen_slope(values)
    scatter = _between_quartiles([value - slope * place for place, value in enumerate(values)])
    if abs(slope) * (len(values) - 1) <= scatter or _by_chance(values):
        return "none"
    return "rising" if slope > 0 else "falling"


def _by_chance(values: Sequence[float]) -> bool:
    """Whether a row without a trend would often be ordered as much as `values` are."""
    count = len(values)
    order = sum((b > a) - (b < a) for a, b in combinations(values, 2))
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    return abs(order) - 1 < _UNLIKELY * deviation


def _between_quartiles(values: Sequence[float]) -> float:
    low, _, high = quantiles(values, n=4, method="inclusive")
    return high - low
