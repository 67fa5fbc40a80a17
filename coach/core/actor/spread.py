"""How much the points of a face differ between two faces of one person with the same emotion.

A difference counts by this spread: a lip corner moves more than a temple without meaning anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coach.core.actor.alignment import EXPRESSION_POINTS, Points, level, mean_shape, turn_to

GENERAL_PARTS: Final = 30
"""Expressions that the general spread counts for beside the actor's own. The 14 of a calibration give a third."""

_MIN_FRAMES: Final = 3
"""Frames from which a held expression has a spread."""


_LEAST_VARIANCE: Final = 1e-9
"""Mean variance of the points below which frames are the same picture, in squared eye distances."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Variances within an expression.

    Attributes:
        points: (146,) per coordinate x and y of each of `EXPRESSION_POINTS`, in squared eye distances, all above 0.
        log_odds: of one of the seven log odds, above 0.
    """

    points: NDArray[np.float64]
    log_odds: float


@dataclass(frozen=True, slots=True, eq=False)
class OwnSpread:
    """Spread of one actor's points while an expression is held.

    Attributes:
        relative: (146,) variance of each point, divided by the mean over the points; at least 0.
        parts: number of expressions it was learnt from.

    Raises:
        ValueError: the shape is wrong, or a number is not finite or below 0.
    """

    relative: NDArray[np.float64]
    parts: int

    def __post_init__(self) -> None:
        if self.relative.shape != (len(EXPRESSION_POINTS),):
            raise ValueError(f"an actor's spread has one number for each of {len(EXPRESSION_POINTS)} points")
        if not (np.isfinite(self.relative).all() and self.relative.min() >= 0 and self.parts >= 0):
            raise ValueError("an actor's spread must be finite numbers of at least 0")


def moving_spread(parts: Sequence[Points]) -> OwnSpread | None:
    """Learn an actor's spread from the frames (F, 478, 3) of each held expression; None if there are too few frames.

    Frames of one expression follow each other and are much alike, so an expression counts once, however long it was.
    """
    variances = [_variance(frames) for frames in parts if len(frames) >= _MIN_FRAMES]
    relative = [variance / variance.mean() for variance in variances if variance.mean() > _LEAST_VARIANCE]
    return OwnSpread(np.mean(relative, axis=0), len(relative)) if relative else None


def shrunk(general: Spread, own: OwnSpread | None) -> Spread:
    """Mix an actor's `own` spread into the `general` one.

    The own one changes only how the points relate to each other. How far apart two performances of an emotion are
    is unknown from frames of one performance, so that comes from the general one.
    """
    if own is None:
        return general
    scaled = own.relative * general.points.mean()
    points = (GENERAL_PARTS * general.points + own.parts * scaled) / (GENERAL_PARTS + own.parts)
    return Spread(points, general.log_odds)


def _variance(frames: Points) -> NDArray[np.float64]:
    """Variance (146,) of each point over `frames` (F, 478, 3), mean of x and y."""
    shapes = level(frames)
    turned = turn_to(mean_shape(shapes), shapes)[..., :2]
    variance: NDArray[np.float64] = turned.var(0, ddof=1).mean(-1)
    return variance
