"""Face detectors for crowds in films and in still pictures, and Haar cascades; `blazeface` has the network."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from coach.base.errors import ModelError, UsageError
from coach.base.messages import tr
from coach.base.types import Box, Detection
from coach.perception.models import DETECTORS, WIDE_DETECTOR, shipped_path
from coach.perception.quality import UPSIDE_DOWN_ROLL, measure
from coach.perception.search import (
    MEMORY_PERIOD,
    SearchMemory,
    detect_in,
    is_duplicate,
    scaled,
    suppress_duplicates,
    tile_offsets,
    turned_face,
    view_around,
)
from coach.perception.tracker import REACH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coach.base.protocols import FaceDetector
    from coach.perception.blazeface import BlazeFace

CROWD_MIN_SCORE: Final = 0.4
"""Lowest score of a detection in a crowd; a track may continue with a lower score than it needs to start.
Of 640 faces of 50 to 110 pixels one scan finds 639 with this limit, 636 with 0.5."""


def open_detector(name: str) -> FaceDetector:
    """Load the detector `name`, one of `coach.perception.models.DETECTORS`.

    Raises:
        ModelError: the detector cannot be used; the message says why.
        UsageError: no detector has that name; the message lists those that exist.
    """
    if name == "haar":
        return Haar()
    from coach.perception.blazeface import BlazeFace  # loads ONNX Runtime, which Haar does without

    if name == "blazeface":
        return BlazeFace()
    if name == "wide":
        return Wide(BlazeFace(shipped_path(WIDE_DETECTOR), CROWD_MIN_SCORE), BlazeFace())
    if name == "tiled":
        return Tiled(BlazeFace(shipped_path(WIDE_DETECTOR), CROWD_MIN_SCORE))
    known = ", ".join(DETECTORS)
    raise UsageError(tr("unknown detector {name}; known are {known}", name=repr(name), known=known))


# --- crowds in films ------------------------------------------------------------------------------------------------

NEAR: Final = 192
FAR: Final = 512
FARTHEST: Final = 768
"""Input sizes of the near, far and farthest scan: the longer side in pixels, for big, small and tiny faces.
At 192 pixels all of 326 portraits are found, at 224 pixels 324, at 256 pixels 319; 227, 214 and 177 of them are then
classified correctly. Of 320 faces of 39 to 68 pixels in frames of 1280 x 720 the scan at 512 misses 6, at 768 1."""

TINY: Final = 0.03
SMALL: Final = 0.125
BIG: Final = 0.2
"""Face sizes as shares of the frame's longer side. The near scan is for faces of `BIG` or more, the far one for faces
below `SMALL`, the farthest for faces below `TINY`. The near scan gives inaccurate boxes below 10 % and finds nothing
below 5 %; the far one finds 99.7 % of faces of 4 to 5 %, gives too small boxes above 30 %, and misses faces above
45 %."""

FAR_LIMIT: Final = 1.3
"""If both scans run, faces up to this many times `BIG` are taken from the far one."""

FULL_EVERY: Final = 8
"""Both scans run on every Nth search, to find newcomers; the far one at `FARTHEST` if small faces are known."""

EMPTY_FARTHEST: Final = 2
"""While nobody is in sight, every Nth full search is one at `FARTHEST`, which takes ten times as long as `NEAR`."""

EMPTY_EVERY: Final = 3
"""While nobody is in sight, the far scan runs on every Nth search."""

MAX_RETRIES: Final = 3
"""At most this many missed faces per search get a closer crop."""


UNSURE: Final = 0.5
"""A newcomer with a lower score starts no track."""

BELIEF: Final = 0.7
"""Mean score that both networks must give to an unsure newcomer in a closer crop. Of 96 detections of drawn robots,
trees and smileys 2 have more, of 128 unsure real faces all but 4."""


class Wide:
    """A `FaceDetector` for films: the faces of the last frame decide which scans run on the next.

    A face that the scans miss is searched for again in a square around its last position.
    """

    def __init__(self, network: BlazeFace, second: FaceDetector | None = None) -> None:
        """Use `network`, whose input may have any size, and `second` to verify unsure newcomers and which way is up."""
        self._network = network
        self._second = second
        self._known: list[Detection] = []
        self._shape: tuple[int, ...] = ()
        self._searches = -1

    @property
    def memory(self) -> SearchMemory:
        """The number of searches since everything began anew, and the faces of the last one."""
        return self._searches % MEMORY_PERIOD, tuple(self._known)

    @memory.setter
    def memory(self, memory: SearchMemory) -> None:
        self._searches, self._known = memory[0], list(memory[1])

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, largest first, without duplicates."""
        if image.shape != self._shape:
            self._fit(image.shape)
        self._searches += 1  # the first search of a size is number 0, a full one
        detections = [self._corrected(image, face) for face in self._scan(image) if self._is_believed(image, face)]
        missed = [face for face in self._known if not any(_is_near(face, other) for other in detections)]
        for face in missed[:MAX_RETRIES]:
            detections += _detect_around(self._network, image, face)
        self._known = suppress_duplicates(detections)
        return tuple(self._known)

    def _fit(self, shape: tuple[int, ...]) -> None:
        """Scale the known faces to a picture of another shape, and begin with a full search."""
        if self._shape:
            x, y = shape[1] / self._shape[1], shape[0] / self._shape[0]
            self._known = [scaled(face, x, y) for face in self._known]
            self._searches = -1
        self._shape = shape

    def _is_believed(self, image: NDArray[np.uint8], face: Detection) -> bool:
        """Whether `face` is known, sure, too unsure to start a track, or found by both networks in a closer crop."""
        if self._second is None or not UNSURE <= face.score < CERTAIN:
            return True
        if self._known_near(face):
            return True
        view = view_around(face.box, image.shape[1], image.shape[0])
        scores = [_score_at(face, detect_in(network, image, view)) for network in (self._network, self._second)]
        return sum(scores) / 2 >= BELIEF

    def _corrected(self, image: NDArray[np.uint8], face: Detection) -> Detection:
        """`face`, with the landmarks that it has in the turned picture if it is upside down."""
        known = self._known_near(face)
        is_unsure = face.score < UNSURE and known is None
        is_settled = known is not None and known.score >= UNSURE and measure(known).roll < UPSIDE_DOWN_ROLL
        if self._second is None or is_unsure or (is_settled and self._searches % FULL_EVERY):
            return face
        turned = turned_face(self._second, image, face)
        return face if turned is None else replace(face, landmarks=turned.landmarks)

    def _known_near(self, face: Detection) -> Detection | None:
        return next((known for known in self._known if _is_near(known, face)), None)

    def _scan(self, image: NDArray[np.uint8]) -> list[Detection]:
        near, far = self._scan_sizes(max(image.shape[:2]))
        if near and far:
            return near_and_far(self._network, image, far)
        return list(self._network.detect_at(image, near or far))

    def _scan_sizes(self, longer_side: int) -> tuple[int, int]:
        """Input sizes of the near and the far scan, 0 for none, by the known faces and the number of searches."""
        if longer_side <= NEAR:
            return NEAR, 0
        shares = [size(face) / longer_side for face in self._known]
        small = any(share < SMALL for share in shares)
        far = FARTHEST if any(share < TINY for share in shares) else FAR
        if self._searches % FULL_EVERY == 0:
            empty_and_due = not shares and self._searches % (EMPTY_FARTHEST * FULL_EVERY) == 0
            return NEAR, FARTHEST if small or empty_and_due else FAR
        if not shares:
            return NEAR, far if self._searches % EMPTY_EVERY == 0 else 0
        return NEAR if not small or max(shares) >= BIG else 0, far if small else 0


