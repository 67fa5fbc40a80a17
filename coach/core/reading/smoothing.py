"""Prior correction and smoothing: from the model's raw output to a steady reading.

Smoothing depends on seconds, not frames, so that slow and fast cameras give the same reading. It restarts after a gap.
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
"""Time from the start of a line in which mismatches do not count, because a face needs it to change."""

MAX_HOLD_S: Final = 1.0
"""A reading holds until the next one, but at most this long."""

TAU_S: Final = 0.3
"""Time constant of the exponential moving average: 63 % of a change arrives within it."""

TAKEOVER_LEAD: Final = 0.05
"""Probability by which a new emotion must lead to replace the steady one."""

TAKEOVER_S: Final = 0.2
"""Seconds for which a new emotion must lead to replace the steady one."""

RESET_GAP_S: Final = 1.0
"""Smoothing restarts after a longer gap, because the face may have changed completely."""

ABSTAIN_BELOW: Final = 0.3
"""Default floor: the model abstains if its strongest probability is lower (chance is 0.14)."""


def uncalibrated(raw: Probabilities) -> Probabilities:
    """Return `raw` without prior correction."""
    return raw


def even_handed(card: ModelCard | None) -> Calibration:
    """Make the prior correction for a model: p / prior^power, renormalised, in the order of `EMOTIONS`.

    Most training faces are neutral, so the raw output favours neutral. After the correction no emotion is favoured.
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
    """Smooths the probabilities of one track and finds its steady emotion; abstains below `floor`."""

    def __init__(self, floor: float = ABSTAIN_BELOW) -> None:
        self._floor = floor
        self._t = -math.inf
        self._smoothed: Probabilities | None = None
        self._steady: Emotion | None = None
        self._rival: Emotion | None = None
        self._rival_since = 0.0

    def update(self, t: float, raw: Probabilities) -> tuple[Probabilities, Emotion | None]:
        """Add the probabilities at `t` seconds, which must not decrease.

        Returns:
            The smoothed probabilities, and the steady emotion or None to abstain.
        """
        smoothed = self._smooth(t - self._t, raw)
        self._t, self._smoothed = t, smoothed
        self._update_steady(t, smoothed)
        steady = self._steady
        is_sure = steady is not None and smoothed[EMOTIONS.index(steady)] >= self._floor
        return smoothed, steady if is_sure else None

    def _smooth(self, gap_s: float, raw: Probabilities) -> Probabilities:
        before = self._smoothed
        if before is None or gap_s > RESET_GAP_S:
            self._steady = self._rival = None
            return raw
        weight = 1 - math.exp(-gap_s / TAU_S)
        a, b, c, d, e, f, g = before
        new_a, new_b, new_c, new_d, new_e, new_f, new_g = raw
        return (  # written out, because it runs for every reading
            a + weight * (new_a - a),
            b + weight * (new_b - b),
            c + weight * (new_c - c),
            d + weight * (new_d - d),
            e + weight * (new_e - e),
            f + weight * (new_f - f),
            g + weight * (new_g - g),
        )

    def _update_steady(self, t: float, smoothed: Probabilities) -> None:
        """Hysteresis: a rival replaces the steady emotion only after leading clearly for a while."""
        highest = max(smoothed)
        top = EMOTIONS[smoothed.index(highest)]
        if self._steady is None:
            self._steady = top
        lead = highest - smoothed[EMOTIONS.index(self._steady)]
        if lead < TAKEOVER_LEAD:
            self._rival = None
        elif top != self._rival:
            self._rival, self._rival_since = top, t
        elif t - self._rival_since >= TAKEOVER_S:
            self._steady, self._rival = top, None
