"""Take times from container timestamps, including broken ones."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.sources.files.decoder import FALLBACK_FPS, LEAP_S, FrameTimes, sane_fps

STAMPS = st.lists(st.one_of(st.none(), st.fractions(-(10**6), 10**6, max_denominator=90_000)), max_size=60)


def times_of(stamps: list[float | None], rate: float = 10) -> list[float]:
    times = FrameTimes(rate)
    return [round(times.stamp(None if s is None else Fraction(s)), 6) for s in stamps]


@given(STAMPS, st.floats() | st.none())
def test_time_starts_at_zero_and_always_grows(stamps: list[Fraction | None], rate: float | None) -> None:
    times = FrameTimes(rate)
    seconds = [times.stamp(stamp) for stamp in stamps]
    assert seconds[:1] in ([], [0.0])
    assert all(a < b for a, b in pairwise(seconds))


@given(
    st.lists(st.fractions(Fraction(1, 1000), LEAP_S, max_denominator=1000), max_size=40), st.integers(-(10**6), 10**6)
)
def test_valid_timestamps_are_kept_relative_to_the_first(steps: list[Fraction], start: int) -> None:
    times, at = FrameTimes(25), Fraction(start)
    assert times.stamp(at) == 0.0
    for step in steps:
        at += step
        assert times.stamp(at) == float(at - start)
    assert times.guessed == 0


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([None, None, None], [0, 0.1, 0.2]),
        ([0, 0, 0], [0, 0.1, 0.2]),
        ([0, None, 0.2], [0, 0.1, 0.2]),
        ([None, 5, 6], [0, 0.1, 1.1]),
        ([0, 1, 0.9, 1.2], [0, 1, 1.1, 1.2]),
        ([0, 1, 90000, 90001], [0, 1, 1.1, 2.1]),
        ([50, 51, 0, 1], [0, 1, 1.1, 2.1]),
    ],
    ids=["none at all", "stuck", "one missing", "first missing", "small step back", "leap forward", "clock anew"],
)
def test_a_frame_without_a_valid_timestamp_follows_the_previous_one(
    stamps: list[float | None], expected: list[float]
) -> None:
    assert times_of(stamps) == pytest.approx(expected)


def test_a_long_step_is_a_pause_if_the_file_is_known_to_last_that_long() -> None:
    times = FrameTimes(10)
    times.known_s = 300.0
    assert [times.stamp(Fraction(t)) for t in (50, 51, 349, 350, 90_000)] == [0, 1, 299, 300, 300.1]
    assert times.guessed == 1


@pytest.mark.parametrize(("zero", "first"), [(5, 2.0), (7, 0.0), (9, 0.0), (-500, 0.0), (None, 0.0)])
def test_time_starts_where_the_file_begins_if_that_can_be_true(zero: int | None, first: float) -> None:
    times = FrameTimes(10, None if zero is None else Fraction(zero))
    assert [times.stamp(Fraction(t)) for t in (7, 8)] == [first, first + 1]


def test_guessed_times_are_counted() -> None:
    times = FrameTimes(10)
    for stamp in (Fraction(0), None, Fraction(1), Fraction(1)):
        times.stamp(stamp)
    assert times.guessed == 2


@pytest.mark.parametrize("rate", [None, 0, -1, 0.0001, 600, 1000, 90_000, float("nan"), float("inf")])
def test_an_implausible_rate_is_replaced(rate: float | None) -> None:
    assert sane_fps(rate) == FALLBACK_FPS


def test_a_plausible_rate_is_kept_exactly() -> None:
    assert sane_fps(Fraction(30000, 1001)) == Fraction(30000, 1001)
