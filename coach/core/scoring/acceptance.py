"""Does this face match its tag? The one place where a reading is held against what its line asks for."""

from __future__ import annotations

from dataclasses import replace

from coach.base.events import Fit, Reading
from coach.base.types import EMOTIONS, Emotion, Probabilities, Side
from coach.core.reading.smoothing import ABSTAIN_BELOW
from coach.core.script.targets import Target
from coach.core.script.timeline import Turn

Band = tuple[float, float]
"""Lower and upper end of an intensity band, 0 to 1."""

Steady = tuple[Probabilities, Emotion | None]
"""What a smoother gives: the smoothed probabilities, and the steady emotion or None where the model abstains."""


def fit_of(target: Target, band: Band | None, share: float, reading: Steady, floor: float = ABSTAIN_BELOW) -> Fit:
    """How a steady reading fits `target`, at the strength of `band`, at `share` (0 to 1) of the line.

    One accepted emotion must be the steady one. Several add up, and their sum must outrun every other emotion. Below
    `floor` the model abstains.
    """
    smoothed, read = reading
    number = target.part_at(share) if len(target.parts) > 1 else 0
    part = target.parts[number]
    together = 0.0
    for emotion in part.accepted:
        together += smoothed[EMOTIONS.index(emotion)]
    rival, most = None, 0.0
    for emotion, probability in zip(EMOTIONS, smoothed, strict=True):
        if emotion not in part.accepted and (rival is None or probability > most):
            rival, most = emotion, probability
    if len(part.accepted) == 1:
        accepted = None if read is None else read == part.accepted[0]
    else:
        accepted = None if max(together, most) < floor else together > most
    if not accepted:
        return Fit(accepted, number, None, rival if accepted is False else None, together)
    side = outside(band, together) if band else None
    return Fit(side is None, number, side, None, together)


def outside(band: Band | None, probability: float) -> Side | None:
    """Which way the target's smoothed probability leaves the intensity band; None inside it or without one."""
    if band is None:
        return None
    if probability < band[0]:
        return "too little"
    return "too much" if probability > band[1] else None


def held_against(reading: Reading, turn: Turn, share: float, floor: float) -> Reading:
    """`reading`, taken before `turn` began or while the script was paused, as it fits `turn` from `share` of it on.

    A reading holds until the next one, so the last one before a line speaks for the line's first moments.
    """
    target = turn.line.target
    if reading.smoothed is None or target is None:
        return replace(reading, index=turn.index, fit=None)
    fit = fit_of(target, turn.line.intensity, share, (reading.smoothed, reading.read), floor)
    return replace(reading, index=turn.index, fit=fit)
