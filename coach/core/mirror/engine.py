"""The mirror's engine: from what was seen in one frame to what is shown of it. Pure: it reads no clock and no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.types import Observation
from coach.core.mirror.view import MirrorFace, MirrorView
from coach.core.reading.smoothing import FORGET_S, Smoother, even_handed

if TYPE_CHECKING:
    from coach.base.types import Emotion, Face, Frame, Probabilities, Tick
    from coach.core.reading.card import ModelCard

HOLD_S: Final = 0.3
"""A face that cannot be read for so long keeps what was read last, so that a blink or a turn does not flicker."""


@dataclass(slots=True)
class _Person:
    """What was read last of one track."""

    smoother: Smoother
    t: float
    smoothed: Probabilities
    label: Emotion | None


class MirrorEngine:
    """Reads every face even-handedly and smooths each track by itself, in seconds.

    Example:
        >>> engine = MirrorEngine(crowd.card)
        >>> view = engine.step(crowd.observe(frame), frame)
    """

    def __init__(self, card: ModelCard, *, stills: bool = False) -> None:
        """Begin with nobody.

        Args:
            card: of the emotion model; it says how an answer is weighed and below what the model is not sure.
            stills: every frame is a picture of its own, such as those of a folder: nothing is smoothed over them.
        """
        self._floor = card.floor
        self._even_handed = even_handed(card)
        self._stills = stills
        self._people: dict[int, _Person] = {}

    def step(self, seen: Observation | Tick, frame: Frame | None = None) -> MirrorView:
        """What to show of the moment `seen`; `frame` is the picture it was seen in. Moments come in time order."""
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
        if person is None or t - person.t > HOLD_S:
            return MirrorFace(face.track, face.box, raw, None, None, face.reason, face.weight)
        return MirrorFace(face.track, face.box, raw, person.smoothed, person.label, face.reason, face.weight)

    def _read(self, t: float, before: _Person | None, raw: Probabilities) -> _Person:
        smoother = before.smoother if before else Smoother(self._floor)
        return _Person(smoother, t, *smoother.update(t, self._even_handed(raw)))

    def _forget(self, t: float) -> None:
        """Let go of whoever was not read for so long that smoothing would begin anew: memory stays bounded."""
        if self._stills:
            self._people.clear()
        for track in [track for track, person in self._people.items() if t - person.t > FORGET_S]:
            del self._people[track]
