"""Comparison of a reading with its target: the one place that decides whether the target accepts it."""

from __future__ import annotations

from dataclasses import replace

from coach.base.events import Fit, Reading
from coach.base.types import EMOTIONS, Emotion, IntensityMiss, Probabilities
from coach.core.reading.smoothing import ABSTAIN_BELOW
from coach.core.script.targets import Target
from coach.core.script.timeline import Turn

Band = tuple[float, float]
"""Lower and upper end of an intensity band, 0 to 1."""

SmoothedReading = tuple[Probabilities, Emotion | None]
"""Smoothed probabilities, and the steady emotion or None if the model abstains; see `Smoother`."""


def fit_of(
    target: Target, band: Band | None, share: float, reading: SmoothedReading, floor: float = ABSTAIN_BELOW
) -> Fit:
    """How a reading fits `target` at `share` (0 to 1) of the line.

    A single accepted emotion must be the steady one. The probabilities of several are added, and the sum must exceed
    that of every other emotion.

    Args:
        target: of the line.
        band: intensity that the line asks for, if any.
        share: how much of the line has been played, which selects the part of an arc.
        reading: smoothed probabilities and steady emotion.
        floor: the model abstains if all probabilities are lower.
    """
    smoothed, read = reading
    number = target.part_at(share) if len(target.parts) > 1 else 0
    part = target.parts[number]
    together = 0.0
    for emotion in part.accepted:
        together += smoothed[EMOTIONS.index(emotion)]
    rival, rival_probability = None, 0.0
    for emotion, probability in zip(EMOTIONS, smoothed, strict=True):
        if emotion not in part.accepted and (rival is None or probability > rival_probability):
            rival, rival_probability = emotion, probability
    if len(part.accepted) == 1:
        accepted = None if read is None else read == part.accepted[0]
    else:
        accepted = None if max(together, rival_probability) < floor else together > rival_probability
    if not accepted:
        return Fit(accepted, number, None, rival if accepted is False else None, together)
    miss = band_miss(band, together) if band else None
    return Fit(miss is None, number, miss, None, together)


def band_miss(band: Band | None, probability: float) -> IntensityMiss | None:
    """On which side `probability` misses the intensity band; None inside it or without one."""
    if band is None:
        return None
    if probability < band[0]:
        return "too little"
    return "too much" if probability > band[1] else None


def refit(reading: Reading, turn: Turn, share: float, floor: float) -> Reading:
    """Compare `reading` with the target of `turn`, which begins or resumes at `share` of its length.

    A reading holds until the next one, so the last one before a line counts for the line's first moments.
    """
    target = turn.line.target
    if reading.smoothed is None or target is None:
        return replace(reading, index=turn.index, fit=None)
    fit = fit_of(target, turn.line.intensity, share, (reading.smoothed, reading.read), floor)
    return replace(reading, index=turn.index, fit=fit)
