"""Robustness: scores on corrupted pictures and with slightly wrong boxes, at fixed strengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.datasets.crops import BoxError
from tools.datasets.evaluation_set import LABELS, kind_of, open_set
from tools.datasets.fer import DataError
from tools.evaluation.metrics import macro_recall, tag_test
from tools.evaluation.predictions import EVEN_HANDED, predict

if TYPE_CHECKING:
    from pathlib import Path

    from coach.base.protocols import EmotionClassifier
    from tools.datasets import Kind
    from tools.datasets.evaluation_set import EvaluationSet

Crops: TypeAlias = NDArray[np.uint8]
"""(N, height, width) grey."""
Corruption: TypeAlias = Callable[[Crops, np.random.Generator], NDArray[np.float32]]

ByTruth: TypeAlias = dict[str, dict[str, tuple[float, float]]]
"""Accuracy and macro recall, by reading and by ground truth."""

SEED: Final = 5
_CHUNK: Final = 1000
"""Number of crops corrupted at once."""


@dataclass(frozen=True)
class CorruptionScores:
    """Scores under one corruption, without and with each way of evening out the light before the model.

    Attributes:
        name: of the corruption.
        plain: without.
        clahe: with `equalise`.
        fft: with `even_light`.
        fft_clahe: with `even_light` and then `equalise`.
    """

    name: str
    plain: ByTruth
    clahe: ByTruth
    fft: ByTruth
    fft_clahe: ByTruth


TREATMENTS: Final = {"plain": "", "clahe": "CLAHE", "fft": "FFT", "fft_clahe": "FFT and CLAHE"}
"""The fields of `CorruptionScores` with scores, and what each is called."""


@dataclass(frozen=True)
class BoxErrorScores:
    """Scores of the even-handed reading, by labels, with one error added to every box."""

    name: str
    accuracy: float
    macro_recall: float
    tag_test: float


# --- corruptions ----------------------------------------------------------------------------------------------------


def score_corruptions(classifier: EmotionClassifier, dataset: EvaluationSet) -> tuple[CorruptionScores, ...]:
    """Score the model under each corruption; the first result is without any.

    Raises:
        DataError: the model has no usable output on a face.
    """
    return tuple(_score_corruption(name, classifier, dataset) for name in ("none", *CORRUPTIONS))


def _score_corruption(name: str, classifier: EmotionClassifier, dataset: EvaluationSet) -> CorruptionScores:
    crops = dataset.crops if name == "none" else corrupt(name, dataset.crops)
    evened = even_light(crops)
    treated = (crops, equalise(crops), evened, equalise(evened))
    return CorruptionScores(name, *(_by_truth(classifier, dataset, each) for each in treated))


def _by_truth(classifier: EmotionClassifier, dataset: EvaluationSet, crops: Crops) -> ByTruth:
    readings = predict(classifier, dataset, crops).readings(classifier.card)
    return {
        reading: {
            name: _accuracy_and_recall(truth, odds.shares[items].argmax(1))
            for name, (items, truth) in dataset.truths.items()
        }
        for reading, odds in readings.items()
    }


def _accuracy_and_recall(truth: NDArray[np.int64], predicted: NDArray[np.int64]) -> tuple[float, float]:
    return float((predicted == truth).mean()), macro_recall(truth, predicted)


def corrupt(name: str, crops: Crops) -> Crops:
    """Return copies of `crops` with the named corruption; the same crops always give the same copies."""
    corruption, rng = CORRUPTIONS[name], np.random.default_rng(SEED)
    out = np.empty_like(crops)
    for start in range(0, len(crops), _CHUNK):
        part = slice(start, start + _CHUNK)
        out[part] = np.clip(np.rint(corruption(crops[part], rng)), 0, 255)
    return out


def equalise(crops: Crops) -> Crops:
    """Apply CLAHE, local histogram equalisation, to each crop (clip limit 2, 4 × 4 tiles)."""
    clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(4, 4))
    return np.stack([clahe.apply(crop) for crop in crops]).astype(np.uint8, copy=False) if len(crops) else crops


def even_light(crops: Crops) -> Crops:
    """Even out the light of each crop by homomorphic filtering (Oppenheim and others 1968), and keep its mean grey.

    Light multiplies what a face reflects, and changes slowly across it. So in the Fourier transform of the logarithm
    slow changes are weakened, down to half, and the rest is kept. Crops are continued by their mirror image, so that
    opposite edges do not meet. Samadiani and others (2019) suggest this step, alone or before CLAHE.
    """
    if not len(crops):
        return crops
    height, width = crops.shape[1:]
    logarithm = np.log1p(crops.astype(np.float32))
    mirrored = np.pad(logarithm, ((0, 0), (0, height), (0, width)), mode="symmetric")
    gain = _light_gain(height, width)
    filtered = np.fft.irfft2(np.fft.rfft2(mirrored) * gain, mirrored.shape[1:])[:, :height, :width]
    evened = np.expm1(filtered)
    scale = crops.mean((1, 2), keepdims=True) / np.maximum(evened.mean((1, 2), keepdims=True), 1e-3)
    return np.asarray(np.clip(np.rint(evened * scale), 0, 255), np.uint8)


def _light_gain(height: int, width: int) -> NDArray[np.float64]:
    """Gain of each frequency of a mirrored crop: 1 for the mean, half for slow changes, rising to 1 for fast ones."""
    down = np.fft.fftfreq(2 * height)[:, None] * height
    across = np.fft.rfftfreq(2 * width)[None] * width
    cycles = np.hypot(down, across)
    gain = 1 - (1 - SLOW_GAIN) * np.exp(-((cycles / SLOW_CYCLES) ** 2) / 2)
    gain[0, 0] = 1.0
    return np.asarray(gain, np.float64)


SLOW_GAIN: Final = 0.5
"""What is left of the slowest changes of the logarithm, a usual value for homomorphic filters."""

SLOW_CYCLES: Final = 1.0
"""Cycles across a crop up to which a change counts as light. A face's own shades (sockets, cheeks) have two or more."""


