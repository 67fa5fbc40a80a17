"""Does this face match its tag? One moment's reading held against one part of a line's target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from coach.base.types import EMOTIONS, Emotion, top_emotion
from coach.core.reading.smoothing import ABSTAIN_BELOW
from coach.core.script.targets import Part

Band = tuple[float, float]
Side = Literal["too little", "too much"]


def accepts(part: Part, smoothed: Sequence[float], read: Emotion | None, floor: float = ABSTAIN_BELOW) -> bool | None:
    """Whether the reading is accepted by `part`; None where the model abstains, below `floor`.

    One accepted emotion must be the steady reading. Several add up, and their sum must outrun every other emotion.
    """
    if len(part.accepted) == 1:
        return None if read is None else read == part.accepted[0]
    together = part.probability(smoothed)
    other = max((p for p, emotion in zip(smoothed, EMOTIONS, strict=True) if emotion not in part.accepted), default=0.0)
    return None if max(together, other) < floor else together > other


def strongest_other(part: Part, probabilities: Sequence[float]) -> Emotion:
    """The most probable emotion that `part` does not accept."""
    return top_emotion([0.0 if e in part.accepted else p for e, p in zip(EMOTIONS, probabilities, strict=True)])


def outside(band: Band | None, probability: float) -> Side | None:
    """Which way the target's smoothed probability leaves the intensity band; None inside it or without one."""
    if band is None:
        return None
    if probability < band[0]:
        return "too little"
    return "too much" if probability > band[1] else None
