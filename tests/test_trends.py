"""Trends over takes: robust, and none where there are too few takes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.core.progress.trends import MIN_TAKES, WINDOW, Step, direction_of, theil_sen_slope, trend_of

SHARES = st.lists(st.floats(0, 1), max_size=40)


def test_five_rising_takes_are_a_trend() -> None:
    figures = trend_of([0.2, 0.3, 0.4, 0.5, 0.6])
    assert figures.direction == "rising"
    assert figures.slope == pytest.approx(0.1)


def test_four_rising_takes_are_too_few() -> None:
    figures = trend_of([0.2, 0.3, 0.4, 0.5])
    assert figures.direction == "too few"
    assert figures.slope is None


def test_a_change_of_level_is_a_trend_although_no_slope_is_clear() -> None:
    figures = trend_of([0, 0, 0, 0, 0, 0.89, 0.79, 0.99])
    assert (figures.direction, figures.step) == ("rising", Step(5, 0, 0.89))
    assert trend_of([1, 1, 1, 1, 1, 0.11, 0.21, 0.01]).direction == "falling"


def test_a_change_of_level_needs_two_takes_on_each_side_and_more_than_noise() -> None:
    assert trend_of([0.0] * 12 + [0.9]).step is None
    assert trend_of([0.5] * 6 + [0.59] * 6).step is None
    assert trend_of([0.5] * 6 + [0.61] * 6).step == Step(6, 0.5, 0.61)


def test_a_steady_rise_is_no_change_of_level() -> None:
    assert trend_of([n / 20 for n in range(WINDOW)]).step is None


def test_the_place_of_a_change_counts_from_the_first_take() -> None:
    assert trend_of([0.5] * 30 + [0.0] * 10 + [0.9] * 10).step == Step(40, 0.0, 0.9)


def test_one_outlier_hardly_changes_the_slope() -> None:
    steady = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    odd = [*steady[:3], 0.0, *steady[4:]]
    assert theil_sen_slope(odd) == pytest.approx(theil_sen_slope(steady), abs=0.02)
    assert direction_of(odd) == "rising"


def test_alternating_values_have_no_trend() -> None:
    assert direction_of([0.4, 0.6] * 6) == "none"


def test_a_rise_smaller_than_the_scatter_is_not_a_trend() -> None:
    two_levels = [place * 0.005 + (0.7 if place % 2 else 0.1) for place in range(WINDOW)]
    assert direction_of(two_levels[::2]) == "rising"
    assert direction_of(two_levels) == "none"


def test_constant_values_have_no_trend_and_no_spread() -> None:
    figures = trend_of([0.5] * 10)
    assert (figures.direction, figures.spread) == ("none", 0)


def test_random_values_seldom_have_a_trend() -> None:
    dice = random.Random(7)
    rows = [[dice.random() for _ in range(dice.randint(MIN_TAKES, WINDOW))] for _ in range(400)]
    named = sum(direction_of(row) != "none" for row in rows)
    assert named <= 20, "at most one in twenty random series has a trend"


def test_a_slow_noisy_rise_is_found_in_twenty_takes() -> None:
    dice = random.Random(7)
    rows = [[0.2 + 0.025 * n + dice.uniform(-0.1, 0.1) for n in range(WINDOW)] for _ in range(50)]
    assert all(direction_of(row) == "rising" for row in rows)


def test_only_the_newest_takes_determine_the_trend() -> None:
    risen, fallen = [n / 30 for n in range(30)], [1 - n / 20 for n in range(WINDOW)]
    assert trend_of([*risen, *fallen]).direction == "falling"


def test_the_latest_value_is_the_median_of_the_last_five_takes_after_the_first() -> None:
    assert trend_of([0.9, 0.1]).latest == 0.1
    assert trend_of([0.9, 0.1, 0.2, 0.3, 0.4, 1.0]).latest == 0.3
    assert trend_of([0.9]).latest is None
    assert trend_of([]).first is None


@given(SHARES)
def test_trends_of_any_values_stay_in_range(values: list[float]) -> None:
    figures = trend_of(values)
    for share in (figures.first, figures.latest, figures.spread):
        assert share is None or 0 <= share <= 1
    assert figures.slope is None or -1 <= figures.slope <= 1


@given(st.lists(st.floats(0, 1), min_size=MIN_TAKES, max_size=WINDOW))
def test_reversed_values_have_the_opposite_trend(values: list[float]) -> None:
    turned = {"rising": "falling", "falling": "rising"}
    assert direction_of(values[::-1]) == turned.get(direction_of(values), "none")
