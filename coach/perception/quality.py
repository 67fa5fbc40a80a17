"""Face quality: which faces cannot be classified, and the weight of the others.

A face that cannot be classified never counts against the actor; one that is hard to classify counts less.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coach.base.types import Detection, Reason

MIN_SIDE: Final = 32.0
"""Shortest side of a box in pixels. If the sample take is scaled down until the box has 35 pixels, 86 % of its frames
are classified as before; at 22 pixels 77 %, at 14 pixels 58 %."""

DARK_MEAN: Final = 40.0
DARK_DEVIATION: Final = 16.0
"""A crop is too dark if both the mean and the standard deviation of its grey levels (0 to 255) are below these. Of
FER-2013 faces dimmed to mean 39 and deviation 16 52 % are classified correctly, undimmed 74 %, at 26 and 10 39 %. A
limit on brightness alone would also refuse dark skin in good light, whose deviation is well above. Of 27,925 undimmed
faces 5 are below both."""

MAX_ROLL: Final = 50.0
"""Largest roll in degrees. The sample take, with a tilted head, stays at 25 or less. Rotated by 90 degrees, like a
video from a phone held sideways without rotation metadata, 235 of 236 frames are above 60, and the classifier's
predictions are meaningless."""

UPSIDE_DOWN_ROLL: Final = 130.0
"""From this roll in degrees on a face is upside down; below, it lies on its side."""

MAX_YAW: Final = 0.6
"""Largest yaw, in eye distances. Of FER-2013 faces above 0.8 54 % are classified correctly, of those below 0.4 75 %;
above 0.6 one eye is nearly hidden (by inspection). The sample take stays at 0.25 or less, 326 news portraits at
0.29."""

# A weight is roughly the share of a model's accuracy above chance (one of seven) that remains.

FULL_YAW: Final = 0.3
YAW_WEIGHT: Final = 0.6
"""The weight is 1 up to `FULL_YAW` and falls to `YAW_WEIGHT` at `MAX_YAW`. mini-XCEPTION agrees with most viewers on
68 % of FER-2013 training faces up to a yaw of 0.3, 61 % up to 0.45, 57 % up to 0.6 and 49 % above (5,742 faces, each
emotion weighted by its overall share)."""

FULL_SIDE: Final = 64.0
SIDE_WEIGHT: Final = 0.8
"""The weight is 1 from `FULL_SIDE` pixels on and falls to `SIDE_WEIGHT` at `MIN_SIDE`. At 64 pixels the model trained
on viewers predicts the same as at full size on 94 % of 319 portraits and 93 % of the sample take (mini-XCEPTION 91 and
96 %), at 32 pixels on 87 and 92 % (66 and 74 %)."""

FULL_SHARPNESS: Final = 0.2
MIN_SHARPNESS: Final = 0.01
SHARPNESS_WEIGHT: Final = 0.2
"""The weight is 1 from `FULL_SHARPNESS` on and falls to `SHARPNESS_WEIGHT` at `MIN_SHARPNESS`, linearly in the
logarithm. Of 319 portraits 2 % are below `FULL_SHARPNESS`. Out of focus, a model trained on viewers and mini-XCEPTION
keep 97 and 91 % of their accuracy above chance at 0.1, 88 and 49 % at 0.04, 49 and 23 % at 0.01; with motion blur,
which this measure detects less well, 85 and 80 % at 0.18, 59 and 47 % at 0.12."""

_FULL_LOG: Final = math.log(FULL_SHARPNESS)
_MIN_LOG: Final = math.log(MIN_SHARPNESS)
_SHARPNESS_SIDE: Final = 48


class FaceMeasures(NamedTuple):
    """Size and head pose of a detected face.

    Attributes:
        side: shorter side of the box in pixels.
        roll: tilt of the line through the eyes, 0 to 180 degrees; 0 without landmarks.
        yaw: distance of the nose from the midpoint between the eyes, along the line through them, in eye distances,
            independent of roll: 0 is frontal, at 0.5 the nose lies in front of an eye; 0 without landmarks, infinite
            if both eyes coincide.
    """

    side: float
    roll: float
    yaw: float


def measure(face: Detection) -> FaceMeasures:
    """Size and head pose of `face`; without landmarks it counts as upright and frontal."""
    side = min(face.box.width, face.box.height)
    if len(face.landmarks) < 2:
        return FaceMeasures(side, 0.0, 0.0)
    (rx, ry), (lx, ly) = face.landmarks[:2]
    ex, ey = lx - rx, ly - ry
    roll = abs(math.degrees(math.atan2(ey, ex)))
    if len(face.landmarks) < 3:
        return FaceMeasures(side, roll, 0.0)
    nx, ny = face.landmarks[2]
    squared = ex * ex + ey * ey
    yaw = abs((nx - (rx + lx) / 2) * ex + (ny - (ry + ly) / 2) * ey) / squared if squared else math.inf
    return FaceMeasures(side, roll, yaw)


def face_reason(measures: FaceMeasures) -> Reason | None:
    """Why a face of this size and pose cannot be classified; None if it can."""
    if measures.side < MIN_SIDE:
        return "too small"
    if measures.roll > MAX_ROLL:
        return "upside down" if measures.roll >= UPSIDE_DOWN_ROLL else "sideways"
    if measures.yaw > MAX_YAW:
        return "profile"
    return None


def crop_reason(crop: NDArray[np.uint8]) -> Reason | None:
    """Why the grey `crop` (height, width) uint8 cannot be classified; None if it can."""
    mean, deviation = cv2.meanStdDev(crop)
    return "too dark" if mean[0, 0] < DARK_MEAN and deviation[0, 0] < DARK_DEVIATION else None


def face_weight(measures: FaceMeasures, crop: NDArray[np.uint8]) -> float:
    """Weight of the grey `crop` (height, width) uint8, 0 to 1, two decimals.

    It is the product of three weights, for yaw, size and sharpness.
    """
    crop_sharpness = sharpness(crop)
    weight = 1.0
    if measures.yaw > FULL_YAW:
        weight *= _interpolate(measures.yaw, (FULL_YAW, 1.0), (MAX_YAW, YAW_WEIGHT))
    if measures.side < FULL_SIDE:
        weight *= _interpolate(measures.side, (FULL_SIDE, 1.0), (MIN_SIDE, SIDE_WEIGHT))
    if crop_sharpness < FULL_SHARPNESS:
        log = math.log(max(crop_sharpness, MIN_SHARPNESS))
        weight *= _interpolate(log, (_FULL_LOG, 1.0), (_MIN_LOG, SHARPNESS_WEIGHT))
    return round(weight, 2)


def _interpolate(x: float, good: tuple[float, float], bad: tuple[float, float]) -> float:
    """Interpolate linearly between the points `good` and `bad` (x, weight); constant outside."""
    share = (x - good[0]) / (bad[0] - good[0])
    return good[1] + min(max(share, 0.0), 1.0) * (bad[1] - good[1])


def sharpness(crop: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of the grey `crop` (height, width) uint8, divided by the crop's own variance.

    Independent of brightness and contrast: 0 is without detail, portraits have 0.3 to 0.9. Measured at 48 x 48 pixels
    or less.
    """
    if min(crop.shape) > _SHARPNESS_SIDE:
        size = (_SHARPNESS_SIDE, _SHARPNESS_SIDE)
        crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    _, deviation = cv2.meanStdDev(crop)
    _, edges = cv2.meanStdDev(cv2.Laplacian(crop, cv2.CV_16S))
    return float(edges[0, 0] / max(deviation[0, 0], 1.0)) ** 2
