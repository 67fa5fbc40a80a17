"""An actor's face at rest, learnt from moments that ask for nothing."""

from __future__ import annotations

from typing import Final

from coach.core.card import EvidenceCard
from coach.core.mismatch import GRACE_S
from coach.core.pool import Pool
from coach.core.targets import Part
from coach.core.timeline import Turn
from coach.types import EMOTIONS, Probabilities

REST_S: Final = 2.0
"""The actor's own rest is known after so many usable seconds of it."""

REST_SHARE: Final = 0.5
"""The more neutral half of them speaks, so that a grin before the first line is not taken for the face at rest."""

REST_MOST: Final = 2.0
"""An actor's rest is taken to lie no further than this from the card's, per emotion: whoever smiles through it all
would otherwise be asked for more than a smile ever after."""


class Rest:
    """Learns an actor's face at rest from moments that ask for nothing: the lead-in and neutral lines."""

    def __init__(self, card: EvidenceCard) -> None:
        self._neutral = tuple(card.neutral[emotion] for emotion in EMOTIONS)
        self._pool = Pool(Part(("neutral",)))

    def add(self, probabilities: Probabilities, seconds: float) -> None:
        """An even-handed reading at rest that held for `seconds`, times how far it can be relied on."""
        self._pool.add(probabilities, seconds)

    @property
    def known(self) -> bool:
        """Whether there was enough of it."""
        return self._pool.seconds >= REST_S

    @property
    def odds(self) -> tuple[float, ...]:
        """Log odds of the seven at rest: the actor's own where known, else the card's."""
        mean = self._pool.mean(REST_SHARE, most_neutral=True) if self.known else None
        if mean is None:
            return self._neutral
        pairs = zip(mean[0], self._neutral, strict=True)
        return tuple(min(max(own, usual - REST_MOST), usual + REST_MOST) for own, usual in pairs)


def is_rest(turn: Turn, spent_s: float) -> bool:
    """Whether `spent_s` seconds into `turn` the face should be at rest: the line is neutral, the one before it over."""
    target = turn.line.target
    return target is not None and target.accepted == ("neutral",) and spent_s >= GRACE_S
