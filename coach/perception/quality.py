"""Whether a face can be read at all, and how far what is read can be relied on.

A face that cannot be read is never counted against the actor, and one that is hard to read counts for less.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from coach.base.types import Detection, Reason

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

# A weight is about the part that is left of what models read better than by guessing one of seven.

PLAIN_TURN: Final = 0.3
TURN_WEIGHT: Final = 0.6
"""Up to `PLAIN_TURN` a turned face weighs 1, at `MAX_TURN` so much. Of 5,742 FER-2013 training faces the mini-XCEPTION
reads 68 % as most viewers do up to a turn of 0.3, 61 % from there to 0.45, 57 % to 0.6, 49 % above, each emotion
counted by its share of all."""

PLAIN_SIDE: Final = 64.0
SIDE_WEIGHT: Final = 0.8
"""From `PLAIN_SIDE` pixels on a face weighs 1, at `MIN_SIDE` so much. Two models read 319 portraits and the sample take
as they do at full size on 94 and 93 % (the mini-XCEPTION 91 and 96) at 64 pixels, on 87 and 92 % (66 and 74) at 32."""

PLAIN_SHARPNESS: Final = 0.2
LEAST_SHARPNESS: Final = 0.01
SHARP_WEIGHT: Final = 0.2
"""From `PLAIN_SHARPNESS` on a face weighs 1, at `LEAST_SHARPNESS` and below so much, between them by its logarithm. Of
319 portraits 2 % are below the first. Of what a model trained on viewers and the mini-XCEPTION read right beyond
guessing, out of focus 97 and 91 % are left at 0.1, 88 and 49 at 0.04, 49 and 23 at 0.01; with motion blur, which this
measure sees less well, 85 and 80 % at 0.18, 59 and 47 at 0.12."""

_SHARP_SIDE: Final = 48


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


def face_weight(face: Detection, crop: NDArray[np.uint8]) -> float:
    """How far a reading of the grey `crop` (height, width) uint8 of `face` can be relied on, 0 to 1, two decimals.

    A face that is turned away, small or blurred has less.
    """
    aside = turn(face.landmarks) if len(face.landmarks) >= 3 else 0.0
    side = min(face.box.width, face.box.height)
    turned = _between(aside, (PLAIN_TURN, 1.0), (MAX_TURN, TURN_WEIGHT))
    small = _between(side, (PLAIN_SIDE, 1.0), (MIN_SIDE, SIDE_WEIGHT))
    return round(turned * small * _sharp_weight(sharpness(crop)), 2)


def _sharp_weight(sharp: float) -> float:
    plain, least = math.log(PLAIN_SHARPNESS), math.log(LEAST_SHARPNESS)
    return _between(math.log(max(sharp, LEAST_SHARPNESS)), (plain, 1.0), (least, SHARP_WEIGHT))


def _between(x: float, good: tuple[float, float], bad: tuple[float, float]) -> float:
    """On the straight line from point `good` to point `bad` (x, weight), outside it the weight of its nearer end."""
    way = (x - good[0]) / (bad[0] - good[0])
    return good[1] + min(max(way, 0.0), 1.0) * (bad[1] - good[1])


def sharpness(crop: NDArray[np.uint8]) -> float:
    """How sharp the grey `crop` (height, width) uint8 is, whatever its light: 0 has no detail, portraits 0.3 to 0.9.

    It is the variance of its Laplacian over its own variance, at no more than 48 x 48 pixels.
    """
    if min(crop.shape) > _SHARP_SIDE:
        crop = cv2.resize(crop, (_SHARP_SIDE, _SHARP_SIDE), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    _, deviation = cv2.meanStdDev(crop)
    _, edges = cv2.meanStdDev(cv2.Laplacian(crop, cv2.CV_16S))
    return float(edges[0, 0] / max(deviation[0, 0], 1.0)) ** 2


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
