"""What a model answers to a judged set, in both readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.core.reading.smoothing import even_handed
from coach.perception.classifier import OnnxClassifier
from tools.datasets import DataError
from tools.judging.pooling import Pooled, pool
from tools.judging.progress import tracked
from tools.model_files import AS_LABELLED

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier
    from coach.core.reading.card import ModelCard
    from tools.judging.sets import JudgedSet

VIEWERS: Final = "as viewers vote"
EVEN: Final = "even-handed"
LABELLED: Final = "as labelled"
"""What a second head says, where a model has one (`tools.label_head`)."""
_BATCH: Final = 128


@dataclass(frozen=True)
class Answers:
    """One row per item in each reading."""

    viewers: Pooled
    even: Pooled
    labelled: Pooled | None = None

    def readings(self, card: ModelCard) -> dict[str, Pooled]:
        """By name; viewers and even-handed are one where the card takes no prior out, since both are the same."""
        told = {VIEWERS: self.viewers, EVEN: self.even} if has_two_readings(card) else {EVEN: self.even}
        return told | ({LABELLED: self.labelled} if self.labelled else {})


def has_two_readings(card: ModelCard) -> bool:
    """Whether even-handed differs from as viewers vote."""
    return bool(card.prior and card.power)


def answer(classifier: EmotionClassifier, judged: JudgedSet, crops: NDArray[np.uint8] | None = None) -> Answers:
    """What the model answers to the items, or to changed `crops` (N, height, width) of theirs.

    Raises:
        DataError: the model has no usable answer on a crop.
    """
    crops = judged.crops if crops is None else crops
    raw = classify(classifier, crops)
    rows = [raw, evenly(raw, classifier.card)]
    if isinstance(classifier, OnnxClassifier) and AS_LABELLED in classifier.outputs:
        rows.append(classify(classifier, crops, AS_LABELLED))
    return Answers(*(pool(reading, judged.owner, judged.weights, len(judged)) for reading in rows))


def classify(classifier: EmotionClassifier, crops: NDArray[np.uint8], output: str = "") -> NDArray[np.float64]:
    """Probabilities (N, 7) as the model gives them, or another `output` of an ONNX model, for grey crops of any size.

    Raises:
        DataError: the model has no usable answer on a crop.
    """
    size = classifier.card.input
    starts = range(0, len(crops), _BATCH)
    name = f"{classifier.card.name} reads"
    more = (output,) if output else ()
    parts = [
        classifier.classify(fitted(crops[i : i + _BATCH], size.width, size.height), *more)
        for i in tracked(starts, name)
    ]
    answers = np.concatenate(parts).astype(np.float64)
    if not np.isfinite(answers).all():
        broken = int((~np.isfinite(answers).all(1)).sum())
        raise DataError(f"{classifier.card.name} has no usable answer on {broken} of {len(crops)} faces.")
    return answers


def evenly(raw: NDArray[np.float64], card: ModelCard) -> NDArray[np.float64]:
    """The even-handed reading (N, 7) at the card's power, by the coach's own function."""
    read = even_handed(card)
    return np.array([read(tuple(row)) for row in raw.tolist()]).reshape(-1, len(EMOTIONS))


def fitted(crops: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Grey `crops` (N, height, width) as (N, `height`, `width`)."""
    if crops.shape[1:] == (height, width):
        return crops
    return np.stack([cv2.resize(crop, (width, height)) for crop in crops]).astype(np.uint8, copy=False)
