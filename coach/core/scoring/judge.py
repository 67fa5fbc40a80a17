"""What a take is judged by: the model's card, the actor's baseline and the strictness; made once for a take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coach.base.settings import Strictness
from coach.base.types import EMOTIONS, Emotion, Probabilities
from coach.core.reading.card import EvidenceCard
from coach.core.scoring.acceptance import Band
from coach.core.scoring.evidence import Found, Odds, find, log_odds, share_of
from coach.core.scoring.norms import easiest, quartiles
from coach.core.script.targets import Part


@dataclass(frozen=True, slots=True)
class Norm:
    """What trained actors reach for an emotion, as shares of viewers; for surprise, which was not acted, still faces.

    Attributes:
        lower, median, upper: their quartiles.
        asked: the share that makes a hit at the take's strictness.
    """

    lower: float
    median: float
    upper: float
    asked: float


@dataclass(frozen=True, slots=True)
class Judge:
    """Holds readings against their targets, by the card's curves where the model speaks for viewers.

    Attributes:
        card: None where the model does not speak for viewers; then only the time on target counts.
        baseline: log odds of the actor's face at rest.
    """

    card: EvidenceCard | None
    baseline: Odds
    strictness: Strictness

    def asked(self, part: Part, band: Band | None) -> float:
        """Share of viewers that makes a hit for `part` at the intensity of `band`; 0 without a card."""
        return easiest(self.card, part, band, self.strictness)[1] if self.card else 0.0

    def norm(self, part: Part, band: Band | None) -> Norm | None:
        """What trained actors reach for `part` at the intensity of `band`; None without a card."""
        if self.card is None:
            return None
        emotion, asked = easiest(self.card, part, band, self.strictness)
        return Norm(*quartiles(self.card, emotion, band), asked)

    def find(self, part: Part, seven: Odds, together: float) -> Found | None:
        """What mean log odds (of the seven, and of the part) say of `part`; None without a card."""
        return find(self.card, self.baseline, part, seven, together) if self.card else None

    def share(self, accepted: Sequence[Emotion], smoothed: Probabilities) -> float:
        """Share of viewers who would read one of `accepted` at this moment; without a card the reading itself."""
        places = [EMOTIONS.index(emotion) for emotion in accepted]
        if self.card is None:
            return min(sum(smoothed[place] for place in places), 1.0)
        return min(sum(self._share(self.card, place, smoothed[place]) for place in places), 1.0)

    def _share(self, card: EvidenceCard, place: int, probability: float) -> float:
        emotion = EMOTIONS[place]
        rest = 0.0 if emotion == "neutral" else self.baseline[place]
        return share_of(card, emotion, log_odds(probability) - rest)
