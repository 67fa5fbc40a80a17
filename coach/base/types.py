"""Values that all rooms share: frames, boxes, faces, observations.

Every ``t`` is float seconds since the take began: negative during the lead-in, never decreasing within a take. Nothing
here reads a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Emotion = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]

FaceChoice = Literal["auto", "left", "right", "biggest"] | int
"""Which of several faces is the actor: the coach decides (`auto`), or the user does; a number counts from 1 from the
left of the picture, which is not mirrored."""

READS_PER_S: Final = 15.0
"""How often a face is read per second by default. An expression lasts longer than a fifteenth of a second."""

MEASURES_PER_S: Final = 5.0
"""How often the landmarks of a face are read per second by default, because a reading takes ten times as long as that
of the emotions, and an expression lasts longer than a fifth of a second."""

_MIN_GAP_SHARE: Final = 0.9
"""Frames at least this share of the interval apart are both read, because cameras round their times."""


def shortest_read_gap_s(reads_per_s: float) -> float:
    """Shortest time in seconds between two frames of which both are read; 0 if `reads_per_s` is 0: all are read."""
    return _MIN_GAP_SHARE / reads_per_s if reads_per_s else 0.0


EMOTIONS: Final[tuple[Emotion, ...]] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven labels in FER-2013 order, which is the order of every tuple of probabilities."""

Probabilities = tuple[float, float, float, float, float, float, float]
"""Seven probabilities in the order of `EMOTIONS`, each 0 to 1, summing to 1."""

IntensityMiss = Literal["too little", "too much"]
"""Side on which an accepted emotion is outside the intensity band of a line."""

Reason = Literal[
    "no face",
    "too dark",
    "too small",
    "profile",
    "sideways",
    "upside down",
    "no signal",
    "frozen",
    "camera lost",
    "unreadable",
    "no camera",
]
"""Why a moment cannot be scored.

``unreadable`` means that the model's output was not finite, ``no camera`` that the take is played without one.
"""

NO_IMAGE_REASONS: Final[frozenset[Reason]] = frozenset({"no signal", "frozen", "camera lost", "no camera"})
"""Reasons of moments without a new picture."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a take.

    Attributes:
        t: seconds since the take began.
        image: (height, width, 3) uint8, BGR, upright and never mirrored. Treat it as read-only.
    """

    t: float
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """A block of sound: `samples` (count,) int16, mono, of which the first was heard at `t` seconds of the take."""

    t: float
    samples: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed without a new picture. `reason` is why the source has none; None if the next one is not due yet."""

    t: float
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in frame pixels: left, top, width, height. It may reach beyond the frame."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """Centre (x, y) in pixels."""
        return self.x + self.width / 2, self.y + self.height / 2

    def overlap(self, other: Box) -> float:
        """Intersection over union with `other`, 0 to 1."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.area + other.area - shared)


@dataclass(frozen=True, slots=True)
class Detection:
    """A face that a detector found.

    Attributes:
        box: the face in frame pixels.
        score: the detector's confidence, 0 to 1.
        landmarks: (x, y) frame pixels in BlazeFace order: the person's right eye, left eye, nose tip, mouth centre,
            right ear, left ear; empty if the detector has none.
    """

    box: Box
    score: float
    landmarks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class FacePoints:
    """The landmarks that are kept of a face, independent of its place and size in the picture.

    Attributes:
        centre: midpoint between the outer corners of the eyes in frame pixels, rounded to tenths.
        eye_distance: distance between those corners in pixels, depth included, rounded to hundredths.
        offsets: x, y and z of each point of `coach.base.mesh.KEPT` in turn, from `centre`, in thousandths of
            `eye_distance`: x to the right, y down, z away from the camera, its origin being the middle of the head.
        presence: the landmark model's confidence that a face is there, 0 to 1, rounded to two decimals.
    """

    centre: tuple[float, float]
    eye_distance: float
    offsets: tuple[int, ...]
    presence: float


@dataclass(frozen=True, slots=True)
class Face:
    """A tracked face in one frame. Track 0 is the actor.

    Attributes:
        track: number of the person, constant from frame to frame.
        box: the face in frame pixels.
        probabilities: raw output of the classifier, rounded to four decimals; None for an unusable face.
        reason: why the face is unusable; None if it is usable.
        weight: reliability, 0 to 1, rounded to two decimals; lower for turned, small or blurred faces
            (`coach.perception.quality`).
        points: landmarks of the face; None unless they were wanted and due at this moment.
    """

    track: int
    box: Box
    probabilities: Probabilities | None
    reason: Reason | None = None
    weight: float = 1.0
    points: FacePoints | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """The faces in view at one moment. `reason` is None if and only if the actor's face has probabilities."""

    t: float
    faces: tuple[Face, ...] = ()
    reason: Reason | None = None

    @property
    def actor(self) -> Face | None:
        """The face of track 0; None if it is not in view."""
        return next((face for face in self.faces if face.track == 0), None)


@dataclass(frozen=True, slots=True)
class Hearing:
    """What the ear hears at one moment.

    Attributes:
        level: level in decibels below full scale.
        state: ``deaf`` (it does not listen: somebody else speaks, or the take is paused), ``waiting`` (for the first
            word of the line), ``speech``, or ``silence`` after speech.
        left_s: seconds of silence until the line ends; None in other states.
    """

    level: float
    state: Literal["deaf", "waiting", "speech", "silence"]
    left_s: float | None = None


def top_emotion(probabilities: Sequence[float]) -> Emotion:
    """The most probable emotion; on a tie, the first in the order of `EMOTIONS`."""
    return EMOTIONS[probabilities.index(max(probabilities))]


@dataclass(frozen=True, slots=True)
class Download:
    """Progress of a download.

    Attributes:
        stage: ``cookies`` (reading the browser's cookies), ``asking`` (querying the site), ``receiving`` (downloading),
            ``joining`` (muxing separate picture and sound) or ``checking`` (verifying a single file).
        name: the video's title, or its address until the title is known; safe to show.
        done_bytes: bytes received so far, picture and sound together.
        total_bytes: bytes expected in total; None if the server does not report it.
    """

    stage: Literal["cookies", "asking", "receiving", "joining", "checking"]
    name: str
    done_bytes: int = 0
    total_bytes: int | None = None
