"""How a model reads pictures when the detector's box is not quite where it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.datasets import DataError
from tools.judging.answers import EVEN, answer
from tools.judging.metrics import macro_recall
from tools.judging.scores import LABELS, Shaken, truths_of
from tools.judging.sets import BoxOff, kind_of, open_set
from tools.judging.tag_test import tag_test

if TYPE_CHECKING:
    from pathlib import Path

    from coach.base.protocols import EmotionClassifier
    from tools.judging.kinds import Kind


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
