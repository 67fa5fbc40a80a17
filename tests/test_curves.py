"""Curves: decimation keeps peaks, gaps split a curve, short intervals are merged; the curve of one line."""

from __future__ import annotations

import itertools

import pytest
from core_help import CARD, probabilities
from hypothesis import given
from hypothesis import strategies as st
from takes_help import SCRIPT, make_report

from coach.base.types import Box, Emotion
from coach.core.analysis.curves import (
    MAX_POINTS,
    Interval,
    LineCurve,
    Point,
    clip,
    decimate,
    interpolate,
    intervals,
    line_curve_of,
    merge_short,
    played_spans,
    split_at_gaps,
)
from coach.core.analysis.moments import Moment, TakeMoments
from coach.core.scoring.verdict import Judge

SECONDS = 100.0

curves = st.lists(st.tuples(st.floats(0, SECONDS), st.floats(0, 1)), max_size=300).map(sorted)
counts = st.integers(1, 40)


def bucket(t: float, buckets: int) -> int:
    return min(int(t / SECONDS * buckets), buckets - 1)


@given(curves, counts)
def test_decimation_keeps_the_extremes_of_every_bucket(points: list[Point], buckets: int) -> None:
    decimated_points = decimate(points, SECONDS, buckets)
    for number in range(buckets):
        before = [v for t, v in points if bucket(t, buckets) == number]
        after = [v for t, v in decimated_points if bucket(t, buckets) == number]
        assert (min(before, default=None), max(before, default=None)) == (
            min(after, default=None),
            max(after, default=None),
        )


@given(curves, counts)
def test_decimated_points_are_few_original_and_in_order(points: list[Point], buckets: int) -> None:
    decimated_points = decimate(points, SECONDS, buckets)
    remaining = iter(points)
    assert all(point in remaining for point in decimated_points)
    assert len(decimated_points) <= 4 * buckets or len(points) <= 4
    assert decimated_points[:1] == points[:1]
    assert decimated_points[-1:] == points[-1:]


def test_a_peak_of_a_single_reading_in_two_hours_is_kept() -> None:
    points = [(n / 30, 0.1) for n in range(216_000)]
    points[123_456] = (123_456 / 30, 0.97)
    decimated_points = decimate(points, 7200.0, 1200)
    assert max(decimated_points, key=lambda point: point[1]) == (123_456 / 30, 0.97)
    assert len(decimated_points) <= 4800


def test_a_curve_is_split_where_a_gap_starts() -> None:
    points = [(0.0, 0.1), (1.0, 0.2), (3.0, 0.3), (4.0, 0.4)]
    assert split_at_gaps(points, [Interval(1.5, 2.5, "no face")]) == (tuple(points[:2]), tuple(points[2:]))
    assert split_at_gaps(points, []) == (tuple(points),)
    assert split_at_gaps([], [Interval(0.0, 1.0, "no face")]) == ()


def test_a_value_holds_until_the_next_one_but_only_for_a_limited_time() -> None:
    moments = [(0.0, "sad"), (0.5, "sad"), (1.0, "fear"), (5.0, "fear")]
    assert intervals(moments, 5.2, max_hold_s=1.0) == [
        Interval(0.0, 1.0, "sad"),
        Interval(1.0, 2.0, "fear"),
        Interval(5.0, 5.2, "fear"),
    ]


def test_short_intervals_are_merged_to_the_value_of_the_longest() -> None:
    parts = [Interval(0.0, 5.0, "a"), Interval(5.0, 5.1, "b"), Interval(5.1, 5.3, "c"), Interval(5.3, 9.0, "a")]
    assert merge_short(parts, 0.0) == parts
    assert merge_short(parts, 1.0) == [parts[0], Interval(5.0, 5.3, "c"), parts[3]]


@given(st.lists(st.tuples(st.floats(0.01, 3), st.sampled_from("abc")), max_size=50), st.floats(0, 5))
def test_merged_intervals_cover_the_same_time_in_order(lengths: list[tuple[float, str]], least_s: float) -> None:
    parts, t = [], 0.0
    for length, value in lengths:
        parts.append(Interval(t, t + length, value))
        t += length
    merged = merge_short(parts, least_s)
    assert sum(part.length for part in merged) == pytest.approx(t)
    assert all(a.end == pytest.approx(b.start) for a, b in itertools.pairwise(merged))


def test_a_clipped_curve_has_interpolated_ends() -> None:
    points = [(0.0, 0.0), (2.0, 1.0), (4.0, 0.0)]
    assert clip(points, 1.0, 3.0) == [(1.0, 0.5), (2.0, 1.0), (3.0, 0.5)]
    assert interpolate(points, -1.0) == 0.0
    assert interpolate(points, 9.0) == 0.0


JUDGE = Judge(CARD.evidence, (), "standard")
LINE = make_report().lines[0].model_copy(update={"index": 1, "start_s": 10.0, "end_s": 13.0})


