"""From a model's answers to a steady reading: even-handed, then smoothed in seconds, never across a gap.

Smoothing counts seconds and not frames, so that a slow camera and a fast one give the same reading.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Final

from coach.base.types import EMOTIONS, Emotion, Probabilities
from coach.core.reading.card import ModelCard

Calibration = Callable[[Probabilities], Probabilities]
"""From a model's answer to the probabilities that are read."""

GRACE_S: Final = 0.8
"""A face needs this long to change when a line begins; the mismatch counts from then on."""

HELD_S: Final = 1.0
"""A reading speaks for the time until the next one, but never for longer than this."""

TAU_S: Final = 0.3
"""Time constant of the exponential mean: after so many seconds 63 % of a change has arrived."""

LEAD: Final = 0.05
"""A new emotion must lead the steady one by this much probability ..."""

LEAD_S: Final = 0.2
"""... for so many seconds before it takes over."""

FORGET_S: Final = 1.0
"""After a longer gap the face may have changed wholly, so smoothing begins anew."""

ABSTAIN_BELOW: Final = 0.3
"""With the strongest of seven below this (chance is 0.14), a model whose card has no other floor says nothing."""


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


class Smoother:
    """Smooths one person's probabilities and keeps a steady reading, or none below `floor`. One instance per track."""

    def __init__(self, floor: float = ABSTAIN_BELOW) -> None:
        self._floor = floor
        self._t = -math.inf
        self._smoothed: Probabilities | None = None
        self._steady: Emotion | None = None
        self._rival: Emotion | None = None
        self._rival_since = 0.0

    def update(self, t: float, raw: Probabilities) -> tuple[Probabilities, Emotion | None]:
        """Take the raw probabilities at `t` seconds; give the smoothed ones and the steady emotion.

        The emotion is None where the model abstains. `t` must not decrease.
        """
        smoothed = self._mix(t - self._t, raw)
        self._t, self._smoothed = t, smoothed
        self._settle(t, smoothed)
        steady = self._steady
        sure = steady is not None and smoothed[EMOTIONS.index(steady)] >= self._floor
        return smoothed, steady if sure else None

    def _mix(self, gap_s: float, raw: Probabilities) -> Probabilities:
        before = self._smoothed
        if before is None or gap_s > FORGET_S:
            self._steady = self._rival = None
            return raw
        new = 1 - math.exp(-gap_s / TAU_S)
        a, b, c, d, e, f, g = [old + new * (now - old) for old, now in zip(before, raw, strict=True)]
        return (a, b, c, d, e, f, g)

    def _settle(self, t: float, smoothed: Probabilities) -> None:
        """Hysteresis: a rival takes over only when it leads clearly for a while."""
        most = max(smoothed)
        top = EMOTIONS[smoothed.index(most)]
        if self._steady is None:
            self._steady = top
        lead = most - smoothed[EMOTIONS.index(self._steady)]
        if lead < LEAD:
            self._rival = None
        elif top != self._rival:
            self._rival, self._rival_since = top, t
        elif t - self._rival_since >= LEAD_S:
            self._steady, self._rival = top, None
