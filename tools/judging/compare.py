"""Two models side by side on the same items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.datasets import DataError
from tools.judging.answers import EVEN
from tools.judging.metrics import McNemar, mcnemar
from tools.judging.scores import truths_of

if TYPE_CHECKING:
    from tools.judging.scores import Judgement


@dataclass(frozen=True)
class Pair:
    """Two models, each in one reading, by one truth, on the items that both could read."""

    reading: str
    truth: str
    count: int
    first: float
    second: float
    test: McNemar


def side_by_side(first: Judgement, second: Judgement) -> list[Pair]:
    """Every reading and truth of either; a model with one reading stands in both.

    Raises:
        DataError: there is no item that both could read.
    """
    readings = max((first.scores, second.scores), key=len)
    truths = first.scores[EVEN]
    pairs = []
    for reading in readings:
        for truth in truths:
            theirs = [_right(each, reading, truth) for each in (first, second)]
            both = sorted(theirs[0].keys() & theirs[1].keys())
            if not both:
                raise DataError(f"{first.card.name} and {second.card.name} could not read a single item in common.")
            a, b = (np.array([found[name] for name in both]) for found in theirs)
            pairs.append(Pair(reading, truth, len(both), float(a.mean()), float(b.mean()), mcnemar(a, b)))
    return pairs


def _right(judgement: Judgement, reading: str, truth: str) -> dict[str, np.bool_]:
    """By name, whether the item was read right."""
    scores = judgement.scores.get(reading, judgement.scores[EVEN])[truth]
    chosen: NDArray[np.int64] = truths_of(judgement.judged)[truth][0]
    return {judgement.judged.names[item]: right for item, right in zip(chosen, scores.right, strict=True)}
