"""The stage keeps the current state of a rehearsal: countdown, line, beat, pause, cue, note."""

from __future__ import annotations

import pytest
from display_help import line, news, reading, rehearsal, run_info, timeline

from coach.base.events import BeatStarted, CueDue, LineStarted, NoteGiven, Paused, Resumed, TakeEnded, TakeStarted
from coach.core.script.timeline import Timeline
from coach.display.rehearsal.stage import SHOWN_S, Stage
from coach.display.rehearsal.wording import line_number


def at(t: float) -> Stage:
    """The stage of the synthetic rehearsal after all events up to and including `t`."""
    stage = Stage(run_info())
    for event in rehearsal():
        if event.t > t:
            break
        stage.handle(event)
    return stage


@pytest.mark.parametrize(
    ("t", "count"), [(-3.0, 3), (-2.1, 3), (-2.0, 2), (-1.5, 2), (-0.5, 1), (0.0, None), (1.0, None)]
)
def test_the_lead_in_counts_down_from_three_and_then_stops(t: float, count: int | None) -> None:
    assert at(t).countdown == count


def test_the_lead_in_and_beats_show_the_next_line() -> None:
    assert at(-1.0).featured is news().turns[0] or at(-1.0).featured == news().turns[0]
    beat = at(14.5)
    assert beat.phase == "beat"
    assert beat.featured == news().turns[2]
    assert beat.part is None, "a beat has no target"


def test_every_line_but_the_last_has_a_following_line() -> None:
    assert at(1.0).following == news().turns[1]
    assert at(16.0).following is None


def test_in_a_loop_the_first_line_follows_the_last() -> None:
    stage = Stage(run_info(loop=2))
    stage.handle(LineStarted(15.0, 3, 21.0))
    assert stage.following == news().turns[0]


def test_the_time_left_falls_to_zero_and_never_below() -> None:
    assert at(0.0).left_share == pytest.approx(1.0)
    assert at(1.5).left_s == pytest.approx(4.5)
    assert at(1.5).left_share == pytest.approx(0.75)
    stage = at(0.0)
    stage.handle(reading(99.0, "sad", 1, True))
    assert (stage.left_s, stage.left_share) == (0.0, 0.0)


def test_a_pause_keeps_the_time_left_and_resuming_shifts_the_end() -> None:
    stage = Stage(run_info())
    stage.handle(LineStarted(6.0, 2, 12.0))
    stage.handle(Paused(8.0))
    stage.handle(reading(9.9, "fear", None, None))
    assert stage.paused
    assert stage.left_s == pytest.approx(4.0)
    stage.handle(Resumed(10.0))
    stage.handle(reading(11.0, "fear", 2, True))
    assert not stage.paused
    assert stage.left_s == pytest.approx(3.0)


def test_the_parts_of_an_arc_become_the_target_in_order() -> None:
    stage = Stage(run_info())
    stage.handle(LineStarted(15.0, 3, 21.0))
    assert stage.part is not None
    assert stage.part.accepted == ("sad",)
    stage.handle(reading(17.0, "happy", 3, True))
    assert stage.part.accepted == ("happy",)


def test_an_untracked_line_has_no_target() -> None:
    stage = Stage(run_info(timeline(line("Hello.", None))))
    stage.handle(LineStarted(0.0, 1, 6.0))
    assert stage.part is None


def test_a_note_disappears_after_a_few_seconds() -> None:
    stage = Stage(run_info())
    stage.handle(NoteGiven(3.0, 1, "Let it land.", 6.0))
    stage.handle(reading(3.0 + SHOWN_S - 0.1, "sad", 1, True))
    assert stage.note == "Let it land."
    stage.handle(reading(3.0 + SHOWN_S, "sad", 1, True))
    assert stage.note == ""


@pytest.mark.parametrize("given_in", ["line", "beat"])
def test_a_note_disappears_when_the_next_line_starts(given_in: str) -> None:
    stage = Stage(run_info())
    if given_in == "beat":
        stage.handle(BeatStarted(4.0, 6.0))
    stage.handle(NoteGiven(5.0, 1, "Let it land.", 6.0))
    assert stage.note == "Let it land."
    stage.handle(LineStarted(6.0, 2, 12.0))
    assert stage.note == ""


def test_an_announcement_is_not_a_cue_and_disappears_when_its_line_starts() -> None:
    stage = Stage(run_info())
    stage.handle(LineStarted(0.0, 1, 6.0))
    stage.handle(CueDue(4.0, 2, "A car door.", "cue", 6.0))
    stage.handle(CueDue(5.0, 2, "fear", "emotion", 6.0))
    assert (stage.cue, stage.announced) == ("A car door.", "fear")
    stage.handle(reading(9.0, "sad", 1, True))
    assert stage.announced == "fear", "the announcement stays until the key is pressed"
    stage.handle(LineStarted(9.5, 2, 15.5))
    assert stage.announced == ""


def test_a_line_that_has_started_is_not_announced_again() -> None:
    stage = Stage(run_info())
    stage.handle(LineStarted(7.0, 2, 13.0, attempt=2))
    stage.handle(CueDue(7.0, 2, "fear", "emotion", 8.0))
    assert stage.announced == ""
    stage.handle(CueDue(12.0, 3, "", "tone", 13.0))
    assert stage.announced == "line 3"


def test_a_line_waits_only_after_its_planned_end_and_only_where_a_key_ends_it() -> None:
    timed, keyed = Stage(run_info()), Stage(run_info(advance="key"))
    for stage in (timed, keyed):
        stage.handle(LineStarted(0.0, 1, 6.0))
        assert not stage.waits
        stage.handle(reading(7.0, "sad", 1, True))
    assert (timed.waits, keyed.waits) == (False, True)
    keyed.handle(BeatStarted(8.0, 8.0))
    assert not keyed.waits


@pytest.mark.parametrize(("first", "text"), [(0, "line 2 of 3"), (1, "line 2 (1 of 2)")])
def test_a_line_is_counted_among_the_lines_to_play(first: int, text: str) -> None:
    script = news()
    stage = Stage(run_info(Timeline(script.title, "en", script.turns[first:])))
    assert line_number(script.turns[1], stage) == text


def test_a_cue_stays_until_its_line_starts_and_a_tone_does_not_replace_it() -> None:
    stage = Stage(run_info())
    stage.handle(CueDue(1.0, 2, "A car door.", "cue", 6.0))
    stage.handle(CueDue(5.5, 2, "", "tone", 6.0))
    assert stage.cue == "A car door."
    stage.handle(reading(6.1, "sad", 2, False))
    assert stage.cue == ""


def test_the_stage_keeps_the_cause_of_the_end() -> None:
    stage = Stage(run_info())
    stage.handle(TakeStarted(0.0))
    stage.handle(TakeEnded(4.0, "quit"))
    assert (stage.phase, stage.cause) == ("ended", "quit")


def test_a_timeline_without_lines_has_nothing_to_show() -> None:
    stage = Stage(run_info(Timeline("Silence", "en", ())))
    stage.handle(BeatStarted(0.0, 1.0))
    assert (stage.featured, stage.following, stage.count) == (None, None, 0)
