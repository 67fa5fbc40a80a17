"""Metrics of a training: per epoch on the held-out faces, and those for a model's card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.evaluation.metrics import expected_calibration_error, recall_per_class, top_share_reliability

if TYPE_CHECKING:
    from tools.datasets.fer import FaceSet


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convert logits to probabilities (N, classes)."""
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(1, keepdims=True), np.float32)


def even_handed(shares: NDArray[np.float32], prior: NDArray[np.float32], power: float) -> NDArray[np.float32]:
    """Divide shares (N, classes) by prior^power and renormalise."""
    divided = shares / np.power(np.maximum(prior, 1e-6), power)
    return np.asarray(divided / divided.sum(1, keepdims=True), np.float32)


def validation_metrics(
    shares: NDArray[np.float32], targets: NDArray[np.float32], prior: NDArray[np.float32]
) -> dict[str, float]:
    """Return cross-entropy, accuracy against the largest target, and macro recall at three powers of the prior."""
    truth = targets.argmax(1)
    metrics = {
        "val_loss": float(-(targets * np.log(np.maximum(shares, 1e-7))).sum(1).mean()),
        "val_accuracy": float((shares.argmax(1) == truth).mean()),
    }
    for power in (0.5, 0.75, 1.0):
        predicted = even_handed(shares, prior, power).argmax(1)
        metrics[f"val_recall_{power}"] = float(np.nanmean(recall_per_class(truth, predicted, shares.shape[1])))
    return metrics


def card_metrics(
    shares: NDArray[np.float32], faces: FaceSet, prior: NDArray[np.float32], power: float
) -> dict[str, float]:
    """Return the card's `held_out` figures: accuracy of both readings by majority and labels, recall, calibration."""
    truth, even = faces.shares.argmax(1), even_handed(shares, prior, power)
    recall = recall_per_class(truth, even.argmax(1), shares.shape[1])
    votes, predicted = np.maximum(faces.shares, 1e-12), np.maximum(shares, 1e-7)
    shares64, votes64 = shares.astype(np.float64), faces.shares.astype(np.float64)
    metrics = {
        "viewers_majority": (shares.argmax(1) == truth).mean(),
        "viewers_majority_even_handed": (even.argmax(1) == truth).mean(),
        "macro_recall": np.nanmean(recall),
        "lowest_recall": np.nanmin(recall),
        "labels": (shares.argmax(1) == faces.labels).mean(),
        "labels_even_handed": (even.argmax(1) == faces.labels).mean(),
        "divergence": (faces.shares * np.log(votes / predicted)).sum(1).mean(),
        "calibration_error": expected_calibration_error(shares64, truth).error,
        "calibration_error_of_shares": top_share_reliability(shares64, votes64).error,
    }
    return {name: round(float(value), 4) for name, value in metrics.items()}
