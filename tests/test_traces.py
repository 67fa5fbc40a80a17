"""How much of a line came across while it was played, from its start on."""

from __future__ import annotations

import pytest
from core_help import CARD, probabilities
from hypothesis import given
from hypothesis import strategies as st
from takes_help import SCRIPT, make_report

from coach.base.types import Box, Emotion
from coach.core.analysis.line_curves import POINTS, LineCurve, line_curve_of, played_spans
from coach.core.analysis.moments import Moment, TakeMoments
from coach.core.scoring.verdict import Judge

JUDGE = Judge(CARD.evidence, (), "standard")
LINE = make_report().lines[0].model_copy(update={"index": 1, "start_s": 10.0, "end_s": 13.0})


def moment(t: float, emotion: Emotion | None = "sad", line: int | None = 1, part: int = 0) -> Moment:
    """What was read at `t`."""
    smoothed = probabilities(emotion, 0.7) if emotion else None
    return Moment(t, smoothed, emotion, line, None, None if emotion else "no face", Box(0, 0, 9, 9), 1.0, part)


def arc(*moments: Moment, pauses: tuple[tuple[float, float], ...] = ()) -> TakeMoments:
    """An arc of these moments."""
    return TakeMoments(moments, (), pauses, 20.0)


def trace(found: TakeMoments, **fields: object) -> LineCurve:
    """The trace of line 1."""
    made = line_curve_of(found, LINE.model_copy(update=fields), SCRIPT, JUDGE)
    assert made is not None
    return made


def test_a_trace_begins_with_the_line_and_holds_its_last_reading_to_the_end() -> None:
    made = trace(arc(moment(9.9, line=None), moment(10.0), moment(11.0), moment(12.9), moment(13.1, line=2)))
    assert made.seconds == 3.0
    assert [[t for t, _ in run] for run in made.runs] == [[0.0, 1.0], [2.9, 3.0]]
    assert made.runs[0][0][1] == pytest.approx(0.7)


def test_where_the_face_was_not_seen_a_new_run_begins() -> None:
    made = trace(arc(*(moment(10 + n / 10, None if 10 <= n < 15 else "sad") for n in range(30))))
    assert [(run[0][0], run[-1][0]) for run in made.runs] == [(0.0, 0.9), (1.5, 3.0)]


def test_pauses_are_taken_out_of_the_time() -> None:
    made = trace(arc(moment(10.5), moment(14.5), pauses=((11.0, 14.0),)), end_s=16.0)
    assert made.seconds == 3.0
    assert [t for run in made.runs for t, _ in run] == [0.5, 1.5]


def test_only_the_attempt_that_the_report_tells_of_counts() -> None:
    made = trace(arc(moment(3.0), moment(10.5), moment(15.0)))
    assert [t for run in made.runs for t, _ in run] == [0.5]


def test_each_part_of_an_arc_asks_for_its_own() -> None:
    line = LINE.model_copy(update={"index": 2, "target": "fear > surprise > happy"})
    moments = [moment(10.0 + part, "surprise", 2, part) for part in range(3)]
    made = line_curve_of(arc(*moments), line, SCRIPT, JUDGE)
    assert made is not None
    assert [round(value, 2) for run in made.runs for _, value in run][:3] == [0.05, 0.7, 0.05]


def test_a_line_that_was_not_played_has_no_trace() -> None:
    assert line_curve_of(arc(moment(10.0)), LINE.model_copy(update={"start_s": None}), SCRIPT, JUDGE) is None


def test_a_long_line_is_thinned_and_keeps_its_ends() -> None:
    made = trace(arc(*(moment(10 + n / 1000) for n in range(3000))))
    assert POINTS / 2 < len(made.runs[0]) <= POINTS * 2
    assert (made.runs[0][0][0], made.runs[0][-1][0]) == (0.0, 3.0)


def test_cells_are_means_and_empty_where_nothing_was_seen() -> None:
    made = LineCurve(4.0, (((0.0, 0.2), (0.5, 0.4)), ((3.0, 1.0), (4.0, 1.0))))
    assert made.cells(4) == [pytest.approx(0.3), None, None, 1.0]
    assert made.cells(4, 8.0) == [pytest.approx(0.3), 1.0, 1.0, None]


def test_cells_between_two_readings_hold_the_earlier_one() -> None:
    assert LineCurve(1.0, (((0.0, 0.2), (0.5, 0.8), (1.0, 0.8)),)).cells(5) == [0.2, 0.2, 0.8, 0.8, 0.8]


def test_spans_leave_pauses_out() -> None:
    assert played_spans(10, 20, [(1, 2), (12, 13), (25, 30)]) == [(10, 12), (13, 20)]
    assert played_spans(10, 20, [(8, 11), (19, 22)]) == [(11, 19)]
    assert played_spans(10, 20, [(5, 25)]) == []


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 5)), max_size=5))
def test_spans_and_pauses_make_up_the_whole(found: list[tuple[float, float]]) -> None:
    pauses, t = [], 0.0
    for gap, length in found:
        pauses.append((t + gap, t + gap + length))
        t += gap + length
    spans = played_spans(10, 20, pauses)
    paused = sum(max(0.0, min(over, 20) - max(begin, 10)) for begin, over in pauses)
    assert sum(end - start for start, end in spans) == pytest.approx(10 - paused, abs=1e-6)
    assert all(start <= end for start, end in spans)
