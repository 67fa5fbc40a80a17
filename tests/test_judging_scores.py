"""A model is asked for each face as it is and under every corruption, and scored by every truth there is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from judging_help import fer_faces
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.core.reading.card import InputCard, ModelCard
from tools.datasets.evaluation_set import JudgedSet, truths_of
from tools.evaluation.robustness import CORRUPTIONS, corrupt, equalised
from tools.evaluation.scores import Judgement, judge, side_by_side

HAPPY, SAD, NEUTRAL = (EMOTIONS.index(name) for name in ("happy", "sad", "neutral"))
SIZE = InputCard(width=48, height=48, channels=1, layout="NHWC", scaling="raw")


class Recorder:
    """An `EmotionClassifier` that keeps what it was asked and is always `sure` of one emotion."""

    def __init__(self, sure: int = HAPPY, name: str = "recorder") -> None:
        self.card = ModelCard(name=name, file="m.onnx", sha256="0" * 64, input=SIZE, labels=EMOTIONS)
        self.asked: list[NDArray[np.uint8]] = []
        self._answer = np.where(np.arange(7) == sure, 0.4, 0.1).astype(np.float32)

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.asked.append(crops)
        return np.tile(self._answer, (len(crops), 1))


def judged_set(labels: list[int], names: tuple[str, ...] = (), votes: tuple[int, ...] = ()) -> JudgedSet:
    """Faces with labels, of which the first have votes, all for one emotion each."""
    count = len(labels)
    shares = np.full((count, 7), np.nan, np.float32)
    for i, emotion in enumerate(votes):
        shares[i] = np.eye(7)[emotion]
    names = names or tuple(f"face {i}" for i in range(count))
    return JudgedSet("faces", fer_faces(count), np.arange(count), np.ones(count), names, np.array(labels), shares)


def judged(model: Recorder, items: JudgedSet) -> Judgement:
    return judge(model, items, resamples=20)


def test_each_corruption_is_asked_plain_and_then_with_clahe() -> None:
    model, items = Recorder(), judged_set([HAPPY, SAD])
    judge(model, items, corruptions=True, resamples=20)
    wanted = [items.crops, items.crops, equalised(items.crops)]
    for name in CORRUPTIONS:
        changed = corrupt(name, items.crops)
        wanted += [changed, equalised(changed)]
    assert len(model.asked) == len(wanted)
    assert all((asked == crops).all() for asked, crops in zip(model.asked, wanted, strict=True))


def test_viewers_count_only_where_they_voted_and_labels_everywhere() -> None:
    found = judged(Recorder(HAPPY), judged_set([HAPPY, HAPPY, SAD], votes=(HAPPY, SAD))).scores["even-handed"]
    assert (found["viewers' majority"].count, found["viewers' majority"].accuracy) == (2, 0.5)
    assert (found["labels"].count, found["labels"].accuracy) == (3, pytest.approx(2 / 3))


def test_without_votes_there_are_only_labels_and_no_divergence() -> None:
    found = judged(Recorder(), judged_set([HAPPY]))
    assert list(found.scores["even-handed"]) == ["labels"]
    assert found.divergence == {}
    assert list(truths_of(found.judged)) == ["labels"]


def test_a_card_without_evidence_gives_neither_verdicts_nor_shares() -> None:
    found = judged(Recorder(), judged_set([HAPPY], votes=(HAPPY,)))
    assert found.verdicts == {}
    assert found.shares is None
    assert found.divergence == {"even-handed": pytest.approx(-math.log(0.4))}


def test_models_are_compared_on_the_items_that_both_could_read() -> None:
    first = judged(Recorder(HAPPY, "a"), judged_set([HAPPY, SAD, HAPPY], ("x", "y", "z")))
    second = judged(Recorder(SAD, "b"), judged_set([SAD, HAPPY, HAPPY], ("y", "z", "w")))
    (pair,) = side_by_side(first, second)
    assert (pair.count, pair.first, pair.second) == (2, 0.5, 0.5)
    assert (pair.test.only_first, pair.test.only_second) == (1, 1)
