"""The pipeline for one actor: from frames to observations, unreadable faces, model errors."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from perception_help import face, face_picture, picture, take_frames, tiny_classifier, write_model

from coach.base.errors import ModelError, UsageError
from coach.base.types import EMOTIONS, Emotion, Frame, Observation, Probabilities, top_emotion
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import even_handed
from coach.perception.pipeline import MAX_ERRORS, FacePipeline, OneActor, open_perception
from coach.perception.tracker import REACQUIRE_S
from coach.testing.perception import FRONTAL_FACE, FakeClassifier, FakeDetector

NAN = (float("nan"),) * 7


def one_actor(detector: FakeDetector, classifier: FakeClassifier, detect_every: int = 3) -> FacePipeline:
    return FacePipeline(detector, classifier, OneActor(detect_every))


def observe(perception: FacePipeline, count: int, image: NDArray[np.uint8] | None = None) -> list[Observation]:
    image = picture(150, 100) if image is None else image
    return [perception.observe(Frame(i / 25, image)) for i in range(count)]


def probabilities(observation: Observation) -> Probabilities:
    assert observation.actor is not None
    assert observation.actor.probabilities is not None
    return observation.actor.probabilities


# --- the shipped models on the sample take ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def take() -> list[Observation]:
    perception = open_perception()
    return [perception.observe(frame) for frame in take_frames()]


def test_face_is_read_in_every_frame_of_sample_take(take: list[Observation]) -> None:
    assert len(take) == 472
    assert [observation.reason for observation in take if observation.reason is not None] == []


def test_the_sample_take_is_read_as_sad_then_fear_then_happy(take: list[Observation]) -> None:
    """The readings agree with what a viewer sees: the top emotion per half second, smoothed and prior-corrected."""
    evenly = even_handed(open_perception().card)
    smoothed = np.array(evenly(probabilities(take[0])))
    sums: dict[float, list[NDArray[np.float64]]] = {}
    for observation in take:
        smoothed = smoothed + 0.15 * (np.array(evenly(probabilities(observation))) - smoothed)
        sums.setdefault(int(observation.t * 2) / 2, []).append(smoothed)
    tops = {start: EMOTIONS[int(np.mean(values, axis=0).argmax())] for start, values in sums.items()}
    expected: list[tuple[Emotion, float, float]] = [("sad", 0, 6), ("fear", 7, 8.5), ("happy", 10, 19.7)]
    for emotion, start, end in expected:
        assert {tops[t] for t in tops if start <= t < end} == {emotion}


def test_same_frames_give_same_observations(take: list[Observation]) -> None:
    perception = open_perception()
    assert [perception.observe(frame) for frame in itertools.islice(take_frames(), 100)] == take[:100]


def test_detecting_in_every_third_frame_gives_the_same_readings_as_in_every_frame(take: list[Observation]) -> None:
    perception = open_perception(mode=OneActor(1))
    close = [perception.observe(frame) for frame in take_frames()]
    pairs = [(probabilities(a), probabilities(b)) for a, b in zip(close, take, strict=True)]
    assert np.mean([top_emotion(a) == top_emotion(b) for a, b in pairs]) > 0.96
    assert np.mean([np.abs(np.subtract(a, b)).max() for a, b in pairs]) < 0.04


def test_boxes_and_probabilities_are_rounded(take: list[Observation]) -> None:
    for observation in take[::40]:
        assert observation.actor is not None
        box = observation.actor.box
        values = (*probabilities(observation), box.x, box.y, box.width, box.height)
        assert [value for value in values if value != round(value, 4)] == []
        assert box.x == round(box.x, 1)
        assert sum(round(p * 10_000) for p in probabilities(observation)) == 10_000


# --- detection and tracking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("every", "searches"), [(1, 12), (3, 4), (5, 3)])
def test_detector_runs_on_every_nth_frame(every: int, searches: int) -> None:
    detector = FakeDetector()
    observations = observe(one_actor(detector, FakeClassifier(), every), 12)
    assert detector.calls == searches
    assert {o.reason for o in observations} == {None}


@pytest.mark.row(14)
def test_a_lost_actor_stays_lost_until_a_search_finds_a_face() -> None:
    detector = FakeDetector([[FRONTAL_FACE], [], [], [], [FRONTAL_FACE]])
    observations = observe(one_actor(detector, FakeClassifier()), 14)
    assert [o.reason for o in observations] == [None] * 3 + ["no face"] * 9 + [None] * 2


@pytest.mark.row(14)
def test_frame_without_faces_is_not_classified() -> None:
    classifier = FakeClassifier()
    observations = observe(one_actor(FakeDetector([[]]), classifier), 10)
    assert observations == [Observation(i / 25, (), "no face") for i in range(10)]
    assert classifier.calls == 0


def test_only_the_actor_is_read() -> None:
    actor, bigger = face(150, 180, 120), face(450, 180, 200)
    detector = FakeDetector([[actor], [bigger, actor], [bigger], [bigger, actor]])
    perception = one_actor(detector, FakeClassifier(), 1)
    observations = observe(perception, 4)
    assert [o.reason for o in observations] == [None, None, "no face", None]
    assert [len(o.faces) for o in observations] == [1, 1, 0, 1]
    assert {o.actor.box.x for o in observations if o.actor} == {90.0}
    assert {o.actor.track for o in observations if o.actor} == {0}


@pytest.mark.parametrize("photo_first", [True, False])
def test_a_photograph_in_the_picture_is_not_read_for_long(photo_first: bool) -> None:
    """The photograph is the first face, or it is bigger than the actor."""
    photo = cv2.resize(face_picture(), None, fx=0.75, fy=0.75)
    perception, actors = open_perception(), []
    for frame in take_frames():
        if frame.t > 4:
            break
        image = picture(1120, 360, 60)
        image[:270, :480] = photo
        scale = 1.0 if photo_first else 0.6
        living = cv2.resize(frame.image, None, fx=scale, fy=scale)
        if frame.t > 1 or not photo_first:
            image[: living.shape[0], 480 : 480 + living.shape[1]] = living
        if perception.is_due(frame.t):
            actors.append(perception.observe(Frame(frame.t, image)).actor)
    read = [actor.box.x > 480 for actor in actors if actor is not None]
    assert read[0] is False
    assert read[-1] is True
    assert read.count(True) > len(actors) / 3
    assert sum(a != b for a, b in itertools.pairwise(read)) == 1


def test_actor_who_reappears_elsewhere_after_a_while_is_found() -> None:
    detector = FakeDetector([[face(150, 180, 120)], [face(450, 180, 120)]])
    perception = one_actor(detector, FakeClassifier(), 1)
    times = [0.0, 0.5, REACQUIRE_S + 0.1]
    assert [perception.observe(Frame(t, picture(150, 100))).reason for t in times] == [None, "no face", None]


def test_real_face_is_read_in_frames_of_any_size() -> None:
    grieving = next(frame.image for frame in take_frames() if frame.t > 4)
    for size in ((320, 180), (1920, 1080)):
        perception = open_perception()
        (observation,) = observe(perception, 1, cv2.resize(grieving, size, interpolation=cv2.INTER_AREA))
        assert top_emotion(even_handed(perception.card)(probabilities(observation))) == "sad"


# --- unreadable faces ---------------------------------------------------------------------------------------------


def test_too_small_face_is_reported_with_reason() -> None:
    observation = observe(one_actor(FakeDetector([[face(100, 100, 20)]]), FakeClassifier()), 1)[0]
    assert observation.reason == "too small"
    assert observation.actor is not None
    assert observation.actor.reason == "too small"
    assert observation.actor.probabilities is None


def test_dark_face_is_too_dark() -> None:
    assert observe(one_actor(FakeDetector(), FakeClassifier()), 1, picture(150, 100, grey=20))[0].reason == "too dark"
    dim = np.round(face_picture() * 0.15).astype(np.uint8)
    assert observe(open_perception(), 1, dim)[0].reason == "too dark"


def test_profile_is_not_classified() -> None:
    landmarks = ((100.0, 100.0), (120.0, 100.0), (140.0, 110.0), *FRONTAL_FACE.landmarks[3:])
    aside = type(FRONTAL_FACE)(FRONTAL_FACE.box, 0.9, landmarks)
    classifier = FakeClassifier()
    assert observe(one_actor(FakeDetector([[aside]]), classifier), 1)[0].reason == "profile"
    assert classifier.calls == 0


# --- model errors -------------------------------------------------------------------------------------------------


def test_a_non_finite_output_makes_a_face_unreadable_and_is_counted() -> None:
    perception = one_actor(FakeDetector(), FakeClassifier(["sad", NAN, NAN, "sad"]))
    observations = observe(perception, 5)
    assert [o.reason for o in observations] == [None, "unreadable", "unreadable", None, None]
    assert [o.actor is not None for o in observations] == [True] * 5
    assert perception.warnings == ["The model gave no usable answer on 2 frames, which are not scored."]


@pytest.mark.row(15)
def test_a_real_model_that_returns_nan_makes_a_face_unreadable(tmp_path: Path) -> None:
    path = write_model(tmp_path, tiny_classifier(dark_is_nan=True))
    perception = open_perception(model=path)
    dim = np.round(face_picture() * 0.5).astype(np.uint8)
    images = [cv2.add(face_picture(), np.full_like(face_picture(), 80)), dim]
    assert [perception.observe(Frame(i, image)).reason for i, image in enumerate(images)] == [None, "unreadable"]


@pytest.mark.row(16)
@pytest.mark.parametrize("part", ["detector", "classifier"])
def test_a_model_error_loses_one_frame(part: str) -> None:
    failure = RuntimeError("out of luck")
    detector = FakeDetector([[FRONTAL_FACE], failure, [FRONTAL_FACE]]) if part == "detector" else FakeDetector()
    classifier = FakeClassifier(["sad", failure, "sad"]) if part == "classifier" else FakeClassifier()
    perception = one_actor(detector, classifier, 1)
    assert [o.reason for o in observe(perception, 5)] == [None, "unreadable", None, None, None]
    assert perception.warnings == ["The model failed on 1 frame, which is not scored (RuntimeError: out of luck)."]


@pytest.mark.row(16)
def test_scoring_stops_after_too_many_model_errors_in_a_row() -> None:
    classifier = FakeClassifier([ValueError("bad weights\x1b[31m")])
    perception = one_actor(FakeDetector(), classifier)
    observations = observe(perception, MAX_ERRORS + 20)
    assert {o.reason for o in observations} == {"unreadable"}
    assert classifier.calls == MAX_ERRORS
    (warning,) = perception.warnings
    assert warning.startswith(f"Scoring stopped: the model failed on {MAX_ERRORS} frames in a row")
    assert "bad weights" in warning
    assert "\x1b" not in warning


def test_model_errors_that_are_not_consecutive_never_stop_scoring() -> None:
    failure = RuntimeError("now and then")
    perception = one_actor(FakeDetector(), FakeClassifier([failure, "sad"] * MAX_ERRORS))
    observations = observe(perception, 2 * MAX_ERRORS)
    assert [o.reason for o in observations] == ["unreadable", None] * MAX_ERRORS
    assert not perception.stopped


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((36, 64), np.uint8),
        np.zeros((36, 64, 4), np.uint8),
        np.zeros((36, 64, 1), np.uint8),
        np.zeros((0, 64, 3), np.uint8),
        np.zeros((36, 64, 3), np.float32),
    ],
)
def test_invalid_image_raises_value_error(image: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="height, width, 3"):
        one_actor(FakeDetector(), FakeClassifier()).observe(Frame(0, image))


# --- opening ------------------------------------------------------------------------------------------------------


def test_open_perception_reports_card_and_load_time() -> None:
    perception = open_perception()
    assert perception.card.name == "audience"
    assert perception.card.meaning == "viewers"
    assert 0 < perception.load_s < 60
    assert perception.warnings == []


def test_open_perception_accepts_another_model_with_its_card(tmp_path: Path) -> None:
    labels = ("sad", "neutral", "angry", "surprise", "disgust", "happy", "fear")
    perception = open_perception(model=write_model(tmp_path, tiny_classifier(), labels=labels))
    assert isinstance(perception.card, ModelCard)
    assert top_emotion(probabilities(observe(perception, 1, face_picture())[0])) == "sad"


def test_open_perception_refuses_missing_model_and_unknown_detector(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="model not found"):
        open_perception(model=tmp_path / "none.onnx")
    with pytest.raises(UsageError, match="unknown detector 'dlib'; known are blazeface, wide, tiled, haar"):
        open_perception("dlib")


@pytest.mark.parametrize(
    ("fps", "reads_per_s", "read"),
    [(24, 15, 12), (25, 15, 13), (30, 15, 15), (60, 15, 15), (10, 15, 10), (30, 0, 30), (30, 5, 5)],
)
def test_a_face_is_read_at_most_so_many_times_a_second(fps: int, reads_per_s: float, read: int) -> None:
    perception = FacePipeline(FakeDetector(), FakeClassifier(), OneActor(reads_per_s=reads_per_s))
    frames = [Frame(round(i / fps, 4), picture()) for i in range(fps)]
    assert len([perception.observe(frame) for frame in frames if perception.is_due(frame.t)]) == read


def test_a_lost_actor_is_searched_five_times_a_second() -> None:
    detector = FakeDetector([()])
    perception = FacePipeline(detector, FakeClassifier(), OneActor(detect_every=30))
    for i in range(100):
        perception.observe(Frame(i / 100, picture(128, 128)))
    assert detector.calls == 5
