"""How much accuracy is left when pictures are corrupted or face boxes are off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.datasets.crops import BoxOff
from tools.datasets.evaluation_set import LABELS, kind_of, open_set, truths_of
from tools.datasets.fer import DataError
from tools.evaluation.metrics import macro_recall, tag_test
from tools.evaluation.predictions import EVEN, answer

if TYPE_CHECKING:
    from pathlib import Path

    from coach.base.protocols import EmotionClassifier
    from tools.datasets import Kind
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.evaluation.predictions import Answers

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier
    from tools.datasets.evaluation_set import JudgedSet
    from tools.evaluation.predictions import Pooled


Faces: TypeAlias = NDArray[np.uint8]
"""(N, height, width) grey."""
Corruption: TypeAlias = Callable[[Faces, np.random.Generator], NDArray[np.float32]]

SEED: Final = 5
_CHUNK: Final = 1000
"""Faces changed at once."""


def corrupt(name: str, faces: Faces) -> Faces:
    """Copies of `faces` changed by the corruption of that name; the same faces give the same copies."""
    change, rng = CORRUPTIONS[name], np.random.default_rng(SEED)
    out = np.empty_like(faces)
    for start in range(0, len(faces), _CHUNK):
        part = slice(start, start + _CHUNK)
        out[part] = np.clip(np.rint(change(faces[part], rng)), 0, 255)
    return out


def equalised(faces: Faces) -> Faces:
    """Each face after CLAHE, local histogram equalisation (clip limit 2, 4 × 4 tiles)."""
    clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(4, 4))
    return np.stack([clahe.apply(face) for face in faces]).astype(np.uint8, copy=False) if len(faces) else faces


def _noise(faces: Faces, rng: np.random.Generator) -> NDArray[np.float32]:
    return np.asarray(faces + rng.standard_normal(faces.shape, np.float32) * (0.07 * 255), np.float32)


def _dark(faces: Faces, _: np.random.Generator) -> NDArray[np.float32]:
    return np.asarray(faces * 0.35, np.float32)


def _bright(faces: Faces, _: np.random.Generator) -> NDArray[np.float32]:
    return np.asarray(faces * 1.5 + 20, np.float32)


def _blur(faces: Faces, _: np.random.Generator) -> NDArray[np.float32]:
    """Deviation of a fortieth of the face's width: 1.2 pixels of 48."""
    return _each(faces, lambda face: cv2.GaussianBlur(face, (0, 0), face.shape[1] / 40))


def _salt_and_pepper(faces: Faces, rng: np.random.Generator) -> NDArray[np.float32]:
    """3 % of the pixels turn black or white."""
    draw = rng.random(faces.shape, np.float32)
    changed = np.where(draw < 0.015, 0, np.where(draw > 0.985, 255, faces))
    return changed.astype(np.float32)


def _clouds(faces: Faces, rng: np.random.Generator) -> NDArray[np.float32]:
    """White fog of a random smooth shape, up to 0.8 dense."""
    coarse = rng.random((len(faces), 4, 4), np.float32)
    size = faces.shape[:0:-1]
    fog = np.stack([cv2.resize(each, size, interpolation=cv2.INTER_CUBIC) for each in coarse]).clip(0, 1)
    return np.asarray(faces + (255 - faces.astype(np.float32)) * np.float32(0.8) * fog, np.float32)


