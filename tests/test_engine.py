"""The rehearsal engine: every event is emitted at its due time, and commands work in live takes."""

from __future__ import annotations

from typing import TypeVar

import pytest
from core_help import frames, line, play, seen, steadily, timeline, unseen, without_readings
from hypothesis import given
from hypothesis import strategies as st

from coach.base.events import (
    BeatStarted,
    Command,
    CommandName,
    CommandTaken,
    CueDue,
    Event,
    LineEnded,
    LineStarted,
    NoteGiven,
    Paused,
    Reading,
    Resumed,
    TakeEnded,
    TakeStarted,
)
from coach.base.settings import Settings
from coach.base.types import Observation, Tick
from coach.core.script.timeline import Timeline, cue_s

TWO = timeline((line(emotion="sad"), 4), (line(emotion="happy", cue="A door."), 6))

E = TypeVar("E", bound=Event)


def events_of(kind: type[E], events: list[Event]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def test_a_recorded_take_plays_its_lines() -> None:
    events = without_readings(play(TWO, frames(10, steadily("sad")), Settings(coach="off")))
    assert events == [
        TakeStarted(0.0),
        LineStarted(0.0, 1, 4.0),
        CueDue(4.0 - cue_s("A door."), 2, "A door.", "cue", 4.0),
        LineEnded(4.0, 1),
        LineStarted(4.0, 2, 10.0),
        LineEnded(10.0, 2),
        TakeEnded(10.0, "finished"),
    ]


def test_a_stalled_camera_loses_no_cue() -> None:
    """One late observation emits all events that were due, each with its own time."""
    settings = Settings(coach="off")
    smooth = without_readings(play(TWO, frames(10, steadily("sad")), settings))
    stalled = without_readings(play(TWO, [seen(0.0, "sad"), Tick(9.9)], settings))
    assert stalled == smooth


def test_a_live_run_starts_with_a_lead_in_that_contains_the_first_cue() -> None:
    lines = timeline((line(cue="Lights."), 3))
    events = without_readings(play(lines, [Tick(-3 + i / 10) for i in range(61)], Settings(lead_in_s=3), live=True))
    assert events[0] == TakeStarted(-3.0)
    assert isinstance(events[1], CueDue)
    assert events[1].t == pytest.approx(-cue_s("Lights."))
    assert events[2] == LineStarted(0.0, 1, 3.0)
    assert events[-1] == TakeEnded(3.0, "finished")


def test_a_cue_longer_than_its_beat_starts_with_the_beat() -> None:
    lines = timeline((line(), 4), (None, 0.5), (line(cue="A very long cue that nobody could say in time."), 4))
    (cue,) = events_of(CueDue, play(lines, frames(8.5, steadily("sad"))))
    assert cue.t == 4.0


def test_announcements_follow_the_cue_and_end_at_the_start_of_the_line() -> None:
    lines = timeline((line(), 6), (line("One two three four five six", "fear > angry", cue="A door."), 4))
    for announce, text in [("emotion", "fear, then angry"), ("line", "One two three four"), ("tone", "")]:
        cues = events_of(CueDue, play(lines, frames(10, steadily("sad")), Settings(announce=announce)))
        cue, announcement = [event for event in cues if event.index == 2]
        assert (cue.kind, announcement.kind, announcement.text) == ("cue", announce, text)
        assert cue.t + cue_s(cue.text) == pytest.approx(announcement.t)
        assert announcement.t < announcement.deadline == 6.0


def test_a_pause_shifts_everything_after_it() -> None:
    inputs = [Tick(1.0), Command(1.0, "pause"), Tick(3.0), Command(6.0, "pause"), Tick(20.0)]  # a pause of 5 s
    events = without_readings(play(TWO, inputs, Settings(lead_in_s=0), live=True))
    assert Paused(1.0) in events
    assert Resumed(6.0) in events
    assert LineEnded(9.0, 1) in events
    assert events[-1] == TakeEnded(15.0, "finished")


def test_a_paused_take_emits_no_cues_and_scores_nothing() -> None:
    inputs = [Command(1.0, "pause"), *frames(30, steadily("happy"), start=1.0)]
    events = play(TWO, inputs, Settings(lead_in_s=0), live=True, end=30.0)
    assert not events_of(CueDue, events)
    assert not events_of(NoteGiven, events)
    assert {reading.index for reading in events_of(Reading, events)} == {None}


def test_the_repeat_command_plays_the_line_again_as_a_new_attempt() -> None:
    events = without_readings(
        play(TWO, [Tick(5.0), Command(5.0, "repeat"), Tick(30.0)], Settings(lead_in_s=0), live=True)
    )
    assert LineEnded(5.0, 2, cut=True) in events
    assert LineStarted(5.0, 2, 11.0, attempt=2) in events
    last_cue = events_of(CueDue, events)[-1]
    assert last_cue.t == 5.0
    assert last_cue.deadline > 5.0


def test_the_back_command_plays_the_previous_line() -> None:
    events = without_readings(
        play(TWO, [Tick(5.0), Command(5.0, "back"), Tick(30.0)], Settings(lead_in_s=0), live=True)
    )
    assert LineStarted(5.0, 1, 9.0, attempt=2) in events
    assert LineStarted(9.0, 2, 15.0, attempt=2) in events


def test_the_back_command_restarts_the_first_line() -> None:
    events = without_readings(
        play(TWO, [Tick(1.0), Command(1.0, "back"), Tick(2.0)], Settings(lead_in_s=0), live=True, end=2.0)
    )
    assert LineStarted(1.0, 1, 5.0, attempt=2) in events


def test_with_advance_by_key_a_line_lasts_until_the_key() -> None:
    settings = Settings(lead_in_s=0, advance="key")
    inputs = [Tick(50.0), Command(50.0, "next"), Tick(60.0), Command(61.0, "next")]
    events = without_readings(play(TWO, inputs, settings, live=True))
    assert LineStarted(50.0, 2, 56.0) in events
    assert events[-1] == TakeEnded(61.0, "finished")


def test_a_key_pressed_before_the_cue_triggers_the_cue_at_once() -> None:
    settings = Settings(lead_in_s=0, advance="key")
    events = without_readings(play(TWO, [Command(1.0, "next")], settings, live=True, end=1.5))
    kinds = [type(event).__name__ for event in events]
    assert kinds[kinds.index("CueDue") : kinds.index("CueDue") + 3] == ["CueDue", "LineEnded", "LineStarted"]


@pytest.mark.parametrize("name", ["back", "repeat", "next"])
def test_a_recorded_take_only_pauses_and_quits(name: CommandName) -> None:
    plain = play(TWO, frames(10, steadily("sad")))
    inputs: list[Observation | Command] = [*frames(5, steadily("sad")), Command(4.99, name)]
    assert play(TWO, [*inputs, *frames(10, steadily("sad"), start=5.0)]) == plain


def test_the_quit_command_ends_the_take_at_once_and_cuts_the_line() -> None:
    events = without_readings(play(TWO, [Tick(2.0), Command(2.0, "quit"), Tick(9.0)]))
    assert events[-3:] == [CommandTaken(2.0, "quit"), LineEnded(2.0, 1, cut=True), TakeEnded(2.0, "quit")]


def test_the_lines_are_repeated_as_often_as_the_loop_setting_says() -> None:
    settings = Settings(lead_in_s=0, loop=3)
    events = without_readings(play(TWO, [Tick(i / 2) for i in range(100)], settings, live=True))
    starts = [(start.index, start.attempt) for start in events_of(LineStarted, events)]
    assert starts == [(1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (2, 3)]
    assert events[-1] == TakeEnded(30.0, "finished")


def test_a_sustained_mismatch_gives_a_live_note() -> None:
    (note,) = events_of(NoteGiven, play(TWO, frames(10, steadily("sad"))))
    assert (note.index, note.text) == (2, "Lift. Let light in.")
    assert 4 + 1.2 < note.t < 4 + 3  # line 2 starts at 4 s, and a note needs 1.2 s of mismatch
    assert note.deadline == 10.0


def test_a_face_on_target_gets_no_note() -> None:
    assert not events_of(NoteGiven, play(TWO, frames(10, lambda t: seen(t, "sad" if t < 4 else "happy"))))


def test_an_unseen_face_gets_no_note() -> None:
    assert not events_of(NoteGiven, play(TWO, frames(10, unseen)))


def test_no_note_is_given_just_before_the_line_ends() -> None:
    # The note of the first line would be due after 2.0 s, 0.4 s before its end.
    lines = timeline((line(emotion="happy"), 2.4), (line(emotion="sad"), 4))
    assert not events_of(NoteGiven, play(lines, frames(6.4, steadily("sad"))))


def test_with_coach_gaps_notes_wait_for_the_beats() -> None:
    lines = timeline((line(emotion="happy"), 5), (None, 2), (line(emotion="sad"), 4))
    (note,) = events_of(NoteGiven, play(lines, frames(11, steadily("sad")), Settings(coach="gaps")))
    assert (note.t, note.index, note.deadline) == (5.0, 1, 7.0)  # the beat lasts from 5 to 7 s


def test_with_coach_off_there_are_no_notes() -> None:
    assert not events_of(NoteGiven, play(TWO, frames(10, steadily("sad")), Settings(coach="off")))


def test_too_little_intensity_gets_a_note() -> None:
    lines = timeline((line(emotion="happy", intensity=[0.8, 1.0]), 6))
    (note,) = events_of(NoteGiven, play(lines, frames(6, steadily("happy", 0.5))))
    assert note.text == "More. Let it grow."


def test_an_arc_changes_the_target_at_its_share() -> None:
    lines = timeline((line(emotion="sad > fear @75%"), 8))
    readings = events_of(Reading, play(lines, frames(8, steadily("sad"))))
    times_on_target = [reading.t for reading in readings if reading.on_target]
    assert max(times_on_target) == pytest.approx(6, abs=0.05)  # three quarters of 8 s
    last = readings[-1]
    assert last.fit is not None
    assert last.fit.part == 1


def test_a_recording_slightly_too_short_still_ends_the_last_line() -> None:
    events = without_readings(play(TWO, frames(10, steadily("sad")), Settings(coach="off"), end=9.7))
    assert LineEnded(9.7, 2, cut=False) in events


def test_an_actor_out_of_sight_accumulates_no_mismatch() -> None:
    lines = timeline((line(emotion="sad"), 10))
    inputs = [seen(0.5, "sad"), *frames(6, unseen, start=0.6), *frames(6.9, steadily("happy"), start=6)]
    assert not events_of(NoteGiven, play(lines, inputs))


def test_a_pause_accumulates_no_mismatch() -> None:
    lines = timeline((line(emotion="sad"), 10))
    before_pause = frames(1, steadily("happy"))
    in_pause = frames(30, steadily("happy"), start=1)
    after_pause = frames(36, steadily("happy"), start=30)
    pause, resume = Command(1, "pause"), Command(30, "pause")
    inputs: list[Observation | Command] = [*before_pause, pause, *in_pause, resume, *after_pause]
    (note,) = events_of(NoteGiven, play(lines, inputs, Settings(lead_in_s=0), live=True, end=36))
    # The pause lasts 29 s; a note needs 2.0 s of played time: 0.8 s of grace and 1.2 s of mismatch.
    assert note.t == pytest.approx(29 + 2.0, abs=0.1)


def test_with_coach_gaps_there_is_no_note_after_the_last_line() -> None:
    lines = timeline((line(emotion="happy"), 5))
    assert not events_of(NoteGiven, play(lines, frames(5, steadily("sad")), Settings(coach="gaps")))


def test_with_coach_gaps_a_good_line_drops_the_deferred_note() -> None:
    lines = timeline((line(emotion="happy"), 5), (line(emotion="sad"), 5), (None, 2), (line(emotion="sad"), 4))
    assert not events_of(NoteGiven, play(lines, frames(16, steadily("sad")), Settings(coach="gaps")))


def test_skipped_cues_get_consecutive_times_to_be_spoken() -> None:
    lines = timeline((line(), 4), (line(cue="A cue of several words."), 6))
    settings = Settings(lead_in_s=0, announce="emotion")
    events = play(lines, [Tick(5.0), Command(5.0, "repeat"), Tick(5.1)], settings, live=True, end=5.2)
    cue, announcement = [event for event in events_of(CueDue, events) if event.t == 5.0]
    assert announcement.deadline - cue.deadline >= cue_s(announcement.text)


def test_with_advance_by_key_quitting_cuts_the_line() -> None:
    settings = Settings(lead_in_s=0, advance="key")
    events = play(TWO, [Tick(1.0), Command(1.0, "quit")], settings, live=True)
    assert LineEnded(1.0, 1, cut=True) in events


commands = st.sampled_from(["pause", "back", "repeat", "next", "answered"])


@given(
    st.lists(st.tuples(st.floats(0, 5), st.one_of(commands, st.none())), max_size=40),
    st.sampled_from(["time", "key", "voice"]),
    st.integers(1, 3),
)
def test_times_never_decrease_and_lines_never_overlap(
    steps: list[tuple[float, CommandName | None]], advance: str, loop: int
) -> None:
    lines: Timeline = timeline(
        (line(cue="Now."), 3), (None, 1), (line(role="BEN"), 1), (line(cue="And now."), 2), (line(), 4)
    )
    settings = Settings.model_validate({"lead_in_s": 2, "advance": advance, "loop": loop, "announce": "emotion"})
    inputs: list[Observation | Tick | Command] = []
    t = -2.0
    for gap, name in steps:
        t += gap
        inputs.append(Command(t, name) if name else seen(t, "sad"))
    events = play(lines, inputs, settings, live=True, end=t)
    times = [event.t for event in events]
    assert times == sorted(times)
    playing: int | None = None
    for event in events:
        if isinstance(event, LineStarted):
            assert playing is None
            playing = event.index
        elif isinstance(event, LineEnded):
            assert playing == event.index
            playing = None
    assert playing is None
    assert isinstance(events[-1], TakeEnded)
    assert sum(isinstance(event, TakeEnded) for event in events) == 1


def test_a_beat_emits_an_event() -> None:
    lines = timeline((line(), 2), (None, 1), (line(), 2))
    assert BeatStarted(2.0, 3.0) in play(lines, frames(5, steadily("sad")))
