"""The pipeline for still pictures: tracks start anew in each, and detections are verified by a second one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from perception_help import face, face_picture, picture, scaled_into_corner, take_frames

from coach.base.types import Frame
from coach.perception.blazeface import BlazeFace
from coach.perception.pipeline import Crowd, FacePipeline, open_crowd
from coach.testing.perception import FakeClassifier, FakeDetector
from tools.benchmarks.clips import crowd_frames


def open_stills() -> FacePipeline:
    """The pipeline for still pictures, with its default detector."""
    return open_crowd(mode=Crowd(stills=True))


def test_tracks_restart_in_each_still() -> None:
    a, b, c = face(100, 180, 120), face(400, 180, 100, score=0.55), face(405, 180, 140)
    crowd = FacePipeline(FakeDetector([[a, b], [c, a], []]), FakeClassifier(), Crowd(5, stills=True))
    stills = [crowd.observe(Frame(float(i), picture())) for i in range(3)]
    assert [[f.track for f in still.faces] for still in stills] == [[0, 1], [0, 1], []]
    assert [still.faces[0].box.width for still in stills[:2]] == [120, 140]


def test_stills_use_the_tiled_detector_by_default() -> None:
    assert len(open_stills().observe(Frame(0, scaled_into_corner(next(crowd_frames(20, 1)), 0.3))).faces) >= 18


def test_rotated_wood_texture_is_not_a_face() -> None:
    """Regression: the wall of the rotated sample take was detected as a face of a hundred pixels."""
    turned = np.ascontiguousarray(np.rot90(cv2.resize(nth(80), (1280, 720)), 3))
    (only,) = open_stills().observe(Frame(0, turned.astype(np.uint8))).faces
    assert only.reason == "sideways"


def test_upside_down_face_is_found() -> None:
    (only,) = open_stills().observe(Frame(0, np.ascontiguousarray(face_picture()[::-1, ::-1]))).faces
    expected = BlazeFace().detect(face_picture())[0].box.centre
    assert only.box.centre == pytest.approx((640 - expected[0], 360 - expected[1]), abs=100)


def test_stripes_are_not_a_face() -> None:
    x, y = np.meshgrid(np.arange(640), np.arange(480))
    for slope in (0.2, 0.7, 1.3):
        grey = (127 + 100 * np.sin((x * np.cos(slope) + y * np.sin(slope)) * 0.1)).astype(np.uint8)
        assert open_stills().observe(Frame(0, np.repeat(grey[:, :, None], 3, axis=2))).faces == ()


def nth(number: int) -> NDArray[np.uint8]:
    """Frame `number` of the sample take, from 0."""
    return next(frame.image for i, frame in enumerate(take_frames()) if i == number)
