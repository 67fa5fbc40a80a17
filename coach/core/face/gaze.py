"""Where the eyes look: at the lens, away, or down at the page.

The angle of an eye comes from its iris between the corners of the eye, that of the head is added. It is rough: a blink
looks like a glance at the page, so three readings decide together (`coach.core.face.eye_line`), and a text that lies
just below the lens is the lens.
"""

from __future__ import annotations

import math
from typing import Final, Literal

from coach.core.face.head import UprightFace

Gaze = Literal["lens", "away", "page"]

_EYES: Final = ((33, 133, 468), (263, 362, 473))
"""Outer corner, inner corner and iris of each eye."""

_RADIUS: Final = 0.4
"""Radius of an eyeball in widths of the eye: 12 of 30 mm."""

_STRAIGHT: Final = -0.05
"""How far below the corners of the eye the iris lies when it looks straight ahead, in widths of the eye: the median of
319 news portraits. Below 0 is above the corners."""

PAGE_PITCH: Final = -14.0
"""Eyes lower than this, in degrees, look down at the page. Of 317 faces that look into the camera 4 % are lower."""

LENS_PITCH: Final = 16.0
LENS_YAW: Final = 15.0
"""Eyes within these angles of straight ahead look at the lens."""


def eye_angles(face: UprightFace) -> tuple[float, float]:
    """Direction of the eyes in the picture, head included: yaw (right of the picture) and pitch (up), in degrees."""
    across = down = 0.0
    for outer, inner, iris in _EYES:
        (x0, y0, _), (x1, y1, _), (x, y, _) = face.point(outer), face.point(inner), face.point(iris)
        width = max(abs(x1 - x0), 0.05)
        across += (x - (x0 + x1) / 2) / width / 2
        down += (y - (y0 + y1) / 2) / width / 2
    return face.head.yaw + _angle(across), face.head.pitch - _angle(down - _STRAIGHT)


def _angle(offset: float) -> float:
    return math.degrees(math.asin(min(max(offset / _RADIUS, -1.0), 1.0)))


def gaze_of(yaw: float, pitch: float) -> Gaze:
    """Where eyes of that direction look."""
    if pitch < PAGE_PITCH:
        return "page"
    return "lens" if abs(yaw) <= LENS_YAW and pitch <= LENS_PITCH else "away"
