"""From a model's answers on faces that were held out to what its card tells the scoring."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from tools.evaluation.metrics import expected_calibration_error, share_error
from tools.training.metrics import even_handed, recalls, softmax

if TYPE_CHECKING:
    pass


EVEN = 0.5
"""A reading that finds an emotion less often than this is not even-handed."""

Shares = NDArray[np.float32]

STEPS: Final = (0, 0.3, 0.5, 0.65, 0.75, 0.82, 0.88, 0.92, 0.95, 0.97, 0.985, 0.995, 1)
"""Where the faces, sorted by evidence, are cut into bins: finer to the top, since few faces show a rare emotion."""

TRUSTED: Final = 0.5
"""Below the floor the strongest reading is right in less than half of the faces."""

MOST_ABSTAINED: Final = 0.05
"""The floor never silences more than a twentieth of those faces (of posed portraits it then silences more)."""


def log_odds(shares: NDArray[Any]) -> NDArray[np.float64]:
    """log(p / (1 - p)), with p kept a ten-thousandth from 0 and 1 as rounded answers are."""
    kept = np.clip(shares.astype(np.float64), 1e-4, 1 - 1e-4)
    return np.asarray(np.log(kept / (1 - kept)))


def fit_evidence(shares: Shares, viewers: Shares, prior: Shares, power: float) -> dict[str, Any]:
    """The card's `evidence` from answers (N, 7) as viewers vote and the viewers' own shares (N, 7)."""
    odds = log_odds(even_handed(shares, prior, power))
    majority = viewers.argmax(1)
    rest = odds[majority == EMOTIONS.index("neutral")].mean(0)
    above = odds - np.where(np.array(EMOTIONS) == "neutral", 0.0, rest)
    fitted: dict[str, dict[str, Any]] = {"neutral": {}, "curves": {}, "typical": {}, "quartiles": {}}
    for number, emotion in enumerate(EMOTIONS):
        curve = fit_curve(above[:, number], viewers[:, number])
        expected = np.interp(above[majority == number, number], *np.array(curve).T)
        quartiles = np.quantile(expected, (0.25, 0.5, 0.75)) if len(expected) else (0.5, 0.5, 0.5)
        fitted["neutral"][emotion] = round(float(rest[number]), 3)
        fitted["curves"][emotion] = curve
        fitted["typical"][emotion] = round(float(quartiles[1]), 3)
        fitted["quartiles"][emotion] = [round(float(each), 3) for each in quartiles]
    return fitted


def fit_curve(evidence: NDArray[np.float64], shares: Shares) -> list[list[float]]:
    """Points (evidence, share of viewers): means of bins, made never to fall by isotonic regression."""
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(evidence, kind="stable")
    cuts = np.unique((np.array(STEPS) * len(order)).astype(int))
    bins = [order[start:end] for start, end in itertools.pairwise(cuts)]
    across = np.array([evidence[each].mean() for each in bins])
    up = isotonic_regression(
        np.array([float(shares[each].mean()) for each in bins]), sample_weight=np.array([float(len(e)) for e in bins])
    )
    points = {round(float(x), 3): round(float(y), 3) for x, y in zip(across, up, strict=True)}
    return [[x, y] for x, y in points.items()]


def floor_of(shares: Shares, viewers: Shares, prior: Shares, power: float) -> float:
    """The highest floor, in hundredths, below which the strongest even-handed reading is seldom right."""
    read = even_handed(shares, prior, power)
    sure, right = read.max(1), read.argmax(1) == viewers.argmax(1)
    for floor in np.arange(0.5, 0.15, -0.01):
        below = sure < floor
        if below.mean() <= MOST_ABSTAINED and (not below.any() or right[below].mean() < TRUSTED):
            return round(float(floor), 2)
    return 0.15


def reliability_of(shares: Shares, viewers: Shares, prior: Shares, power: float) -> dict[str, dict[str, float]]:
    """Recall and precision of every emotion's even-handed reading against the viewers' majority."""
    answers, truth = even_handed(shares, prior, power).argmax(1), viewers.argmax(1)
    found, kept = recalls(answers, truth, len(EMOTIONS)), recalls(truth, answers, len(EMOTIONS))
    return {
        emotion: {"recall": round(float(np.nan_to_num(r)), 3), "precision": round(float(np.nan_to_num(p)), 3)}
        for emotion, r, p in zip(EMOTIONS, found, kept, strict=True)
    }


def fit_calibration(logits: NDArray[np.float32], viewers: NDArray[np.float32]) -> tuple[float, NDArray[np.float32]]:
    """Temperature and biases (classes,) that bring softmax(temperature × logits + biases) closest to viewers' shares.

    Closest by cross-entropy (Guo and others 2017, with a bias each: the targets of a training may not be votes alone).
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    def far(values: NDArray[np.float64]) -> float:
        moved = logits * values[0] + values[1:]
        return float(-(viewers * (moved - logsumexp(moved, axis=1, keepdims=True))).sum(1).mean())

    start = np.concatenate([[1.0], np.zeros(logits.shape[1])])
    best = minimize(far, start, method="BFGS").x
    return float(best[0]), np.asarray(best[1:] - best[1:].mean(), np.float32)


def fit_temperature(logits: NDArray[np.float32], viewers: NDArray[np.float32]) -> float:
    """The temperature, in hundredths, at which the strongest share errs least, taken both ways.

    It should be the share of viewers who say the same as well as the chance that most of them do, and it cannot be
    both; so the larger of the two calibration errors is made smallest.
    """
    truth, votes = viewers.argmax(1), viewers.astype(np.float64)

    def worse(temperature: float) -> float:
        shares = softmax(logits * np.float32(temperature)).astype(np.float64)
        return max(expected_calibration_error(shares, truth).error, share_error(shares, votes).error)

    return min((round(0.01 * step, 2) for step in range(50, 201)), key=worse)


def choose_power(shares: NDArray[np.float32], viewers: NDArray[np.float32], prior: NDArray[np.float32]) -> float:
    """How much of the prior to take out: where macro recall × accuracy against the viewers' majority is largest.

    Of the powers only those count with which every emotion is found at least every second time, where there are any.
    """
    truth = viewers.argmax(1)

    def worth(power: float) -> tuple[bool, float]:
        answers = even_handed(shares, prior, power).argmax(1)
        found = recalls(answers, truth, shares.shape[1])
        return bool(np.nanmin(found) >= EVEN), float(np.nanmean(found) * (answers == truth).mean())

    return max((round(0.05 * step, 2) for step in range(21)), key=worth)
