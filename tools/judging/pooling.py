"""From frames to a clip, as the coach does it: its strongest part speaks, which is least neutral."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.core.scoring.evidence import LEAST, STRONGEST, EvidencePool
from coach.core.script.targets import Part

NEUTRAL: Final = EMOTIONS.index("neutral")
_ANY: Final = Part(("neutral",))


@dataclass(frozen=True)
class Pooled:
    """One row of log odds (7,) per item.

    Attributes:
        strongest: (M, 7) means over the strongest part.
        whole: (M, 7) means over all frames.
    """

    strongest: NDArray[np.float64]
    whole: NDArray[np.float64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """What the strongest part says, as probabilities (M, 7), each row sums to 1; of one frame what it said."""
        raised = 1 / (1 + np.exp(-self.strongest))
        return np.asarray(raised / raised.sum(1, keepdims=True), np.float64)

    @property
    def evidence(self) -> NDArray[np.float64]:
        """For each tag (M, 7): the strongest part, but for neutral all frames."""
        return np.where(np.arange(len(EMOTIONS)) == NEUTRAL, self.whole, self.strongest)

    def pick(self, chosen: NDArray[np.int64]) -> Pooled:
        """Those with these indices."""
        return Pooled(self.strongest[chosen], self.whole[chosen])


def pool(reading: NDArray[np.float64], owner: NDArray[np.int64], weights: NDArray[np.float64], count: int) -> Pooled:
    """The `count` items from their frames' probabilities (N, 7).

    Args:
        reading: one row per frame.
        owner: (N,) each frame's item, rising; every item has a frame.
        weights: (N,) how far each frame can be relied on, above 0.
        count: items.
    """
    if len(owner) == count:
        odds = log_odds(reading)
        return Pooled(odds, odds)
    rows = [_pooled(reading[owner == item], weights[owner == item]) for item in range(count)]
    return Pooled(np.array([strongest for strongest, _ in rows]), np.array([whole for _, whole in rows]))


def log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(p / (1 - p)), as far from 0 and 1 as the coach keeps it."""
    kept = np.clip(probabilities, LEAST, 1 - LEAST)
    return np.asarray(np.log(kept) - np.log1p(-kept), np.float64)


def _pooled(frames: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    pooled = EvidencePool(_ANY)
    for (a, b, c, d, e, f, g), weight in zip(frames.tolist(), weights.tolist(), strict=True):
        pooled.add((a, b, c, d, e, f, g), weight)
    strongest, whole = pooled.mean(STRONGEST), pooled.mean(1.0)
    assert strongest is not None
    assert whole is not None
    return strongest[0], whole[0]
