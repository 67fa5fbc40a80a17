"""A small FER-2013 in its mosaic layout that can be learned (each emotion has a pattern), and a trial for it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

TINY = """
about = "Everything that a run must remember: dropout, weight decay, a schedule, averaged weights, augmentations."
epochs = 3
batch = 16
seed = 3

[targets]
votes = 1.0

[network]
name = "residual_se"
size = 32
stem = 8
stages = [[8, 1]]
dropout = 0.3

[loss]
prior_power = 1.0

[optimizer]
name = "sgd"
rate = 0.05
weight_decay = 0.01
schedule = "cosine"
average = 0.9

[[augment]]
name = "affine"

[[augment]]
name = "mixup"
"""

VOTE_COLUMNS = (4, 5, 6, 1, 3, 2, 0)
"""The column of votes for each of FER-2013's seven labels."""


def make_fer(folder: Path, train: int = 70, public: int = 35) -> Path:
    """Write `train` and `public` noisy faces into `folder`."""
    for split, count, seed in (("train", train, 1), ("public", public, 2)):
        labels = np.arange(count) % 7
        rng = np.random.default_rng(seed)
        faces = np.stack([_face(label, rng) for label in labels])
        votes = np.zeros((count, 10), np.uint8)
        votes[np.arange(count), np.array(VOTE_COLUMNS)[labels]] = 8
        votes[:, 0] += 2
        np.save(folder / f"fer2013_{split}_labels.npy", labels.astype(np.uint8))
        np.save(folder / f"fer2013_{split}_votes.npy", votes)
        cv2.imwrite(str(folder / f"fer2013_{split}.webp"), _mosaic(faces), [cv2.IMWRITE_WEBP_QUALITY, 101])
    return folder


def _face(label: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    x, y = np.meshgrid(np.linspace(0, 1, 48), np.linspace(0, 1, 48))
    angle = np.pi * label / 7
    wave = 127 + 90 * np.sin(25 * (x * np.cos(angle) + y * np.sin(angle)) + rng.uniform(0, 6))
    return np.asarray((wave + rng.normal(0, 15, wave.shape)).clip(0, 255), np.uint8)


def _mosaic(faces: NDArray[np.uint8], columns: int = 7) -> NDArray[np.uint8]:
    rows = -(-len(faces) // columns)
    padded = np.zeros((rows * columns, 48, 48), np.uint8)
    padded[: len(faces)] = faces
    return padded.reshape(rows, columns, 48, 48).swapaxes(1, 2).reshape(rows * 48, columns * 48)
