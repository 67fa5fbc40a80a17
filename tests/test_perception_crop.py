"""Cropping a face out of a frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from perception_help import face_picture, picture

from coach.base.types import Box
from coach.core.reading.card import CropCard
from coach.perception.classifier import crop_face, face_square

PLAIN = CropCard(scale=1, up=0)


def crop_of(image: NDArray[np.uint8], box: Box, crop: CropCard = PLAIN, size: int = 8) -> NDArray[np.uint8]:
    return crop_face(image, box, crop, np.zeros((size, size), np.uint8))


def test_the_square_is_scaled_and_shifted_up_as_the_card_says() -> None:
    assert face_square(Box(100, 200, 80, 100), CropCard(scale=1.2, up=0.1)) == (80, 180, 200, 300)
    assert face_square(Box(100, 200, 100, 100), PLAIN) == (100, 200, 200, 300)


def test_the_crop_is_the_square_in_grey() -> None:
    image = picture(64, 64, 0)
    image[16:24, 8:16] = (10, 200, 90)
    grey = int(cv2.cvtColor(image[16:17, 8:9], cv2.COLOR_BGR2GRAY)[0, 0])
    assert (crop_of(image, Box(8, 16, 8, 8)) == grey).all()
    assert (crop_of(image, Box(40, 16, 8, 8)) == 0).all()


def test_crop_keeps_rows_and_columns() -> None:
    image = picture(64, 64, 0)
    image[:32] = 200
    crop = crop_of(image, Box(0, 0, 64, 64))
    assert (crop[:4] == 200).all()
    assert (crop[4:] == 0).all()


@pytest.mark.parametrize(("x", "y"), [(-30, 20), (80, 20), (20, -30), (20, 80), (-30, -30), (90, 90)])
def test_border_is_replicated_outside_the_frame(x: float, y: float) -> None:
    columns = np.arange(100, dtype=np.uint8)
    image = np.stack([np.add.outer(columns, columns // 2)] * 3, axis=2).astype(np.uint8)
    padded = cv2.copyMakeBorder(image, 64, 64, 64, 64, cv2.BORDER_REPLICATE).astype(np.uint8)
    assert (crop_of(image, Box(x, y, 40, 40)) == crop_of(padded, Box(x + 64, y + 64, 40, 40))).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (300, 2), (2160, 3840)])
def test_crop_has_model_size_for_any_image_and_box_size(shape: tuple[int, int]) -> None:
    image = picture(shape[1], shape[0], 77)
    for side in (0.3, 5, 3000):
        box = Box(shape[1] / 2 - side / 2, shape[0] / 2 - side / 2, side, side)
        assert (crop_of(image, box, CropCard(), 64) == 77).all()


@given(st.floats(-700, 700), st.floats(-400, 400), st.floats(0, 900), st.floats(0, 900))
def test_any_box_can_be_cropped(x: float, y: float, width: float, height: float) -> None:
    assert crop_of(face_picture(), Box(x, y, width, height), CropCard()).shape == (8, 8)


def test_cropping_does_not_change_the_frame() -> None:
    image = face_picture().copy()
    crop_of(image, Box(370, 134, 212, 212), CropCard(), 64)
    assert (image == face_picture()).all()


def test_fine_pattern_is_averaged_without_aliasing() -> None:
    """A checkerboard becomes plain grey when scaled down, so a crop is stable when the face moves by a pixel."""
    pattern = (np.indices((800, 800)).sum(axis=0) % 2 * 255).astype(np.uint8)
    crop = crop_of(np.dstack([pattern] * 3), Box(3, 3, 700, 700), size=64)
    assert crop.std() < 3
    assert abs(crop.mean() - 127.5) < 2
