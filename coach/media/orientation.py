"""Orients pictures by the container's display matrix, and limits their size."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PIXELS: Final = 3840 * 2160
"""Larger pictures are scaled down to this: x264 needs 0.8 GB for 7680 x 4320, and few players keep up with it."""


def fitting_scale(height: int, width: int) -> float:
    """Scale factor, at most 1, that limits a picture to `MAX_PIXELS`."""
    return min(1.0, math.sqrt(MAX_PIXELS / (height * width)))


def shrink(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale `picture` (height, width, 3) down to `MAX_PIXELS` if it is larger."""
    height, width = picture.shape[:2]
    scale = fitting_scale(height, width)
    if scale == 1.0:
        return picture
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype("uint8", copy=False)


@dataclass(frozen=True, slots=True)
class Orientation:
    """A rotation by quarter turns, optionally mirrored: first transposed, then flipped left-right and top-bottom."""

    transposed: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def from_display_matrix(cls, data: Any) -> Orientation:  # noqa: ANN401 - any buffer of 36 bytes
        """Parse nine native 32-bit numbers (a, b, u, c, d, v, x, y, w), where x' = ax + cy and y' = bx + dy.

        Source: libavutil/display.h. Rotations are rounded to quarter turns.
        """
        a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data)[:36])
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(transposed=True, flip_x=c < 0, flip_y=b < 0)
        return cls(flip_x=a < 0, flip_y=d < 0)

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn `image` (height, width, 3) upright, contiguous; returns the same object if it is upright already."""
        if self.transposed:
            image = np.asarray(cv2.transpose(image), np.uint8)
        if self.flip_x or self.flip_y:
            code = -1 if self.flip_x and self.flip_y else 1 if self.flip_x else 0
            image = np.asarray(cv2.flip(image, code), np.uint8)
        return image
