"""Made-up landmarks: a plain face of which single parts can be moved and which can be turned."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from coach.base.mesh import POINTS
from coach.base.types import FacePoints
from coach.perception.landmarks import face_points

TILT = math.tan(math.radians(50.2))
"""How much further away the ears are than the forehead, for each unit that they are lower."""

BROWS_INNER = (55, 107, 66, 285, 336, 296)
BROWS_OUTER = (46, 53, 63, 70, 276, 283, 293, 300)
BROWS_MIDDLE = (52, 65, 282, 295)
UPPER_LIDS = (159, 386)
LOWER_LIDS = (144, 145, 153, 373, 374, 380)
IRISES = (468, 473)
CORNERS = (61, 291)

_PLACES: dict[int, tuple[float, float, float]] = {
    33: (-50, 0, 10),
    133: (-18, 0, 5),
    362: (18, 0, 5),
    263: (50, 0, 10),
    127: (-75, 0, 45),
    234: (-75, 40, 10 + 60 * TILT),
    356: (75, 0, 45),
    454: (75, 40, 10 + 60 * TILT),
    109: (-20, -20, 10),
    10: (0, -20, 10),
    338: (20, -20, 10),
    93: (-75, 40, 10 + 60 * TILT),
    323: (75, 40, 10 + 60 * TILT),
    55: (-12, -22, 0),
    107: (-12, -28, 0),
    66: (-20, -28, 0),
    285: (12, -22, 0),
    336: (12, -28, 0),
    296: (20, -28, 0),
    46: (-48, -20, 5),
    53: (-42, -22, 5),
    63: (-40, -28, 5),
    70: (-46, -26, 5),
    52: (-32, -24, 2),
    65: (-24, -22, 1),
    276: (48, -20, 5),
    283: (42, -22, 5),
    293: (40, -28, 5),
    300: (46, -26, 5),
    282: (32, -24, 2),
    295: (24, -22, 1),
    159: (-34, -6, 4),
    386: (34, -6, 4),
    468: (-34, -1.6, 3),
    473: (34, -1.6, 3),
    144: (-38, 4, 4),
    145: (-34, 4, 4),
    153: (-30, 4, 4),
    373: (38, 4, 4),
    374: (34, 4, 4),
    380: (30, 4, 4),
    50: (-45, 38, 10),
    280: (45, 38, 10),
    48: (-10, 35, -5),
    278: (10, 35, -5),
    4: (0, 32, -20),
    2: (0, 40, -10),
    98: (-8, 38, -5),
    327: (8, 38, -5),
    37: (-6, 54, -6),
    267: (6, 54, -6),
    0: (0, 55, -8),
    13: (0, 60, -8),
    14: (0, 61, -8),
    17: (0, 70, -8),
    61: (-26, 60, 0),
    291: (26, 60, 0),
    152: (0, 110, -2),
}
"""Points that the measures ask, with an eye distance of 100: right, down, away."""


def mesh(moved: dict[int, tuple[float, float, float]] | None = None) -> NDArray[np.float32]:
    """A face (478, 3) that looks straight ahead, with `moved` added to its points."""
    points = np.zeros((POINTS, 3), np.float32)
    for index, place in _PLACES.items():
        points[index] = place
    for index, step in (moved or {}).items():
        points[index] += step
    return points


def move(indices: tuple[int, ...], right: float = 0.0, down: float = 0.0) -> dict[int, tuple[float, float, float]]:
    """A movement of points for `mesh`."""
    return dict.fromkeys(indices, (right, down, 0.0))


def turned(points: NDArray[np.float32], yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> NDArray[np.float32]:
    """`points` with the head turned to the right of the picture, up, and leant to the right, in degrees."""
    a, b, c = (math.radians(angle) for angle in (yaw, pitch, roll))
    about_y = np.array([[math.cos(a), 0, -math.sin(a)], [0, 1, 0], [math.sin(a), 0, math.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), math.sin(b)], [0, -math.sin(b), math.cos(b)]])
    about_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return (points @ (about_z @ about_y @ about_x).T).astype(np.float32)


def kept(points: NDArray[np.float32], presence: float = 1.0, scale: float = 1.0) -> FacePoints:
    """What is kept of `points` at a place in a picture."""
    place = np.array([320, 200, 0], np.float32)
    found = face_points(points * scale + place, presence)
    assert found is not None
    return found
