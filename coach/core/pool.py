"""The strongest part of a line: the two fifths of it that are least neutral.

An expression comes and goes while somebody speaks, and the mean over a whole line hides it: pooling the least neutral
25 to 40 % of an acted clip told right tags from wrong ones better than the mean for every model and crop that was
tried. Of that range the sample take, cut into pieces, wants the upper end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from coach.core.evidence import log_odds
from coach.core.targets import Part
from coach.types import EMOTIONS, Probabilities

STRONGEST: Final = 0.4
"""Share of a line, by time and weight, that speaks for it: the least neutral one. A neutral target takes all of it."""

_STEP: Final = 0.25

_NEUTRAL: Final = EMOTIONS.index("neutral")


@dataclass(slots=True)
class _Bin:
    seconds: float = 0.0
    sums: list[float] = field(default_factory=lambda: [0.0] * (len(EMOTIONS) + 1))


class Pool:
    """Even-handed readings weighed by time, kept in steps of how neutral they are; constant memory.

    `part` is what they are held against: of several accepted emotions the probabilities add up.
    """

    def __init__(self, part: Part) -> None:
        self._part = part
        self._bins: dict[int, _Bin] = {}

    def add(self, probabilities: Probabilities, seconds: float) -> None:
        """An even-handed reading that held for `seconds`, times how far it can be relied on."""
        if seconds <= 0:
            return
        odds = [log_odds(each) for each in probabilities]
        step = self._bins.setdefault(math.floor(odds[_NEUTRAL] / _STEP), _Bin())
        step.seconds += seconds
        for i, each in enumerate((*odds, log_odds(self._part.probability(probabilities)))):
            step.sums[i] += each * seconds

    @property
    def seconds(self) -> float:
        """Weight of all readings."""
        return sum(step.seconds for step in self._bins.values())

    def strongest(self) -> tuple[tuple[float, ...], float] | None:
        """Mean log odds of the seven and of the part over the strongest part; None without readings."""
        return self.mean(1.0 if "neutral" in self._part.accepted else STRONGEST)

    def mean(self, share: float, *, most_neutral: bool = False) -> tuple[tuple[float, ...], float] | None:
        """Mean log odds of the seven and of the part over the least (or most) neutral `share` of the readings."""
        wanted = left = self.seconds * share
        if not wanted:
            return None
        sums = [0.0] * (len(EMOTIONS) + 1)
        for number in sorted(self._bins, reverse=most_neutral):
            step = self._bins[number]
            taken = min(step.seconds, left)
            sums = [total + each * taken / step.seconds for total, each in zip(sums, step.sums, strict=True)]
            left -= taken
            if left <= 0:
                break
        *seven, together = (total / wanted for total in sums)
        return tuple(seven), together
