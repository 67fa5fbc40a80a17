"""Robust trends of accuracies from take to take; a single outlier does not change the figures.

A line may get better step by step or from one take to the next. The slope is the Theil-Sen estimator (Theil 1950, Sen
1968), tested by the Mann-Kendall rank test (Mann 1945). The change of level is the cut that best separates the ranks
before from those after it (Pettitt 1979), tested by permutation, so that choosing the cut is paid for. The spread is
the interquartile range.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
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

MIN_SIDE: Final = 2
"""Number of takes that each side of a change of level has at least; a single take is no level."""

MIN_STEP: Final = 0.1
"""Smallest difference of the two levels; a smaller one is within the noise of one and the same performance."""

_SIGNIFICANT: Final = 0.05
"""Highest probability at which a change of level is taken for chance no more."""

_EQUAL: Final = 1e-9
"""Separations that differ by less are equal but for rounding."""

_PERMUTATIONS: Final = 999
"""Number of orders with which the order of the takes is compared."""

Direction = Literal["rising", "falling", "none", "too few"]


@dataclass(frozen=True, slots=True)
class Step:
    """A change of level.

    Attributes:
        place: 0-based place of the first value of the new level.
        before, after: medians of the values before it and from it on.
    """

    place: int
    before: float
    after: float


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
        step: the change of level, if it describes the newest `WINDOW` accuracies better than the slope does.
    """

    count: int
    first: float | None
    latest: float | None
    spread: float | None
    slope: float | None
    direction: Direction
    step: Step | None = None


def trend_of(values: Sequence[float]) -> Trend:
    """Compute the trend of `values`, oldest first."""
    recent = values[-WINDOW:]
    step = describing_step(recent)
    latest = values[1:][-LATEST_TAKES:]
    return Trend(
        count=len(values),
        first=values[0] if values else None,
        latest=median(latest) if latest else None,
        spread=_interquartile_range(recent) if len(recent) >= MIN_TAKES_FOR_SPREAD else None,
        slope=theil_sen_slope(recent) if len(recent) >= MIN_TAKES else None,
        direction=_direction(recent, step),
        step=Step(len(values) - len(recent) + step.place, step.before, step.after) if step else None,
    )


def theil_sen_slope(values: Sequence[float]) -> float:
    """Median of all pairwise slopes of at least two equally spaced values."""
    return median((b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(values), 2))


def direction_of(values: Sequence[float]) -> Direction:
    """Direction of `values`: of their change of level if it describes them, else of their slope."""
    return _direction(values, describing_step(values))


def _direction(values: Sequence[float], step: Step | None) -> Direction:
    if len(values) < MIN_TAKES:
        return "too few"
    change = step.after - step.before if step else _clear_slope(values)
    return "rising" if change > 0 else "falling" if change < 0 else "none"


def _clear_slope(values: Sequence[float]) -> float:
    """The slope; 0 unless the total change exceeds the scatter around it and is significant."""
    slope = theil_sen_slope(values)
    scatter = _interquartile_range([value - slope * i for i, value in enumerate(values)])
    clear = abs(slope) * (len(values) - 1) > scatter and _is_significant(values)
    return slope if clear else 0.0


def describing_step(values: Sequence[float]) -> Step | None:
    """The change of level in `values`; None if there is none, or a clear slope leaves smaller deviations."""
    step = clear_step(values) if len(values) >= MIN_TAKES else None
    if step is None:
        return None
    slope = _clear_slope(values)
    if not slope:
        return step
    around = [value - slope * i for i, value in enumerate(values)]
    middle = median(around)
    levels = [step.before if i < step.place else step.after for i in range(len(values))]
    by_step = sum(abs(value - level) for value, level in zip(values, levels, strict=True))
    return step if by_step <= sum(abs(value - middle) for value in around) else None


def clear_step(values: Sequence[float]) -> Step | None:
    """The cut that best separates the ranks of `values`; None if it can be chance or the levels hardly differ."""
    count = len(values)
    if count < 2 * MIN_SIDE:
        return None
    ranks = _midranks(values)
    separations = _separations(ranks)
    best = max(separations)
    places = [place for place, each in enumerate(separations, MIN_SIDE) if each > best - _EQUAL]
    steps = [Step(place, median(values[:place]), median(values[place:])) for place in places]
    if len({step.after > step.before for step in steps}) > 1:
        return None  # up and down again, equally far
    step = max(steps, key=lambda step: abs(step.after - step.before))
    differ = abs(step.after - step.before) >= MIN_STEP
    return step if differ and _is_rare(best, ranks) else None


def _midranks(values: Sequence[float]) -> list[float]:
    """Rank of each value, from 1; equal values share the mean of their ranks."""
    ordered = sorted(values)
    first = {value: place for place, value in reversed(list(enumerate(ordered, start=1)))}
    return [first[value] + (ordered.count(value) - 1) / 2 for value in values]


def _separations(ranks: Sequence[float]) -> list[float]:
    """For each cut, how far the sum of ranks before it is from its expectation, in units equal for all cuts."""
    count, mean = len(ranks), (len(ranks) + 1) / 2
    sums = list(accumulate(ranks))
    places = range(MIN_SIDE, count - MIN_SIDE + 1)
    return [abs(sums[k - 1] - k * mean) / math.sqrt(k * (count - k)) for k in places]


def _is_rare(separation: float, ranks: Sequence[float]) -> bool:
    """Whether at most `_SIGNIFICANT` of random orders of `ranks` have a cut that separates them as well.

    The orders come from a fixed seed, so that equal takes give equal texts. It stops once too many are as good.
    """
    dice, order = random.Random(0), sorted(ranks)  # noqa: S311  # no secret depends on it
    allowed = math.floor(_SIGNIFICANT * (_PERMUTATIONS + 1)) - 1  # the order of the takes is one of the orders
    as_good = 0
    for _ in range(_PERMUTATIONS):
        dice.shuffle(order)
        as_good += max(_separations(order)) > separation - _EQUAL
        if as_good > allowed:
            return False
    return True


def _is_significant(values: Sequence[float]) -> bool:
    """Mann-Kendall test, two-sided at 5 %, with continuity correction."""
    count = len(values)
    statistic = sum((b > a) - (b < a) for a, b in combinations(values, 2))
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    return abs(statistic) - 1 >= _CRITICAL * deviation


def _interquartile_range(values: Sequence[float]) -> float:
    low, _, high = quantiles(values, n=4, method="inclusive")
    return high - low
