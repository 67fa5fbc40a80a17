"""Where in a frame faces are looked for: everywhere, and closer where that alone would miss the actor.

BlazeFace sees the frame at 128 pixels and finds no face smaller than about an eighth of it: an actor two metres from a
wide camera. So while the actor is out of sight one tile of the frame is looked at closer on every search, another
each time, and a small actor is looked at closer where last seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.perception.tracker import moved

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.base.protocols import FaceDetector
    from coach.base.types import Box, Detection

SMALL: Final = 0.25
"""A face below this share of the frame's longer side is looked at closer."""

_VIEW: Final = 4.0
"""Side of that closer view, in face sizes."""

_SMALLEST_TILE: Final = 200
"""Tiles of fewer pixels could only show faces too small to read."""

_SAME: Final = 0.3
"""Boxes that overlap by more are one face, seen in the frame and in the closer view."""

SURE: Final = 0.65
"""Score that a face in a tile must reach. 42 of 4,894 faceless tiles of the sample take gave one, scored up to 0.58."""

View = tuple[int, int, int]
"""Left, top, side of a square in the frame."""


class Search:
    """Finds faces with a detector, closer where needed."""

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self._turn = 0

    def find(self, image: NDArray[np.uint8], actor: Box | None, lost: bool = False) -> list[Detection]:
        """The faces in `image`, biggest first.

        Args:
            image: (height, width, 3) uint8 BGR.
            actor: where the actor should be; None while out of sight.
            lost: an actor was chosen and went out of sight, so that a face of somebody else is not enough.
        """
        found = list(self._detector.detect(image))
        view = self._view(image, actor) if actor is not None or lost or not found else None
        if view is not None:
            enough = SURE if actor is None else 0.0
            closer = [face for face in self._closer(image, view) if face.score >= enough]
            found += [face for face in closer if not _known(face, found)]
        return sorted(found, key=lambda face: -face.box.area)

    def _view(self, image: NDArray[np.uint8], actor: Box | None) -> View | None:
        height, width = image.shape[:2]
        if actor is None:
            tiles = tile_views(width, height)
            self._turn += 1
            return tiles[self._turn % len(tiles)] if tiles else None
        size = max(actor.width, actor.height)
        return around(actor, width, height) if size < SMALL * max(width, height) else None

    def _closer(self, image: NDArray[np.uint8], view: View) -> list[Detection]:
        left, top, side = view
        return [moved(face, left, top) for face in self._detector.detect(image[top : top + side, left : left + side])]


def tile_views(width: int, height: int) -> list[View]:
    """Overlapping squares that cover the frame: of its shorter side, then of half that."""
    views: list[View] = []
    for side in (min(width, height), min(width, height) // 2):
        if _SMALLEST_TILE <= side < max(width, height):
            views += [(x, y, side) for y in starts(height, side) for x in starts(width, side)]
    return views


def starts(length: int, side: int, step: float = 0.5) -> list[int]:
    """Where squares of `side` begin that lie `step` sides apart or less and reach from 0 to `length`."""
    steps = -(-(length - side) // int(side * step))
    return [round((length - side) * i / steps) for i in range(steps + 1)] if steps else [0]


def around(box: Box, width: int, height: int) -> View:
    """The square to look at `box` closer, within a frame of `width` by `height` pixels."""
    x, y = box.centre
    whole = max(1, min(round(max(box.width, box.height) * _VIEW), width, height))
    left = min(max(round(x - whole / 2), 0), width - whole)
    top = min(max(round(y - whole / 2), 0), height - whole)
    return left, top, whole


def _known(face: Detection, found: list[Detection]) -> bool:
    return any(face.box.overlap(other.box) > _SAME for other in found)
