"""The head: its turn in the picture, and the points of the face with that turn taken out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from coach.base.mesh import KEPT
from coach.base.types import FacePoints

Vector = tuple[float, float, float]
"""x to the right of the picture, y down, z away from the camera."""

_PLACE: Final = {point: 3 * place for place, point in enumerate(KEPT)}

_RIGHT: Final = (33, 133, 127, 234)
_LEFT: Final = (263, 362, 356, 454)
_TOP: Final = (109, 10, 338)
_SIDES: Final = (234, 454, 93, 323)
"""Points that an expression does not move: corners of the eyes, temples, forehead, before the ears."""

_TILT: Final = math.radians(50.2)
"""Angle between the line from forehead to ears and the plane of the face: the mean over 317 faces of 40 people who look
into the camera. It makes their mean pitch 0."""


class Head(NamedTuple):
    """The turn of a head in degrees; 0 looks into the camera.

    Attributes:
        yaw: above 0 the nose points to the right of the picture, which is the person's left.
        pitch: above 0 the nose points up.
        roll: above 0 the head leans to the right of the picture; 180 is upside down.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True)
class UprightFace:
    """A face with the turn of the head taken out, in distances between the outer corners of the eyes.

    Attributes:
        head: the turn that was taken out.
    """

    head: Head
    _axes: tuple[Vector, Vector, Vector]
    _offsets: Sequence[int]

    def point(self, index: int) -> Vector:
        """A point of `KEPT` by its number in the mesh, from the midpoint between the eyes: right, down, away."""
        place = _PLACE[index]
        raw = _vector(self._offsets, place)
        across, down, away = self._axes
        return _dot(across, raw), _dot(down, raw), _dot(away, raw)

    def height(self, *indices: int) -> float:
        """Mean height of points above the midpoint between the eyes."""
        return -sum(self.point(index)[1] for index in indices) / len(indices)

    def distance(self, first: int, second: int) -> float:
        """Distance between two points."""
        return math.dist(self.point(first), self.point(second))


def upright(points: FacePoints) -> UprightFace:
    """Take the turn of the head out of `points`.

    The directions across and down come from points that an expression does not move.

    Raises:
        ValueError: these points are no face, since they lie on one line or in one place.
    """
    offsets = points.offsets
    across = _unit(_minus(_mean(offsets, _LEFT), _mean(offsets, _RIGHT)))
    along = _minus(_mean(offsets, _SIDES), _mean(offsets, _TOP))
    leaning = _unit(_minus(along, _times(across, _dot(across, along))))
    outwards = _cross(across, leaning)
    down = _minus(_times(leaning, math.cos(_TILT)), _times(outwards, math.sin(_TILT)))
    away = _cross(across, down)
    return UprightFace(_head(across, away), (across, down, away), offsets)


def _head(across: Vector, away: Vector) -> Head:
    yaw = math.atan2(-away[0], math.hypot(away[1], away[2]))
    pitch = math.asin(min(max(away[1], -1.0), 1.0))
    roll = math.atan2(across[1], across[0])
    return Head(*(math.degrees(angle) for angle in (yaw, pitch, roll)))


def _vector(offsets: Sequence[int], place: int) -> Vector:
    return offsets[place] / 1000, offsets[place + 1] / 1000, offsets[place + 2] / 1000


def _mean(offsets: Sequence[int], indices: Sequence[int]) -> Vector:
    places = [_PLACE[index] for index in indices]
    x, y, z = (sum(offsets[place + axis] for place in places) / (1000 * len(places)) for axis in range(3))
    return x, y, z


def _minus(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _times(a: Vector, factor: float) -> Vector:
    return a[0] * factor, a[1] * factor, a[2] * factor


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _unit(a: Vector) -> Vector:
    length = math.hypot(*a)
    if length < 1e-6:
        raise ValueError("these points are no face")
    return _times(a, 1 / length)
