"""Everyone's face in pictures that are no film: each stands alone, and is looked at twice before it is believed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from perception_help import face, face_picture, picture, shrunk, take_frames

from coach.base.types import Frame
from coach.perception.blazeface import BlazeFace
from coach.perception.pipeline import Everyone, FacePipeline, open_crowd
from coach.testing.perception import FakeClassifier, FakeDetector
from tools.crowd_clips import scenes


def test_in_stills_everyone_is_new_in_each_picture() -> None:
    a, b, c = face(100, 180, 120), face(400, 180, 100, score=0.55), face(405, 180, 140)
    crowd = FacePipeline(FakeDetector([[a, b], [c, a], []]), FakeClassifier(), Everyone(5, stills=True))
    seen = [crowd.observe(Frame(float(i), picture())) for i in range(3)]
    assert [[found.track for found in each.faces] for each in seen] == [[0, 1], [0, 1], []]
    assert [each.faces[0].box.width for each in seen[:2]] == [120, 140]


def test_stills_are_searched_closely_by_themselves() -> None:
    assert len(open_crowd(stills=True).observe(Frame(0, shrunk(next(scenes(20, 1)), 0.3))).faces) >= 18


def test_wood_in_a_picture_that_lies_on_its_side_is_no_face() -> None:
    """The take's wall, turned, was once taken for a face of a hundred pixels beside the real one."""
    turned = np.ascontiguousarray(np.rot90(cv2.resize(nth(80), (1280, 720)), 3))
    (only,) = open_crowd(stills=True).observe(Frame(0, turned.astype(np.uint8))).faces
    assert only.reason == "sideways"


def test_a_face_in_a_picture_that_stands_on_its_head_is_seen() -> None:
    (only,) = open_crowd(stills=True).observe(Frame(0, np.ascontiguousarray(face_picture()[::-1, ::-1]))).faces
    there = BlazeFace().detect(face_picture())[0].box.centre
    assert only.box.centre == pytest.approx((640 - there[0], 360 - there[1]), abs=100)


def test_stripes_in_a_picture_are_no_face() -> None:
    x, y = np.meshgrid(np.arange(640), np.arange(480))
    for slope in (0.2, 0.7, 1.3):
        grey = (127 + 100 * np.sin((x * np.cos(slope) + y * np.sin(slope)) * 0.1)).astype(np.uint8)
        assert open_crowd(stills=True).observe(Frame(0, np.repeat(grey[:, :, None], 3, axis=2))).faces == ()


def nth(number: int) -> NDArray[np.uint8]:
    """So manieth frame of the sample take."""
    return next(frame.image for i, frame in enumerate(take_frames()) if i == number)