def _half_resolution(faces: Faces, _: np.random.Generator) -> NDArray[np.float32]:
    def halved(face: NDArray[np.float32]) -> NDArray[np.float32]:
        small = cv2.resize(face, (face.shape[1] // 2, face.shape[0] // 2), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, face.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)

    return _each(faces, halved)


def _covered(top: float, bottom: float, left: float, right: float) -> Corruption:
    """A grey bar over part of the face; places as shares of its height and width."""

    def change(faces: Faces, _: np.random.Generator) -> NDArray[np.float32]:
        height, width = faces.shape[1:]
        out = faces.astype(np.float32)
        rows = slice(round(top * height), round(bottom * height))
        out[:, rows, round(left * width) : round(right * width)] = 128
        return out

    return change


def _each(
    faces: Faces, change: Callable[[NDArray[np.float32]], NDArray[np.float32] | cv2.typing.MatLike]
) -> NDArray[np.float32]:
    return np.stack([change(face) for face in faces.astype(np.float32)]).astype(np.float32, copy=False)


CORRUPTIONS: Final[dict[str, Corruption]] = {
    "noise": _noise,
    "dark": _dark,
    "bright": _bright,
    "blur": _blur,
    "salt and pepper": _salt_and_pepper,
    "clouds": _clouds,
    "half resolution": _half_resolution,
    "occluded mouth": _covered(0.64, 0.94, 0.22, 0.78),
    "occluded eyes": _covered(0.24, 0.50, 0.08, 0.92),
}
"""Noise of 0.07 × 255, salt and pepper of 3 % and clouds are those of the lineage's trials. Bars lie where FER-2013
faces have their mouth and eyes."""


def ways_off(share: float) -> dict[str, BoxOff]:
    """By name, each way in which a box can be off by `share` of its sides; the first is not at all."""
    return {
        "as found": BoxOff(),
        "left": BoxOff(right=-share),
        "right": BoxOff(right=share),
        "up": BoxOff(down=-share),
        "down": BoxOff(down=share),
        "smaller": BoxOff(bigger=1 - share),
        "bigger": BoxOff(bigger=1 + share),
    }


def check_boxes(path: Path, kind: Kind | None) -> None:
    """Whether the set at `path` has boxes that can be off, asked before anything is read.

    Raises:
        DataError: it has none, or there is nothing.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist.")
    if (kind or kind_of(path)) not in ("folders", "ck"):
        raise DataError(f"--boxes-off is for pictures in which a face is found; {path} holds none.")


def shake(path: Path, classifier: EmotionClassifier, kind: Kind | None, share: float) -> tuple[Shaken, ...]:
    """The pictures at `path` read with every box off by `share`, one way after the other.

    Raises:
        DataError: there is nothing to judge by, or the model has no usable answer on a face.
    """
    return tuple(_one(name, path, classifier, kind, off) for name, off in ways_off(share).items())


def _one(name: str, path: Path, classifier: EmotionClassifier, kind: Kind | None, off: BoxOff) -> Shaken:
    judged = open_set(path, classifier, kind, off=off)
    pooled = answer(classifier, judged).readings(classifier.card)[EVEN]
    _, truth = truths_of(judged)[LABELS]
    found = pooled.shares.argmax(1)
    area = tag_test(pooled.evidence, truth, resamples=10).mean
    return Shaken(name, float((found == truth).mean()), macro_recall(truth, found), area)


@dataclass(frozen=True)
class Robust:
    """What is left under one corruption, by reading and truth: accuracy and macro recall, plain and with CLAHE."""

    name: str
    plain: dict[str, dict[str, tuple[float, float]]]
    clahe: dict[str, dict[str, tuple[float, float]]]


@dataclass(frozen=True)
class Shaken:
    """What is left, even-handed and by the labels, when every box is off in one way."""

    name: str
    accuracy: float
    macro_recall: float
    tag_test: float


def _robust(name: str, classifier: EmotionClassifier, judged: JudgedSet) -> Robust:
    crops = judged.crops if name == "none" else corrupt(name, judged.crops)
    plain, clahe = (_short(answer(classifier, judged, each), classifier, judged) for each in (crops, equalised(crops)))
    return Robust(name, plain, clahe)


def _short(
    answers: Answers, classifier: EmotionClassifier, judged: JudgedSet
) -> dict[str, dict[str, tuple[float, float]]]:
    def two(pooled: Pooled, chosen: NDArray[np.int64], truth: NDArray[np.int64]) -> tuple[float, float]:
        found = pooled.shares[chosen].argmax(1)
        return float((found == truth).mean()), macro_recall(truth, found)

    truths = truths_of(judged)
    return {
        name: {by: two(pooled, chosen, truth) for by, (chosen, truth) in truths.items()}
        for name, pooled in answers.readings(classifier.card).items()
    }
