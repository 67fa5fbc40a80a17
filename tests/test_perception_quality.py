"""Which faces cannot be read, and which can."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from perception_help import face, take_frames

from coach.perception.blazeface import BlazeFace
from coach.perception.quality import MAX_TURN, MIN_SIDE, crop_reason, face_reason, turn
from coach.types import Box, Detection


def turned(nose: float, tilt: float = 0.0) -> Detection:
    """A face whose nose is `nose` eye distances off the middle, its head tilted by `tilt` radians."""
    points = [(-20.0, 0.0), (20.0, 0.0), (40 * nose, 20.0)]
    cos, sin = math.cos(tilt), math.sin(tilt)
    landmarks = tuple((200 + x * cos - y * sin, 200 + x * sin + y * cos) for x, y in points)
    return Detection(Box(150, 150, 100, 100), 0.9, landmarks)


@pytest.mark.parametrize("tilt", [0.0, 0.6, -0.6, 0.8])
@pytest.mark.parametrize("nose", [0.0, 0.3, -0.3, 0.9, -0.9])
def test_a_head_turned_aside_is_a_profile_and_a_tilted_one_is_not(nose: float, tilt: float) -> None:
    assert turn(turned(nose, tilt).landmarks) == pytest.approx(abs(nose))
    assert face_reason(turned(nose, tilt)) == ("profile" if abs(nose) > MAX_TURN else None)


@pytest.mark.parametrize("degrees", [60, -60, 90, -90, 120, 180])
def test_a_picture_filmed_sideways_is_not_read(degrees: float) -> None:
    """A phone held sideways without a word about it in the file: what is read there means nothing."""
    assert face_reason(turned(0.0, math.radians(degrees))) == "sideways"


@pytest.mark.parametrize("quarters", [1, 3])
def test_the_sample_take_turned_by_a_quarter_is_sideways_and_upright_it_is_not(quarters: int) -> None:
    detector, upright, turned_over = BlazeFace(), [], []
    for frame in list(take_frames())[::20]:
        upright += [face_reason(each) for each in detector.detect(frame.image)[:1]]
        turned_image = np.ascontiguousarray(np.rot90(frame.image, quarters))
        turned_over += [face_reason(each) for each in detector.detect(turned_image)[:1]]
    assert set(upright) == {None}
    assert turned_over.count("sideways") >= 0.9 * len(turned_over)


def test_eyes_in_one_place_are_a_profile() -> None:
    assert face_reason(Detection(Box(0, 0, 100, 100), 0.9, ((5, 5), (5, 5), (9, 9)))) == "profile"


def test_without_landmarks_nothing_is_said_about_turning() -> None:
    assert face_reason(Detection(Box(0, 0, 100, 100), 0.9)) is None


def test_a_small_face_is_too_small() -> None:
    assert face_reason(face(100, 100, MIN_SIDE)) is None
    assert face_reason(face(100, 100, MIN_SIDE - 0.1)) == "too small"
    assert face_reason(Detection(Box(0, 0, 100, MIN_SIDE - 1), 0.9)) == "too small"


def crop(mean: float, deviation: float) -> NDArray[np.uint8]:
    stripes = np.where(np.arange(64) % 2, mean + deviation, mean - deviation)
    return np.tile(stripes.round().astype(np.uint8), (64, 1))


@pytest.mark.parametrize(
    ("mean", "deviation", "reason"),
    [
        (120, 50, None),
        (30, 10, "too dark"),
        (0, 0, "too dark"),
        (35, 25, None),  # dark skin in good light: little brightness, plenty of modelling
        (90, 8, None),  # flat, yet not dark
    ],
)
def test_dark_is_little_light_and_little_modelling(mean: float, deviation: float, reason: str | None) -> None:
    assert crop_reason(crop(mean, deviation)) == reason


def test_no_face_of_the_sample_take_is_called_unreadable() -> None:
    detector = BlazeFace()
    assert {face_reason(detector.detect(frame.image)[0]) for frame in take_frames(every=12)} == {None}
