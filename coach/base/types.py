"""The values every part of the coach speaks: frames, boxes, faces, observations.

Time travels in these values. Every ``t`` is float seconds since the take began: negative during the lead-in, never
decreasing within a take. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Emotion = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]

EMOTIONS: Final[tuple[Emotion, ...]] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven labels in FER-2013 order; every seven-tuple of probabilities follows it."""

Probabilities = tuple[float, float, float, float, float, float, float]
"""Seven probabilities in the order of `EMOTIONS`, each 0 to 1, together 1."""

Side = Literal["too little", "too much"]
"""Which way the strength of the right emotion leaves the band that a line asks for."""

Reason = Literal[
    "no face",
    "too dark",
    "too small",
    "profile",
    "sideways",
    "no signal",
    "frozen",
    "camera lost",
    "unreadable",
    "no camera",
]
"""Why a moment cannot be scored. ``unreadable``: the model gave no finite answer. ``no camera``: none was asked for."""

NO_PICTURE: Final[frozenset[Reason]] = frozenset({"no signal", "frozen", "camera lost", "no camera"})
"""The reasons of moments that had no new picture."""


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
class Tick:
    """Time passed without a picture: a live source had nothing new (no reason) or cannot see (the reason says why)."""

    t: float
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in the pixels of the frame: left, top, width, height. It may reach over the frame's edge."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """The middle as (x, y) in pixels."""
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
            right ear, left ear; empty where the detector gives none.
    """

    box: Box
    score: float
    landmarks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Face:
    """A tracked face in one frame. Track 0 is the actor.

    Attributes:
        track: the number that stays with a person from frame to frame.
        box: the face in frame pixels.
        probabilities: what the classifier read, raw, rounded to four decimals; None where the face cannot be used.
        reason: why the face cannot be used; None where it can.
        weight: how far it can be relied on, 0 to 1, rounded to two decimals; turned away, small or blurred faces have
            less (`coach.perception.quality`).
    """

    track: int
    box: Box
    probabilities: Probabilities | None
    reason: Reason | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen at one moment. `reason` is None exactly where the actor's face has probabilities."""

    t: float
    faces: tuple[Face, ...] = ()
    reason: Reason | None = None

    @property
    def actor(self) -> Face | None:
        """The face of track 0, or None where it is out of sight."""
        return next((face for face in self.faces if face.track == 0), None)


def top_emotion(probabilities: Sequence[float]) -> Emotion:
    """The most probable of the seven; the first in the order of `EMOTIONS` where two are equal."""
    return EMOTIONS[probabilities.index(max(probabilities))]


@dataclass(frozen=True, slots=True)
class Download:
    """One moment of a download.

    Attributes:
        stage: reading the browser's cookies, asking the site what it has, receiving, putting picture and sound
            together where a site sends them apart, or looking whether a single file is whole.
        name: the title of the video once the site has told it, its address before; safe to show.
        done_bytes: received so far, of picture and sound together.
        total_bytes: how many there will be; None where the server does not say.
    """

    stage: Literal["cookies", "asking", "receiving", "joining", "checking"]
    name: str
    done_bytes: int = 0
    total_bytes: int | None = None
