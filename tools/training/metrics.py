"""What is watched after every epoch on the faces held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.evaluation.metrics import expected_calibration_error, share_error

if TYPE_CHECKING:
    from tools.datasets.fer import FaceSet


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities (N, classes) from logits."""
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True), np.float32)


def even_handed(shares: NDArray[np.float32], prior: NDArray[np.float32], power: float) -> NDArray[np.float32]:
    """Shares ÷ prior^power, renormalised (N, classes)."""
    raw = shares / np.power(np.maximum(prior, 1e-6), power)
    return np.asarray(raw / raw.sum(1, keepdims=True), np.float32)


def recalls(answers: NDArray[np.int64], truth: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Share of each class found (classes,); NaN where the class does not occur."""
    occurs = np.bincount(truth, minlength=classes)
    found = np.bincount(truth[answers == truth], minlength=classes)
    return np.where(occurs > 0, found / np.maximum(occurs, 1), np.nan)


def watch(shares: NDArray[np.float32], targets: NDArray[np.float32], prior: NDArray[np.float32]) -> dict[str, float]:
    """Cross-entropy, accuracy against the strongest target, and macro recall with half and all of the prior out."""
    truth = targets.argmax(1)
    told = {
        "val_loss": float(-(targets * np.log(np.maximum(shares, 1e-7))).sum(1).mean()),
        "val_accuracy": float((shares.argmax(1) == truth).mean()),
    }
    for power in (0.5, 0.75, 1.0):
        answers = even_handed(shares, prior, power).argmax(1)
        told[f"val_recall_{power}"] = float(np.nanmean(recalls(answers, truth, shares.shape[1])))
    return told


def summary(shares: NDArray[np.float32], faces: FaceSet, prior: NDArray[np.float32], power: float) -> dict[str, float]:
    """The figures of a card: both readings against the viewers' majority and against labels, and the divergence."""
    truth, read = faces.shares.argmax(1), even_handed(shares, prior, power)
    found = recalls(read.argmax(1), truth, shares.shape[1])
    votes, said = np.maximum(faces.shares, 1e-12), np.maximum(shares, 1e-7)
    exact, voted = shares.astype(np.float64), faces.shares.astype(np.float64)
    told = {
        "viewers_majority": (shares.argmax(1) == truth).mean(),
        "viewers_majority_even_handed": (read.argmax(1) == truth).mean(),
        "macro_recall": np.nanmean(found),
        "lowest_recall": np.nanmin(found),
        "labels": (shares.argmax(1) == faces.labels).mean(),
        "labels_even_handed": (read.argmax(1) == faces.labels).mean(),
        "divergence": (faces.shares * np.log(votes / said)).sum(1).mean(),
        "calibration_error": expected_calibration_error(exact, truth).error,
        "calibration_error_of_shares": share_error(exact, voted).error,
    }
    return {name: round(float(value), 4) for name, value in told.items()}
