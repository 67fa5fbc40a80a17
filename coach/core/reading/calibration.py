"""The two readings of a model's answer: as viewers vote, and even-handed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coach.base.types import EMOTIONS, Probabilities
from coach.core.reading.card import ModelCard

Reading = Callable[[Probabilities], Probabilities]


def as_viewers_vote(answer: Probabilities) -> Probabilities:
    """Shares of viewers, their prior included: the model's own answer."""
    return answer


def even_handed(card: ModelCard | None) -> Reading:
    """The reading with `card.power` of its prior taken out, p ÷ prior^power renormalised, in the order of `EMOTIONS`.

    A face that neutral wins only because most faces are neutral is read as what it shows besides.
    """
    if card is None or card.prior is None or not card.power:
        return as_viewers_vote
    weights = [card.prior[card.labels.index(emotion)] ** -card.power for emotion in EMOTIONS]
    return lambda answer: _weighed(answer, weights)


def _weighed(answer: Probabilities, weights: Sequence[float]) -> Probabilities:
    raw = [p * weight for p, weight in zip(answer, weights, strict=True)]
    total = sum(raw)
    a, b, c, d, e, f, g = [p / total for p in raw]
    return (a, b, c, d, e, f, g)
