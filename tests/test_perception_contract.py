"""Contract tests for detectors and classifiers, real ones and fakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from perception_help import face_picture, tiny_classifier, write_model

from coach.base.protocols import EmotionClassifier, FaceDetector
from coach.base.types import EMOTIONS
from coach.perception.blazeface import BlazeFace
from coach.perception.models import CLASSIFIER, shipped_path
from coach.perception.pipeline import load_model
from coach.testing.perception import FakeClassifier, FakeDetector


@pytest.fixture(params=[BlazeFace, FakeDetector])
def detector(request: pytest.FixtureRequest) -> FaceDetector:
    opened: FaceDetector = request.param()
    return opened


@pytest.fixture(params=["shipped", "tiny", "fake"])
def classifier(request: pytest.FixtureRequest, tmp_path: Path) -> EmotionClassifier:
    makers: dict[str, Callable[[], EmotionClassifier]] = {
        "shipped": lambda: load_model(shipped_path(CLASSIFIER)),
        "tiny": lambda: load_model(write_model(tmp_path, tiny_classifier())),
        "fake": FakeClassifier,
    }
    return makers[request.param]()


def test_detector_finds_the_face_with_landmarks(detector: FaceDetector) -> None:
    (face,) = detector.detect(face_picture())
    assert face.box.width > 50
    assert face.box.height > 50
    assert 0 < face.score <= 1
    assert len(face.landmarks) == 6
    assert all(0 <= x < 640 and 0 <= y < 360 for x, y in face.landmarks)


def test_detector_is_deterministic(detector: FaceDetector) -> None:
    assert detector.detect(face_picture()) == detector.detect(face_picture())


def test_detector_does_not_change_the_image(detector: FaceDetector) -> None:
    image = face_picture().copy()
    detector.detect(image)
    assert (image == face_picture()).all()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_classifier_returns_seven_probabilities_per_crop(classifier: EmotionClassifier, count: int) -> None:
    size = classifier.card.input
    answer = classifier.classify(np.full((count, size.height, size.width), 90, np.uint8))
    assert answer.shape == (count, len(EMOTIONS))
    assert (answer >= 0).all()
    assert answer.sum(axis=1) == pytest.approx(np.ones(count), abs=1e-3)


def test_classifier_has_card_with_seven_labels(classifier: EmotionClassifier) -> None:
    assert sorted(classifier.card.labels) == sorted(EMOTIONS)
    assert classifier.card.meaning in ("label", "viewers")


def test_a_classifier_gives_the_same_output_for_any_batch_size(classifier: EmotionClassifier) -> None:
    size = classifier.card.input
    crops = np.random.default_rng(1).integers(0, 256, (5, size.height, size.width), np.uint8)
    assert classifier.classify(crops)[3] == pytest.approx(classifier.classify(crops[3:4])[0], abs=1e-5)
