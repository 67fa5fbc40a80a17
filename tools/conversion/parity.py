"""Parity checks: a converted model must give the outputs of its source, on random images and on real faces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tools.conversion.model_files import ConversionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from coach.core.reading.card import ModelCard
    from tools.conversion.keras_model import KerasNetwork, Tensor

TOLERANCE = 1e-4
"""Largest difference allowed in a probability; rounding in float32 alone gives about 2e-6."""

RANDOM_CROPS = 200
FRAME_STEP = 8
"""Every Nth frame of the take gives a face: 59 from the sample take."""


def prove_parity(
    network: KerasNetwork, model: bytes, card: ModelCard, crops: NDArray[np.uint8], tolerance: float = TOLERANCE
) -> dict[str, Any]:
    """Compare `network` with its ONNX export on `crops` from `comparison_crops`; return the card's `parity` field.

    Raises:
        ConversionError: a probability differs by more than `tolerance`, or the most probable label differs.
    """
    expected = predict_keras(network.call, card, crops)
    worst = max_difference(expected, predict_onnx(model, card, crops), tolerance)
    return {"max_probability_difference": worst, "random": RANDOM_CROPS, "faces": len(crops) - RANDOM_CROPS}


def comparison_crops(card: ModelCard, take: Path) -> NDArray[np.uint8]:
    """Return `RANDOM_CROPS` random crops and then the faces in the video `take`: (N, height, width) uint8 grey.

    Raises:
        ConversionError: the take cannot be read, or there is no face in it.
    """
    return np.concatenate([random_crops(card), take_crops(card, take)])


def random_crops(card: ModelCard) -> NDArray[np.uint8]:
    """Return `RANDOM_CROPS` crops, half noise and half smooth blobs: (N, height, width) uint8 grey."""
    import cv2

    rng = np.random.default_rng(0)
    size = card.input.width, card.input.height
    noise = rng.integers(0, 256, (RANDOM_CROPS, size[1], size[0]), np.uint8)
    for crop in noise[::2]:
        cv2.resize(rng.integers(0, 256, (6, 6), np.uint8), size, dst=crop, interpolation=cv2.INTER_CUBIC)
    return noise


def take_crops(card: ModelCard, take: Path) -> NDArray[np.uint8]:
    """Return the faces in the video `take`, cropped as `card` says: (N, height, width) uint8 grey.

    Raises:
        ConversionError: the take cannot be read, or there is no face in it.
    """
    from coach.perception.blazeface import BlazeFace
    from coach.perception.classifier import crop_face

    detector = BlazeFace()
    crops = []
    for image in _every_nth_frame(take):
        for face in detector.detect(image)[:1]:
            out = np.empty((card.input.height, card.input.width), np.uint8)
            crops.append(crop_face(image, face.box, card.crop, out))
    if not crops:
        raise ConversionError(f"no face found in {take}; it is needed to compare the models on real faces")
    return np.stack(crops)


def _every_nth_frame(take: Path) -> Iterator[NDArray[np.uint8]]:
    import cv2

    capture = cv2.VideoCapture(str(take))
    number = 0
    while capture.grab():
        decoded, image = capture.retrieve() if number % FRAME_STEP == 0 else (False, None)
        if decoded and image is not None:
            yield image.astype(np.uint8, copy=False)
        number += 1
    capture.release()


def output_kind(outputs: NDArray[np.float32]) -> str:
    """Tell what the raw outputs (N, 7) of a model are: ``probabilities``, ``logits`` or ``scores`` (each 0 to 1).

    Raises:
        ConversionError: they are not all finite.
    """
    if not np.isfinite(outputs).all():
        raise ConversionError("the model gives numbers that are not finite")
    within = bool((outputs >= 0).all() and (outputs <= 1 + 1e-6).all())
    if within and bool((np.abs(outputs.sum(axis=1) - 1) < 1e-3).all()):
        return "probabilities"
    return "scores" if within else "logits"


def max_difference(source: NDArray[np.float32], target: NDArray[np.float32], tolerance: float = TOLERANCE) -> float:
    """Return the largest difference between probabilities (N, 7).

    Raises:
        ConversionError: it is above `tolerance`, or the most probable label differs in a row.
    """
    worst = float(np.abs(source - target).max())
    if not worst <= tolerance:
        raise ConversionError(f"Keras and ONNX differ by {worst:.1e} in a probability (allowed {tolerance:.0e})")
    if (source.argmax(axis=1) != target.argmax(axis=1)).any():
        raise ConversionError("Keras and ONNX name different emotions for the same picture")
    return worst


def predict_keras(call: Callable[[Tensor], Tensor], card: ModelCard, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the outputs (N, 7) of a Keras network for grey `crops` (N, height, width)."""
    import tensorflow as tf

    from coach.perception.classifier import scale_crops

    outputs: NDArray[np.float32] = call(tf.constant(scale_crops(crops, card.input))).numpy()
    return outputs


def predict_onnx(data: bytes, card: ModelCard, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the probabilities (N, 7) of the ONNX model in `data` for grey `crops` (N, height, width)."""
    from coach.perception.classifier import scale_crops
    from coach.perception.onnx_session import open_session

    session = open_session(data, card.name)
    outputs: NDArray[np.float32] = session.run(["probabilities"], {"input": scale_crops(crops, card.input)})[0]
    return outputs
