"""Pictures stood upright as the container's display matrix asks."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Orientation:
    """A turn by quarters, with or without a mirror: first transposed, then flipped left-right and top-bottom."""

    transposed: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def from_display_matrix(cls, data: Any) -> Orientation:  # noqa: ANN401 - any buffer of 36 bytes
        """Of the nine native 32-bit numbers (a, b, u, c, d, v, x, y, w), where x' = ax + cy and y' = bx + dy.

        Source: libavutil/display.h. A turn that is no quarter is rounded to the nearest.
        """
        a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data)[:36])
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(transposed=True, flip_x=c < 0, flip_y=b < 0)
        return cls(flip_x=a < 0, flip_y=d < 0)

    def upright(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """`image` (height, width, 3) turned, contiguous; the same object where there is nothing to do."""
        if self.transposed:
            image = np.asarray(cv2.transpose(image), np.uint8)
        if self.flip_x or self.flip_y:
            code = -1 if self.flip_x and self.flip_y else 1 if self.flip_x else 0
            image = np.asarray(cv2.flip(image, code), np.uint8)
        return image
