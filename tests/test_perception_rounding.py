"""Rounding probabilities to four decimals that sum to exactly 1."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coach.perception.classifier import round_shares

SHARES = st.lists(st.floats(0, 1, width=32), min_size=7, max_size=7).filter(lambda p: sum(p) > 0.01)


@given(SHARES)
def test_rounded_probabilities_sum_to_one_and_change_by_less_than_one_in_the_last_place(shares: list[float]) -> None:
    rounded = round_shares(shares)
    assert sum(round(p * 10_000) for p in rounded) == 10_000
    assert all(p == round(p, 4) and 0 <= p <= 1 for p in rounded)
    assert np.abs(np.array(rounded) - np.array(shares) / sum(shares)).max() < 1.0001e-4


@given(SHARES)
def test_rounding_never_reverses_the_order(shares: list[float]) -> None:
    rounded = round_shares(shares)
    assert all(rounded[i] <= rounded[j] for i in range(7) for j in range(7) if shares[i] < shares[j])


def test_a_certain_prediction_stays_certain() -> None:
    assert round_shares([0, 0, 0, 1, 0, 0, 0]) == (0, 0, 0, 1, 0, 0, 0)
    assert round_shares([0, 0, 0, 0.9996, 0.0003, 0, 0]) == (0, 0, 0, 0.9997, 0.0003, 0, 0)
