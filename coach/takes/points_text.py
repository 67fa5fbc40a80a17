"""Landmarks as a journal stores them: place, eye distance and presence as numbers, the points as base64 text.

The points are 16-bit whole numbers, low byte first; see `coach.base.types.FacePoints`.
"""

from __future__ import annotations

import base64
import struct
from typing import Final

from coach.base.mesh import KEPT
from coach.base.types import FacePoints

PlainPoints = tuple[float, float, float, float, str]
"""x and y of the centre, eye distance, presence, points."""

_POINTS: Final = struct.Struct(f"<{3 * len(KEPT)}h")


def points_to_plain(points: FacePoints) -> PlainPoints:
    """Encode landmarks."""
    text = base64.b64encode(_POINTS.pack(*points.offsets)).decode()
    return (*points.centre, points.eye_distance, points.presence, text)


def points_of(x: float, y: float, eye_distance: float, presence: float, points: str) -> FacePoints:
    """Decode landmarks.

    Raises:
        ValueError: the text is no base64, or of another length.
    """
    data = base64.b64decode(points, validate=True)
    if len(data) != _POINTS.size:
        raise ValueError("another number of points")
    return FacePoints((x, y), eye_distance, _POINTS.unpack(data), presence)
