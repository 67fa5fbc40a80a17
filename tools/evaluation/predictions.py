"""What a model predicts for each item of an evaluation set, in each of its readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.core.reading.smoothing import even_handed
from coach.core.scoring.evidence import LEAST, STRONGEST, EvidencePool
from coach.core.script.targets import Part
from coach.perception.classifier import OnnxClassifier
from tools.console import tracked
from tools.datasets.crops import resize_crops
from tools.datasets.fer import DataError

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier
    from coach.core.reading.card import ModelCard
    from tools.datasets.evaluation_set import JudgedSet
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coach.core.reading.card import ModelCard


AS_LABELLED: Final = "as_labelled"

NEUTRAL: Final = EMOTIONS.index("neutral")
_ANY: Final = Part(("neutral",))


@dataclass(frozen=True)
class Pooled:
    """One row of log odds (7,) per item.

    Attributes:
        strongest: (M, 7) means over the strongest part.
        whole: (M, 7) means over all frames.
    """

    strongest: NDArray[np.float64]
    whole: NDArray[np.float64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """What the strongest part says, as probabilities (M, 7), each row sums to 1; of one frame what it said."""
        raised = 1 / (1 + np.exp(-self.strongest))
        return np.asarray(raised / raised.sum(1, keepdims=True), np.float64)

    @property
    def evidence(self) -> NDArray[np.float64]:
        """For each tag (M, 7): the strongest part, but for neutral all frames."""
        return np.where(np.arange(len(EMOTIONS)) == NEUTRAL, self.whole, self.strongest)

    def pick(self, chosen: NDArray[np.int64]) -> Pooled:
        """Those with these indices."""
        return Pooled(self.strongest[chosen], self.whole[chosen])


def pool(reading: NDArray[np.float64], owner: NDArray[np.int64], weights: NDArray[np.float64], count: int) -> Pooled:
    """The `count` items from their frames' probabilities (N, 7).

    Args:
        reading: one row per frame.
        owner: (N,) each frame's item, rising; every item has a frame.
        weights: (N,) how far each frame can be relied on, above 0.
        count: items.
    """
    if len(owner) == count:
        odds = log_odds(reading)
        return Pooled(odds, odds)
    rows = [_pooled(reading[owner == item], weights[owner == item]) for item in range(count)]
    return Pooled(np.array([strongest for strongest, _ in rows]), np.array([whole for _, whole in rows]))


def log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(p / (1 - p)), as far from 0 and 1 as the coach keeps it."""
    kept = np.clip(probabilities, LEAST, 1 - LEAST)
    return np.asarray(np.log(kept) - np.log1p(-kept), np.float64)


def _pooled(frames: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    pooled = EvidencePool(_ANY)
    for (a, b, c, d, e, f, g), weight in zip(frames.tolist(), weights.tolist(), strict=True):
        pooled.add((a, b, c, d, e, f, g), weight)
    strongest, whole = pooled.mean(STRONGEST), pooled.mean(1.0)
    assert strongest is not None
    assert whole is not None
    return strongest[0], whole[0]


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
        classifier.classify(resize_crops(crops[i : i + _BATCH], size.width, size.height), *more)
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