def near_and_far(network: BlazeFace, image: NDArray[np.uint8], far: int = FAR) -> list[Detection]:
    """The faces in `image` from a near and a far scan, each from the scan with the more accurate box."""
    big = BIG * max(image.shape[:2])
    near = [face for face in network.detect_at(image, NEAR) if size(face) >= big]
    small = [face for face in network.detect_at(image, far) if size(face) < FAR_LIMIT * big]  # or parts of big faces
    return near + [face for face in small if not any(is_duplicate(face.box, other.box) for other in near)]


def size(face: Detection) -> float:
    """The longer side of the face's box, in pixels."""
    return max(face.box.width, face.box.height)


def _score_at(face: Detection, others: list[Detection]) -> float:
    """The best score of `others` in the place of `face`; 0 if none is there."""
    return max((other.score for other in others if other.box.overlap(face.box) > _VERIFY_IOU), default=0.0)


def _is_near(face: Detection, other: Detection) -> bool:
    return math.dist(face.box.centre, other.box.centre) <= REACH * size(face)


def _detect_around(network: BlazeFace, image: NDArray[np.uint8], face: Detection) -> list[Detection]:
    height, width = image.shape[:2]
    return detect_in(network, image, view_around(face.box, width, height))


# --- crowds in still pictures ---------------------------------------------------------------------------------------

_STRIDE: Final = 0.75
"""Largest distance between tiles, in sides: a face of up to a quarter of a side lies wholly in one tile."""

