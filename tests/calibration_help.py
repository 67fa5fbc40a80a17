"""Generated faces as numbers: one person with seven expressions, each a fixed displacement of the landmarks."""

from __future__ import annotations

import numpy as np

from coach.base.types import EMOTIONS, Emotion
from coach.core.actor.alignment import EYE_CORNERS, POINT_COUNT
from coach.core.actor.calibration import Moment, PartKind, ShownPart
from coach.core.actor.examples import Face

_FACE = np.random.default_rng(1).normal(0, 40, (POINT_COUNT, 3))
_FACE[EYE_CORNERS[0]], _FACE[EYE_CORNERS[1]] = (-45, 0, 0), (45, 0, 0)
_MOVES = {emotion: np.random.default_rng(10 + i).normal(0, 3, (POINT_COUNT, 3)) for i, emotion in enumerate(EMOTIONS)}
_SPEECH = np.random.default_rng(99).normal(0, 3, (POINT_COUNT, 3))


def face(emotion: Emotion | None, strength: float = 1.0, seed: int = 0, read: Emotion | None = None) -> Face:
    """The person with `emotion`, None at rest; `read` is what everybody's model reads, by default the same."""
    rng = np.random.default_rng(seed)
    points = _FACE + rng.normal(0, 0.3, _FACE.shape)
    if emotion not in (None, "neutral"):
        points = points + strength * _MOVES[emotion]
    odds = np.full(len(EMOTIONS), -3.0)
    odds[EMOTIONS.index(read or emotion or "neutral")] = 3.0
    return Face(points + np.array([300, 200, 0]), odds)


def speaking(seed: int) -> Face:
    """The person with a neutral face, speaking."""
    quiet = face(None, seed=seed)
    return Face(quiet.points + _SPEECH * np.sin(seed), quiet.log_odds)


def part(kind: PartKind, begin_s: float = 0.0, seconds: float = 3.0, read: Emotion | None = None) -> ShownPart:
    """A part at five readings a second; an emotion rises and falls once."""
    count = round(seconds * 5)
    faces = [_face_in(kind, i / count, i, read) for i in range(count)]
    return ShownPart(kind, [Moment(begin_s + i / 5, each) for i, each in enumerate(faces)])


def _face_in(kind: PartKind, place: float, seed: int, read: Emotion | None) -> Face:
    if kind == "sentence":
        return speaking(seed)
    if kind in ("rest", "turns"):
        return face(None, seed=seed)
    return face(kind, float(np.sin(np.pi * place)), seed, read)
