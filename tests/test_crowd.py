"""The pipeline for everyone: many faces, tentative tracks, regions, model errors."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from perception_help import FPS, face, face_picture, head, observe, picture, scaled_into_corner, track_numbers

from coach.base.errors import UsageError
from coach.base.types import Box, Detection, Frame, Observation
from coach.perception.detectors import CROWD_MIN_SCORE, open_detector
from coach.perception.pipeline import (
    CONFIRM_SCORE,
    MAX_ERRORS,
    MAX_GAP_S,
    TENTATIVE_SCORE,
    Crowd,
    FacePipeline,
    open_crowd,
)
from coach.perception.search import suppress_duplicates
from coach.testing.perception import FakeClassifier, FakeDetector
from tools.benchmarks.clips import copy_boxes, crowd_frames


def crowd_of(*moments: Sequence[Detection] | Exception, every: int = 1, max_faces: int | None = None) -> FacePipeline:
    """A pipeline for everyone with scripted detections, one list per search, the last one repeated."""
    return FacePipeline(FakeDetector(moments), FakeClassifier(), Crowd(every, max_faces))


# --- twenty real faces ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twenty() -> list[NDArray[np.uint8]]:
    return list(crowd_frames(20, 12))


@pytest.fixture(scope="module")
def observations(twenty: list[NDArray[np.uint8]]) -> list[Observation]:
    return observe(open_crowd(), twenty)


@pytest.mark.row(14)
def test_exactly_twenty_faces_are_found(observations: list[Observation]) -> None:
    """There is one face per copy of the take in every frame, and no false detection."""
    copies = copy_boxes(20)
    assert [sorted(owner(face.box, copies) or 0 for face in o.faces) for o in observations] == [list(range(20))] * 12


@pytest.mark.parametrize(("seed", "scale"), [(1, 1.0), (2, 0.8), (4, 0.7)])
def test_twenty_smaller_faces_are_found_in_every_frame(seed: int, scale: float) -> None:
    """Faces of 60 to 85 pixels, then of 48 to 68 and of 42 to 60 in a part of the frame."""
    copies = [(int(x * scale), int(y * scale), int(w * scale), int(h * scale)) for x, y, w, h in copy_boxes(20, seed)]
    for o in observe(open_crowd(), [scaled_into_corner(image, scale) for image in crowd_frames(20, 8, seed)]):
        assert sorted(owner(face.box, copies) or 0 for face in o.faces) == list(range(20))


def test_wide_detector_keeps_low_scores_for_known_tracks(twenty: list[NDArray[np.uint8]]) -> None:
    wide = open_detector("wide")
    blurred = [cv2.GaussianBlur(scaled_into_corner(image, 0.7), (0, 0), 3).astype(np.uint8) for image in twenty[::3]]
    scores = [detection.score for image in blurred for detection in wide.detect(image)]
    assert CROWD_MIN_SCORE <= min(scores) < TENTATIVE_SCORE


def owner(box: Box, copies: list[tuple[int, int, int, int]]) -> int | None:
    """The index of the copy that contains the centre of `box`."""
    x, y = box.centre
    inside = [i for i, (left, top, w, h) in enumerate(copies) if left <= x < left + w and top <= y < top + h]
    return inside[0] if inside else None


def test_twenty_people_keep_their_track_numbers(observations: list[Observation]) -> None:
    copies = copy_boxes(20)
    numbers = {track for o in observations for track in track_numbers(o)}
    assert numbers == set(range(20))
    for number in numbers:
        boxes = [face.box for o in observations for face in o.faces if face.track == number]
        assert len({owner(box, copies) for box in boxes}) == 1


def test_track_0_is_largest_face_of_first_frame(observations: list[Observation]) -> None:
    first = observations[0].faces
    assert first[0].track == 0
    assert first[0].box.area == max(f.box.area for f in first)


def test_a_face_is_read_the_same_in_a_crowd_and_alone(
    twenty: list[NDArray[np.uint8]], observations: list[Observation]
) -> None:
    main = observations[0].faces[0]
    left, top, width, height = copy_boxes(20)[owner(main.box, copy_boxes(20)) or 0]
    alone = open_crowd("blazeface", mode=Crowd(region=Box(left, top, width, height))).observe(Frame(0, twenty[0]))
    (face,) = alone.faces
    assert face.box.overlap(main.box) > 0.7
    assert face.probabilities is not None
    assert main.probabilities is not None
    assert np.abs(np.subtract(face.probabilities, main.probabilities)).max() < 0.25


def test_tiled_detector_finds_tiny_faces(twenty: list[NDArray[np.uint8]]) -> None:
    """Faces of about 18 to 25 pixels, too small to be read."""
    copies = [(int(x * 0.3), int(y * 0.3), int(w * 0.3), int(h * 0.3)) for x, y, w, h in copy_boxes(20)]
    tiled = open_crowd("tiled").observe(Frame(0, scaled_into_corner(twenty[0], 0.3))).faces
    assert sorted(owner(detection.box, copies) or 0 for detection in tiled) == list(range(20))


def test_images_without_faces_have_no_detections() -> None:
    """A wall of the sample take, noise and plain grey, nine frames each."""
    rng = np.random.default_rng(0)
    wall = cv2.resize(face_picture()[:, :150], (1280, 720)).astype(np.uint8)
    noise = rng.integers(0, 256, (720, 1280, 3), np.uint8)
    for image in (wall, noise, picture(1280, 720)):
        assert {o.faces for o in observe(open_crowd(), [image] * 9)} == {()}


# --- who is tracked -----------------------------------------------------------------------------------------------


def test_a_larger_face_that_appears_later_gets_a_new_track() -> None:
    main, giant = face(200, 180, 80), face(450, 180, 200)
    observations = observe(crowd_of([main], [giant, main]), [picture()] * 3)
    assert [track_numbers(o) for o in observations] == [[0], [0, 1], [0, 1]]
    assert [o.faces[0].box.x for o in observations] == [160] * 3


def test_others_are_read_while_track_0_is_away() -> None:
    main, other = face(200, 180, 120), face(450, 180, 100)
    observations = observe(crowd_of([main, other], [other], [main, other]), [picture()] * 3)
    assert [track_numbers(o) for o in observations] == [[0, 1], [1], [0, 1]]
    assert [o.reason for o in observations] == [None, "no face", None]
    assert observations[1].faces[0].probabilities is not None


def test_all_faces_of_a_frame_are_classified_in_one_batch() -> None:
    people = [face(100 + 150 * i, 180, 100 - i) for i in range(4)]
    classifier = FakeClassifier()
    crowd = FacePipeline(FakeDetector([people, people[:2], []]), classifier, Crowd(1))
    assert [len(o.faces) for o in observe(crowd, [picture(800)] * 3)] == [4, 2, 0]
    assert classifier.batches == [4, 2]


def test_unreadable_faces_have_reasons_and_are_left_out_of_the_batch() -> None:
    tiny, fine = face(100, 100, 20), face(400, 180, 100)
    aside = Detection(Box(200, 100, 90, 90), 0.9, ((205, 130), (215, 130), (240, 140), (220, 170), (1, 1), (2, 2)))
    classifier = FakeClassifier()
    (observation,) = observe(FacePipeline(FakeDetector([[fine, aside, tiny]]), classifier, Crowd()), [picture()])
    assert [f.reason for f in observation.faces] == [None, "profile", "too small"]
    assert [f.probabilities is None for f in observation.faces] == [False, True, True]
    assert classifier.batches == [1]


@pytest.mark.parametrize(("every", "searches"), [(1, 12), (3, 4), (5, 3)])
def test_detector_runs_on_every_nth_frame_with_and_without_faces(every: int, searches: int) -> None:
    for detections in ([face(100, 100)], []):
        detector = FakeDetector([detections])
        observe(FacePipeline(detector, FakeClassifier(), Crowd(every)), [picture()] * 12)
        assert detector.calls == searches


def test_detector_runs_on_every_frame_of_a_slow_source() -> None:
    detector = FakeDetector()
    crowd = FacePipeline(detector, FakeClassifier(), Crowd(10))
    for i in range(5):
        crowd.observe(Frame(i * MAX_GAP_S, picture()))
    assert detector.calls == 5


def test_max_faces_prefers_known_tracks_and_then_the_largest_faces() -> None:
    a, b, c = face(100, 180, 120), face(300, 180, 100), face(500, 180, 150)
    observations = observe(crowd_of([a, b], [c, a, b], max_faces=1), [picture()] * 3)
    assert [[f.box.x for f in o.faces] for o in observations] == [[40]] * 3
    with pytest.raises(UsageError, match="1 or more"):
        crowd_of([a], max_faces=0)
    with pytest.raises(UsageError, match="1 or more"):
        crowd_of([a], every=0)


def test_only_the_region_is_searched_and_boxes_are_in_frame_coordinates() -> None:
    image = picture(1280, 720, 60)
    image[100:220, 900:1020] = head()
    image[400:520, 300:420] = head()
    (observation,) = observe(open_crowd(mode=Crowd(region=Box(800, 0, 480, 400))), [image])
    (only,) = observation.faces
    assert 900 < only.box.centre[0] < 1020
    assert 100 < only.box.centre[1] < 220


@pytest.mark.parametrize("region", [Box(5000, 0, 100, 100), Box(-200, -200, 100, 100), Box(10, 10, 0.2, 50)])
def test_a_region_outside_the_frame_finds_nobody_and_gives_a_warning(region: Box) -> None:
    detector = FakeDetector()
    crowd = FacePipeline(detector, FakeClassifier(), Crowd(region=region))
    assert observe(crowd, [picture()] * 9)[8] == Observation(8 / FPS, (), "no face")
    assert detector.calls == 0
    assert crowd.warnings == ["The region is outside the picture, which has 640 x 360 pixels, so no face is found."]


def test_region_is_clipped_to_the_frame() -> None:
    detector = FakeDetector([[face(50, 50)]])
    (observation,) = observe(
        FacePipeline(detector, FakeClassifier(), Crowd(region=Box(600, 300, 500, 500))), [picture()]
    )
    assert detector.sizes == [(60, 40)]
    assert observation.faces[0].box.centre == (650, 350)


# --- confidence -------------------------------------------------------------------------------------------------------


def test_a_tentative_face_is_reported_only_once_it_is_found_again() -> None:
    main, tentative = face(100, 180, 120), face(400, 180, 100, score=(CONFIRM_SCORE + TENTATIVE_SCORE) / 2)
    observations = observe(crowd_of([main], [main, tentative], [main, tentative], [main]), [picture()] * 4)
    assert [track_numbers(o) for o in observations] == [[0], [0], [0, 1], [0]]
    observations = observe(crowd_of([main], [main, tentative], [main], [main, tentative]), [picture()] * 4)
    assert [track_numbers(o) for o in observations] == [[0]] * 4


def test_track_continues_with_a_score_too_low_to_start_one() -> None:
    known, faint = face(100, 180, 120), face(100, 180, 120, score=0.41)
    assert [track_numbers(o) for o in observe(crowd_of([known], [faint]), [picture()] * 3)] == [[0]] * 3
    assert [track_numbers(o) for o in observe(crowd_of([faint]), [picture()] * 3)] == [[]] * 3


def test_track_0_is_the_largest_face_not_the_one_with_the_best_score() -> None:
    big, small = face(400, 180, 150, score=0.6), face(100, 180, 100, score=0.9)
    (observation,) = observe(crowd_of([big, small]), [picture()])
    assert [f.box.width for f in observation.faces] == [150, 100]


def test_the_box_with_the_better_score_is_kept_of_two_nested_ones() -> None:
    inner, outer, beside = face(100, 100, 60), face(100, 110, 150, score=0.6), face(170, 100, 60)
    assert suppress_duplicates([outer, inner, beside]) == [inner, beside]
    assert suppress_duplicates([outer, face(100, 100, 60, score=0.5)]) == [outer]
    assert suppress_duplicates([]) == []


def test_touching_faces_are_both_kept() -> None:
    both = [face(100, 100, 100), face(155, 130, 100, score=0.6)]
    assert suppress_duplicates(both) == both


# --- model errors -------------------------------------------------------------------------------------------------


def test_a_model_error_loses_one_frame_and_too_many_in_a_row_stop_scoring() -> None:
    crowd = crowd_of([face(100, 180)], RuntimeError("out of luck"), [face(100, 180)])
    assert [o.reason for o in observe(crowd, [picture()] * 3)] == [None, "unreadable", None]
    assert crowd.warnings == ["The model failed on 1 frame, which is not scored (RuntimeError: out of luck)."]
    hopeless = crowd_of(RuntimeError("never"))
    observe(hopeless, [picture()] * (MAX_ERRORS + 5))
    assert hopeless.stopped
    assert hopeless.warnings[0].startswith("Scoring stopped")


def test_a_nan_output_loses_one_face() -> None:
    class Half(FakeClassifier):
        def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
            answer = super().classify(crops)
            answer[0] = np.nan
            return answer

    crowd = FacePipeline(FakeDetector([[face(100, 180, 120), face(400, 180, 100)]]), Half(["sad"]), Crowd())
    (observation,) = observe(crowd, [picture()])
    assert [f.reason for f in observation.faces] == ["unreadable", None]
    assert observation.reason == "unreadable"
    assert crowd.warnings == ["The model gave no usable answer on 1 frame, which is not scored."]


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (720, 1), (2, 3)])
def test_tiny_images_have_no_detections(shape: tuple[int, int]) -> None:
    for name in ("wide", "tiled"):
        assert observe(open_crowd(name), [picture(shape[1], shape[0])])[0] == Observation(0, (), "no face")


def test_unknown_detector_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="unknown detector 'dlib'; known are blazeface, wide, tiled, haar"):
        open_crowd("dlib")


def test_same_frames_give_same_observations(twenty: list[NDArray[np.uint8]], observations: list[Observation]) -> None:
    assert observe(open_crowd(), twenty[:7]) == observations[:7]
