"""Tips from the face: in which measures a line differs most from the actor's own example of its tag."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final

from coach.base.messages import mark, tr
from coach.core.face.measures import MEASURES, Values

MAX_NAMED: Final = 2
"""Most measures that a tip names."""

MIN_DIFFERENCE: Final = 2.0
"""Difference in spreads from which a measure is named. Two faces of one person with one emotion differ by one."""

MIN_MOMENTS: Final = 3
"""Moments with good landmarks that a tip needs."""

STRONGEST_SHARE: Final = 0.4
"""Share of a line's moments that counts, those farthest from rest, as in its verdict."""


def differences(moments: Sequence[Values], example: Values) -> Values | None:
    """How the strongest part of a line differs from an example, in spreads; None if too little was seen.

    Args:
        moments: measures of each moment of the line against rest.
        example: measures of the example against the rest of its calibration.
    """
    if len(moments) < MIN_MOMENTS:
        return None
    count = max(MIN_MOMENTS, round(STRONGEST_SHARE * len(moments)))
    strongest = sorted(moments, key=_strength, reverse=True)[:count]
    means = [statistics.fmean(column) for column in zip(*strongest, strict=True)]
    pairs = zip(means, example, MEASURES, strict=True)
    return tuple([(mean - wanted) / measure.spread for mean, wanted, measure in pairs])


def tip_text(line: int, emotion: str, different: Values) -> str:
    """A sentence about line `line`, whose tag is `emotion` as a noun; empty if no measure differs clearly.

    Args:
        line: number of the line.
        emotion: such as ``joy``.
        different: see `differences`.
    """
    ranked = sorted(zip(different, MEASURES, strict=True), key=lambda pair: -abs(pair[0]))
    named = [
        tr(measure.more if value > 0 else measure.less)
        for value, measure in ranked[:MAX_NAMED]
        if abs(value) >= MIN_DIFFERENCE
    ]
    if not named:
        return ""
    message = mark("Line {number}, beside your own {emotion}: {differences}.")
    return tr(message, number=line, emotion=emotion, differences=", ".join(named))


def _strength(values: Values) -> float:
    return math.hypot(*(value / measure.spread for value, measure in zip(values, MEASURES, strict=True)))
