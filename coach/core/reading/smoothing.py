"""From flickering probabilities to a steady reading: smoothed in seconds, never in frames, never across a gap."""

from __future__ import annotations

import math
from typing import Final

from coach.base.types import EMOTIONS, Emotion, Probabilities, top_emotion

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
        top = top_emotion(smoothed)
        if self._steady is None:
            self._steady = top
        lead = max(smoothed) - smoothed[EMOTIONS.index(self._steady)]
        if lead < LEAD:
            self._rival = None
        elif top != self._rival:
            self._rival, self._rival_since = top, t
        elif t - self._rival_since >= LEAD_S:
            self._steady, self._rival = top, None