_SCAN_SIDES: Final = 0.25
"""Faces of at least this many tile sides are taken from the scans of the whole picture, which place smaller ones
badly."""

_TILE_LIMIT: Final = 1.2
"""Faces up to this many times `_SCAN_SIDES` tile sides are taken from the tiles, which may cut bigger ones in two."""

_MIN_TILE: Final = 128
"""Smaller tiles, in pixels, could only contain faces too small to classify."""

CERTAIN: Final = 0.8
"""A detection with a lower score is verified by a second detection on another crop or scale."""

VERIFY_SCORE: Final = 0.65
"""Score that a face below `BIG` needs in its closer crop. Wood, leaves and clouds gave detections scored up to 0.71;
the crop confirmed none of them, or one scored up to 0.55. The lowest score of 240 real faces in the crop is 0.76."""

BIG_VERIFY_SIDES: Final = (160, 224)
"""Input sizes for verifying a big face: the longer side in pixels."""

BIG_VERIFY_SCORE: Final = 0.5
"""Score that a big face needs at one of `BIG_VERIFY_SIDES`. Stripes gave detections scored up to 0.68, of which these
scans confirmed none; they confirm all of 325 portraits."""

_VERIFY_IOU: Final = 0.3
"""The second detection confirms the first if their IoU is above this."""


class Tiled:
    """A `FaceDetector` for still pictures: the whole picture, then tiles of half its shorter side."""

    def __init__(self, network: BlazeFace) -> None:
        """Use `network`, whose input may have any size."""
        self._network = network

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, largest first, without duplicates."""
        side = min(image.shape[:2]) // 2
        detections = near_and_far(self._network, image)
        if side >= _MIN_TILE:
            limit = _SCAN_SIDES * side
            in_tiles = self._detect_in_tiles(image, side)
            detections = [face for face in detections if size(face) >= limit]
            detections += [face for face in in_tiles if size(face) < _TILE_LIMIT * limit]
        return tuple(face for face in suppress_duplicates(detections) if self._is_verified(image, face))

    def _detect_in_tiles(self, image: NDArray[np.uint8], side: int) -> list[Detection]:
        height, width = image.shape[:2]
        tops, lefts = tile_offsets(height, side, _STRIDE), tile_offsets(width, side, _STRIDE)
        tiles = [(left, top, side) for top in tops for left in lefts]
        return [face for tile in tiles for face in detect_in(self._network, image, tile)]

    def _is_verified(self, image: NDArray[np.uint8], face: Detection) -> bool:
        if face.score >= CERTAIN:
            return True
        if size(face) >= BIG * max(image.shape[:2]):
            min_score = BIG_VERIFY_SCORE
            others = [other for side in BIG_VERIFY_SIDES for other in self._network.detect_at(image, side)]
        else:
            min_score, others = VERIFY_SCORE, _detect_around(self._network, image, face)
        return any(other.score >= min_score and other.box.overlap(face.box) > _VERIFY_IOU for other in others)


# --- Haar cascades --------------------------------------------------------------------------------------------------

_HAAR_FILE: Final = "haarcascade_frontalface_default.xml"

_HAAR_SIDE: Final = 640
"""Frames are scaled down to this longer side in pixels before the search, whose time grows with its square."""

_HAAR_MIN_FACE: Final = 30
"""Smallest face in pixels of the scaled frame."""


class Haar:
    """A `FaceDetector` with OpenCV's cascade classifier (Viola and Jones); it gives no landmarks."""

    def __init__(self) -> None:
        path = _cascade_file()
        self._cascade = vars(cv2)["CascadeClassifier"](str(path))  # by name, because OpenCV 5's type stubs lack it

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, largest first; each has score 1, cascades give none."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        scale = min(1.0, _HAAR_SIDE / max(grey.shape))
        if scale < 1:
            grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        rows = self._cascade.detectMultiScale(grey, 1.1, 5, minSize=(_HAAR_MIN_FACE, _HAAR_MIN_FACE))
        boxes = [Box(*(float(value) / scale for value in row)) for row in rows]
        return tuple(Detection(box, 1.0) for box in sorted(boxes, key=lambda box: (-box.area, box.x)))


def _cascade_file() -> Path:
    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    path = Path(folder) / _HAAR_FILE
    if not hasattr(cv2, "CascadeClassifier") or not path.is_file():
        message = tr(
            "OpenCV {version} comes without the Haar face detector. Use --detector blazeface, or install an OpenCV "
            "that has it: pip install 'opencv-python<5'",
            version=cv2.__version__,
        )
        raise ModelError(message)
    return path
