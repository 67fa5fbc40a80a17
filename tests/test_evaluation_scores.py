"""Scores of a model against every ground truth and under every corruption, and the comparison of two models."""

from __future__ import annotations

import math

import numpy as np
import pytest
from evaluation_help import fer_faces
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.core.reading.card import InputCard, ModelCard
from tools.datasets.evaluation_set import EvaluationSet
from tools.evaluation.robustness import CORRUPTIONS, corrupt, equalise, even_light
from tools.evaluation.scores import Evaluation, compare, evaluate

HAPPY, SAD, NEUTRAL = (EMOTIONS.index(name) for name in ("happy", "sad", "neutral"))
SIZE = InputCard(width=48, height=48, channels=1, layout="NHWC", scaling="raw")


class Recorder:
    """An `EmotionClassifier` that records its inputs and always predicts one `emotion`."""

    def __init__(self, emotion: int = HAPPY, name: str = "recorder") -> None:
        self.card = ModelCard(name=name, file="m.onnx", sha256="0" * 64, input=SIZE, labels=EMOTIONS)
        self.inputs: list[NDArray[np.uint8]] = []
        self._probabilities = np.where(np.arange(7) == emotion, 0.4, 0.1).astype(np.float32)

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.inputs.append(crops)
        return np.tile(self._probabilities, (len(crops), 1))


def dataset_of(labels: list[int], names: tuple[str, ...] = (), votes: tuple[int, ...] = ()) -> EvaluationSet:
    """Return faces with labels; the first ones also have unanimous votes."""
    count = len(labels)
    shares = np.full((count, 7), np.nan, np.float32)
    for i, emotion in enumerate(votes):
        shares[i] = np.eye(7)[emotion]
    names = names or tuple(f"face {i}" for i in range(count))
    return EvaluationSet("faces", fer_faces(count), np.arange(count), np.ones(count), names, np.array(labels), shares)


def evaluation_of(model: Recorder, items: EvaluationSet) -> Evaluation:
    return evaluate(model, items, resamples=20)


def test_each_corruption_is_predicted_plain_and_then_with_evened_light() -> None:
    model, items = Recorder(), dataset_of([HAPPY, SAD])
    evaluate(model, items, corruptions=True, resamples=20)
    expected = [items.crops]
    for crops in (items.crops, *(corrupt(name, items.crops) for name in CORRUPTIONS)):
        expected += [crops, equalise(crops), even_light(crops), equalise(even_light(crops))]
    assert len(model.inputs) == len(expected)
    assert all((inputs == crops).all() for inputs, crops in zip(model.inputs, expected, strict=True))


def test_majority_scores_use_items_with_votes_and_label_scores_use_all() -> None:
    scores = evaluation_of(Recorder(HAPPY), dataset_of([HAPPY, HAPPY, SAD], votes=(HAPPY, SAD))).scores["even-handed"]
    assert (scores["viewers' majority"].count, scores["viewers' majority"].accuracy) == (2, 0.5)
    assert (scores["labels"].count, scores["labels"].accuracy) == (3, pytest.approx(2 / 3))


def test_without_votes_there_are_only_label_scores_and_no_divergence() -> None:
    evaluation = evaluation_of(Recorder(), dataset_of([HAPPY]))
    assert list(evaluation.scores["even-handed"]) == ["labels"]
    assert evaluation.divergence == {}
    assert list(evaluation.dataset.truths) == ["labels"]


def test_an_evaluation_has_no_verdicts_or_shares_if_the_card_has_no_evidence() -> None:
    evaluation = evaluation_of(Recorder(), dataset_of([HAPPY], votes=(HAPPY,)))
    assert evaluation.verdicts == {}
    assert evaluation.shares is None
    assert evaluation.divergence == {"even-handed": pytest.approx(-math.log(0.4))}


def test_models_are_compared_on_items_that_both_could_read() -> None:
    first = evaluation_of(Recorder(HAPPY, "a"), dataset_of([HAPPY, SAD, HAPPY], ("x", "y", "z")))
    second = evaluation_of(Recorder(SAD, "b"), dataset_of([SAD, HAPPY, HAPPY], ("y", "z", "w")))
    (pair,) = compare(first, second)
    assert (pair.count, pair.first, pair.second) == (2, 0.5, 0.5)
    assert (pair.test.only_first, pair.test.only_second) == (1, 1)
