"""The measures of one person as time goes on, against the rest that is known so far."""

from __future__ import annotations

from dataclasses import dataclass

from coach.base.types import FacePoints
from coach.core.face.gaze import Gaze, gaze_of
from coach.core.face.head import Head
from coach.core.face.measures import Values, difference
from coach.core.face.reading import Trouble, read_face
from coach.core.face.rest import USUAL, RestLearner


@dataclass(frozen=True, slots=True)
class MeasuredFace:
    """A face that was measured.

    Attributes:
        measures: the measures against rest, in eye distances, in the order of `coach.core.face.measures.MEASURES`.
        head: turn of the head in degrees.
        gaze: where the eyes look in this one picture; a blink counts as the page.
        trouble: why the numbers are worth little; None if they are good.
    """

    measures: Values
    head: Head
    gaze: Gaze
    trouble: Trouble | None


class PersonFace:
    """Measures the face of one person."""

    def __init__(self) -> None:
        self._rest = RestLearner()

    def measure(self, points: FacePoints, neutral: float) -> MeasuredFace | None:
        """Measure a moment against the rest so far, this moment included.

        Args:
            points: landmarks of the face.
            neutral: its even-handed neutral share, 0 to 1; 0 if it is unknown.

        Returns:
            None if the landmarks are not those of a face.
        """
        reading = read_face(points)
        if reading is None:
            return None
        if reading.trouble is None:
            self._rest.add(reading.values, neutral)
        measures = difference(reading.values, self._rest.rest)
        return MeasuredFace(measures, reading.head, gaze_of(*reading.eyes), reading.trouble)


def measure_stranger(points: FacePoints) -> MeasuredFace | None:
    """Measure a face of whom there is one picture only, against the usual face at rest; None if it is no face."""
    reading = read_face(points)
    if reading is None:
        return None
    return MeasuredFace(difference(reading.values, USUAL), reading.head, gaze_of(*reading.eyes), reading.trouble)
