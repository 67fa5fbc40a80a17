"""Metrics: accuracy, precision, recall, F1, confusion, divergence, calibration, area under the ROC curve."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS

Shares: TypeAlias = NDArray[np.float64]
"""(N, 7), each row a distribution over `EMOTIONS`."""
Classes: TypeAlias = NDArray[np.int64]
"""(N,) indices into `EMOTIONS`."""
Interval: TypeAlias = tuple[float, float]
Statistic: TypeAlias = Callable[[NDArray[np.int64]], float]
"""A figure of the items with these indices."""

COUNT: Final = len(EMOTIONS)
RESAMPLES: Final = 1000
SEED: Final = 5
_LEAST: Final = 1e-7
"""A model that rules out what a viewer saw would be infinitely wrong; no probability counts as less."""


@dataclass(frozen=True)
class EmotionRow:
    """One emotion's figures; NaN where a figure has nothing to count."""

    emotion: str
    count: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Average:
    """Means of precision, recall and F1 over the emotions that occur."""

    precision: float
    recall: float
    f1: float


def confusion(truth: Classes, answers: Classes) -> NDArray[np.int64]:
    """Counts (7, 7): rows what it was, columns what was answered."""
    return np.bincount(truth * COUNT + answers, minlength=COUNT**2).reshape(COUNT, COUNT).astype(np.int64)


def per_emotion(table: NDArray[np.int64]) -> tuple[EmotionRow, ...]:
    """Precision, recall and F1 of each emotion from a `confusion`.

    An emotion that was never answered has no precision, but where it occurs its F1 is 0.
    """
    rows = []
    for i, emotion in enumerate(EMOTIONS):
        right, occurs, answered = int(table[i, i]), int(table[i].sum()), int(table[:, i].sum())
        f1 = _ratio(2 * right, occurs + answered)
        rows.append(EmotionRow(emotion, occurs, _ratio(right, answered), _ratio(right, occurs), f1))
    return tuple(rows)


def macro(rows: tuple[EmotionRow, ...]) -> Average:
    """Every emotion that occurs counts the same; a precision that is undefined counts as 0."""
    return _average(rows, [1.0 if row.count else 0.0 for row in rows])


def weighted(rows: tuple[EmotionRow, ...]) -> Average:
    """Every item counts the same."""
    return _average(rows, [float(row.count) for row in rows])


def macro_recall(truth: Classes, answers: Classes) -> float:
    """Mean share found, over the emotions that occur."""
    table = confusion(truth, answers)
    occurs = table.sum(1)
    there = occurs > 0
    return float((np.diag(table)[there] / occurs[there]).mean()) if there.any() else math.nan


def divergence(viewers: Shares, answers: Shares) -> float:
    """Mean Kullback-Leibler divergence of the answers from the viewers' shares, in nats; 0 where they are the same."""
    if not len(viewers):
        return math.nan
    seen = np.where(viewers > 0, viewers, 1.0)
    terms = np.where(viewers > 0, viewers * np.log(seen / np.maximum(answers, _LEAST)), 0.0)
    return float(terms.sum(1).mean())


def bootstrap(statistic: Statistic, count: int, resamples: int = RESAMPLES, seed: int = SEED) -> Interval:
    """95 % interval of `statistic` by the percentile bootstrap: `count` items drawn with replacement, many times."""
    if not count:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    values = [statistic(rng.integers(0, count, count)) for _ in range(resamples)]
    low, high = np.nanpercentile(values, (2.5, 97.5)) if np.isfinite(values).any() else (math.nan, math.nan)
    return float(low), float(high)


@dataclass(frozen=True)
class McNemar:
    """Two models on the same items: how many only the first has right, only the second, and how likely by chance.

    `p` is that of the exact two-sided test (McNemar 1947): with nothing between the models, each item on which one of
    them alone is right is a fair coin.
    """

    only_first: int
    only_second: int
    p: float


def mcnemar(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> McNemar:
    """The exact test on which items each model has right, both (N,)."""
    first = int((first_right & ~second_right).sum())
    second = int((second_right & ~first_right).sum())
    tosses, fewer = first + second, min(first, second)
    tail = sum(math.comb(tosses, k) for k in range(fewer + 1))
    return McNemar(first, second, float(min(1.0, 2 * tail / 2**tosses)))


def _average(rows: tuple[EmotionRow, ...], weights: list[float]) -> Average:
    if not sum(weights):
        return Average(math.nan, math.nan, math.nan)
    table = np.array([[row.precision, row.recall, row.f1] for row in rows])
    precision, recall, f1 = np.average(np.nan_to_num(table), axis=0, weights=weights).tolist()
    return Average(precision, recall, f1)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def plain(value: object) -> object:
    """`value` as JSON takes it: tuples as lists, numpy as Python, NaN as None, floats to five decimals."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (float, np.floating)):
        return round(float(value), 5) if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


BINS: Final = 15


@dataclass(frozen=True)
class Reliability:
    """What was said against what came true, in bins of equal width from 0 to 1.

    Attributes:
        error: mean distance of the two over the bins, each weighed by its count; NaN without items.
        by_bin: the same with each bin that is not empty weighed alike, so that the many low ones do not hide the rest.
        said, came: their means per bin, NaN where a bin is empty.
        counts: items per bin.
    """

    error: float
    by_bin: float
    said: tuple[float, ...]
    came: tuple[float, ...]
    counts: tuple[int, ...]


def reliability(said: NDArray[np.float64], came: NDArray[np.float64], bins: int = BINS) -> Reliability:
    """How far `said` (N,) 0 to 1 can be taken at its word; `came` (N,) is what happened, 0 to 1."""
    place = np.clip(np.ceil(said * bins).astype(np.int64) - 1, 0, bins - 1)  # a bin holds its upper edge
    counts = np.bincount(place, minlength=bins)
    means = [_means(place, values, counts) for values in (said, came)]
    gaps = np.abs(means[0] - means[1])
    error = float(np.nansum(gaps * counts) / len(said)) if len(said) else math.nan
    by_bin = float(gaps[counts > 0].mean()) if len(said) else math.nan
    return Reliability(error, by_bin, tuple(means[0].tolist()), tuple(means[1].tolist()), tuple(counts.tolist()))


def expected_calibration_error(shares: NDArray[np.float64], truth: NDArray[np.int64]) -> Reliability:
    """The confidence of the strongest emotion against whether it is the truth, in 15 bins (Guo and others 2017)."""
    return reliability(shares.max(1), (shares.argmax(1) == truth).astype(np.float64))


def share_error(shares: NDArray[np.float64], viewers: NDArray[np.float64]) -> Reliability:
    """The strongest emotion's share (N, 7) against the share of viewers who said it (N, 7), in 15 bins."""
    top = shares.argmax(1)
    return reliability(shares.max(1), viewers[np.arange(len(top)), top])


def _means(place: NDArray[np.int64], values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    total = np.bincount(place, weights=values, minlength=len(counts))
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)


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
