"""Landmarks as a journal stores them: place, eye distance and presence as numbers, the rest as base64 text.

The points are 16-bit whole numbers, low byte first, the blendshapes are bytes; see `coach.base.types.FacePoints`.
"""

from __future__ import annotations

import base64
import struct
from typing import Final

from coach.base.mesh import KEPT
from coach.base.types import FacePoints

PlainPoints = tuple[float, float, float, float, str, str]
"""x and y of the centre, eye distance, presence, points, blendshapes."""

_POINTS: Final = struct.Struct(f"<{3 * len(KEPT)}h")
_BLENDSHAPES: Final = 52


def points_to_plain(points: FacePoints) -> PlainPoints:
    """Encode landmarks."""
    return (
        *points.centre,
        points.eye_distance,
        points.presence,
        _text(_POINTS.pack(*points.offsets)),
        _text(bytes(points.blendshapes)),
    )


def points_of(x: float, y: float, eye_distance: float, presence: float, points: str, blendshapes: str) -> FacePoints:
    """Decode landmarks.

    Raises:
        ValueError: the texts are no base64, or of another length.
    """
    offsets, shapes = _bytes(points), _bytes(blendshapes)
    if len(offsets) != _POINTS.size or len(shapes) != _BLENDSHAPES:
        raise ValueError("another number of points or blendshapes")
    return FacePoints((x, y), eye_distance, _POINTS.unpack(offsets), presence, tuple(shapes))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
