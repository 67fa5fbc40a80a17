"""Whether a face can be read at all. A face that cannot is never counted against the actor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import cv2

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from coach.types import Detection, Reason

MIN_SIDE: Final = 32.0
"""Shortest side of a box in pixels. Shrunk until the box had 35 pixels the sample take still reads the same on 86 % of
its frames, at 22 on 77 %, at 14 on 58 %."""

DARK_MEAN: Final = 40.0
DARK_DEVIATION: Final = 16.0
"""A crop is too dark below both: mean and standard deviation of its grey levels, 0 to 255. FER-2013 faces dimmed to
mean 39 and deviation 16 are read right on 52 % instead of 74 %, at 26 and 10 on 39 %. Brightness alone would also
refuse dark skin in good light, whose deviation is well above. Undimmed, 5 of 27,925 are below both."""

MAX_ROLL: Final = 50.0
"""Largest `roll` in degrees. The sample take, its head tilting, stays at 25 or less; turned by a quarter to
either side, as a phone held sideways films it without saying so, 235 of 236 frames are above 60, and what is read then
means nothing."""

MAX_TURN: Final = 0.6
"""Largest `turn`. FER-2013 faces above 0.8 are read right on 54 %, those below 0.4 on 75 %; above 0.6 one eye is nearly
hidden (looked at). The sample take stays at 0.25 or less, 326 news portraits at 0.29."""


def face_reason(face: Detection) -> Reason | None:
    """Why the face cannot be read, from where it lies in the frame; None where it can."""
    if min(face.box.width, face.box.height) < MIN_SIDE:
        return "too small"
    if len(face.landmarks) >= 2 and roll(face.landmarks) > MAX_ROLL:
        return "sideways"
    if len(face.landmarks) >= 3 and turn(face.landmarks) > MAX_TURN:
        return "profile"
    return None


def crop_reason(crop: NDArray[np.uint8]) -> Reason | None:
    """Why the grey `crop` (height, width) uint8 cannot be read; None where it can."""
    mean, deviation = cv2.meanStdDev(crop)
    return "too dark" if mean[0, 0] < DARK_MEAN and deviation[0, 0] < DARK_DEVIATION else None


def roll(landmarks: Sequence[tuple[float, float]]) -> float:
    """How far the line through the eyes is tilted against the picture, in degrees from 0 to 180."""
    (rx, ry), (lx, ly) = landmarks[:2]
    return abs(math.degrees(math.atan2(ly - ry, lx - rx)))


def turn(landmarks: Sequence[tuple[float, float]]) -> float:
    """How far the head is turned sideways, whatever its tilt: 0 faces the camera, 0.5 has the nose in front of an eye.

    It is the nose's distance from the middle between the eyes, along the line through them, in eye distances.
    """
    (rx, ry), (lx, ly), (nx, ny) = landmarks[:3]
    ex, ey = lx - rx, ly - ry
    squared = ex * ex + ey * ey
    if not squared:
        return float("inf")
    return abs((nx - (rx + lx) / 2) * ex + (ny - (ry + ly) / 2) * ey) / squared
