"""Comparison of a reading with its target. Only this module decides whether a target accepts a reading."""

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
    """Compare a reading with the part of `target` at `share` of the line.

    If the part accepts one emotion, it must be the steady emotion. If it accepts several, the sum of their
    probabilities must exceed the probability of every other emotion.

    Args:
        target: target of the line.
        band: intensity band of the line; None if it has none.
        share: share of the line that has been played, 0 to 1; it selects the part of an arc.
        reading: smoothed probabilities and steady emotion.
        floor: the model abstains if all probabilities are lower.
    """
    smoothed, read = reading
    number = target.part_at(share) if len(target.parts) > 1 else 0
    part = target.parts[number]
    part_probability = 0.0
    for emotion in part.accepted:
        part_probability += smoothed[EMOTIONS.index(emotion)]
    accepted = None if read is None else read == part.accepted[0]
    rival, rival_probability = None, 0.0
    if accepted is False or len(part.accepted) > 1:
        for emotion, probability in zip(EMOTIONS, smoothed, strict=True):
            if emotion not in part.accepted and (rival is None or probability > rival_probability):
                rival, rival_probability = emotion, probability
    if len(part.accepted) > 1:
        abstains = max(part_probability, rival_probability) < floor
        accepted = None if abstains else part_probability > rival_probability
    if not accepted:
        return Fit(accepted, number, None, rival if accepted is False else None, part_probability)
    miss = band_miss(band, part_probability) if band else None
    return Fit(miss is None, number, miss, None, part_probability)


def band_miss(band: Band | None, probability: float) -> IntensityMiss | None:
    """The side on which `probability` misses the intensity band; None inside the band or without one."""
    if band is None:
        return None
    if probability < band[0]:
        return "too little"
    return "too much" if probability > band[1] else None


def refit(reading: Reading, turn: Turn, share: float, floor: float) -> Reading:
    """Compare `reading`, made before `turn` starts or resumes, with the target of `turn` at `share` of its length.

    A reading holds until the next one, so it also holds in the first moments of the line.
    """
    target = turn.line.target
    if reading.smoothed is None or target is None:
        return replace(reading, index=turn.index, fit=None)
    fit = fit_of(target, turn.line.intensity, share, (reading.smoothed, reading.read), floor)
    return replace(reading, index=turn.index, fit=fit)
