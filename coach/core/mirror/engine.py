"""The mirror's engine: from observations to views. Pure: it reads no clock and no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.types import Observation
from coach.core.mirror.view import MirrorFace, MirrorView
from coach.core.reading.smoothing import RESET_GAP_S, Smoother, even_handed

if TYPE_CHECKING:
    from coach.base.types import Emotion, Face, Frame, Probabilities, Tick
    from coach.core.reading.card import ModelCard

KEEP_READING_S: Final = 0.3
"""Time that an unreadable face keeps its last reading, so that it does not flicker at a blink or a turn."""


@dataclass(slots=True)
class _Person:
    """The last reading of one track."""

    smoother: Smoother
    t: float
    smoothed: Probabilities
    label: Emotion | None


class MirrorEngine:
    """Reads every face even-handedly and smooths each track on its own.

    Example:
        >>> engine = MirrorEngine(crowd.card)
        >>> view = engine.step(crowd.observe(frame), frame)
    """

    def __init__(self, card: ModelCard, *, stills: bool = False) -> None:
        """Start without any faces.

        Args:
            card: of the emotion model, for the prior correction and the floor.
            stills: frames are unrelated pictures, such as those of a folder, and are not smoothed over time.
        """
        self._floor = card.floor
        self._calibrate = even_handed(card)
        self._stills = stills
        self._people: dict[int, _Person] = {}

    def step(self, seen: Observation | Tick, frame: Frame | None = None) -> MirrorView:
        """The view of the moment `seen`, in order of time; `frame` is the picture it was seen in."""
        if not isinstance(seen, Observation):
            return MirrorView(seen.t, (), frame, seen.reason)
        self._forget(seen.t)
        faces = tuple(self._face(seen.t, face) for face in sorted(seen.faces, key=lambda face: face.track))
        return MirrorView(seen.t, faces, frame, None if faces else seen.reason)

    def _face(self, t: float, face: Face) -> MirrorFace:
        raw = face.probabilities
        if raw is not None:
            self._people[face.track] = self._read(t, self._people.get(face.track), raw)
        person = self._people.get(face.track)
        if person is None or t - person.t > KEEP_READING_S:
            return MirrorFace(face.track, face.box, raw, None, None, face.reason, face.weight)
        return MirrorFace(face.track, face.box, raw, person.smoothed, person.label, face.reason, face.weight)

    def _read(self, t: float, before: _Person | None, raw: Probabilities) -> _Person:
        smoother = before.smoother if before else Smoother(self._floor)
        return _Person(smoother, t, *smoother.update(t, self._calibrate(raw)))

    def _forget(self, t: float) -> None:
        """Drop tracks whose smoothing would restart anyway, so that memory stays bounded."""
        if self._stills:
            self._people.clear()
        for track in [track for track, person in self._people.items() if t - person.t > RESET_GAP_S]:
            del self._people[track]
