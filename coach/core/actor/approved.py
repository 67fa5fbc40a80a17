"""How like the approved performance of a line a later one is: the curves of the face, laid over each other in time.

Two performances of a line never have the same timing. Dynamic time warping (Sakoe and Chiba 1978) stretches one until
it fits the other best, and what still differs is the difference of the faces. It needs no word for an emotion.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Curves: TypeAlias = NDArray[np.float64]
"""(N, M): M measures of the face relative to rest, in units of their spread, at N times."""

BAND_SHARE: Final = 0.3
"""How far the two performances may be apart in time, as a share of the longer one."""

MIN_TAKES: Final = 3
"""Takes of a line, the approved one included, from which a likeness is given: two have only one distance."""

ALIKE_RATIO: Final = 1.25
"""Up to this many times the usual distance of the actor's takes, a take is like the approved one."""

OTHER_RATIO: Final = 2.0
"""From this many times the usual distance on, it is another performance."""

LikenessWord = Literal["alike", "near", "another"]
"""A later performance is like the approved one, near it, or another one."""


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """The curves of one performance of a line.

    Attributes:
        times: (N,) seconds since the line began, increasing; at least one.
        curves: (N, M), see `Curves`.

    Raises:
        ValueError: the shapes do not fit, or there are no times.
    """

    times: NDArray[np.float64]
    curves: Curves

    def __post_init__(self) -> None:
        if self.curves.ndim != 2 or len(self.times) != len(self.curves) or not len(self.times):
            raise ValueError("a performance has one row of measures for each time, and at least one")


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Two performances laid over each other.

    Attributes:
        distance: mean distance of the faces along the fit, in units of the measures' spread.
        pairs: index of the first and of the second performance of each step of the fit, in order.
        apart: distance of the faces at each step.
    """

    distance: float
    pairs: tuple[tuple[int, int], ...]
    apart: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ApprovedLikeness:
    """How like the approved performance another one is.

    Attributes:
        word: in one word.
        ratio: its distance, divided by the usual distance of two of the actor's takes of this line.
        parts_at_s: when they differ most, in seconds since the line began in the later take.
        measure: index of the measure that differs most then.
    """

    word: LikenessWord
    ratio: float
    parts_at_s: float
    measure: int


def fit(first: Performance, second: Performance) -> Fit:
    """Lay two performances over each other, from their first to their last moment.

    Raises:
        ValueError: they have different measures.
    """
    if first.curves.shape[1] != second.curves.shape[1]:
        raise ValueError("two performances need the same measures")
    difference = first.curves[:, None] - second.curves[None]
    costs = np.sqrt((difference**2).mean(-1))
    pairs = _cheapest_path(np.where(_is_in_band(first, second), costs, np.inf))
    apart = tuple(float(costs[pair]) for pair in pairs)
    return Fit(statistics.fmean(apart), pairs, apart)


def likeness_to_approved(
    approved: Performance, take: Performance, others: Sequence[Performance] = ()
) -> ApprovedLikeness | None:
    """How like the `approved` performance `take` is, judged by how far apart the actor's takes are.

    Args:
        approved: the performance that the actor approved.
        take: a later performance of the same line.
        others: the actor's other performances of this line.

    Returns:
        None with fewer than `MIN_TAKES` performances, or if all of them are equal.
    """
    takes = [approved, take, *others]
    if len(takes) < MIN_TAKES:
        return None
    usual = statistics.median(fit(a, b).distance for a, b in itertools.combinations([approved, *others], 2))
    if usual == 0:
        return None
    found = fit(approved, take)
    worst = max(range(len(found.pairs)), key=found.apart.__getitem__)
    i, j = found.pairs[worst]
    measure = int(np.abs(approved.curves[i] - take.curves[j]).argmax())
    ratio = found.distance / usual
    return ApprovedLikeness(_word(ratio), ratio, float(take.times[j]), measure)


def _word(ratio: float) -> LikenessWord:
    return "alike" if ratio <= ALIKE_RATIO else "near" if ratio < OTHER_RATIO else "another"


def _is_in_band(first: Performance, second: Performance) -> NDArray[np.bool_]:
    """(N, K): whether two moments are at most `BAND_SHARE` apart, each counted as a share of its performance."""
    rows, columns = (np.linspace(0, 1, len(each.times)) for each in (first, second))
    width = max(BAND_SHARE, 1 / min(len(rows), len(columns)))
    inside: NDArray[np.bool_] = np.abs(rows[:, None] - columns) <= width
    return inside


def _cheapest_path(costs: NDArray[np.float64]) -> tuple[tuple[int, int], ...]:
    """The path from the first to the last cell with the lowest sum, in steps of one row, one column or both."""
    total = np.full(costs.shape, np.inf)
    total[0, 0] = costs[0, 0]
    for i, j in itertools.product(*map(range, costs.shape)):
        if i or j:
            before = min((total[p] for p in _before(i, j)), default=np.inf)
            total[i, j] = costs[i, j] + before
    path = [(costs.shape[0] - 1, costs.shape[1] - 1)]
    while path[-1] != (0, 0):
        path.append(min(_before(*path[-1]), key=total.__getitem__))
    return tuple(reversed(path))


def _before(i: int, j: int) -> list[tuple[int, int]]:
    """The cells from which a path can reach (`i`, `j`), the diagonal one first."""
    cells = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
    return [(row, column) for row, column in cells if row >= 0 and column >= 0]
