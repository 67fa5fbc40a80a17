"""Proving that a converted model answers as its source does, on random pictures and on real faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from coach.core.reading.card import ModelCard
    from tools.conversion.keras_model import Tensor

TOLERANCE = 1e-4
"""Largest difference of a probability allowed; rounding in float32 alone gives about 2e-6."""

RANDOM = 200
FACES_EVERY = 8
"""Every Nth frame of the take gives a face: 59 from the sample take."""


def random_crops(card: ModelCard) -> NDArray[np.uint8]:
    """Half noise, half soft blobs: (RANDOM, height, width) uint8 grey."""
    import cv2

    rng = np.random.default_rng(0)
    size = card.input.width, card.input.height
    noise = rng.integers(0, 256, (RANDOM, size[1], size[0]), np.uint8)
    for crop in noise[::2]:
        cv2.resize(rng.integers(0, 256, (6, 6), np.uint8), size, dst=crop, interpolation=cv2.INTER_CUBIC)
    return noise


def face_crops(card: ModelCard, take: Path) -> NDArray[np.uint8]:
    """The faces in `take`, cut out as `card` says: (N, height, width) uint8 grey.

    Raises:
        ConversionError: the take cannot be read, or there is no face in it.
    """
    from coach.perception.blazeface import BlazeFace
    from coach.perception.classifier import cut_face

    detector = BlazeFace()
    crops = []
    for image in _pictures(take):
        for face in detector.detect(image)[:1]:
            out = np.empty((card.input.height, card.input.width), np.uint8)
            crops.append(cut_face(image, face.box, card.crop, out))
    if not crops:
        raise ConversionError(f"no face found in {take}; it is needed to compare the models on real faces")
    return np.stack(crops)


def _pictures(take: Path) -> Iterator[NDArray[np.uint8]]:
    import cv2

    capture = cv2.VideoCapture(str(take))
    number = 0
    while capture.grab():
        got, image = capture.retrieve() if number % FACES_EVERY == 0 else (False, None)
        if got and image is not None:
            yield image.astype(np.uint8, copy=False)
        number += 1
    capture.release()


def answer_kind(answers: NDArray[np.float32]) -> str:
    """What a model's raw answers (N, 7) are: ``probabilities``, ``logits`` or ``scores`` (each 0 to 1)."""
    if not np.isfinite(answers).all():
        raise ConversionError("the model gives numbers that are not finite")
    within = bool((answers >= 0).all() and (answers <= 1 + 1e-6).all())
    if within and bool((np.abs(answers.sum(axis=1) - 1) < 1e-3).all()):
        return "probabilities"
    return "scores" if within else "logits"


def largest_difference(source: NDArray[np.float32], target: NDArray[np.float32], allowed: float = TOLERANCE) -> float:
    """The largest difference of a probability.

    Raises:
        ConversionError: it is above `allowed`, or the most probable label differs anywhere.
    """
    worst = float(np.abs(source - target).max())
    if not worst <= allowed:
        raise ConversionError(f"Keras and ONNX differ by {worst:.1e} in a probability (allowed {allowed:.0e})")
    if (source.argmax(axis=1) != target.argmax(axis=1)).any():
        raise ConversionError("Keras and ONNX name different emotions for the same picture")
    return worst


def ask_keras(call: Callable[[Tensor], Tensor], card: ModelCard, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The source's answers (N, 7) on grey `crops`."""
    import tensorflow as tf

    from coach.perception.classifier import scale_crops

    answers: NDArray[np.float32] = call(tf.constant(scale_crops(crops, card.input))).numpy()
    return answers


def ask_onnx(data: bytes, card: ModelCard, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The converted model's answers (N, 7) on grey `crops`."""
    from coach.perception.classifier import scale_crops
    from coach.perception.onnx_session import open_session

    session = open_session(data, card.name)
    answers: NDArray[np.float32] = session.run(["probabilities"], {"input": scale_crops(crops, card.input)})[0]
    return answers
