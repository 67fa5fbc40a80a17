"""Metrics: accuracy, precision, recall, F1, divergence, calibration and ROC AUC, with bootstrap and McNemar's test."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.core.scoring.evidence import MIN_PROBABILITY

Shares: TypeAlias = NDArray[np.float64]
"""(N, 7), each row a distribution over `EMOTIONS`."""
Classes: TypeAlias = NDArray[np.int64]
"""(N,) indices into `EMOTIONS`."""
Interval: TypeAlias = tuple[float, float]
Statistic: TypeAlias = Callable[[NDArray[np.int64]], float]
"""Computes a value from the items with these indices."""

COUNT: Final = len(EMOTIONS)
RESAMPLES: Final = 1000
SEED: Final = 5
BINS: Final = 15
_LEAST_PROBABILITY: Final = 1e-7
"""Probabilities are clipped here: one zero for an emotion that a viewer saw would make the divergence infinite."""


# --- right and wrong ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EmotionScores:
    """Scores of one emotion; NaN where a score is undefined."""

    emotion: str
    count: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class AverageScores:
    """Means of precision, recall and F1 over the emotions that occur."""

    precision: float
    recall: float
    f1: float


def confusion_matrix(truth: Classes, predicted: Classes) -> NDArray[np.int64]:
    """Count (7, 7): rows are true classes, columns predicted ones."""
    return np.bincount(truth * COUNT + predicted, minlength=COUNT**2).reshape(COUNT, COUNT).astype(np.int64)


def scores_per_emotion(matrix: NDArray[np.int64]) -> tuple[EmotionScores, ...]:
    """Compute precision, recall and F1 of each emotion from a confusion matrix.

    An emotion that was never predicted has no precision, but where it occurs its F1 is 0.
    """
    rows = []
    for i, emotion in enumerate(EMOTIONS):
        right, occurs, predicted = int(matrix[i, i]), int(matrix[i].sum()), int(matrix[:, i].sum())
        f1 = _ratio(2 * right, occurs + predicted)
        rows.append(EmotionScores(emotion, occurs, _ratio(right, predicted), _ratio(right, occurs), f1))
    return tuple(rows)


def macro_average(rows: tuple[EmotionScores, ...]) -> AverageScores:
    """Average with equal weight for each emotion that occurs; an undefined precision counts as 0."""
    return _average(rows, [1.0 if row.count else 0.0 for row in rows])


def weighted_average(rows: tuple[EmotionScores, ...]) -> AverageScores:
    """Average with equal weight for each item."""
    return _average(rows, [float(row.count) for row in rows])


def _average(rows: tuple[EmotionScores, ...], weights: list[float]) -> AverageScores:
    if not sum(weights):
        return AverageScores(math.nan, math.nan, math.nan)
    table = np.array([[row.precision, row.recall, row.f1] for row in rows])
    precision, recall, f1 = np.average(np.nan_to_num(table), axis=0, weights=weights).tolist()
    return AverageScores(precision, recall, f1)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def recall_per_class(truth: Classes, predicted: Classes, classes: int = COUNT) -> NDArray[np.float64]:
    """Return the recall of each class (classes,); NaN where the class does not occur."""
    occurs = np.bincount(truth, minlength=classes)
    right = np.bincount(truth[predicted == truth], minlength=classes)
    return np.where(occurs > 0, right / np.maximum(occurs, 1), np.nan)


def macro_recall(truth: Classes, predicted: Classes) -> float:
    """Return the mean recall over the emotions that occur; NaN without items."""
    return float(np.nanmean(recall_per_class(truth, predicted))) if len(truth) else math.nan


# --- probabilities --------------------------------------------------------------------------------------------------


def log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log(p / (1 - p)), with p clipped as far from 0 and 1 as the coach clips it."""
    clipped = np.clip(probabilities, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    return np.asarray(np.log(clipped) - np.log1p(-clipped), np.float64)


def kl_divergence(viewers: Shares, predicted: Shares) -> float:
    """Return the mean Kullback-Leibler divergence of predictions from viewers' shares, in nats; NaN without items."""
    if not len(viewers):
        return math.nan
    positive = np.where(viewers > 0, viewers, 1.0)
    ratios = np.log(positive / np.maximum(predicted, _LEAST_PROBABILITY))
    return float(np.where(viewers > 0, viewers * ratios, 0.0).sum(1).mean())


@dataclass(frozen=True)
class Reliability:
    """Predicted probabilities against what was observed, in bins of equal width from 0 to 1.

    Attributes:
        error: mean gap between the two over the bins, weighted by their counts; NaN without items.
        by_bin: the same with equal weights for all non-empty bins, so that many low predictions do not hide the rest.
        predicted, observed: means per bin, NaN for empty bins.
        counts: items per bin.
    """

    error: float
    by_bin: float
    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    counts: tuple[int, ...]


def reliability(predicted: NDArray[np.float64], observed: NDArray[np.float64], bins: int = BINS) -> Reliability:
    """Compare `predicted` (N,) probabilities with `observed` (N,) outcomes or shares, both 0 to 1."""
    place = np.clip(np.ceil(predicted * bins).astype(np.int64) - 1, 0, bins - 1)  # a bin includes its upper edge
    counts = np.bincount(place, minlength=bins)
    means = [_bin_means(place, values, counts) for values in (predicted, observed)]
    gaps = np.abs(means[0] - means[1])
    error = float(np.nansum(gaps * counts) / len(predicted)) if len(predicted) else math.nan
    by_bin = float(gaps[counts > 0].mean()) if len(predicted) else math.nan
    return Reliability(error, by_bin, tuple(means[0].tolist()), tuple(means[1].tolist()), tuple(counts.tolist()))


def _bin_means(place: NDArray[np.int64], values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    total = np.bincount(place, weights=values, minlength=len(counts))
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)


def expected_calibration_error(shares: Shares, truth: Classes) -> Reliability:
    """Compare the confidence in the top emotion with its accuracy, in 15 bins (Guo and others 2017)."""
    return reliability(shares.max(1), (shares.argmax(1) == truth).astype(np.float64))


def top_share_reliability(shares: Shares, viewers: Shares) -> Reliability:
    """Compare the predicted share of the top emotion with the share of viewers who named it, in 15 bins."""
    top = shares.argmax(1)
    return reliability(shares.max(1), viewers[np.arange(len(top)), top])


# --- the tag test: does this face match its tag? --------------------------------------------------------------------


@dataclass(frozen=True)
class TagTest:
    """One-against-rest ROC AUC of each tag, their mean over the tags that occur, and its bootstrap interval.

    This is the coach's own question: every face or clip is tested against each of the seven tags.
    """

    auc: dict[str, float]
    mean: float
    interval: Interval


def tag_test(evidence: NDArray[np.float64], truth: Classes, resamples: int = RESAMPLES) -> TagTest:
    """Test `evidence` (N, 7) for each tag against the true tags (N,)."""
    auc = _auc_per_tag(evidence, truth)
    interval = bootstrap_interval(
        lambda drawn: _mean(_auc_per_tag(evidence[drawn], truth[drawn])), len(truth), resamples
    )
    return TagTest(dict(zip(EMOTIONS, auc.tolist(), strict=True)), _mean(auc), interval)


def roc_auc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve, by ranks (Mann and Whitney 1947); NaN where one class is missing."""
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return math.nan
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[place]
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _auc_per_tag(evidence: NDArray[np.float64], truth: Classes) -> NDArray[np.float64]:
    return np.array([roc_auc(evidence[:, i], truth == i) for i in range(COUNT)])


def _mean(values: NDArray[np.float64]) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan


# --- significance ---------------------------------------------------------------------------------------------------


def bootstrap_interval(statistic: Statistic, count: int, resamples: int = RESAMPLES, seed: int = SEED) -> Interval:
    """Return the 95 % percentile bootstrap interval of `statistic` over `count` items."""
    if not count:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    values = [statistic(rng.integers(0, count, count)) for _ in range(resamples)]
    low, high = np.nanpercentile(values, (2.5, 97.5)) if np.isfinite(values).any() else (math.nan, math.nan)
    return float(low), float(high)


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact two-sided test (1947): items that only one of two models gets right, and the p-value."""

    only_first: int
    only_second: int
    p: float


def mcnemar_test(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> McNemar:
    """Test two models on the same items; both arguments (N,) say which items a model gets right."""
    first = int((first_right & ~second_right).sum())
    second = int((second_right & ~first_right).sum())
    discordant, fewer = first + second, min(first, second)
    tail = sum(math.comb(discordant, k) for k in range(fewer + 1))
    return McNemar(first, second, float(min(1.0, 2 * tail / 2**discordant)))
