"""Face quality: roll, yaw, size, darkness and sharpness decide what can be read and how much it weighs."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from perception_help import face, take_frames

from coach.base.types import Box, Detection, Frame
from coach.perception.blazeface import BlazeFace
from coach.perception.pipeline import open_perception
from coach.perception.quality import (
    FULL_SIDE,
    FULL_YAW,
    MAX_YAW,
    MIN_SIDE,
    SHARPNESS_WEIGHT,
    SIDE_WEIGHT,
    YAW_WEIGHT,
    crop_reason,
    face_reason,
    face_weight,
    measure,
    sharpness,
)


def face_with_pose(nose: float, tilt: float = 0.0) -> Detection:
    """A face with a yaw of `nose` eye distances and a roll of `tilt` radians."""
    points = [(-20.0, 0.0), (20.0, 0.0), (40 * nose, 20.0)]
    cos, sin = math.cos(tilt), math.sin(tilt)
    landmarks = tuple((200 + x * cos - y * sin, 200 + x * sin + y * cos) for x, y in points)
    return Detection(Box(150, 150, 100, 100), 0.9, landmarks)


@pytest.mark.parametrize("tilt", [0.0, 0.6, -0.6, 0.8])
@pytest.mark.parametrize("nose", [0.0, 0.3, -0.3, 0.9, -0.9])
def test_large_yaw_is_a_profile_at_any_roll(nose: float, tilt: float) -> None:
    assert measure(face_with_pose(nose, tilt)).yaw == pytest.approx(abs(nose))
    assert face_reason(measure(face_with_pose(nose, tilt))) == ("profile" if abs(nose) > MAX_YAW else None)


@pytest.mark.parametrize("degrees", [60, -60, 90, -90, 120, -125])
def test_large_roll_is_sideways(degrees: float) -> None:
    """Videos from a phone held sideways look like this if they have no rotation metadata."""
    assert face_reason(measure(face_with_pose(0.0, math.radians(degrees)))) == "sideways"


@pytest.mark.parametrize("degrees", [135, -135, 180])
def test_a_face_on_its_head_is_upside_down(degrees: float) -> None:
    assert face_reason(measure(face_with_pose(0.0, math.radians(degrees)))) == "upside down"


@pytest.mark.parametrize("quarters", [1, 3])
def test_sample_take_is_sideways_only_when_rotated(quarters: int) -> None:
    detector, upright, turned_over = BlazeFace(), [], []
    for frame in list(take_frames())[::20]:
        upright += [face_reason(measure(detection)) for detection in detector.detect(frame.image)[:1]]
        turned_image = np.ascontiguousarray(np.rot90(frame.image, quarters))
        turned_over += [face_reason(measure(detection)) for detection in detector.detect(turned_image)[:1]]
    assert set(upright) == {None}
    assert turned_over.count("sideways") >= 0.9 * len(turned_over)


def test_coinciding_eyes_are_a_profile() -> None:
    assert face_reason(measure(Detection(Box(0, 0, 100, 100), 0.9, ((5, 5), (5, 5), (9, 9))))) == "profile"


def test_face_without_landmarks_is_readable() -> None:
    assert face_reason(measure(Detection(Box(0, 0, 100, 100), 0.9))) is None


def test_face_below_min_side_is_too_small() -> None:
    assert face_reason(measure(face(100, 100, MIN_SIDE))) is None
    assert face_reason(measure(face(100, 100, MIN_SIDE - 0.1))) == "too small"
    assert face_reason(measure(Detection(Box(0, 0, 100, MIN_SIDE - 1), 0.9))) == "too small"


def crop(mean: float, deviation: float) -> NDArray[np.uint8]:
    stripes = np.where(np.arange(64) % 2, mean + deviation, mean - deviation)
    return np.tile(stripes.round().astype(np.uint8), (64, 1))


@pytest.mark.parametrize(
    ("mean", "deviation", "reason"),
    [
        (120, 50, None),
        (30, 10, "too dark"),
        (0, 0, "too dark"),
        (35, 25, None),  # dark skin in good light: low mean, high deviation
        (90, 8, None),  # low contrast, but bright
    ],
)
def test_too_dark_needs_low_mean_and_low_deviation(mean: float, deviation: float, reason: str | None) -> None:
    assert crop_reason(crop(mean, deviation)) == reason


def test_every_face_of_sample_take_is_readable() -> None:
    detector = BlazeFace()
    assert {face_reason(measure(detector.detect(frame.image)[0])) for frame in take_frames(every=12)} == {None}


# --- weights -------------------------------------------------------------------------------------------------------


def detail(side: int = 48, contrast: float = 40, blur: float = 0) -> NDArray[np.uint8]:
    """A crop of noise, blurred with a sigma of `blur`."""
    noise = np.random.default_rng(1).normal(0, 1, (side, side)).astype(np.float32)
    if blur:
        noise = cv2.GaussianBlur(noise, (0, 0), blur)
    scaled = 128 + contrast * (noise - noise.mean()) / noise.std()
    return scaled.clip(0, 255).astype(np.uint8)


def test_a_sharp_large_frontal_face_has_weight_one() -> None:
    assert face_weight(measure(face(200, 200)), detail()) == 1.0


@pytest.mark.parametrize(
    ("aside", "weight"), [(0, 1), (FULL_YAW, 1), ((FULL_YAW + MAX_YAW) / 2, 0.8), (MAX_YAW, YAW_WEIGHT)]
)
def test_weight_falls_with_yaw(aside: float, weight: float) -> None:
    assert (
        face_weight(measure(face_with_pose(aside)), detail())
        == face_weight(measure(face_with_pose(-aside)), detail())
        == weight
    )


def test_roll_does_not_change_weight() -> None:
    assert face_weight(measure(face_with_pose(0.0, 0.6)), detail()) == 1.0


@pytest.mark.parametrize(
    ("side", "weight"), [(500, 1), (FULL_SIDE, 1), ((FULL_SIDE + MIN_SIDE) / 2, 0.9), (MIN_SIDE, SIDE_WEIGHT)]
)
def test_weight_falls_with_size(side: float, weight: float) -> None:
    assert face_weight(measure(face(200, 200, side)), detail()) == weight


def test_weight_falls_with_blur() -> None:
    weights = [face_weight(measure(face(200, 200)), detail(blur=sigma)) for sigma in (0, 1.5, 2, 3, 4, 6)]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) >= 4
    assert weights[0] == 1.0
    assert weights[-1] == SHARPNESS_WEIGHT


def test_a_plain_crop_has_the_lowest_weight_which_is_above_zero() -> None:
    assert face_weight(measure(face(200, 200)), np.full((48, 48), 128, np.uint8)) == SHARPNESS_WEIGHT
    small = Detection(Box(0, 0, MIN_SIDE, MIN_SIDE), 0.9, face_with_pose(MAX_YAW).landmarks)
    worst = face_weight(measure(small), np.zeros((8, 8), np.uint8))
    assert 0 < worst <= 0.1


@pytest.mark.parametrize("contrast", [10, 20, 40])
def test_sharpness_is_independent_of_contrast(contrast: float) -> None:
    """Dark skin in soft light must not weigh less."""
    assert sharpness(detail(contrast=contrast, blur=1.5)) == pytest.approx(sharpness(detail(blur=1.5)), rel=0.1)


def test_a_face_without_landmarks_has_the_weight_of_a_frontal_one() -> None:
    assert face_weight(measure(Detection(Box(0, 0, 100, 100), 0.9)), detail()) == 1.0


def weights_of(change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> list[float]:
    """The weights of the sample take's faces after `change`."""
    perception = open_perception()
    observations = [perception.observe(Frame(x.t, change(x.image))) for x in take_frames(every=24)]
    return [x.faces[0].weight for x in observations if x.reason is None]


def blur_by(sigma: float) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    return lambda image: cv2.GaussianBlur(image, (0, 0), sigma).astype(np.uint8, copy=False)


def shrink_by(times: float) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    return lambda image: cv2.resize(image, None, fx=1 / times, fy=1 / times).astype(np.uint8, copy=False)


def test_the_sample_take_has_weight_one_and_less_out_of_focus() -> None:
    assert set(weights_of(lambda image: image)) == {1.0}
    slightly, badly = weights_of(blur_by(5)), weights_of(blur_by(12))
    assert max(slightly) < 1
    assert max(badly) < min(slightly)
    assert max(badly) < 0.5


def test_the_sample_take_has_less_weight_when_scaled_down() -> None:
    assert max(weights_of(shrink_by(4))) < 1
    assert min(weights_of(shrink_by(4))) >= SIDE_WEIGHT * SHARPNESS_WEIGHT


def test_weights_are_rounded_to_two_decimals() -> None:
    for weight in (*weights_of(blur_by(5)), face_weight(measure(face_with_pose(0.4567)), detail())):
        assert weight == round(weight, 2)
