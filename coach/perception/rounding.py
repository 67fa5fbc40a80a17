"""Probabilities rounded for storage, still summing to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.types import Probabilities

_UNITS = 10_000


def four_decimals(shares: Sequence[float]) -> Probabilities:
    """Seven finite `shares`, none negative, as probabilities of four decimals that sum to exactly 1.

    What rounding down leaves over goes to the largest remainders (the method by which seats are shared out), so each
    value moves by less than 0.0001 and the order of any two is kept or becomes a tie.
    """
    scale = _UNITS / sum(shares)
    exact = [share * scale for share in shares]
    units = [int(value) for value in exact]
    left_over = _UNITS - sum(units)
    if left_over:
        by_remainder = sorted(range(len(exact)), key=lambda i: units[i] - exact[i])
        for i in by_remainder[:left_over]:
            units[i] += 1
    return cast("Probabilities", tuple(unit / _UNITS for unit in units))
