"""Calibration on held-out faces: temperature and biases, the power of the prior, and the card's scoring data."""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from tools.evaluation.metrics import (
    expected_calibration_error,
    log_odds,
    recall_per_class,
    top_share_reliability,
)
from tools.training.metrics import even_handed, softmax

Shares = NDArray[np.float32]
"""(N, 7) shares per emotion, or a prior (7,)."""

LEAST_RECALL: Final = 0.5
"""A power of the prior should leave every emotion at least this recall."""

QUANTILES: Final = (0, 0.3, 0.5, 0.65, 0.75, 0.82, 0.88, 0.92, 0.95, 0.97, 0.985, 0.995, 1)
"""Edges of the bins of faces sorted by evidence; finer at the top, because few faces show a rare emotion."""

FLOOR_ACCURACY: Final = 0.5
"""The accuracy of the top emotion below the floor is less than this."""

MOST_ABSTAINED: Final = 0.05
"""The floor rejects at most this share of the held-out faces (of posed portraits it then rejects more)."""


# --- temperature, biases and power ----------------------------------------------------------------------------------


def fit_calibration(logits: NDArray[np.float32], viewers: Shares) -> tuple[float, NDArray[np.float32]]:
    """Fit a temperature and biases (classes,): softmax(temperature × logits + biases) is closest to viewers' shares.

    The measure is cross-entropy (Guo and others 2017; the biases are added, because the targets of a training need not
    be votes alone).
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    def cross_entropy(values: NDArray[np.float64]) -> float:
        scaled = logits * values[0] + values[1:]
        return float(-(viewers * (scaled - logsumexp(scaled, axis=1, keepdims=True))).sum(1).mean())

    start = np.concatenate([[1.0], np.zeros(logits.shape[1])])
    best = minimize(cross_entropy, start, method="BFGS").x
    return float(best[0]), np.asarray(best[1:] - best[1:].mean(), np.float32)


def fit_temperature(logits: NDArray[np.float32], viewers: Shares) -> float:
    """Fit a temperature alone, in steps of 0.01, that minimises the larger of two calibration errors.

    The top share should equal both the share of viewers who agree and the probability that most viewers agree. It
    cannot equal both, so the larger of the two errors is minimised.
    """
    truth, votes = viewers.argmax(1), viewers.astype(np.float64)

    def worse_error(temperature: float) -> float:
        shares = softmax(logits * np.float32(temperature)).astype(np.float64)
        return max(expected_calibration_error(shares, truth).error, top_share_reliability(shares, votes).error)

    return min((round(0.01 * step, 2) for step in range(50, 201)), key=worse_error)


def choose_power(shares: Shares, viewers: Shares, prior: Shares) -> float:
    """Choose the power of the prior to take out: the largest macro recall × accuracy against the viewers' majority.

    Powers that leave every emotion at least `LEAST_RECALL` are preferred.
    """
    truth = viewers.argmax(1)

    def worth(power: float) -> tuple[bool, float]:
        predicted = even_handed(shares, prior, power).argmax(1)
        recall = recall_per_class(truth, predicted, shares.shape[1])
        return bool(np.nanmin(recall) >= LEAST_RECALL), float(np.nanmean(recall) * (predicted == truth).mean())

    return max((round(0.05 * step, 2) for step in range(21)), key=worth)


# --- what scoring reads from the card -------------------------------------------------------------------------------


def fit_evidence(shares: Shares, viewers: Shares, prior: Shares, power: float) -> dict[str, Any]:
    """Fit the card's `evidence` from predicted shares (N, 7) and those of viewers (N, 7)."""
    odds = log_odds(even_handed(shares, prior, power).astype(np.float64))
    majority = viewers.argmax(1)
    baseline = odds[majority == EMOTIONS.index("neutral")].mean(0)
    evidence = odds - np.where(np.array(EMOTIONS) == "neutral", 0.0, baseline)
    fitted: dict[str, dict[str, Any]] = {"neutral": {}, "curves": {}, "typical": {}, "quartiles": {}}
    for number, emotion in enumerate(EMOTIONS):
        curve = fit_curve(evidence[:, number], viewers[:, number])
        expected = np.interp(evidence[majority == number, number], *np.array(curve).T)
        quartiles = np.quantile(expected, (0.25, 0.5, 0.75)) if len(expected) else (0.5, 0.5, 0.5)
        fitted["neutral"][emotion] = round(float(baseline[number]), 3)
        fitted["curves"][emotion] = curve
        fitted["typical"][emotion] = round(float(quartiles[1]), 3)
        fitted["quartiles"][emotion] = [round(float(each), 3) for each in quartiles]
    return fitted


def fit_curve(evidence: NDArray[np.float64], shares: Shares) -> list[list[float]]:
    """Fit points (evidence, share of viewers) of a non-decreasing curve: bin means with isotonic regression."""
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(evidence, kind="stable")
    edges = np.unique((np.array(QUANTILES) * len(order)).astype(int))
    bins = [order[start:end] for start, end in itertools.pairwise(edges)]
    means = np.array([evidence[each].mean() for each in bins])
    rising = isotonic_regression(
        np.array([float(shares[each].mean()) for each in bins]), sample_weight=np.array([float(len(e)) for e in bins])
    )
    points = {round(float(x), 3): round(float(y), 3) for x, y in zip(means, rising, strict=True)}
    return [[x, y] for x, y in points.items()]


def fit_floor(shares: Shares, viewers: Shares, prior: Shares, power: float) -> float:
    """Return the highest floor, in hundredths, below which the top even-handed reading is mostly wrong."""
    even = even_handed(shares, prior, power)
    confidence, right = even.max(1), even.argmax(1) == viewers.argmax(1)
    for floor in np.arange(0.5, 0.15, -0.01):
        below = confidence < floor
        if below.mean() <= MOST_ABSTAINED and (not below.any() or right[below].mean() < FLOOR_ACCURACY):
            return round(float(floor), 2)
    return 0.15


def recall_and_precision(shares: Shares, viewers: Shares, prior: Shares, power: float) -> dict[str, dict[str, float]]:
    """Return the card's `reliability`: recall and precision of each even-handed reading against viewers' majority."""
    predicted, truth = even_handed(shares, prior, power).argmax(1), viewers.argmax(1)
    recall, precision = recall_per_class(truth, predicted), recall_per_class(predicted, truth)
    return {
        emotion: {"recall": round(float(np.nan_to_num(r)), 3), "precision": round(float(np.nan_to_num(p)), 3)}
        for emotion, r, p in zip(EMOTIONS, recall, precision, strict=True)
    }
