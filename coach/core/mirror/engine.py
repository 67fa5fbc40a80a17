"""The mirror's engine, which makes views from observations. It is pure: it reads no clock and no file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from coach.base.types import EMOTIONS, Observation
from coach.core.mirror.view import MirrorFace, MirrorView
from coach.core.reading.smoothing import RESET_GAP_S, Smoother, even_handed

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.base.types import Emotion, Face, FacePoints, Frame, Probabilities, Tick
    from coach.core.face.person import MeasuredFace, PersonFace
    from coach.core.reading.card import ModelCard

KEEP_READING_S: Final = 0.3
"""Time for which an unreadable face keeps its last reading, so that labels do not flicker at a blink or a turn."""

OwnFace: TypeAlias = "Callable[[FacePoints, Probabilities], Emotion | None]"
"""Finds the emotion of which an actor's own example is nearest to a face with these landmarks and even-handed
probabilities; None if none is near."""

KEEP_OWN_S: Final = 0.5
"""Time for which the last answer of the own examples is kept, because landmarks are read seldom."""

_NEUTRAL: Final = EMOTIONS.index("neutral")


@dataclass(slots=True)
class _Person:
    """The last reading of one track."""

    smoother: Smoother
    t: float
    smoothed: Probabilities
    label: Emotion | None


class MirrorEngine:
    """Corrects the prior of every reading and smooths each track on its own.

    Example:
        >>> engine = MirrorEngine(crowd.card)
        >>> view = engine.step(crowd.observe(frame), frame)
    """

    def __init__(self, card: ModelCard, *, stills: bool = False) -> None:
        """Start without any faces.

        Args:
            card: card of the emotion model, for the prior correction and the floor.
            stills: whether frames are unrelated pictures, such as those of a folder, and are not smoothed over time.
        """
        self._floor = card.floor
        self._calibrate = even_handed(card)
        self._stills = stills
        self._people: dict[int, _Person] = {}
        self._measured: dict[int, PersonFace] = {}
        self._own_face: OwnFace | None = None
        self._own: dict[int, tuple[float, Emotion | None]] = {}

    def compare_with(self, own_face: OwnFace) -> None:
        """Compare every face of which landmarks are read with an actor's own examples."""
        self._own_face = own_face

    def step(self, item: Observation | Tick, frame: Frame | None = None) -> MirrorView:
        """Make the view of `item`; times must not decrease. `frame` is the frame of an observation."""
        if not isinstance(item, Observation):
            return MirrorView(item.t, (), frame, item.reason)
        self._drop_old_tracks(item.t)
        faces = tuple(self._update_face(item.t, face) for face in sorted(item.faces, key=lambda face: face.track))
        return MirrorView(item.t, faces, frame, None if faces else item.reason)

    def _update_face(self, t: float, face: Face) -> MirrorFace:
        raw = face.probabilities
        if raw is not None:
            self._people[face.track] = self._update_person(t, self._people.get(face.track), raw)
        person = self._people.get(face.track)
        measured = self._measure(face) if face.points is not None else None
        if person is None or t - person.t > KEEP_READING_S:
            return MirrorFace(face.track, face.box, raw, None, None, face.reason, face.weight, measured)
        own = self._compare(t, face) if self._own_face is not None else None
        return MirrorFace(
            face.track, face.box, raw, person.smoothed, person.label, face.reason, face.weight, measured, own
        )

    def _compare(self, t: float, face: Face) -> Emotion | None:
        """The emotion of the nearest own example, by the last landmarks of this face."""
        if self._own_face is not None and face.points is not None and face.probabilities is not None:
            self._own[face.track] = t, self._own_face(face.points, self._calibrate(face.probabilities))
        seen_t, own = self._own.get(face.track, (-math.inf, None))
        return own if t - seen_t <= KEEP_OWN_S else None

    def _measure(self, face: Face) -> MeasuredFace | None:
        from coach.core.face.person import PersonFace, measure_stranger  # most mirrors measure nothing

        assert face.points is not None
        if self._stills:
            return measure_stranger(face.points)
        person = self._measured.setdefault(face.track, PersonFace())
        neutral = self._calibrate(face.probabilities)[_NEUTRAL] if face.probabilities else 0.0
        return person.measure(face.points, neutral)

    def _update_person(self, t: float, person: _Person | None, raw: Probabilities) -> _Person:
        smoother = person.smoother if person else Smoother(self._floor)
        return _Person(smoother, t, *smoother.update(t, self._calibrate(raw)))

    def _drop_old_tracks(self, t: float) -> None:
        """Drop tracks whose smoothing would restart anyway, so that memory stays bounded."""
        if self._stills:
            self._people.clear()
            self._own.clear()
        for track in [track for track, person in self._people.items() if t - person.t > RESET_GAP_S]:
            del self._people[track]
            self._measured.pop(track, None)
            self._own.pop(track, None)
