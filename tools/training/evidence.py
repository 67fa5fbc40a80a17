"""From a model's answers on faces that were held out to what its card tells the scoring."""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from tools.training.measures import even_handed, recalls

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
