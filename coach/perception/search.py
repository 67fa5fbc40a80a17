"""Where a detector runs in a frame: on the whole frame and closer crops for one actor, in a region for a crowd.

BlazeFace scales the frame down to 128 pixels and misses faces smaller than about an eighth of it, such as an actor two
metres from a wide-angle camera. So while the actor is out of sight every search also covers one tile of the frame,
another each time, and a small actor is also searched for in a crop around the predicted position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, runtime_checkable

import cv2
import numpy as np

from coach.base.messages import mark, tr
from coach.base.types import Box, Detection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from coach.base.protocols import FaceDetector

SMALL: Final = 0.25
"""An actor's face below this share of the frame's longer side gets a closer crop."""

_CROP_SIDE: Final = 4.0
"""Side of the closer crop, in face sizes."""

_MIN_TILE: Final = 200
"""Smaller tiles, in pixels, could only contain faces too small to classify."""

_SAME_IOU: Final = 0.3
"""A detection from a crop is dropped if its IoU with one from the frame is above this."""

TILE_SCORE: Final = 0.65
"""Lowest score of a face in a tile. Of 4,894 faceless tiles of the sample take 42 had a detection, at most 0.58."""

DUPLICATE_SHARE: Final = 0.5
"""Of two detections that share more than this part of the smaller box, one is a duplicate."""

UPRIGHT_SCORE: Final = 0.85
"""A face with at least this score is upright. BlazeFace finds a face that is upside down with a lower score, as a rule,
and with landmarks that look upright: of 40 such frames of the sample take 38 are below, upright 2 of 95."""

TURNED_GAIN: Final = 0.08
"""A face is upside down if its score in a crop around it rises by more than this when the crop is turned by 180
degrees. That of the sample take falls by 0.15 or more, and upside down it rises by 0.09 or more; of 326 upright
portraits the score of one rises so far."""

_MAX_TURNED: Final = 3
"""At most this many faces per search are searched again in a turned crop."""

View = tuple[int, int, int]
"""Left, top and side of a square in the frame, in pixels."""

SearchMemory: TypeAlias = tuple[int, tuple[Detection, ...]]
"""What a search remembers of earlier frames: a number, and the faces that it knows."""

MEMORY_PERIOD: Final = 48
"""After so many searches everything that is done on every Nth search of a film begins anew."""


class FaceSearch(Protocol):
    """Runs a detector on a frame.

    Attributes:
        warnings: sentences for the user.
        memory: the next result depends on it.
    """

    warnings: list[str]
    memory: SearchMemory

    def settle(self, actor: Box | None, more: bool, /) -> None:
        """Forget what a search with these arguments forgets before it begins; `find` does so too."""
        ...

    def aim(self, image: NDArray[np.uint8], actor: Box | None, more: bool, /) -> str:
        """A text; while it, the pixels and the memory are equal, `find` gives the same. `image` may be blank."""
        ...

    def find(self, image: NDArray[np.uint8], actor: Box | None, more: bool, /) -> list[Detection]:
        """The faces in `image`, largest first.

        Args:
            image: (height, width, 3) uint8 BGR.
            actor: predicted box of the actor; None while out of sight.
            more: a face does not end the search, because the actor is out of sight or may be another one.
        """
        ...


@runtime_checkable
class Remembering(Protocol):
    """A detector whose answers depend on earlier frames.

    Attributes:
        memory: see `SearchMemory`; the faces are those of the last frame.
    """

    memory: SearchMemory


class ActorSearch:
    """A `FaceSearch` for one actor, near or far."""

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self.memory: SearchMemory = (0, ())
        self.warnings: list[str] = []

    def settle(self, actor: Box | None, more: bool) -> None:
        """Begin with the first tile again while the actor is in sight, so that their order is always the same."""
        if actor is not None and not more:
            self.memory = (0, ())

    def aim(self, image: NDArray[np.uint8], actor: Box | None, more: bool = False) -> str:
        """See `FaceSearch`."""
        return f"{actor is None} {more} {view_of_small(actor, image) if actor is not None else None}"

    def find(self, image: NDArray[np.uint8], actor: Box | None, more: bool = False) -> list[Detection]:
        """The faces in the frame, and in closer crops if the actor may be too small for the frame; largest first."""
        self.settle(actor, more)
        faces = list(self._detector.detect(image))
        view = view_of_small(actor, image) if actor is not None else None
        if view is not None:
            self._add(faces, detect_in(self._detector, image, view))
        tile = self._next_tile(image) if more or not (actor or faces) else None
        if tile is not None:
            self._add(faces, [face for face in detect_in(self._detector, image, tile) if face.score >= TILE_SCORE])
        doubtful = [number for number, face in enumerate(faces) if face.score < UPRIGHT_SCORE]
        for number in doubtful[:_MAX_TURNED]:  # those that are upside down get the landmarks of the turned picture
            faces[number] = turned_face(self._detector, image, faces[number]) or faces[number]
        return sorted(faces, key=lambda face: -face.box.area)

    def _add(self, faces: list[Detection], closer: list[Detection]) -> None:
        faces += [face for face in closer if not _is_known(face, faces)]

    def _next_tile(self, image: NDArray[np.uint8]) -> View | None:
        tiles = tile_views(image.shape[1], image.shape[0])
        number = self.memory[0] + 1
        self.memory = number, ()
        return tiles[number % len(tiles)] if tiles else None


def view_of_small(actor: Box, image: NDArray[np.uint8]) -> View | None:
    """The crop of `image` around a small actor; None if the actor is large enough for the frame."""
    height, width = image.shape[:2]
    size = max(actor.width, actor.height)
    return view_around(actor, width, height) if size < SMALL * max(width, height) else None


def turned_face(detector: FaceDetector, image: NDArray[np.uint8], face: Detection) -> Detection | None:
    """The face as the detector finds it in a crop turned by 180 degrees, in pixels of `image`; None if it is upright.

    `detector` should be the network for near faces, which knows which way is up. Of 80 upside-down portraits and frames
    of the sample take that the mirror finds with certainty it recognises 73; of 198 upright ones it turns none.
    """
    height, width = image.shape[:2]
    left, top, side = view_around(face.box, width, height)
    crop = image[top : top + side, left : left + side]
    over = cv2.rotate(crop, cv2.ROTATE_180).astype(np.uint8, copy=False)
    turned = _best_match(face, [_turn_back(other, left + side, top + side) for other in detector.detect(over)])
    if turned is None:
        return None
    upright = _best_match(face, [shift(other, left, top) for other in detector.detect(crop)])
    return turned if turned.score > TURNED_GAIN + (upright.score if upright else 0.0) else None


def _best_match(face: Detection, others: list[Detection]) -> Detection | None:
    same = [other for other in others if _is_known(other, [face])]
    return max(same, key=lambda other: other.score, default=None)


def _turn_back(face: Detection, right: int, bottom: int) -> Detection:
    """Turn `face` by 180 degrees; (0, 0) moves to (`right`, `bottom`)."""
    box = face.box
    landmarks = tuple([(right - x, bottom - y) for x, y in face.landmarks])
    return Detection(
        Box(right - box.x - box.width, bottom - box.y - box.height, box.width, box.height), face.score, landmarks
    )


class CrowdSearch:
    """A `FaceSearch` for all faces in a region of the frame."""

    def __init__(self, detector: FaceDetector, region: Box | None = None) -> None:
        """Search in `region`, in pixels of the frame; None is the whole frame."""
        self._detector = detector
        self._region = region
        self.warnings: list[str] = []

    @property
    def memory(self) -> SearchMemory:
        """That of the detector, if it has one."""
        return self._detector.memory if isinstance(self._detector, Remembering) else (0, ())

    @memory.setter
    def memory(self, memory: SearchMemory) -> None:
        if isinstance(self._detector, Remembering):
            self._detector.memory = memory

    def settle(self, *_: object) -> None:
        """See `FaceSearch`; the detector forgets by itself."""

    def aim(self, *_: object) -> str:
        """See `FaceSearch`; the same place each time."""
        return ""

    def find(self, image: NDArray[np.uint8], *_actor: object) -> list[Detection]:
        """The faces in the region without duplicates, largest first; the arguments about the actor are ignored."""
        return suppress_duplicates(self._detect(image))

    def _detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        if self._region is None:
            return list(self._detector.detect(image))
        height, width = image.shape[:2]
        left, top, right, bottom = _clip(self._region, width, height)
        if left >= right or top >= bottom:
            outside = mark(
                "The region is outside the picture, which has {width} x {height} pixels, so no face is found."
            )
            self.warnings = [tr(outside, width=width, height=height)]
            return []
        return [shift(face, left, top) for face in self._detector.detect(image[top:bottom, left:right])]


def detect_in(detector: FaceDetector, image: NDArray[np.uint8], view: View) -> list[Detection]:
    """The faces in the square `view` of `image`, in pixels of `image`."""
    left, top, side = view
    return [shift(face, left, top) for face in detector.detect(image[top : top + side, left : left + side])]


def tile_views(width: int, height: int) -> list[View]:
    """Overlapping squares that cover the frame, first with its shorter side, then with half of that."""
    views: list[View] = []
    for side in (min(width, height), min(width, height) // 2):
        if _MIN_TILE <= side < max(width, height):
            views += [(x, y, side) for y in tile_offsets(height, side) for x in tile_offsets(width, side)]
    return views


def tile_offsets(length: int, side: int, stride: float = 0.5) -> list[int]:
    """Offsets of tiles of `side` that cover 0 to `length`, evenly spaced by at most `stride` sides."""
    steps = -(-(length - side) // int(side * stride))
    return [round((length - side) * i / steps) for i in range(steps + 1)] if steps else [0]


def scaled(face: Detection, x: float, y: float) -> Detection:
    """Multiply the positions of `face` by `x` and `y`."""
    box = face.box
    landmarks = tuple([(px * x, py * y) for px, py in face.landmarks])
    return Detection(Box(box.x * x, box.y * y, box.width * x, box.height * y), face.score, landmarks)


def shift(face: Detection, dx: float, dy: float) -> Detection:
    """Shift `face` by (dx, dy) pixels."""
    landmarks = tuple([(x + dx, y + dy) for x, y in face.landmarks])  # a list is quicker than a generator
    box = face.box
    return Detection(Box(box.x + dx, box.y + dy, box.width, box.height), face.score, landmarks)


def view_around(box: Box, width: int, height: int) -> View:
    """The square around `box` to search again, within a frame of `width` by `height` pixels."""
    x, y = box.centre
    side = max(1, min(round(max(box.width, box.height) * _CROP_SIDE), width, height))
    left = min(max(round(x - side / 2), 0), width - side)
    top = min(max(round(y - side / 2), 0), height - side)
    return left, top, side


def _is_known(face: Detection, known: list[Detection]) -> bool:
    return any(face.box.overlap(other.box) > _SAME_IOU for other in known)


def _clip(region: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Clip `region` to the frame: left, top, right, bottom in whole pixels."""
    left, right = (min(max(round(x), 0), width) for x in (region.x, region.x + region.width))
    top, bottom = (min(max(round(y), 0), height) for y in (region.y, region.y + region.height))
    return left, top, right, bottom


# --- duplicates -----------------------------------------------------------------------------------------------------


def suppress_duplicates(detections: Iterable[Detection]) -> list[Detection]:
    """Non-maximum suppression by `is_duplicate`: the best scored of each group, largest first.

    Unlike IoU the share of the smaller box works for any two sizes. A face hides what is behind it, so a box inside
    another is a false detection or the same face again.
    """
    faces: list[Detection] = []
    for face in sorted(detections, key=lambda face: -face.score):
        if not any(is_duplicate(face.box, other.box) for other in faces):
            faces.append(face)
    return sorted(faces, key=lambda face: -face.box.area)


def is_duplicate(a: Box, b: Box) -> bool:
    """Whether two boxes share more than `DUPLICATE_SHARE` of the smaller one, too much for two faces."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return width > 0 and height > 0 and width * height > DUPLICATE_SHARE * min(a.area, b.area)
