"""Predictions of a model for each item of an evaluation set, in each of its readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.core.reading.smoothing import even_handed
from coach.core.scoring.evidence import STRONGEST_SHARE, EvidencePool
from coach.core.script.targets import Part
from coach.perception.classifier import OnnxClassifier
from tools.console import with_progress
from tools.datasets.crops import resize_crops
from tools.datasets.fer import DataError
from tools.evaluation.metrics import log_odds

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier
    from coach.core.reading.card import ModelCard
    from tools.datasets.evaluation_set import EvaluationSet

VIEWERS: Final = "as viewers vote"
EVEN_HANDED: Final = "even-handed"
LABELLED: Final = "as labelled"
"""The reading of a second head, if a model has one (`tools.label_head`)."""

AS_LABELLED: Final = "as_labelled"
"""The name of that head's ONNX output."""

NEUTRAL: Final = EMOTIONS.index("neutral")
_BATCH: Final = 128
_ANY_PART: Final = Part(("neutral",))


@dataclass(frozen=True)
class PooledOdds:
    """Log odds of M items, pooled over the frames of each as the coach pools them.

    Attributes:
        strongest: (M, 7) means over the strongest part of a clip, which is its least neutral one.
        whole: (M, 7) means over all frames.
    """

    strongest: NDArray[np.float64]
    whole: NDArray[np.float64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """The strongest part as probabilities (M, 7), each row summing to 1; a single frame's own probabilities."""
        probabilities = 1 / (1 + np.exp(-self.strongest))
        return np.asarray(probabilities / probabilities.sum(1, keepdims=True), np.float64)

    @property
    def evidence(self) -> NDArray[np.float64]:
        """Evidence for each tag (M, 7): over the strongest part, but for neutral over all frames."""
        return np.where(np.arange(len(EMOTIONS)) == NEUTRAL, self.whole, self.strongest)

    def pick(self, chosen: NDArray[np.int64]) -> PooledOdds:
        """Return the items with these indices."""
        return PooledOdds(self.strongest[chosen], self.whole[chosen])


@dataclass(frozen=True)
class Predictions:
    """The pooled predictions of one model for an evaluation set, by reading."""

    viewers: PooledOdds
    even_handed: PooledOdds
    labelled: PooledOdds | None = None

    def readings(self, card: ModelCard) -> dict[str, PooledOdds]:
        """Return the readings by name; without a prior to correct for there is only the even-handed one."""
        both = {VIEWERS: self.viewers, EVEN_HANDED: self.even_handed}
        readings = both if card.prior and card.power else {EVEN_HANDED: self.even_handed}
        return readings | ({LABELLED: self.labelled} if self.labelled else {})


def predict(
    classifier: EmotionClassifier, dataset: EvaluationSet, crops: NDArray[np.uint8] | None = None
) -> Predictions:
    """Predict the items of `dataset`, or altered `crops` (N, height, width) of the same items.

    Raises:
        DataError: the model has no usable output on a crop.
    """
    crops = dataset.crops if crops is None else crops
    probabilities = predict_crops(classifier, crops)
    readings = [probabilities, to_even_handed(probabilities, classifier.card)]
    if isinstance(classifier, OnnxClassifier) and AS_LABELLED in classifier.outputs:
        readings.append(predict_crops(classifier, crops, AS_LABELLED))
    return Predictions(*(pool(each, dataset.owner, dataset.weights, len(dataset)) for each in readings))


def predict_crops(classifier: EmotionClassifier, crops: NDArray[np.uint8], output: str = "") -> NDArray[np.float64]:
    """Return the model's probabilities (N, 7), or another `output` of an ONNX model, for grey crops of any size.

    Raises:
        DataError: the model has no usable output on a crop.
    """
    card = classifier.card
    outputs = (output,) if output else ()
    parts = [
        classifier.classify(resize_crops(crops[start : start + _BATCH], card.input), *outputs)
        for start in with_progress(range(0, len(crops), _BATCH), f"{card.name} reads")
    ]
    probabilities = np.concatenate(parts).astype(np.float64)
    if not np.isfinite(probabilities).all():
        broken = int((~np.isfinite(probabilities).all(1)).sum())
        raise DataError(f"{card.name} has no usable answer on {broken} of {len(crops)} faces.")
    return probabilities


def to_even_handed(probabilities: NDArray[np.float64], card: ModelCard) -> NDArray[np.float64]:
    """Return the even-handed reading (N, 7) at the card's power, by the coach's own function."""
    convert = even_handed(card)
    return np.array([convert(tuple(row)) for row in probabilities.tolist()]).reshape(-1, len(EMOTIONS))


def pool(
    probabilities: NDArray[np.float64], owner: NDArray[np.int64], weights: NDArray[np.float64], count: int
) -> PooledOdds:
    """Pool the probabilities (N, 7) of frames into `count` items.

    Args:
        probabilities: one row per frame.
        owner: (N,) the item of each frame, ascending; every item has at least one frame.
        weights: (N,) the weight of each frame, above 0.
        count: the number of items.
    """
    if len(owner) == count:
        odds = log_odds(probabilities)
        return PooledOdds(odds, odds)
    rows = [_pool_clip(probabilities[owner == item], weights[owner == item]) for item in range(count)]
    return PooledOdds(np.array([strongest for strongest, _ in rows]), np.array([whole for _, whole in rows]))


def _pool_clip(
    frames: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the mean log odds of the strongest part and of all frames, by the coach's own pooling."""
    evidence = EvidencePool(_ANY_PART)
    for (a, b, c, d, e, f, g), weight in zip(frames.tolist(), weights.tolist(), strict=True):
        evidence.add((a, b, c, d, e, f, g), weight)
    strongest, whole = evidence.mean(STRONGEST_SHARE), evidence.mean(1.0)
    assert strongest is not None
    assert whole is not None
    return strongest[0], whole[0]
