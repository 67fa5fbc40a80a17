"""Calibration and smoothing: from the model's raw output to a steady reading.

Smoothing counts seconds, not frames, so that slow and fast cameras give the same reading. It never crosses a gap.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Final

from coach.base.types import EMOTIONS, Emotion, Probabilities
from coach.core.reading.card import ModelCard

Calibration = Callable[[Probabilities], Probabilities]
"""Maps the raw output of a model to the probabilities that scoring uses."""

GRACE_S: Final = 0.8
"""Time that a face needs to change at the start of a line; mismatches count from then on."""

MAX_HOLD_S: Final = 1.0
"""A reading counts until the next one, at most this long."""

TAU_S: Final = 0.3
"""Time constant of the exponential moving average: 63 % of a change arrives within it."""

TAKEOVER_LEAD: Final = 0.05
"""A new emotion must lead the steady one by this probability ..."""

TAKEOVER_S: Final = 0.2
"""... for this many seconds before it becomes the steady one."""

RESET_GAP_S: Final = 1.0
"""After a longer gap smoothing restarts, because the face may have changed completely."""

ABSTAIN_BELOW: Final = 0.3
"""Default floor: the model abstains if its strongest probability is lower (chance is 0.14)."""


def uncalibrated(raw: Probabilities) -> Probabilities:
    """Leave the prior in: return `raw`."""
    return raw


def even_handed(card: ModelCard | None) -> Calibration:
    """Prior correction by the model's card: p / prior^power, renormalised, in the order of `EMOTIONS`.

    Most training faces are neutral, so the raw output favours neutral; corrected, every emotion has the same chance.
    """
    if card is None or card.prior is None or not card.power:
        return uncalibrated
    weights = [card.prior[card.labels.index(emotion)] ** -card.power for emotion in EMOTIONS]

    def calibrated(raw: Probabilities) -> Probabilities:
        weighted = list(map(operator.mul, raw, weights))
        total = sum(weighted)
        a, b, c, d, e, f, g = weighted
        return (a / total, b / total, c / total, d / total, e / total, f / total, g / total)

    return calibrated


class Smoother:
    """Smooths the probabilities of one track and keeps its steady emotion; abstains below `floor`."""

    def __init__(self, floor: float = ABSTAIN_BELOW) -> None:
        self._floor = floor
        self._t = -math.inf
        self._smoothed: Probabilities | None = None
        self._steady: Emotion | None = None
        self._rival: Emotion | None = None
        self._rival_since = 0.0

    def update(self, t: float, raw: Probabilities) -> tuple[Probabilities, Emotion | None]:
        """Add the probabilities at `t` seconds; return the smoothed ones and the steady emotion, None if it abstains.

        `t` must not decrease.
        """
        smoothed = self._mix(t - self._t, raw)
        self._t, self._smoothed = t, smoothed
        self._settle(t, smoothed)
        steady = self._steady
        sure = steady is not None and smoothed[EMOTIONS.index(steady)] >= self._floor
        return smoothed, steady if sure else None

    def _mix(self, gap_s: float, raw: Probabilities) -> Probabilities:
        before = self._smoothed
        if before is None or gap_s > RESET_GAP_S:
            self._steady = self._rival = None
            return raw
        new = 1 - math.exp(-gap_s / TAU_S)
        a, b, c, d, e, f, g = [old + new * (now - old) for old, now in zip(before, raw, strict=True)]
        return (a, b, c, d, e, f, g)

    def _settle(self, t: float, smoothed: Probabilities) -> None:
        """Hysteresis: a rival replaces the steady emotion only after leading clearly for a while."""
        most = max(smoothed)
        top = EMOTIONS[smoothed.index(most)]
        if self._steady is None:
            self._steady = top
        lead = most - smoothed[EMOTIONS.index(self._steady)]
        if lead < TAKEOVER_LEAD:
            self._rival = None
        elif top != self._rival:
            self._rival, self._rival_since = top, t
        elif t - self._rival_since >= TAKEOVER_S:
            self._steady, self._rival = top, None
