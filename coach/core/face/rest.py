"""The measures of a face at rest, learnt from the moments in which it looks neutral."""

from __future__ import annotations

from typing import Final

from coach.core.face.measures import Values

USUAL: Final[Values] = (0.206, 0.174, -0.520, 0.036, -0.035, -0.390, 0.296, -0.234, 0.018, 0.578, -0.215, 0.816)
"""The measures at rest until the own ones are known: means of 59 neutral faces of news portraits."""

_USUAL_WEIGHT: Final = 0.25
_POWER: Final = 3
"""A moment counts by the cube of its neutral share, the usual face as a quarter of a neutral moment. Measured on 5
people with about 21 faces each, 2 to 4 of them neutral: the rest that is learnt from all of them is 0.6 spreads from
that of the neutral ones, without weights 1.1, and the usual face 3.6 (see `Measure.spread`)."""


class RestLearner:
    """Learns rest from the moments of one person, in any order."""

    def __init__(self) -> None:
        self._weight = _USUAL_WEIGHT
        self._sums = [_USUAL_WEIGHT * value for value in USUAL]

    def add(self, values: Values, neutral: float) -> None:
        """Add a moment with its measures and its even-handed neutral share, 0 to 1."""
        weight = neutral**_POWER
        self._weight += weight
        for place, value in enumerate(values):
            self._sums[place] += weight * value

    @property
    def rest(self) -> Values:
        """The measures at rest, by the moments so far."""
        return tuple([total / self._weight for total in self._sums])
