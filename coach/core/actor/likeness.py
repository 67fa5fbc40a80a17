"""How like an actor's own examples a face is: the nearest example, by 146 points and seven log odds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS, Emotion
from coach.core.actor.alignment import Points, level, mean_shape, turn_to
from coach.core.actor.examples import Example, Face, OddsArray
from coach.core.actor.general_spread import GENERAL_SPREAD
from coach.core.actor.spread import OwnSpread, Spread, shrunk

ODDS_SHARE: Final = 0.2
"""Weight of the log odds beside the points. docs/actor.md has the figures for other weights."""


class Likeness:
    """Compares faces with the examples of one actor.

    Each face is turned to the mean of the actor's examples, so that the head's turn does not count. Then x and y of
    146 points and the seven log odds are compared with those of each example, by the spread of each.
    """

    def __init__(
        self, examples: Sequence[Example], own: OwnSpread | None = None, general: Spread = GENERAL_SPREAD
    ) -> None:
        """Prepare `examples`, at least one; `own` is the actor's spread, `general` that of other people.

        Raises:
            ValueError: there is no example.
        """
        if not examples:
            raise ValueError("an actor without examples cannot be compared")
        spread = shrunk(general, own)
        shapes = level(np.stack([example.face.points for example in examples]))
        self._reference = mean_shape(shapes)
        self._point_scale = np.sqrt(1 / (spread.points * 2 * len(spread.points)))[:, None]
        self._odds_scale = math.sqrt(ODDS_SHARE / (spread.log_odds * len(EMOTIONS)))
        self._examples = self._features(shapes, np.stack([example.face.log_odds for example in examples]))
        self._weights = np.array([example.weight for example in examples])
        self._labels = np.array([EMOTIONS.index(example.label) for example in examples])

    @property
    def emotions(self) -> tuple[Emotion, ...]:
        """The emotions that have an example, in the order of `EMOTIONS`."""
        return tuple(EMOTIONS[i] for i in np.unique(self._labels))

    def distances(self, face: Face) -> tuple[float, ...]:
        """Squared distance (7,) of `face` to the nearest example of each emotion; infinite without an example.

        Two faces of one person with one emotion have a squared distance near 1. Means of it over several moments can
        be given to `coach.core.actor.own_verdict.answer` as well.
        """
        return tuple(self.distances_of(face.points[None], face.log_odds[None])[0].tolist())

    def distances_of(self, points: Points, log_odds: OddsArray) -> NDArray[np.float64]:
        """Squared distances (N, 7), as `distances` has them, of faces with `points` (N, 478, 3) and `log_odds` (N, 7).

        Raises:
            ValueError: the eye corners of a face coincide.
        """
        features = self._features(level(points), log_odds)
        each = ((features[:, None] - self._examples) ** 2).sum(-1) / self._weights
        nearest = np.full((len(features), len(EMOTIONS)), np.inf)
        for emotion in np.unique(self._labels):
            nearest[:, emotion] = each[:, self._labels == emotion].min(1)
        return nearest

    def _features(self, shapes: NDArray[np.float64], log_odds: OddsArray) -> NDArray[np.float64]:
        """Features (N, 299) of faces; the squared distance of two faces is that of their features."""
        turned = turn_to(self._reference, shapes)[..., :2] * self._point_scale
        return np.concatenate([turned.reshape(len(turned), -1), log_odds * self._odds_scale], axis=1)
