"""From a model's answer to what is scored: the prior taken out (even-handed), and log odds."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Final

from coach.base.types import EMOTIONS, Probabilities
from coach.core.reading.card import ModelCard

LEAST: Final = 1e-4
"""Probabilities are kept this far from 0 and 1, where log odds end; a model's answers are rounded to as much."""

Odds = Sequence[float]
"""Log odds of the seven, in the order of `EMOTIONS`."""

Calibration = Callable[[Probabilities], Probabilities]


def as_viewers_vote(answer: Probabilities) -> Probabilities:
    """The model's own answer, its prior included."""
    return answer


def even_handed(card: ModelCard | None) -> Calibration:
    """The reading with `card.power` of its prior taken out: p ÷ prior^power, renormalised, in the order of `EMOTIONS`.

    Most faces are neutral, so a model's prior favours neutral; even-handed, a face is read as what else it shows.
    """
    if card is None or card.prior is None or not card.power:
        return as_viewers_vote
    weights = [card.prior[card.labels.index(emotion)] ** -card.power for emotion in EMOTIONS]

    def calibrated(answer: Probabilities) -> Probabilities:
        raw = list(map(operator.mul, answer, weights))
        total = sum(raw)
        a, b, c, d, e, f, g = raw
        return (a / total, b / total, c / total, d / total, e / total, f / total, g / total)

    return calibrated


def log_odds(probability: float) -> float:
    """log(p / (1 - p)), between -9.2 and 9.2."""
    kept = min(max(probability, LEAST), 1 - LEAST)
    return math.log(kept / (1 - kept))


def log_odds_of(probabilities: Sequence[float]) -> list[float]:
    """`log_odds` of each, without a call for each: this runs for every frame."""
    odds = []
    for probability in probabilities:
        kept = min(max(probability, LEAST), 1 - LEAST)
        odds.append(math.log(kept / (1 - kept)))
    return odds


def probability_of(odds: float) -> float:
    """The probability whose log odds are `odds`."""
    return 1 / (1 + math.exp(-odds))
