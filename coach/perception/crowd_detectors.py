"""Detectors that find everyone: from a close-up to the back row, or small faces in every part of a still picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from coach.perception.blazeface import one_hides, without_doubles
from coach.perception.search import around, starts
from coach.perception.tracker import REACH, moved

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

SECOND_LOOK: Final = (160, 224)
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
            least, seen = LIKELY, [each for longer in SECOND_LOOK for each in self._network.detect_at(image, longer)]
        else:
            least, seen = SURE, self._in_square(image, *around(face.box, width, height))
        return any(again.score >= least and again.box.overlap(face.box) > _OVERLAP for again in seen)


NEAR: Final = 192
FAR: Final = 512
FARTHEST: Final = 768
"""Pixels of the longer side of the network's picture when it looks for big faces, for small ones, and now and then for
the smallest. Near, all of 326 portraits are found, at 224 pixels 324, at 256 319, with boxes in which fewer are read
right (227, 214, 177). Of 320 faces of 39 to 68 pixels in frames of 1280 x 720 the far look misses 6, the farthest 1."""

TINY: Final = 0.03
SMALL: Final = 0.125
BIG: Final = 0.2
"""Shares of the frame's longer side. The far look is for faces below `SMALL`, the farthest while there are some below
`TINY`, the near one for those from `BIG` on. Near, boxes are badly placed below 10 % and nothing is found below 5 %;
far, of faces of 4 to 5 % 99.7 % are found, boxes are too small from 30 % on, and faces above 45 % are missed."""

SAME: Final = 1.3
"""Where both looks are made, faces up to so many times `BIG` are taken from the far one too."""

ROUND: Final = 8
"""In every so manieth search all looks are made, for newcomers; with small faces in sight, or none, the farthest ..."""

ALONE: Final = 2
"""... and the far one, while nobody is in sight, in every so manieth."""

AGAIN: Final = 3
"""So many of those just missed are looked at closer in one search."""


class Wide:
    """A `FaceDetector` for a film: it remembers what it found in the frame before, to know where to look in the next.

    Those whom a search misses it looks at closer, each in a square around where the face was.
    """

    def __init__(self, network: BlazeFace) -> None:
        """Look with `network`, whose picture may have any size."""
        self._network = network
        self._known: list[Detection] = []
        self._shape: tuple[int, ...] = ()
        self._turn = -1

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, biggest first, without doubles."""
        if image.shape != self._shape:
            self._shape, self._known, self._turn = image.shape, [], -1
        self._turn += 1
        found = self._look(image)
        missed = [face for face in self._known if not any(_near(face, other) for other in found)]
        for face in missed[:AGAIN]:
            found += self._closer(image, face)
        self._known = without_doubles(found)
        return tuple(self._known)

    def _look(self, image: NDArray[np.uint8]) -> list[Detection]:
        near, far = self._wanted(max(image.shape[:2]))
        if near and far:
            return near_and_far(self._network, image, far)
        return list(self._network.detect_at(image, near or far))

    def _wanted(self, longer: int) -> tuple[int, int]:
        """Pixels of the near look and of the far one, 0 where it is not wanted: by the faces known and by the turn."""
        if longer <= NEAR:
            return NEAR, 0
        sizes = [size(face) / longer for face in self._known]
        small = any(each < SMALL for each in sizes)
        far = FARTHEST if any(each < TINY for each in sizes) else FAR
        if self._turn % ROUND == 0:
            return NEAR, FARTHEST if small or not sizes else FAR
        if not sizes:
            return NEAR, far if self._turn % ALONE == 0 else 0
        return NEAR if not small or max(sizes) >= BIG else 0, far if small else 0

    def _closer(self, image: NDArray[np.uint8], face: Detection) -> list[Detection]:
        height, width = image.shape[:2]
        left, top, side = around(face.box, width, height)
        return [moved(each, left, top) for each in self._network.detect(image[top : top + side, left : left + side])]


def near_and_far(network: BlazeFace, image: NDArray[np.uint8], far: int = FAR) -> list[Detection]:
    """The faces in `image`, each from the look that places it better."""
    big = BIG * max(image.shape[:2])
    found = [face for face in network.detect_at(image, NEAR) if size(face) >= big]
    further = [face for face in network.detect_at(image, far) if size(face) < SAME * big]  # parts of close-ups as well
    return found + [face for face in further if not any(one_hides(face.box, other.box) for other in found)]


def size(face: Detection) -> float:
    """The longer side of its box, in pixels."""
    return max(face.box.width, face.box.height)


def _near(face: Detection, other: Detection) -> bool:
    return math.dist(face.box.centre, other.box.centre) <= REACH * size(face)
