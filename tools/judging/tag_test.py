"""The coach's own question: does this face match its tag? Each face or clip is held against each of the seven tags."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from tools.judging.metrics import RESAMPLES, Classes, Interval, bootstrap


@dataclass(frozen=True)
class TagTest:
    """Area under the ROC curve of each tag, and their mean over the tags that occur."""

    areas: dict[str, float]
    mean: float
    interval: Interval


def tag_test(evidence: NDArray[np.float64], truth: Classes, resamples: int = RESAMPLES) -> TagTest:
    """Evidence (N, 7) for each tag against which tag is right (N,)."""
    areas = _areas(evidence, truth)
    interval = bootstrap(lambda drawn: _mean(_areas(evidence[drawn], truth[drawn])), len(truth), resamples)
    return TagTest(dict(zip(EMOTIONS, areas.tolist(), strict=True)), _mean(areas), interval)


def area(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """How often a right one scores above a wrong one, ties half: the area under the ROC curve; NaN without either.

    By ranks (Mann and Whitney 1947).
    """
    positive = int(right.sum())
    negative = len(right) - positive
    if not positive or not negative:
        return math.nan
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[place]
    return float((ranks[right].sum() - positive * (positive + 1) / 2) / (positive * negative))


def _areas(evidence: NDArray[np.float64], truth: Classes) -> NDArray[np.float64]:
    return np.array([area(evidence[:, i], truth == i) for i in range(len(EMOTIONS))])


def _mean(areas: NDArray[np.float64]) -> float:
    return float(np.nanmean(areas)) if np.isfinite(areas).any() else math.nan
