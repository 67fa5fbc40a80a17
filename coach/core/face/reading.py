"""What the landmarks of a face say at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from coach.base.types import FacePoints
from coach.core.face.gaze import eye_angles
from coach.core.face.head import Head, UprightFace, upright
from coach.core.face.measures import Values, measure

MIN_PRESENCE: Final = 0.5
"""Below this presence the points mean nothing (MediaPipe's default)."""

COVERED_PRESENCE: Final = 0.98
"""Below this presence a part of the face is covered. Of 53 portraits 58 % are below with covered eyes, 80 % with half
of the face covered, but only 19 % with a covered mouth; of 319 uncovered ones 1 %."""

PROFILE_YAW: Final = 40.0
"""From this yaw in degrees on the far half of the face is guessed."""

UPSIDE_DOWN_ROLL: Final = 130.0
"""From this roll in degrees on the face is upside down (as in `coach.perception.quality`)."""

Trouble = Literal["covered", "profile", "upside down"]
"""Why the measures of a moment are worth little."""


@dataclass(frozen=True, slots=True)
class FaceReading:
    """A face at one moment, by its landmarks.

    Attributes:
        values: see `coach.core.face.measures.MEASURES`, not yet against rest.
        head: turn of the head in degrees.
        eyes: direction of the eyes in the picture, yaw and pitch in degrees.
        open: opening of the eyes in widths of an eye.
        trouble: why the numbers are worth little; None if they are good.
    """

    values: Values
    head: Head
    eyes: tuple[float, float]
    open: float
    trouble: Trouble | None


def read_face(points: FacePoints) -> FaceReading | None:
    """Read the landmarks; None if they are not those of a face."""
    if points.presence < MIN_PRESENCE:
        return None
    try:
        face = upright(points)
    except ValueError:
        return None
    head = Head(*(round(angle, 1) for angle in face.head))
    yaw, pitch = eye_angles(face)
    trouble = _trouble(points, head)
    return FaceReading(measure(face), head, (round(yaw, 1), round(pitch, 1)), _opening(face), trouble)


def _trouble(points: FacePoints, head: Head) -> Trouble | None:
    if abs(head.roll) >= UPSIDE_DOWN_ROLL:
        return "upside down"
    if abs(head.yaw) >= PROFILE_YAW:
        return "profile"
    return "covered" if points.presence < COVERED_PRESENCE else None


def _opening(face: UprightFace) -> float:
    right = face.distance(159, 145) / max(face.distance(33, 133), 0.05)
    left = face.distance(386, 374) / max(face.distance(263, 362), 0.05)
    return (right + left) / 2
