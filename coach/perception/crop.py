"""Cutting a face out of a frame and turning it into the numbers a model wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coach.base.types import Box
    from coach.core.reading.card import CropCard, InputCard


_COARSE: Final = 4
"""Faces are halved until they are less than so many times the model's size, then fitted linearly. That reads 326 news
portraits a little better than averaging all the way down (54.2 against 53.9 % right) in half the time."""


def cut_face(image: NDArray[np.uint8], box: Box, crop: CropCard, out: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut the face in `box` out of `image` into `out`, grey, and return it.

    The square is `crop.scale` times the box's longer side, moved up by `crop.up` times that side. Where it reaches over
    the frame's edge the edge is repeated.

    Args:
        image: (height, width, 3) uint8 BGR.
        box: in pixels of `image`.
        crop: from the model's card.
        out: (height, width) uint8, written to.
    """
    left, top, right, bottom = face_square(box, crop)
    height, width = image.shape[:2]
    rows = slice(min(max(top, 0), height - 1), max(bottom, 1))  # at least one row and column, wherever the square is
    columns = slice(min(max(left, 0), width - 1), max(right, 1))
    inside = image[rows, columns]
    grey = cv2.cvtColor(inside, cv2.COLOR_BGR2GRAY)
    over = (max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0))
    if any(over):
        grey = cv2.copyMakeBorder(grey, *over, borderType=cv2.BORDER_REPLICATE)
    while min(grey.shape) > _COARSE * max(out.shape):
        grey = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    cv2.resize(grey, (out.shape[1], out.shape[0]), dst=out, interpolation=cv2.INTER_LINEAR)
    return out


def face_square(box: Box, crop: CropCard) -> tuple[int, int, int, int]:
    """The square that is cut out for `box`: left, top, right, bottom in whole pixels, at least one wide."""
    longer = max(box.width, box.height)
    side = max(1, round(longer * crop.scale))
    x, y = box.centre
    left, top = round(x - side / 2), round(y - longer * crop.up - side / 2)
    return left, top, left + side, top + side


def scale_crops(crops: NDArray[np.uint8], card: InputCard) -> NDArray[np.float32]:
    """Grey crops (N, height, width) uint8 as the tensor that the model takes: scaled, laid out, grey repeated."""
    pixels = _SCALINGS[card.scaling](crops.astype(np.float32))
    tensor = np.expand_dims(pixels, 3 if card.layout == "NHWC" else 1)
    if card.channels == 1:
        return tensor
    return np.repeat(tensor, card.channels, axis=3 if card.layout == "NHWC" else 1)


def _minus1_1(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    pixels *= 2 / 255
    pixels -= 1
    return pixels


def _standard(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each crop to mean 0 and standard deviation 1; a crop of one grey level becomes all 0."""
    pixels -= pixels.mean(axis=(1, 2), keepdims=True)
    pixels /= np.maximum(pixels.std(axis=(1, 2), keepdims=True), 1e-6)
    return pixels


def _raw(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return pixels


_SCALINGS = {"minus1_1": _minus1_1, "standard": _standard, "raw": _raw}
