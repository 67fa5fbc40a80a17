"""Examples of an actor's own emotions, as numbers, and the profile that holds them. No picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coach.base.mesh import KEPT
from coach.base.types import EMOTIONS, Emotion, FacePoints
from coach.core.actor.alignment import EYE_CORNERS, POINT_COUNT, Points
from coach.core.actor.spread import OwnSpread

Source = Literal["calibrated", "disputed"]
"""Where an example comes from: `coach calibrate`, or a line whose verdict the actor disputed."""

OddsArray: TypeAlias = NDArray[np.floating[Any]]
"""(..., 7): even-handed log odds in the order of `EMOTIONS`."""

CALIBRATED_WEIGHT: Final = 1.0
"""Weight of a calibrated example."""

DISPUTED_WEIGHT: Final = 0.5
"""Weight of a disputed example. It was not shown on purpose, its moment is a guess, and so is its tag."""

_KEPT: Final = np.array(KEPT)

MAX_COORDINATE: Final = 1e5
"""Largest coordinate of a point in pixels."""

MAX_LOG_ODDS: Final = 20.0
"""Largest log odds. The coach clips them to 9.2 (`coach.core.scoring.evidence.MIN_PROBABILITY`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face as numbers.

    Attributes:
        points: (478, 3) landmarks, see `coach.core.actor.alignment.Points`.
        log_odds: (7,) even-handed log odds of everybody's model.

    Raises:
        ValueError: a shape is wrong, or a number is not finite or out of range.
    """

    points: Points
    log_odds: OddsArray

    def __post_init__(self) -> None:
        _check("points", self.points, (POINT_COUNT, 3), MAX_COORDINATE)
        _check("log odds", self.log_odds, (len(EMOTIONS),), MAX_LOG_ODDS)
        if not np.linalg.norm(np.diff(self.points[list(EYE_CORNERS), :2], axis=0)) > 0:
            raise ValueError("the eye corners are in one place")


def face_of(points: FacePoints, log_odds: Sequence[float]) -> Face:
    """A face that can be compared, from the landmarks that are kept of it and its even-handed log odds (7,).

    Landmarks that are not kept are 0; nothing compares them.
    """
    shape = np.zeros((POINT_COUNT, 3), np.float32)
    shape[_KEPT] = np.array(points.offsets, np.float32).reshape(-1, 3)
    return Face(shape, np.clip(np.array(log_odds), -MAX_LOG_ODDS, MAX_LOG_ODDS))


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A face that the actor showed for an emotion.

    Attributes:
        face: the face.
        label: the emotion.
        weight: above 0 to 1; the squared distance to the example is divided by it.
        session: number of the calibration it is from, or of the dispute, from 0.
        source: where it comes from.
        origin: the take and line of a disputed example, for its list; empty for a calibrated one.

    Raises:
        ValueError: the weight or the session is out of range.
    """

    face: Face
    label: Emotion
    weight: float = CALIBRATED_WEIGHT
    session: int = 0
    source: Source = "calibrated"
    origin: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 1:
            raise ValueError("the weight of an example is above 0, and at most 1")
        if self.session < 0:
            raise ValueError("the session of an example is 0 or more")


@dataclass(frozen=True, slots=True, eq=False)
class ActorProfile:
    """What the coach knows of one actor's face.

    Attributes:
        name: of the actor.
        models: SHA-256 of each model that made the numbers, by its name.
        examples: the actor's emotions, in the order in which they were added.
        rest: the actor's face at rest; None if unknown.
        spread: how much each point moves within one expression of this actor; None if unknown.
    """

    name: str
    models: Mapping[str, str]
    examples: tuple[Example, ...]
    rest: Face | None = None
    spread: OwnSpread | None = None
    made: str = field(default="")

    @property
    def disputed(self) -> tuple[Example, ...]:
        """The examples that come from disputes, oldest first."""
        return tuple(example for example in self.examples if example.source == "disputed")

    def fits(self, models: Mapping[str, str]) -> bool:
        """Whether the profile was made with exactly these `models`. Numbers of other models mean something else."""
        return dict(self.models) == dict(models)


def _check(name: str, values: NDArray[np.floating[Any]], shape: tuple[int, ...], limit: float) -> None:
    if values.shape != shape:
        raise ValueError(f"{name} have the shape {values.shape} instead of {shape}")
    if not (np.isfinite(values).all() and np.abs(values).max() <= limit):
        raise ValueError(f"{name} must be finite numbers of at most {limit:g}")
