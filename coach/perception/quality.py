"""Face quality: which faces cannot be read, and how much a reading of the others weighs.

A face that cannot be read never counts against the actor; a face that is hard to read counts less.
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
"""Shortest side of a box in pixels. Scaled down until the box has 35 pixels the sample take is read the same on 86 %
of its frames, at 22 on 77 %, at 14 on 58 %."""

DARK_MEAN: Final = 40.0
DARK_DEVIATION: Final = 16.0
"""A crop is too dark below both: mean and standard deviation of its grey levels, 0 to 255. FER-2013 faces dimmed to
mean 39 and deviation 16 are classified correctly on 52 % instead of 74 %, at 26 and 10 on 39 %. A limit on brightness
alone would also refuse dark skin in good light, whose deviation is well above. Undimmed, 5 of 27,925 are below both."""

MAX_ROLL: Final = 50.0
"""Largest roll in degrees. The sample take, with a tilted head, stays at 25 or less. Rotated by 90 degrees, like a
video from a phone held sideways without rotation metadata, 235 of 236 frames are above 60, and the classifier's answers
mean nothing."""

MAX_YAW: Final = 0.6
"""Largest yaw, in eye distances. FER-2013 faces above 0.8 are classified correctly on 54 %, those below 0.4 on 75 %;
above 0.6 one eye is nearly hidden (by inspection). The sample take stays at 0.25 or less, 326 news portraits at
0.29."""

# A weight is roughly the share that remains of a model's accuracy above chance (one of seven).

FULL_YAW: Final = 0.3
YAW_WEIGHT: Final = 0.6
"""The weight is 1 up to `FULL_YAW` and falls to `YAW_WEIGHT` at `MAX_YAW`. On 5,742 FER-2013 training faces, each
emotion weighted by its overall share, mini-XCEPTION agrees with most viewers on 68 % up to a yaw of 0.3, 61 % up to
0.45, 57 % up to 0.6, 49 % above."""

FULL_SIDE: Final = 64.0
SIDE_WEIGHT: Final = 0.8
"""The weight is 1 from `FULL_SIDE` pixels on and falls to `SIDE_WEIGHT` at `MIN_SIDE`. On 319 portraits and the sample
take two models keep their full-size answer on 94 and 93 % (mini-XCEPTION 91 and 96) at 64 pixels, on 87 and 92 % (66
and 74) at 32."""

FULL_SHARPNESS: Final = 0.2
MIN_SHARPNESS: Final = 0.01
SHARPNESS_WEIGHT: Final = 0.2
"""The weight is 1 from `FULL_SHARPNESS` on and falls to `SHARPNESS_WEIGHT` at `MIN_SHARPNESS`, by the logarithm. Of 319
portraits 2 % are below the first. Of their accuracy above chance a model trained on viewers and mini-XCEPTION keep,
out of focus, 97 and 91 % at 0.1, 88 and 49 at 0.04, 49 and 23 at 0.01; with motion blur, which this measure detects
less well, 85 and 80 % at 0.18, 59 and 47 at 0.12."""

_FULL_LOG: Final = math.log(FULL_SHARPNESS)
_MIN_LOG: Final = math.log(MIN_SHARPNESS)
_SHARPNESS_SIDE: Final = 48


class FaceMeasures(NamedTuple):
    """Size and head pose of a detected face.

    Attributes:
        side: shorter side of the box in pixels.
        roll: tilt of the line through the eyes, 0 to 180 degrees; 0 without landmarks.
        yaw: distance of the nose from the midpoint between the eyes, along the line through them, in eye distances,
            whatever the roll: 0 is frontal, at 0.5 the nose lies in front of an eye; 0 without landmarks, infinite
            where both eyes coincide.
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
    """Why a face of this size and pose cannot be read; None where it can."""
    if measures.side < MIN_SIDE:
        return "too small"
    if measures.roll > MAX_ROLL:
        return "sideways"
    if measures.yaw > MAX_YAW:
        return "profile"
    return None


def crop_reason(crop: NDArray[np.uint8]) -> Reason | None:
    """Why the grey `crop` (height, width) uint8 cannot be read; None where it can."""
    mean, deviation = cv2.meanStdDev(crop)
    return "too dark" if mean[0, 0] < DARK_MEAN and deviation[0, 0] < DARK_DEVIATION else None


def face_weight(measures: FaceMeasures, crop: NDArray[np.uint8]) -> float:
    """Weight of a reading of the grey `crop` (height, width) uint8, 0 to 1, two decimals.

    It is the product of three weights, for yaw, size and sharpness.
    """
    sharp = sharpness(crop)
    weight = 1.0
    if measures.yaw > FULL_YAW:
        weight *= _falling(measures.yaw, (FULL_YAW, 1.0), (MAX_YAW, YAW_WEIGHT))
    if measures.side < FULL_SIDE:
        weight *= _falling(measures.side, (FULL_SIDE, 1.0), (MIN_SIDE, SIDE_WEIGHT))
    if sharp < FULL_SHARPNESS:
        log = math.log(max(sharp, MIN_SHARPNESS))
        weight *= _falling(log, (_FULL_LOG, 1.0), (_MIN_LOG, SHARPNESS_WEIGHT))
    return round(weight, 2)


def _falling(x: float, good: tuple[float, float], bad: tuple[float, float]) -> float:
    """Linear interpolation between the points `good` and `bad` (x, weight), constant outside."""
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
