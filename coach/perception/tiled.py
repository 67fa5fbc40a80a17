"""Finding small faces by looking closer at every part of the frame, and again at each that may be one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.perception.nms import without_doubles
from coach.perception.search import around, starts
from coach.perception.tracker import moved
from coach.perception.wide import BIG, near_and_far, size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.base.types import Detection
    from coach.perception.blazeface import BlazeFace

_STEP: Final = 0.75
"""How far squares lie apart at most, in sides; a face up to a quarter of a side lies wholly in one."""

_SMALL: Final = 0.25
_SAME: Final = 1.2
"""Faces from `_SMALL` sides on are taken from the looks at the whole frame, which place smaller ones badly; those, and
up to `_SAME` times as big, from the squares, which may cut bigger ones in two."""

_SMALLEST: Final = 128
"""Squares of fewer pixels could only show faces too small to read."""

CERTAIN: Final = 0.8
"""A face scored below it is looked at a second time, otherwise."""

SURE: Final = 0.65
"""What a face that is not big must then score alone. Wood, leaves and clouds gave some scored up to 0.71, of which that
look saw none, or one scored up to 0.55; of 240 real ones it scored the faintest 0.76."""

AGAIN: Final = (160, 224)
LIKELY: Final = 0.5
"""Pixels of the frame's longer side in such looks for a big one, and what it must score in either. Stripes gave faces
scored up to 0.68, of which those looks saw none; of 325 portraits they saw all."""

_OVERLAP: Final = 0.3
"""So much both boxes must share to be one face's."""


class Tiled:
    """A `FaceDetector` for pictures: it looks at the whole frame, then at squares of half its shorter side."""

    def __init__(self, network: BlazeFace) -> None:
        """Look with `network`, whose picture may have any size."""
        self._network = network

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, biggest first, without doubles."""
        side = min(image.shape[:2]) // 2
        found = near_and_far(self._network, image)
        if side >= _SMALLEST:
            found = [face for face in found if size(face) >= _SMALL * side]
            found += [face for face in self._in_squares(image, side) if size(face) < _SAME * _SMALL * side]
        return tuple(face for face in without_doubles(found) if self._is_one(image, face))

    def _in_squares(self, image: NDArray[np.uint8], side: int) -> list[Detection]:
        height, width = image.shape[:2]
        places = [(left, top) for top in starts(height, side, _STEP) for left in starts(width, side, _STEP)]
        return [face for left, top in places for face in self._in_square(image, left, top, side)]

    def _in_square(self, image: NDArray[np.uint8], left: int, top: int, side: int) -> list[Detection]:
        return [moved(face, left, top) for face in self._network.detect(image[top : top + side, left : left + side])]

    def _is_one(self, image: NDArray[np.uint8], face: Detection) -> bool:
        if face.score >= CERTAIN:
            return True
        height, width = image.shape[:2]
        if size(face) >= BIG * max(height, width):
            least, seen = LIKELY, [each for longer in AGAIN for each in self._network.detect_at(image, longer)]
        else:
            least, seen = SURE, self._in_square(image, *around(face.box, width, height))
        return any(again.score >= least and again.box.overlap(face.box) > _OVERLAP for again in seen)
