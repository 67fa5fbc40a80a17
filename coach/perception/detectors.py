"""The face detectors besides plain BlazeFace: everyone in a film, everyone in a still picture, and Haar cascades."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from coach.base.errors import ModelError, UsageError
from coach.base.types import Box, Detection
from coach.perception.models import DETECTORS, WIDE_DETECTOR, shipped
from coach.perception.search import detect_in, is_duplicate, starts, suppress_duplicates, view_around
from coach.perception.tracker import REACH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coach.base.protocols import FaceDetector
    from coach.perception.blazeface import BlazeFace

KEPT_SCORE: Final = 0.4
"""Lowest score of a detection by the detectors for many faces: a track may continue with less than it takes to start.
Of 640 faces of 50 to 110 pixels one scan finds 639 from this score on, 636 from 0.5 on."""


def open_detector(name: str) -> FaceDetector:
    """Load the detector `name`, one of `coach.perception.models.DETECTORS`.

    Raises:
        ModelError: it cannot be used; the message says why.
        UsageError: there is no detector of that name; the message lists those that exist.
    """
    if name == "haar":
        return Haar()
    from coach.perception.blazeface import BlazeFace  # loads ONNX Runtime, which Haar does without

    if name == "blazeface":
        return BlazeFace()
    if name == "wide":
        return Wide(BlazeFace(shipped(WIDE_DETECTOR), KEPT_SCORE))
    if name == "tiled":
        return Tiled(BlazeFace(shipped(WIDE_DETECTOR), KEPT_SCORE))
    raise UsageError(f"unknown detector {name!r}; known are {', '.join(DETECTORS)}")


# --- everyone in a film ---------------------------------------------------------------------------------------------

NEAR: Final = 192
FAR: Final = 512
FARTHEST: Final = 768
"""Longer side of the network's input in pixels: for big faces, for small ones, and from time to time for the smallest.
At 192 all of 326 portraits are found, at 224 pixels 324, at 256 319, with boxes in which fewer are classified correctly
(227, 214, 177). Of 320 faces of 39 to 68 pixels in frames of 1280 x 720 the scan at 512 misses 6, at 768 1."""

TINY: Final = 0.03
SMALL: Final = 0.125
BIG: Final = 0.2
"""Face sizes as shares of the frame's longer side. The far scan is for faces below `SMALL`, the farthest while some are
below `TINY`, the near one for those from `BIG` on. The near scan places boxes badly below 10 % and finds nothing below
5 %; the far one finds 99.7 % of faces of 4 to 5 %, makes boxes too small from 30 % on, and misses faces above 45 %."""

FAR_LIMIT: Final = 1.3
"""Where both scans run, faces up to this many times `BIG` are taken from the far one."""

FULL_EVERY: Final = 8
"""Every this many searches both scans run, to find newcomers; with small faces in sight, or none, at `FARTHEST`."""

EMPTY_EVERY: Final = 2
"""While nobody is in sight, the far scan runs every this many searches."""

MAX_RETRIES: Final = 3
"""At most this many faces that a search missed get a closer crop."""


class Wide:
    """A `FaceDetector` for films: the faces of the last frame decide which scans run on the next.

    A face that the scans miss is searched for again in a square around its last position.
    """

    def __init__(self, network: BlazeFace) -> None:
        """Detect with `network`, whose input may have any size."""
        self._network = network
        self._known: list[Detection] = []
        self._shape: tuple[int, ...] = ()
        self._searches = -1

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, largest first, without duplicates."""
        if image.shape != self._shape:
            self._shape, self._known, self._searches = image.shape, [], -1
        self._searches += 1
        found = self._scan(image)
        missed = [face for face in self._known if not any(_is_near(face, other) for other in found)]
        for face in missed[:MAX_RETRIES]:
            found += _detect_around(self._network, image, face)
        self._known = suppress_duplicates(found)
        return tuple(self._known)

    def _scan(self, image: NDArray[np.uint8]) -> list[Detection]:
        near, far = self._scans(max(image.shape[:2]))
        if near and far:
            return near_and_far(self._network, image, far)
        return list(self._network.detect_at(image, near or far))

    def _scans(self, longer: int) -> tuple[int, int]:
        """Input sizes of the near and the far scan, 0 for none, by the known faces and the number of searches."""
        if longer <= NEAR:
            return NEAR, 0
        sizes = [size(face) / longer for face in self._known]
        small = any(each < SMALL for each in sizes)
        far = FARTHEST if any(each < TINY for each in sizes) else FAR
        if self._searches % FULL_EVERY == 0:
            return NEAR, FARTHEST if small or not sizes else FAR
        if not sizes:
            return NEAR, far if self._searches % EMPTY_EVERY == 0 else 0
        return NEAR if not small or max(sizes) >= BIG else 0, far if small else 0


def near_and_far(network: BlazeFace, image: NDArray[np.uint8], far: int = FAR) -> list[Detection]:
    """The faces in `image` from a near and a far scan, each from the scan that places it better."""
    big = BIG * max(image.shape[:2])
    near = [face for face in network.detect_at(image, NEAR) if size(face) >= big]
    small = [face for face in network.detect_at(image, far) if size(face) < FAR_LIMIT * big]  # or parts of big ones
    return near + [face for face in small if not any(is_duplicate(face.box, other.box) for other in near)]


