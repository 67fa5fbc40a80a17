"""A finished training run of a tiny random network, and generated faces."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from perception_help import face_picture

from coach.base.types import EMOTIONS

if TYPE_CHECKING:
    from tools.training.trial import NetworkConfig

Model: TypeAlias = Any
"""Keras has no types."""

PRIOR = (0.1, 0.05, 0.05, 0.3, 0.1, 0.1, 0.3)
OFFSETS = (-2.0, -3.0, -2.5, -1.0, -2.0, -2.2, -0.5)


def tiny_run(folder: Path, size: int = 32, seed: int = 3, **changed: object) -> Path:
    """Write a run folder as `tools.train` does; `changed` replaces fields of its record. Its classes are far apart."""
    from tools.training.trial import TargetsConfig, Trial

    trial = Trial(about="A tiny one.", epochs=1, targets=TargetsConfig(votes=1.0), network=_tiny_network(size))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.keras").write_bytes(_tiny_model(size, seed))
    record = {
        "trial": trial.model_dump(mode="json"),
        "emotions": list(EMOTIONS),
        "prior": list(PRIOR),
        "offsets": list(OFFSETS),
        "figures": {"val_accuracy": 0.5},
        "minutes": 1.5,
    }
    (folder / "run.json").write_text(json.dumps(record | changed))
    return folder


def _tiny_network(size: int) -> NetworkConfig:
    from tools.training.trial import NetworkConfig

    return NetworkConfig(name="residual_se", size=size, stem=8, stages=((8, 1), (16, 1)))


@cache
def _tiny_model(size: int, seed: int) -> bytes:
    """Return the Keras file of the network; cached, because it takes seconds and a dozen tests use it."""
    import keras

    from tools.training.networks import build

    keras.utils.set_random_seed(seed)
    model = build(_tiny_network(size), len(EMOTIONS))
    _fit_to_blobs(model, np.random.default_rng(seed))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def _fit_to_blobs(model: Model, rng: np.random.Generator) -> None:
    """Fit the batch normalisations to blobs, and give the last layer weights that separate blobs."""
    import keras
    import tensorflow as tf

    (entry,) = model.inputs
    blobs = _standard(noise(80, entry.shape[1], 1))
    step = tf.function(lambda faces: model(faces, training=True))  # twice as fast as without a graph
    for _ in range(60):
        step(blobs)
    last = model.get_layer("logits")
    features = np.asarray(keras.Model(entry, last.input)(blobs))
    _, _, directions = np.linalg.svd(features - features.mean(0), full_matrices=False)
    weights = directions[:4].T @ rng.normal(0, 1, (4, len(OFFSETS)))  # only in directions in which blobs differ
    weights *= 3 / (features @ weights).std(0)
    last.set_weights([weights, -np.array(OFFSETS) - features.mean(0) @ weights])


def _standard(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    from coach.core.reading.card import InputCard
    from coach.perception.classifier import scale_crops

    size = crops.shape[1]
    return scale_crops(crops, InputCard(width=size, height=size, channels=1, layout="NHWC", scaling="standard"))


def noise(count: int, size: int = 32, seed: int = 5) -> NDArray[np.uint8]:
    """Return smooth blobs (count, size, size) uint8, a little like shaded faces."""
    rng = np.random.default_rng(seed)
    coarse = [rng.integers(0, 256, tuple(rng.integers(2, 6, 2)), np.uint8) for _ in range(count)]
    blobs = [cv2.resize(grid, (size, size), interpolation=cv2.INTER_LINEAR) for grid in coarse]
    return np.stack(blobs).astype(np.uint8, copy=False)


def write_faces(folder: Path, per_emotion: int = 6, size: int = 32) -> Path:
    """Write face crops folder/LABEL/N.png, `each` of every emotion."""
    crops = noise(per_emotion * len(EMOTIONS), size)
    for number, crop in enumerate(crops):
        place = folder / EMOTIONS[number % len(EMOTIONS)]
        place.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place / f"{number}.png"), crop)
    return folder


def face_take(path: Path) -> Path:
    """Write a video of nine frames with a face."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (640, 360))
    for _ in range(9):
        writer.write(face_picture())
    writer.release()
    return path
