"""Landmarks: points and blendshapes of the face in the sample take, in pixels of the picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from perception_help import take_frames

from coach.base.mesh import BLENDSHAPE_POINTS, KEPT, LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from coach.base.types import Box, Detection
from coach.core.face.reading import read_face
from coach.perception.blazeface import BlazeFace
from coach.perception.landmarks import (
    MIN_PRESENCE,
    FaceLandmarker,
    LandmarkReader,
    Region,
    face_points,
    region_of_face,
    region_of_points,
)

LEFT_IRIS, RIGHT_IRIS = 473, 468


@pytest.fixture(scope="module")
def landmarker() -> FaceLandmarker:
    return FaceLandmarker()


@pytest.fixture(scope="module")
def picture() -> NDArray[np.uint8]:
    return next(take_frames()).image


@pytest.fixture(scope="module")
def face(picture: NDArray[np.uint8]) -> Detection:
    return BlazeFace().detect(picture)[0]


def eye_distance(points: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(points[LEFT_EYE_OUTER, :2] - points[RIGHT_EYE_OUTER, :2]))


def apart(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Mean distance between the points of two meshes, in eye distances."""
    return float(np.linalg.norm(first[:, :2] - second[:, :2], axis=1).mean()) / eye_distance(first)


def test_the_irises_lie_where_the_detector_sees_the_eyes(
    landmarker: FaceLandmarker, picture: NDArray[np.uint8], face: Detection
) -> None:
    points, presence = landmarker.find(picture, region_of_face(face))
    assert points.shape == (478, 3)
    assert points.dtype == np.float32
    assert presence > 0.9
    for index, eye in zip((RIGHT_IRIS, LEFT_IRIS), face.landmarks, strict=False):
        assert np.linalg.norm(points[index, :2] - eye) < 0.12 * eye_distance(points)


def test_a_turned_picture_gives_turned_points(
    landmarker: FaceLandmarker, picture: NDArray[np.uint8], face: Detection
) -> None:
    """The square is turned by the eyes, so the network sees the same crop."""
    upright, _ = landmarker.find(picture, region_of_face(face))
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 30, 1.0)
    turned = cv2.warpAffine(picture, turn, (width, height)).astype(np.uint8, copy=False)
    region = region_of_points(upright)
    x, y = turn @ (region.x, region.y, 1)
    points, _ = landmarker.find(turned, Region(x, y, region.side, region.angle - np.radians(30)))
    straight, _ = landmarker.find(picture, region)
    expected = straight.copy()
    expected[:, :2] = straight[:, :2] @ turn[:, :2].T.astype(np.float32) + turn[:, 2].astype(np.float32)
    assert apart(expected, points) < 0.01


def test_the_points_place_the_next_square(
    landmarker: FaceLandmarker, picture: NDArray[np.uint8], face: Detection
) -> None:
    first, _ = landmarker.find(picture, region_of_face(face))
    second, presence = landmarker.find(picture, region_of_points(first))
    assert presence > 0.9
    assert apart(first, second) < 0.03


def test_a_picture_without_a_face_has_no_presence(landmarker: FaceLandmarker) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    assert landmarker.find(noise, Region(100, 100, 200, 0))[1] < MIN_PRESENCE


def test_blendshapes_follow_the_mouth(landmarker: FaceLandmarker, picture: NDArray[np.uint8], face: Detection) -> None:
    """With the lower face pulled down by a fifth of the eye distance the jaw is open: blendshape 25."""
    points, _ = landmarker.find(picture, region_of_face(face))
    opened = points.copy()
    lower_face = [14, 17, 84, 87, 178, 317, 402, 314, 152, 148, 377, 176, 400, 149, 378, 150, 379, 88, 95, 318, 324]
    opened[lower_face, 1] += 0.25 * eye_distance(points)
    assert landmarker.blendshapes(points).shape == (52,)
    assert landmarker.blendshapes(opened)[25] > landmarker.blendshapes(points)[25] + 0.2


def test_what_is_kept_of_a_face_does_not_depend_on_its_place_and_size(
    landmarker: FaceLandmarker, picture: NDArray[np.uint8], face: Detection
) -> None:
    points, presence = landmarker.find(picture, region_of_face(face))
    here = face_points(points, presence)
    there = face_points(points * 2 + np.array([50, 30, 0], np.float32), presence)
    assert here is not None
    assert there is not None
    assert len(here.offsets) == 3 * len(KEPT)
    assert set(BLENDSHAPE_POINTS) <= set(KEPT)
    assert np.abs(np.subtract(here.offsets, there.offsets)).max() <= 2
    assert there.eye_distance == pytest.approx(2 * here.eye_distance, rel=1e-3)
    x, y, _ = here.offsets[3 * KEPT.index(1) : 3 * KEPT.index(1) + 3]
    back = np.array(here.centre) + np.array([x, y]) * here.eye_distance / 1000
    assert back == pytest.approx(points[1, :2], abs=0.3)


def test_points_without_a_distance_between_the_eyes_are_not_kept() -> None:
    assert face_points(np.zeros((478, 3), np.float32), 1.0) is None
    assert face_points(np.full((478, 3), np.nan, np.float32), 1.0) is None


def test_faces_are_read_so_often_as_wanted(
    landmarker: FaceLandmarker, picture: NDArray[np.uint8], face: Detection
) -> None:
    reader = LandmarkReader(5.0, landmarker)
    read = [n for n in range(31) if reader.read(n / 30, picture, {0: face})]
    assert read == [0, 6, 12, 18, 24, 30]


def test_a_face_that_moves_away_between_two_readings_is_found_again(
    landmarker: FaceLandmarker, picture: NDArray[np.uint8], face: Detection
) -> None:
    reader = LandmarkReader(0.0, landmarker)
    first = reader.read(0.0, picture, {0: face})[0]
    moved = np.roll(picture, 150, axis=1)
    box = face.box
    there = Detection(
        Box(box.x + 150, box.y, box.width, box.height), face.score, tuple((x + 150, y) for x, y in face.landmarks)
    )
    second = reader.read(0.2, moved, {0: there})[0]
    assert second.centre[0] - first.centre[0] == pytest.approx(150, abs=3)


def test_a_box_without_a_face_has_no_presence(landmarker: FaceLandmarker) -> None:
    grey = np.full((300, 300, 3), 128, np.uint8)
    found = LandmarkReader(0.0, landmarker).read(0.0, grey, {0: Detection(Box(100, 100, 80, 80), 0.9)})
    assert all(points.presence < MIN_PRESENCE for points in found.values())


def test_a_face_upside_down_is_found_by_its_landmarks(
    landmarker: FaceLandmarker, picture: NDArray[np.uint8], face: Detection
) -> None:
    """The detector's eyes look upright there, so the square is turned over once more."""
    height, width = picture.shape[:2]
    over = cv2.rotate(picture, cv2.ROTATE_180).astype(np.uint8, copy=False)
    box = Box(
        width - face.box.x - face.box.width, height - face.box.y - face.box.height, face.box.width, face.box.height
    )
    points = LandmarkReader(0.0, landmarker).read(0.0, over, {0: Detection(box, 0.8)})[0]
    assert points.presence > 0.9
    reading = read_face(points)
    assert reading is not None
    assert reading.trouble == "upside down"
