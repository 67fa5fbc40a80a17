"""Training data: blended targets, scaled inputs, and augmented batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from tools.datasets.fer import FaceSet
from tools.training.augment import augment
from tools.training.trial import TrialError

if TYPE_CHECKING:
    from tools.training.trial import TargetsConfig, Trial


def blend_targets(
    faces: FaceSet, targets: TargetsConfig, teacher: NDArray[np.float32] | None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the indices of usable faces and their targets (N, emotions), each row summing to 1.

    A face is usable if it has one of the targets and its largest one is among the trained emotions.

    Args:
        faces: labelled faces.
        targets: weights of votes, labels and teacher, and the emotions to train.
        teacher: (M, 7) the teachers' shares for all `faces`; None without teachers.

    Raises:
        TrialError: no face is usable.
    """
    parts = [(targets.votes, faces.shares), (targets.labels, np.eye(len(EMOTIONS), dtype=np.float32)[faces.labels])]
    if teacher is not None:
        parts.append((targets.teacher, teacher))
    total = np.zeros((len(faces), len(EMOTIONS)), np.float32)
    for weight, shares in parts:
        if weight:
            total += weight * np.nan_to_num(shares)
    trained = total[:, [EMOTIONS.index(name) for name in targets.emotions]]
    usable = np.flatnonzero((trained.sum(1) > 0) & (trained.max(1) >= total.max(1)))
    if not len(usable):
        raise TrialError("No face has the targets that this trial asks for (votes, labels or a teacher's answers).")
    return usable, trained[usable] / trained[usable].sum(1, keepdims=True)


def scale(faces: NDArray[Any], size: int, scaling: str) -> NDArray[np.float32]:
    """Convert grey faces 0 to 255 to the network's input (N, size, size, 1) float32; `scaling` as on a model's card."""
    pixels: NDArray[np.float32] = faces.astype(np.float32)
    if pixels.shape[1] != size:
        resized = [cv2.resize(face, (size, size), interpolation=cv2.INTER_LINEAR) for face in pixels]
        pixels = np.stack(resized).astype(np.float32)
    if scaling == "minus1_1":
        scaled = (pixels / 255 - 0.5) * 2
    else:
        mean, deviation = pixels.mean((1, 2), keepdims=True), pixels.std((1, 2), keepdims=True)
        scaled = (pixels - mean) / np.maximum(deviation, 1e-3)
    return np.asarray(scaled[..., None], np.float32)


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Shuffled, augmented batches that depend only on seed and epoch, so that a killed run resumes unchanged."""

    def __init__(self, faces: NDArray[np.uint8], targets: NDArray[np.float32], trial: Trial) -> None:
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=4)
        self._faces, self._targets, self._trial = faces, targets, trial
        self._weights = _class_weights(targets) if trial.faces.class_weights else None
        self.begin(0)

    def begin(self, epoch: int) -> None:
        """Shuffle for `epoch`, counted from 0.

        Keras's own `on_epoch_end` is not used, because `fit` also calls it once before the first epoch.
        """
        self._epoch = epoch
        copies = np.arange(len(self._faces) * self._trial.copies)
        self._order = np.random.default_rng((self._trial.seed, epoch)).permutation(copies)

    def __len__(self) -> int:
        return max(1, len(self._order) // self._trial.batch)

    def __getitem__(self, number: int) -> tuple[Any, ...]:
        """Return batch `number`: inputs (B, size, size, 1), targets (B, emotions) and, if weighted, weights (B,)."""
        copy, chosen = self._copies_and_faces(number)
        rng = np.random.default_rng((self._trial.seed, self._epoch, number))
        originals, only = self._faces[chosen].astype(np.float32), copy if self._trial.one_of else None
        faces, targets = augment(originals, self._targets[chosen], self._trial.augment, rng, only)
        inputs = scale(faces, self._trial.network.size, self._trial.network.scaling)
        if self._weights is None:
            return inputs, targets
        return inputs, targets, targets @ self._weights

    def _copies_and_faces(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return which copy of which face is in batch `number`."""
        size = self._trial.batch
        return np.divmod(self._order[number * size : (number + 1) * size], len(self._faces))


def _class_weights(targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return weights that give every emotion the same total weight, with a mean of 1."""
    return np.asarray(1 / np.maximum(targets.mean(0), 1e-6) / targets.shape[1], np.float32)
