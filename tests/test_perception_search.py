"""Searching for one actor: the whole frame, and closer crops where the frame alone would miss the face."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from perception_help import face, face_picture, picture, take_frames

from coach.base.types import Box
from coach.perception.blazeface import BlazeFace
from coach.perception.quality import face_reason, measure
from coach.perception.search import TILE_SCORE, ActorSearch, tile_views
from coach.testing.perception import FakeDetector


def far_away(size: float, x: int, y: int) -> tuple[NDArray[np.uint8], Box]:
    """A frame of 1280 x 720 with a face `size` pixels wide, and the face's box."""
    reference = BlazeFace().detect(face_picture())[0].box
    scale = size / reference.width
    small = cv2.resize(face_picture(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    image = np.broadcast_to(np.linspace(40, 140, 720)[:, None, None], (720, 1280, 3)).astype(np.uint8)
    image[y : y + small.shape[0], x : x + small.shape[1]] = small
    return image, Box(x + reference.x * scale, y + reference.y * scale, size, size)


@pytest.mark.parametrize(("size", "x", "y"), [(90, 100, 150), (60, 640, 360), (60, 900, 80)])
def test_small_face_is_found_in_tiles_and_then_in_closer_crop(size: float, x: int, y: int) -> None:
    """The face is about two metres from a wide-angle camera, too small to find in the frame scaled to 128 pixels."""
    image, box = far_away(size, x, y)
    detector = BlazeFace()
    assert not any(detection.box.overlap(box) > 0.3 for detection in detector.detect(image))
    search = ActorSearch(detector)
    searches = [search.find(image, None) for _ in range(len(tile_views(1280, 720)))]
    assert any(detection.box.overlap(box) > 0.5 for faces in searches for detection in faces)
    assert any(detection.box.overlap(box) > 0.6 for detection in search.find(image, box))


def test_only_a_small_actor_gets_a_closer_crop() -> None:
    detector = FakeDetector([[]])
    search = ActorSearch(detector)
    search.find(picture(), Box(200, 100, 200, 200))
    assert detector.sizes == [(360, 640)]
    search.find(picture(), Box(200, 100, 40, 50))
    assert detector.sizes[1:] == [(360, 640), (200, 200)]


def test_a_face_found_in_both_frame_and_crop_is_returned_once() -> None:
    detector = FakeDetector([[face(300, 180, 60)], [face(115, 115, 62)]])
    assert ActorSearch(detector).find(picture(), Box(270, 150, 60, 60)) == [face(300, 180, 60)]


def test_an_upside_down_face_gets_the_landmarks_of_the_turned_picture() -> None:
    """BlazeFace gives a face on its head the landmarks of an upright one, which lies about being readable."""
    search, reasons = ActorSearch(BlazeFace()), []
    for frame in list(take_frames())[::20]:
        found = search.find(cv2.rotate(frame.image, cv2.ROTATE_180).astype(np.uint8), None)
        reasons += [face_reason(measure(each)) for each in found[:1]]
    assert len(reasons) > 15
    assert reasons.count("upside down") >= 0.9 * len(reasons)


@pytest.mark.parametrize(("score", "turned_score", "eye_x"), [(0.6, 0.9, 230), (0.6, 0.67, 210), (0.9, 0.99, 210)])
def test_a_face_counts_as_upside_down_only_if_its_score_is_low_and_rises(
    score: float, turned_score: float, eye_x: float
) -> None:
    """The crop around the face is 200 pixels wide and begins at (120, 80)."""
    seen, turned = face(220, 180, 50, score=score), face(100, 100, 50, score=turned_score)
    closer = face(100, 100, 50, score=score)
    (found,) = ActorSearch(FakeDetector([[seen], [turned], [closer]])).find(picture(), Box(195, 155, 160, 160))
    assert found.box == seen.box
    assert found.landmarks[0][0] == pytest.approx(eye_x)


def test_any_face_ends_the_search_unless_the_actor_is_lost() -> None:
    for lost, calls in ((False, 1), (True, 2)):
        detector = FakeDetector([[face(300, 180)]])
        ActorSearch(detector).find(picture(), None, more=lost)
        assert detector.calls == calls


def test_low_confidence_face_in_tile_is_dropped() -> None:
    for score, count in ((TILE_SCORE - 0.01, 0), (TILE_SCORE, 1)):
        search = ActorSearch(FakeDetector([[], [face(50, 50, score=score)]]))
        assert len(search.find(picture(), None)) == count


def test_face_in_tile_is_in_frame_coordinates() -> None:
    search = ActorSearch(FakeDetector([[], [face(50, 60)], []]))
    left, top, _ = tile_views(1280, 720)[1]
    assert search.find(picture(1280, 720), None) == [face(50 + left, 60 + top)]


def test_faces_from_frame_and_crop_are_sorted_by_size() -> None:
    detector = FakeDetector([[face(500, 200, 40)], [face(50, 60, 55)]])
    assert [
        detection.box.width for detection in ActorSearch(detector).find(picture(1280, 720), Box(300, 300, 50, 50))
    ] == [
        55,
        40,
    ]


def test_small_frames_have_no_tiles() -> None:
    assert tile_views(199, 150) == []
    assert tile_views(300, 300) == []
    search = ActorSearch(FakeDetector([[]]))
    assert search.find(picture(64, 48), None) == []
    assert search.find(picture(1, 1), Box(0, 0, 0.1, 0.1)) == []


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_tiles_cover_the_frame(width: int, height: int) -> None:
    views = tile_views(width, height)
    assert all(0 <= x <= width - side and 0 <= y <= height - side for x, y, side in views)
    for side in {view[2] for view in views}:
        columns = sorted({x for x, _, size in views if size == side})
        rows = sorted({y for _, y, size in views if size == side})
        for starts, length in ((columns, width), (rows, height)):
            assert (starts[0], starts[-1]) == (0, length - side)
            assert all(after - before <= side / 2 + 1 for before, after in itertools.pairwise(starts))
