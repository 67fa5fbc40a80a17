"""Generated faces as numbers: people with a shape of their own, who move it in their own way for each emotion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS, Emotion
from coach.core.actor.alignment import EYE_CORNERS, POINT_COUNT
from coach.core.actor.examples import ActorProfile, Example, Face
from coach.core.actor.spread import OwnSpread
from coach.core.reading.card import ModelCard
from coach.core.scoring.evidence import log_odds_each
from coach.perception.models import CLASSIFIER, shipped_path

Array = NDArray[np.float64]

MODELS = {"audience": "a" * 64, "face_landmarks": "b" * 64}


def turned(points: Array, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Array:
    """Turn `points` (478, 3) about their middle by degrees."""
    angles = np.radians((pitch, yaw, roll))
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    middle = points.mean(0)
    return (points - middle) @ (about_z @ about_y @ about_x).T + middle


class Person:
    """A generated person. Everything follows from the `number`."""

    def __init__(self, number: int) -> None:
        rng = np.random.default_rng(1000 + number)
        self.rest = rng.uniform((50, 50, -20), (200, 220, 20), (POINT_COUNT, 3))
        self.rest[EYE_CORNERS[0]], self.rest[EYE_CORNERS[1]] = (80.0, 100.0, 0.0), (180.0, 100.0, 0.0)
        self.moves = rng.normal(0, 3, (len(EMOTIONS), POINT_COUNT, 3))
        self.moves[:, EYE_CORNERS] = 0

    def points(self, emotion: Emotion, seed: int = 0, noise: float = 1.0) -> Array:
        """Landmarks (478, 3) in pixels of one performance of `emotion`, which differs with `seed`."""
        shape = self.rest + self.moves[EMOTIONS.index(emotion)]
        return shape + np.random.default_rng(seed).normal(0, noise, shape.shape)

    def face(self, emotion: Emotion, seed: int = 0, read: Emotion | None = None) -> Face:
        """A face that shows `emotion`; everybody's model reads `read` in it, or else the same."""
        return Face(self.points(emotion, seed), odds_of(read or emotion))

    def examples(self, shots: int = 1) -> list[Example]:
        """`shots` examples of each emotion, all read as neutral by everybody's model."""
        return [
            Example(self.face(emotion, seed, read="neutral"), emotion) for seed in range(shots) for emotion in EMOTIONS
        ]


ANNA = Person(1)


def profile_of(name: str = "Anna", person: Person = ANNA) -> ActorProfile:
    spread = OwnSpread(np.linspace(0, 2, 146), parts=14)
    made = "2026-11-28T17:00:00+01:00"
    return ActorProfile(name, MODELS, tuple(person.examples()), person.face("neutral"), spread, made)


def probabilities_of(emotion: Emotion, share: float = 0.9) -> tuple[float, ...]:
    """Probabilities with `share` for `emotion`, and the rest divided among the others."""
    return tuple(share if each == emotion else (1 - share) / 6 for each in EMOTIONS)


def raw_output(emotion: Emotion) -> Array:
    """Probabilities (7,) of the shipped model, with its prior still in, on a face in which it reads `emotion`."""
    card = ModelCard.model_validate_json(shipped_path(CLASSIFIER).with_suffix(".json").read_bytes())
    assert card.prior
    raw = np.array(probabilities_of(emotion)) * [card.prior[card.labels.index(each)] for each in EMOTIONS]
    return raw / raw.sum()


def odds_of(emotion: Emotion) -> Array:
    """Log odds (7,) of a face in which `emotion` is read."""
    return np.array(log_odds_each(probabilities_of(emotion)))


def write_actors(path: Path, people: int = 4, pictures: int = 3) -> Path:
    """Write faces in the layout of `tools/datasets/actors.py`.

    Group 0 has `people` with three emotions in two sessions, whom everybody's model reads well. Group 1 has as many
    with all seven, `pictures` of each, whom it reads as neutral.
    """
    rows = []
    for actor in range(people):
        for session in range(2):
            rows += [(actor, 0, session, emotion, emotion) for emotion in ("angry", "happy", "sad")]
        for picture in range(pictures):
            rows += [(people + actor, 1, picture, emotion, "neutral") for emotion in EMOTIONS]
    points = [Person(actor).points(emotion, seed=session) for actor, _, session, emotion, _ in rows]
    np.savez(
        path,
        points=np.array(points, np.float32),
        blendshapes=np.random.default_rng(0).random((len(rows), 52)).astype(np.float16),
        probabilities=np.array([raw_output(read) for *_, read in rows], np.float32),
        label=np.array([EMOTIONS.index(emotion) for *_, emotion, _ in rows], np.uint8),
        **{name: np.array([row[i] for row in rows], np.uint8) for i, name in enumerate(("actor", "group", "session"))},
    )
    return path
