"""Landmarks of a face on ONNX Runtime: MediaPipe's 478 points and its 52 blendshapes.

The landmark network sees an upright square around the face. On the first picture of a face the square is placed by the
detector's box and eyes, later by the last points, as MediaPipe does (Kartynnik and others, "Real-time Facial Surface
Geometry from Monocular Video on Mobile GPUs", 2019).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

from coach.base.errors import ModelError
from coach.base.mesh import BLENDSHAPE_POINTS, KEPT, LEFT_EYE_OUTER, POINTS, RIGHT_EYE_OUTER
from coach.base.messages import tr
from coach.base.types import FacePoints, shortest_read_gap_s
from coach.core.reading.card import FileCard, NetworkCard
from coach.perception.model_file import read_model
from coach.perception.models import BLENDSHAPES, LANDMARKS, shipped_path
from coach.perception.onnx_session import open_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    import onnxruntime as ort
    from numpy.typing import NDArray

    from coach.base.types import Box, Detection, Face, Frame
    from coach.perception.model_file import CardT

MIN_PRESENCE: Final = 0.5
"""Lowest presence at which the points count as those of a face (MediaPipe's default)."""

REGION: Final = 1.5
"""Side of the square in sides of the box or extents of the points (MediaPipe's `RectTransformationCalculator`)."""

KEEP_S: Final = 0.5
"""For this time after its last reading a face's points place the square; then the detector's box does."""

_KEPT: Final = np.array(KEPT)
_BLENDSHAPE_POINTS: Final = np.array(BLENDSHAPE_POINTS)
_LARGEST: Final = 2**15 - 1


class Region(NamedTuple):
    """An upright or turned square in the picture: centre and side in pixels, angle in radians, clockwise on screen."""

    x: float
    y: float
    side: float
    angle: float


class FaceLandmarker:
    """The landmark network and the blendshape network, each with a session of one thread."""

    def __init__(self) -> None:
        """Load the landmark network.

        Raises:
            ModelError: it cannot be used or is not the shipped one.
        """
        self._landmarks, card = _open(LANDMARKS, NetworkCard)
        self._blendshapes: ort.InferenceSession | None = None
        self._side = card.input.width

    def find(self, image: NDArray[np.uint8], region: Region) -> tuple[NDArray[np.float32], float]:
        """The points of the face in `region`.

        Args:
            image: (height, width, 3) uint8 BGR.
            region: a square around the face.

        Returns:
            (478, 3) float32: x and y in pixels of `image`, z in the same unit, smaller is nearer; and the presence, 0
            to 1. Below `MIN_PRESENCE` the points mean nothing.
        """
        crop = cv2.cvtColor(self._crop(image, region), cv2.COLOR_BGR2RGB)
        picture = crop[np.newaxis].astype(np.float32) * np.float32(1 / 255)
        raw, logit = self._landmarks.run(["landmarks", "presence"], {"input": picture})
        points = raw.reshape(POINTS, 3) * np.float32(region.side / self._side)
        points[:, :2] -= region.side / 2
        cos, sin = math.cos(region.angle), math.sin(region.angle)
        points[:, :2] = points[:, :2] @ np.array([[cos, sin], [-sin, cos]], np.float32)
        points[:, :2] += np.array([region.x, region.y], np.float32)
        return points, 1 / (1 + math.exp(-float(logit.item())))

    def blendshapes(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """The 52 blendshapes (52,), 0 to 1, of `points` (478, 3) in pixels; the first call loads their network.

        The measures of a face come from the points alone, so a rehearsal never asks for these.

        Raises:
            ModelError: the network cannot be used or is not the shipped one.
        """
        if self._blendshapes is None:
            self._blendshapes, _ = _open(BLENDSHAPES, FileCard)
        chosen = points[_BLENDSHAPE_POINTS, :2][np.newaxis]
        shapes: NDArray[np.float32] = self._blendshapes.run(["blendshapes"], {"points": chosen})[0]
        return shapes

    def _crop(self, image: NDArray[np.uint8], region: Region) -> NDArray[np.uint8]:
        """The square, turned upright and scaled to the input; beyond the picture its last pixels are repeated."""
        scale = self._side / region.side
        cos, sin = math.cos(region.angle) * scale, math.sin(region.angle) * scale
        half = self._side / 2
        turn = np.array(
            [
                [cos, sin, half - cos * region.x - sin * region.y],
                [-sin, cos, half + sin * region.x - cos * region.y],
            ]
        )
        size = (self._side, self._side)
        crop = cv2.warpAffine(image, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return crop.astype(np.uint8, copy=False)


def _open(name: str, kind: type[CardT]) -> tuple[ort.InferenceSession, CardT]:
    path = shipped_path(name)
    file = read_model(path, kind)
    if not file.trusted:
        raise ModelError(tr("{file} is not the one that comes with the coach: install it again.", file=path.name))
    return open_session(file.data, path.name), file.card


def region_of_face(face: Detection) -> Region:
    """The square for a face that a detector found; upright if the detector has no eyes."""
    x, y = face.box.centre
    angle = 0.0
    if len(face.landmarks) >= 2:
        (right_x, right_y), (left_x, left_y) = face.landmarks[:2]
        angle = math.atan2(left_y - right_y, left_x - right_x)
    return Region(x, y, REGION * max(face.box.width, face.box.height), angle)


def region_of_points(points: NDArray[np.float32]) -> Region:
    """The square around `points` (478, 3) of the last picture."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    (x, y), (width, height) = (low + high) / 2, high - low
    across = points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]
    angle = math.atan2(float(across[1]), float(across[0]))
    return Region(float(x), float(y), REGION * float(max(width, height)), angle)


@dataclass(frozen=True, slots=True)
class _Last:
    """The last points of a track, and the box of its face at that moment."""

    t: float
    points: NDArray[np.float32]
    box: Box


class LandmarkReader:
    """Reads the landmarks of tracked faces from time to time."""

    def __init__(self, per_second: float, landmarker: FaceLandmarker | None = None) -> None:
        """Load the networks.

        Args:
            per_second: at most this many readings per second; 0 reads every time.
            landmarker: networks that are loaded already.

        Raises:
            ModelError: a network cannot be used.
        """
        self._landmarker = landmarker or FaceLandmarker()
        self._gap_s = shortest_read_gap_s(per_second)
        self._read_t = -math.inf
        self._last: dict[int, _Last] = {}

    def added(self, faces: tuple[Face, ...], frame: Frame, tracked: Mapping[int, Detection]) -> tuple[Face, ...]:
        """`faces` with the landmarks of their tracks, if a reading is due at the time of `frame`."""
        points = self.read(frame.t, frame.image, tracked)
        return tuple([replace(face, points=points.get(face.track)) for face in faces]) if points else faces

    def read(self, t: float, image: NDArray[np.uint8], faces: Mapping[int, Detection]) -> dict[int, FacePoints]:
        """The landmarks of `faces` by track, if a reading is due at `t` seconds; empty if none is.

        A face without presence is looked for once more upside down.

        Args:
            t: seconds since the take began; never decreasing.
            image: (height, width, 3) uint8 BGR.
            faces: the faces in sight by track.
        """
        if t - self._read_t < self._gap_s or not faces:
            return {}
        self._read_t = t
        self._last = {track: last for track, last in self._last.items() if t - last.t <= KEEP_S}
        found = {track: self._read_face(t, image, track, face) for track, face in faces.items()}
        return {track: points for track, points in found.items() if points is not None}

    def _read_face(self, t: float, image: NDArray[np.uint8], track: int, face: Detection) -> FacePoints | None:
        last = self._last.pop(track, None)
        points, presence = self._landmarker.find(image, _region(last, face))
        if presence < MIN_PRESENCE:  # the last points may have been beside the face, or it is upside down
            points, presence = self._best(image, region_of_face(face))
        if presence >= MIN_PRESENCE:
            self._last[track] = _Last(t, points, face.box)
        return face_points(points, presence)

    def _best(self, image: NDArray[np.uint8], region: Region) -> tuple[NDArray[np.float32], float]:
        """The points in `region`, upright or upside down, whichever has more presence."""
        upright = self._landmarker.find(image, region)
        if upright[1] >= MIN_PRESENCE:
            return upright
        turned = self._landmarker.find(image, region._replace(angle=region.angle + math.pi))
        return max(upright, turned, key=lambda found: found[1])


def _region(last: _Last | None, face: Detection) -> Region:
    """The square around the last points, moved as the box of the face has moved since; without them by the box."""
    if last is None:
        return region_of_face(face)
    region = region_of_points(last.points)
    (x0, y0), (x1, y1) = last.box.centre, face.box.centre
    return region._replace(x=region.x + x1 - x0, y=region.y + y1 - y0)


def face_points(points: NDArray[np.float32], presence: float) -> FacePoints | None:
    """Round what is kept of a face, so that a replay computes with the same numbers; None if the eyes coincide.

    Args:
        points: (478, 3) in pixels.
        presence: 0 to 1.
    """
    corners = points[[RIGHT_EYE_OUTER, LEFT_EYE_OUTER]].astype(np.float64)
    eye_distance = round(float(np.linalg.norm(corners[1] - corners[0])), 2)
    if not eye_distance > 0:  # also for a number that is not finite
        return None
    x, y = (round(float(value), 1) for value in corners.mean(axis=0)[:2])
    offsets = (points[_KEPT] - np.array([x, y, 0])) * (1000 / eye_distance)
    whole = np.clip(np.rint(offsets), -_LARGEST, _LARGEST).astype(int)
    return FacePoints((x, y), eye_distance, tuple(whole.ravel().tolist()), round(presence, 2))