def size(face: Detection) -> float:
    """The longer side of the face's box, in pixels."""
    return max(face.box.width, face.box.height)


def _is_near(face: Detection, other: Detection) -> bool:
    return math.dist(face.box.centre, other.box.centre) <= REACH * size(face)


def _detect_around(network: BlazeFace, image: NDArray[np.uint8], face: Detection) -> list[Detection]:
    height, width = image.shape[:2]
    return detect_in(network, image, view_around(face.box, width, height))


# --- everyone in a still picture ------------------------------------------------------------------------------------

_STRIDE: Final = 0.75
"""Largest distance between tiles, in sides: a face of up to a quarter of a side lies wholly in one."""

_SCAN_SIDES: Final = 0.25
_TILE_LIMIT: Final = 1.2
"""Faces from `_SCAN_SIDES` tile sides on are taken from the scans of the whole picture, which place smaller ones badly.
Those, and faces up to `_TILE_LIMIT` times as big, are taken from the tiles, which may cut bigger ones in two."""

_MIN_TILE: Final = 128
"""Smaller tiles, in pixels, could only contain faces too small to read."""

CERTAIN: Final = 0.8
"""A detection scored lower is verified by a second one on another crop or scale."""

VERIFY_SCORE: Final = 0.65
"""Score that a face that is not big needs in its closer crop. Wood, leaves and clouds gave detections scored up to
0.71, of which the crop confirmed none, or one scored up to 0.55; the faintest of 240 real faces has 0.76 there."""

BIG_VERIFY_SIDES: Final = (160, 224)
BIG_VERIFY_SCORE: Final = 0.5
"""Input sizes at which a big face is verified, in pixels of the longer side, and the score it needs at one of them.
Stripes gave detections scored up to 0.68, of which these scans confirmed none; of 325 portraits they confirm all."""

_VERIFY_IOU: Final = 0.3
"""IoU above which the second detection confirms the first."""


class Tiled:
    """A `FaceDetector` for still pictures: the whole picture, then tiles of half its shorter side."""

    def __init__(self, network: BlazeFace) -> None:
        """Detect with `network`, whose input may have any size."""
        self._network = network

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, largest first, without duplicates."""
        side = min(image.shape[:2]) // 2
        found = near_and_far(self._network, image)
        if side >= _MIN_TILE:
            found = [face for face in found if size(face) >= _SCAN_SIDES * side]
            found += [
                face for face in self._detect_in_tiles(image, side) if size(face) < _TILE_LIMIT * _SCAN_SIDES * side
            ]
        return tuple(face for face in suppress_duplicates(found) if self._is_verified(image, face))

    def _detect_in_tiles(self, image: NDArray[np.uint8], side: int) -> list[Detection]:
        height, width = image.shape[:2]
        tiles = [(left, top, side) for top in starts(height, side, _STRIDE) for left in starts(width, side, _STRIDE)]
        return [face for tile in tiles for face in detect_in(self._network, image, tile)]

    def _is_verified(self, image: NDArray[np.uint8], face: Detection) -> bool:
        if face.score >= CERTAIN:
            return True
        if size(face) >= BIG * max(image.shape[:2]):
            min_score = BIG_VERIFY_SCORE
            again = [each for longer in BIG_VERIFY_SIDES for each in self._network.detect_at(image, longer)]
        else:
            min_score, again = VERIFY_SCORE, _detect_around(self._network, image, face)
        return any(each.score >= min_score and each.box.overlap(face.box) > _VERIFY_IOU for each in again)


# --- Haar cascades --------------------------------------------------------------------------------------------------

_HAAR_FILE: Final = "haarcascade_frontalface_default.xml"

_HAAR_SIDE: Final = 640
"""Longer side to which frames are scaled down before the search, in pixels; its time grows with the square of it."""

_HAAR_MIN_FACE: Final = 30
"""Smallest face in pixels of the scaled frame."""


class Haar:
    """Viola and Jones' detector, a `FaceDetector` on OpenCV's cascade classifier; without landmarks, so no profiles."""

    def __init__(self) -> None:
        path = _cascade_file()
        self._cascade = vars(cv2)["CascadeClassifier"](str(path))  # by name: the types of OpenCV 5 do not know it

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, largest first; a cascade has no scores, each gets 1."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        scale = min(1.0, _HAAR_SIDE / max(grey.shape))
        if scale < 1:
            grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found = self._cascade.detectMultiScale(grey, 1.1, 5, minSize=(_HAAR_MIN_FACE, _HAAR_MIN_FACE))
        boxes = [Box(*(float(value) / scale for value in row)) for row in found]
        return tuple(Detection(box, 1.0) for box in sorted(boxes, key=lambda box: (-box.area, box.x)))


def _cascade_file() -> Path:
    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    path = Path(folder) / _HAAR_FILE
    if not hasattr(cv2, "CascadeClassifier") or not path.is_file():
        raise ModelError(
            f"OpenCV {cv2.__version__} comes without the Haar face detector. Use --detector blazeface, or install an "
            "OpenCV that has it: pip install 'opencv-python<5'"
        )
    return path
