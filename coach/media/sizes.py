"""How large the pictures of a film may be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_PIXELS: Final = 3840 * 2160
"""Larger pictures are shrunk to so many: x264 alone takes 0.8 GB for 7680 x 4320, and few players keep up with it."""


def shrink_to_fit(height: int, width: int) -> float:
    """What to multiply both sides with so that there are at most `MOST_PIXELS`; at most 1."""
    return min(1.0, math.sqrt(MOST_PIXELS / (height * width)))


def shrunk(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`picture` (height, width, 3) itself, or where it is too large a smaller one."""
    height, width = picture.shape[:2]
    scale = shrink_to_fit(height, width)
    if scale == 1.0:
        return picture
    import cv2

    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype("uint8", copy=False)
