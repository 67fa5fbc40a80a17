"""Robust trends of accuracies from take to take; a single outlier does not change the figures.

The slope is the Theil-Sen estimator (Theil 1950, Sen 1968), tested by the Mann-Kendall rank test (Mann 1945); the
spread is the interquartile range.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median, quantiles
from typing import Final, Literal

WINDOW: Final = 20
"""Number of newest takes used for slope and spread; older ones say little about the present."""

MIN_TAKES: Final = 5
"""Number of takes from which a trend has a direction. With five, the rank test requires every one to be higher (or
lower) than the one before."""

MIN_TAKES_FOR_SPREAD: Final = 4
"""Number of takes from which a trend has a spread."""

LATEST_TAKES: Final = 5
"""Number of takes whose median is the latest accuracy."""

_CRITICAL: Final = 1.96
"""Critical value of the two-sided rank test at 5 %, in standard deviations."""

Direction = Literal["rising", "falling", "none", "too few"]


@dataclass(frozen=True, slots=True)
class Trend:
    """Trend of a series of accuracies, 0 to 1; fields are None if there are too few.

    Attributes:
        count: length of the series.
        first: oldest accuracy.
        latest: median of the newest `LATEST_TAKES` accuracies, without the first.
        spread: interquartile range of the newest `WINDOW` accuracies.
        slope: change per take over the newest `WINDOW` accuracies.
        direction: direction of the change; ``none`` if it can be chance or is smaller than the scatter.
    """

    count: int
    first: float | None
    latest: float | None
    spread: float | None
    slope: float | None
    direction: Direction


def trend_of(values: Sequence[float]) -> Trend:
    """Compute the trend of `values`, oldest first."""
    recent = values[-WINDOW:]
    latest = values[1:][-LATEST_TAKES:]
    return Trend(
        count=len(values),
        first=values[0] if values else None,
        latest=median(latest) if latest else None,
        spread=_interquartile_range(recent) if len(recent) >= MIN_TAKES_FOR_SPREAD else None,
        slope=theil_sen_slope(recent) if len(recent) >= MIN_TAKES else None,
        direction=direction_of(recent),
    )


def theil_sen_slope(values: Sequence[float]) -> float:
    """Median of all pairwise slopes of at least two equally spaced values."""
    return median((b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(values), 2))


def direction_of(values: Sequence[float]) -> Direction:
    """Direction of `values`; ``none`` unless the total change exceeds the scatter around it and is significant."""
    if len(values) < MIN_TAKES:
        return "too few"
    slope = theil_sen_slope(values)
    scatter = _interquartile_range([value - slope * i for i, value in enumerate(values)])
    if abs(slope) * (len(values) - 1) <= scatter or not _is_significant(values):
        return "none"
    return "rising" if slope > 0 else "falling"


def _is_significant(values: Sequence[float]) -> bool:
    """Mann-Kendall test, two-sided at 5 %, with continuity correction."""
    count = len(values)
    statistic = sum((b > a) - (b < a) for a, b in combinations(values, 2))
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    return abs(statistic) - 1 >= _CRITICAL * deviation


def _interquartile_range(values: Sequence[float]) -> float:
    low, _, high = quantiles(values, n=4, method="inclusive")
    return high - low
