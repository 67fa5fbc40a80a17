"""Curves for pictures: thinned without losing a peak, broken at gaps, joined where nothing else could be drawn."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.core.analysis.curves import (
    Interval,
    Point,
    clipped,
    decimated,
    interpolated,
    intervals,
    merge_short,
    split_at_gaps,
)

SECONDS = 100.0

curves = st.lists(st.tuples(st.floats(0, SECONDS), st.floats(0, 1)), max_size=300).map(sorted)
counts = st.integers(1, 40)


def bucket(t: float, buckets: int) -> int:
    return min(int(t / SECONDS * buckets), buckets - 1)


@given(curves, counts)
def test_every_part_keeps_its_lowest_and_highest_point(points: list[Point], buckets: int) -> None:
    kept = decimated(points, SECONDS, buckets)
    for number in range(buckets):
        before = [v for t, v in points if bucket(t, buckets) == number]
        after = [v for t, v in kept if bucket(t, buckets) == number]
        assert (min(before, default=None), max(before, default=None)) == (
            min(after, default=None),
            max(after, default=None),
        )


@given(curves, counts)
def test_what_is_kept_was_there_in_its_order_and_is_little(points: list[Point], buckets: int) -> None:
    kept = decimated(points, SECONDS, buckets)
    rest = iter(points)
    assert all(point in rest for point in kept)
    assert len(kept) <= 4 * buckets or len(points) <= 4
    assert kept[:1] == points[:1]
    assert kept[-1:] == points[-1:]


def test_a_peak_of_one_reading_in_two_hours_is_kept() -> None:
    points = [(n / 30, 0.1) for n in range(216_000)]
    points[123_456] = (123_456 / 30, 0.97)
    kept = decimated(points, 7200.0, 1200)
    assert max(kept, key=lambda point: point[1]) == (123_456 / 30, 0.97)
    assert len(kept) <= 4800


def test_a_curve_breaks_where_a_gap_begins_between_two_points() -> None:
    points = [(0.0, 0.1), (1.0, 0.2), (3.0, 0.3), (4.0, 0.4)]
    assert split_at_gaps(points, [Interval(1.5, 2.5, "no face")]) == (tuple(points[:2]), tuple(points[2:]))
    assert split_at_gaps(points, []) == (tuple(points),)
    assert split_at_gaps([], [Interval(0.0, 1.0, "no face")]) == ()


def test_a_moment_holds_until_the_next_but_not_for_ever() -> None:
    moments = [(0.0, "sad"), (0.5, "sad"), (1.0, "fear"), (5.0, "fear")]
    assert intervals(moments, 5.2, held_s=1.0) == [
        Interval(0.0, 1.0, "sad"),
        Interval(1.0, 2.0, "fear"),
        Interval(5.0, 5.2, "fear"),
    ]


def test_what_is_too_short_to_be_drawn_is_joined_and_the_longest_speaks() -> None:
    parts = [Interval(0.0, 5.0, "a"), Interval(5.0, 5.1, "b"), Interval(5.1, 5.3, "c"), Interval(5.3, 9.0, "a")]
    assert merge_short(parts, 0.0) == parts
    assert merge_short(parts, 1.0) == [parts[0], Interval(5.0, 5.3, "c"), parts[3]]


@given(st.lists(st.tuples(st.floats(0.01, 3), st.sampled_from("abc")), max_size=50), st.floats(0, 5))
def test_joined_parts_cover_the_same_time_in_order(lengths: list[tuple[float, str]], least_s: float) -> None:
    parts, t = [], 0.0
    for length, value in lengths:
        parts.append(Interval(t, t + length, value))
        t += length
    kept = merge_short(parts, least_s)
    assert sum(part.length for part in kept) == pytest.approx(t)
    assert all(a.end == pytest.approx(b.start) for a, b in itertools.pairwise(kept))


def test_a_part_of_a_curve_ends_on_the_line_between_its_points() -> None:
    points = [(0.0, 0.0), (2.0, 1.0), (4.0, 0.0)]
    assert clipped(points, 1.0, 3.0) == [(1.0, 0.5), (2.0, 1.0), (3.0, 0.5)]
    assert interpolated(points, -1.0) == 0.0
    assert interpolated(points, 9.0) == 0.0
