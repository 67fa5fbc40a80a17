"""The spread of 40 people's faces within one emotion, used until an actor's own is known and beside it.

Learnt from 317 posed portraits of research collections, 40 people with two to four pictures of an emotion each, by
`python -m tools.evaluate_actor --features FILE.npz --spread`, which prints these numbers. The portraits are kept
elsewhere.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from coach.core.actor.spread import Spread

_MILLIONTHS: Final = (
    *(75, 57, 58, 54, 43, 39, 43, 46, 73, 87, 95, 57, 39, 77, 84, 87, 44, 55, 50, 50, 50, 87, 88, 51, 56, 58),
    *(44, 45, 83, 82, 80, 75, 91, 85, 71, 75, 100, 69, 45, 56, 56, 46, 88, 95, 37, 63, 42, 44, 74, 56, 54, 56),
    *(58, 42, 40, 38, 37, 42, 45, 44, 42, 72, 40, 41, 74, 36, 54, 79, 83, 88, 85, 48, 45, 97, 40, 39, 53, 39),
    *(77, 84, 86, 48, 60, 55, 47, 50, 85, 84, 56, 59, 61, 43, 48, 79, 80, 78, 74, 93, 87, 75, 79, 96, 70, 44),
    *(60, 57, 46, 84, 92, 37, 62, 43, 44, 75, 56, 53, 55, 42, 40, 38, 37, 41, 44, 43, 41, 67, 41, 72, 36, 53),
    *(82, 88, 85, 83, 94, 40, 41, 40, 40, 42, 42, 41, 42, 41, 42, 43),
)
"""Variance of each of `EXPRESSION_POINTS`, per coordinate, in millionths of a squared eye distance."""

GENERAL_SPREAD: Final = Spread(points=np.array(_MILLIONTHS) / 1e6, log_odds=0.542)
"""Variances within one emotion of one person."""