def _noise(crops: Crops, rng: np.random.Generator) -> NDArray[np.float32]:
    return np.asarray(crops + rng.standard_normal(crops.shape, np.float32) * (0.07 * 255), np.float32)


def _dark(crops: Crops, _: np.random.Generator) -> NDArray[np.float32]:
    return np.asarray(crops * 0.35, np.float32)


def _bright(crops: Crops, _: np.random.Generator) -> NDArray[np.float32]:
    return np.asarray(crops * 1.5 + 20, np.float32)


def _blur(crops: Crops, _: np.random.Generator) -> NDArray[np.float32]:
    """Gaussian blur with a sigma of a fortieth of the crop's width: 1.2 pixels of 48."""
    return _each(crops, lambda crop: cv2.GaussianBlur(crop, (0, 0), crop.shape[1] / 40))


def _salt_and_pepper(crops: Crops, rng: np.random.Generator) -> NDArray[np.float32]:
    """Turn 3 % of the pixels black or white."""
    draw = rng.random(crops.shape, np.float32)
    noisy = np.where(draw < 0.015, 0, np.where(draw > 0.985, 255, crops))
    return noisy.astype(np.float32)


def _clouds(crops: Crops, rng: np.random.Generator) -> NDArray[np.float32]:
    """Add white fog of a random smooth shape, with a density up to 0.8."""
    coarse = rng.random((len(crops), 4, 4), np.float32)
    size = crops.shape[:0:-1]
    fog = np.stack([cv2.resize(each, size, interpolation=cv2.INTER_CUBIC) for each in coarse]).clip(0, 1)
    return np.asarray(crops + (255 - crops.astype(np.float32)) * np.float32(0.8) * fog, np.float32)


def _half_resolution(crops: Crops, _: np.random.Generator) -> NDArray[np.float32]:
    def halve(crop: NDArray[np.float32]) -> NDArray[np.float32]:
        small = cv2.resize(crop, (crop.shape[1] // 2, crop.shape[0] // 2), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, crop.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)

    return _each(crops, halve)


def _occluded(top: float, bottom: float, left: float, right: float) -> Corruption:
    """Cover part of the face with a grey bar; its edges are shares of the crop's height and width."""

    def corruption(crops: Crops, _: np.random.Generator) -> NDArray[np.float32]:
        height, width = crops.shape[1:]
        out = crops.astype(np.float32)
        rows = slice(round(top * height), round(bottom * height))
        out[:, rows, round(left * width) : round(right * width)] = 128
        return out

    return corruption


def _each(
    crops: Crops, change: Callable[[NDArray[np.float32]], NDArray[np.float32] | cv2.typing.MatLike]
) -> NDArray[np.float32]:
    return np.stack([change(crop) for crop in crops.astype(np.float32)]).astype(np.float32, copy=False)


CORRUPTIONS: Final[dict[str, Corruption]] = {
    "noise": _noise,
    "dark": _dark,
    "bright": _bright,
    "blur": _blur,
    "salt and pepper": _salt_and_pepper,
    "clouds": _clouds,
    "half resolution": _half_resolution,
    "occluded mouth": _occluded(0.64, 0.94, 0.22, 0.78),
    "occluded eyes": _occluded(0.24, 0.50, 0.08, 0.92),
}
"""The strength of noise (0.07 × 255), salt and pepper (3 %) and clouds is that of the lineage's trials. The bars lie
where FER-2013 faces have their mouth and eyes."""


# --- box errors -----------------------------------------------------------------------------------------------------


def box_errors(share: float) -> dict[str, BoxError]:
    """Return every error of a box by `share` of its sides, by name; the first is none."""
    return {
        "as found": BoxError(),
        "left": BoxError(right=-share),
        "right": BoxError(right=share),
        "up": BoxError(down=-share),
        "down": BoxError(down=share),
        "smaller": BoxError(scale=1 - share),
        "bigger": BoxError(scale=1 + share),
    }


def check_has_boxes(path: Path, kind: Kind | None) -> None:
    """Check that faces in the set at `path` have to be detected, before anything is read.

    Raises:
        DataError: they are cropped already, or there is no set.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist.")
    if (kind or kind_of(path)) not in ("folders", "ck"):
        raise DataError(f"--boxes-off is for pictures in which a face is found; {path} holds none.")


def score_box_errors(
    path: Path, classifier: EmotionClassifier, kind: Kind | None, share: float
) -> tuple[BoxErrorScores, ...]:
    """Score the model on the pictures at `path` with each error of `box_errors` added to every box.

    Raises:
        DataError: there is nothing to evaluate on, or the model has no usable output on a face.
    """
    scores = []
    for name, error in box_errors(share).items():
        dataset = open_set(path, classifier, kind, box_error=error)
        odds = predict(classifier, dataset).readings(classifier.card)[EVEN_HANDED]
        _, truth = dataset.truths[LABELS]
        accuracy, recall = _accuracy_and_recall(truth, odds.shares.argmax(1))
        scores.append(BoxErrorScores(name, accuracy, recall, tag_test(odds.evidence, truth, resamples=10).mean))
    return tuple(scores)
