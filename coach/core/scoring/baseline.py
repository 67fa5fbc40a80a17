"""The actor's baseline: their face at rest, learnt from moments that ask for nothing."""

from __future__ import annotations

from typing import Final

from coach.base.types import EMOTIONS, Probabilities
from coach.core.reading.card import EvidenceCard
from coach.core.scoring.evidence import OUTRUNS, EvidencePool, log_odds_of
from coach.core.script.targets import Part
from coach.core.script.timeline import Turn

REST_S: Final = 2.0
"""The actor's own baseline is known after so many usable seconds at rest."""

REST_SHARE: Final = 0.5
"""Only the more neutral half of them counts, so that a grin before the first line is not taken for the face at rest."""

REST_MOST: Final = 2.0
"""The baseline is taken to lie no further than this from the card's, per emotion: an actor who smiles at rest would
otherwise be asked for more than a smile ever after."""


class Baseline:
    """Learns an actor's face at rest, in order of time, from the lead-in and from neutral lines.

    Attributes:
        odds: log odds of the seven at rest: the actor's own where known, else the card's.
    """

    def __init__(self, card: EvidenceCard) -> None:
        self._usual = tuple(card.neutral[emotion] for emotion in EMOTIONS)
        self._pool = EvidencePool(Part(("neutral",)))
        self.odds = self._usual

    def add(self, probabilities: Probabilities, seconds: float) -> None:
        """Add an even-handed reading at rest that held for `seconds` (already multiplied by its weight)."""
        self._pool.add(probabilities, seconds)
        self.odds = self._learnt()

    @property
    def known(self) -> bool:
        """Whether enough was seen of it."""
        return self._pool.seconds >= REST_S

    def _learnt(self) -> tuple[float, ...]:
        mean = self._pool.mean(REST_SHARE, most_neutral=True) if self.known else None
        if mean is None:
            return self._usual
        pairs = zip(mean[0], self._usual, strict=True)
        return tuple(min(max(own, usual - REST_MOST), usual + REST_MOST) for own, usual in pairs)


def shows_rest(probabilities: Probabilities) -> bool:
    """Whether an even-handed reading in a neutral line may be the face at rest: no emotion clearly outruns neutral.

    Tears through a neutral line show no rest; later lines would be held against them.
    """
    *others, neutral = log_odds_of(probabilities)
    return max(others) - neutral <= OUTRUNS


def asks_for_rest(turn: Turn) -> bool:
    """Whether `turn` asks for a neutral face and nothing else."""
    target = turn.line.target
    return target is not None and target.accepted == ("neutral",)
