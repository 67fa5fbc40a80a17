"""Comparison of readings with targets: by emotion moment by moment (`fit_of`), by evidence over time (`Judge`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coach.base.events import Fit, Reading
from coach.base.settings import Strictness
from coach.base.types import EMOTIONS, Emotion, IntensityMiss, Probabilities
from coach.core.reading.card import EvidenceCard
from coach.core.reading.smoothing import ABSTAIN_BELOW
from coach.core.scoring.evidence import LogOdds, PartEvidence, log_odds, viewer_share, weigh
from coach.core.scoring.norms import lowest_threshold, quartiles
from coach.core.script.targets import Part, Target
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


@dataclass(frozen=True, slots=True)
class Norm:
    """Shares of viewers that trained actors reach with an emotion; for surprise, which none acted, still faces do.

    Attributes:
        lower, median, upper: quartiles.
        asked: the share that makes a hit at the take's strictness.
    """

    lower: float
    median: float
    upper: float
    asked: float


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges evidence by the model's card, the actor's baseline and the strictness of the take.

    Attributes:
        card: None for a model without the meaning ``viewers``; then only the time on target counts.
        baseline: log odds of the actor's face at rest.
        strictness: of the take.
    """

    card: EvidenceCard | None
    baseline: LogOdds
    strictness: Strictness

    def asked(self, part: Part, band: Band | None) -> float:
        """Share of viewers that makes a hit for `part` at the intensity of `band`; 0 without a card."""
        return lowest_threshold(self.card, part, band, self.strictness)[1] if self.card else 0.0

    def norm(self, part: Part, band: Band | None) -> Norm | None:
        """Norm for `part` at the intensity of `band`; None without a card."""
        if self.card is None:
            return None
        emotion, asked = lowest_threshold(self.card, part, band, self.strictness)
        return Norm(*quartiles(self.card, emotion, band), asked)

    def weigh(self, part: Part, seven: LogOdds, together: float) -> PartEvidence | None:
        """Evidence for `part` from mean log odds of the seven and of the part; None without a card."""
        return weigh(self.card, self.baseline, part, seven, together) if self.card else None

    def share(self, accepted: Sequence[Emotion], smoothed: Probabilities) -> float:
        """Share of viewers who would read one of `accepted` now; without a card the sum of their probabilities."""
        indices = [EMOTIONS.index(emotion) for emotion in accepted]
        if self.card is None:
            return min(sum(smoothed[i] for i in indices), 1.0)
        return min(sum(self._share(self.card, i, smoothed[i]) for i in indices), 1.0)

    def _share(self, card: EvidenceCard, index: int, probability: float) -> float:
        emotion = EMOTIONS[index]
        baseline = 0.0 if emotion == "neutral" else self.baseline[index]
        return viewer_share(card, emotion, log_odds(probability) - baseline)