def moment(t: float, emotion: Emotion | None = "sad", line: int | None = 1, part: int = 0) -> Moment:
    """A moment at `t`; without an `emotion` the face is unusable."""
    smoothed = probabilities(emotion, 0.7) if emotion else None
    return Moment(t, smoothed, emotion, line, None, None if emotion else "no face", Box(0, 0, 9, 9), 1.0, part)


def take_of(*moments: Moment, pauses: tuple[tuple[float, float], ...] = ()) -> TakeMoments:
    """A take with these moments."""
    return TakeMoments(moments, (), pauses, 20.0)


def line_curve(take: TakeMoments, **fields: object) -> LineCurve:
    """The curve of line 1."""
    curve = line_curve_of(take, LINE.model_copy(update=fields), SCRIPT, JUDGE)
    assert curve is not None
    return curve


def test_a_line_curve_starts_with_the_line_and_holds_its_last_reading() -> None:
    curve = line_curve(take_of(moment(9.9, line=None), moment(10.0), moment(11.0), moment(12.9), moment(13.1, line=2)))
    assert curve.seconds == 3.0
    assert [[t for t, _ in run] for run in curve.segments] == [[0.0, 1.0], [2.9, 3.0]]
    assert curve.segments[0][0][1] == pytest.approx(0.7)


def test_a_line_curve_is_split_where_the_face_was_unseen() -> None:
    curve = line_curve(take_of(*(moment(10 + n / 10, None if 10 <= n < 15 else "sad") for n in range(30))))
    assert [(run[0][0], run[-1][0]) for run in curve.segments] == [(0.0, 0.9), (1.5, 3.0)]


def test_a_line_curve_has_no_pauses() -> None:
    curve = line_curve(take_of(moment(10.5), moment(14.5), pauses=((11.0, 14.0),)), end_s=16.0)
    assert curve.seconds == 3.0
    assert [t for run in curve.segments for t, _ in run] == [0.5, 1.5]


def test_a_line_curve_has_only_the_reported_attempt() -> None:
    curve = line_curve(take_of(moment(3.0), moment(10.5), moment(15.0)))
    assert [t for run in curve.segments for t, _ in run] == [0.5]


def test_a_line_curve_follows_the_parts_of_an_arc() -> None:
    line = LINE.model_copy(update={"index": 2, "target": "fear > surprise > happy"})
    moments = [moment(10.0 + part, "surprise", 2, part) for part in range(3)]
    curve = line_curve_of(take_of(*moments), line, SCRIPT, JUDGE)
    assert curve is not None
    assert [round(value, 2) for run in curve.segments for _, value in run][:3] == [0.05, 0.7, 0.05]


def test_an_unplayed_line_has_no_curve() -> None:
    assert line_curve_of(take_of(moment(10.0)), LINE.model_copy(update={"start_s": None}), SCRIPT, JUDGE) is None


def test_a_long_line_curve_is_decimated_but_keeps_its_ends() -> None:
    curve = line_curve(take_of(*(moment(10 + n / 1000) for n in range(3000))))
    assert MAX_POINTS / 2 < len(curve.segments[0]) <= MAX_POINTS * 2
    assert (curve.segments[0][0][0], curve.segments[0][-1][0]) == (0.0, 3.0)


def test_resampling_takes_means_and_leaves_gaps_empty() -> None:
    curve = LineCurve(4.0, (((0.0, 0.2), (0.5, 0.4)), ((3.0, 1.0), (4.0, 1.0))))
    assert curve.resample(4) == [pytest.approx(0.3), None, None, 1.0]
    assert curve.resample(4, 8.0) == [pytest.approx(0.3), 1.0, 1.0, None]


def test_resampling_holds_values_between_two_readings() -> None:
    assert LineCurve(1.0, (((0.0, 0.2), (0.5, 0.8), (1.0, 0.8)),)).resample(5) == [0.2, 0.2, 0.8, 0.8, 0.8]


def test_played_spans_exclude_pauses() -> None:
    assert played_spans(10, 20, [(1, 2), (12, 13), (25, 30)]) == [(10, 12), (13, 20)]
    assert played_spans(10, 20, [(8, 11), (19, 22)]) == [(11, 19)]
    assert played_spans(10, 20, [(5, 25)]) == []


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 5)), max_size=5))
def test_played_spans_and_pauses_cover_the_whole_take(gaps_and_lengths: list[tuple[float, float]]) -> None:
    pauses, t = [], 0.0
    for gap, length in gaps_and_lengths:
        pauses.append((t + gap, t + gap + length))
        t += gap + length
    spans = played_spans(10, 20, pauses)
    paused = sum(max(0.0, min(pause_end, 20) - max(begin, 10)) for begin, pause_end in pauses)
    assert sum(end - start for start, end in spans) == pytest.approx(10 - paused, abs=1e-6)
    assert all(start <= end for start, end in spans)
