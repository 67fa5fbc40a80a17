"""The ear in a take: lines end when the actor has spoken, and only then."""

from __future__ import annotations

import pytest
from core_help import line, timeline
from listening_help import PlannedActivity, PlannedSound, play_by_voice

from coach.base.events import (
    Command,
    CueDue,
    Event,
    LineEnded,
    LineStarted,
    NoteGiven,
    PartnerStarted,
    PromptGiven,
    Resumed,
    TakeEnded,
)
from coach.base.settings import Settings
from coach.core.script.script import Line
from coach.core.script.timeline import PartnerTurn, Timeline, Turn, cue_s
from coach.listening.ear import ECHO_S, Ear, EarOptions

TWO_LINES = timeline((line("One two three."), 3.0), (line("Four five six."), 3.0))


def starts(events: list[Event]) -> list[tuple[int, float]]:
    return [(event.index, round(event.t, 1)) for event in events if isinstance(event, LineStarted)]


def ends(events: list[Event]) -> list[float]:
    return [round(event.t, 1) for event in events if isinstance(event, LineEnded)]


def test_a_line_ends_two_seconds_after_its_last_word_whatever_the_plan_says() -> None:
    events = play_by_voice(TWO_LINES, [(0.5, 7.0), (10.0, 11.0)])
    assert ends(events) == pytest.approx([9.0, 13.0], abs=0.15)
    assert isinstance(events[-1], TakeEnded)
    assert events[-1].cause == "finished"


def test_a_silent_actor_is_waited_for_and_goes_on_after_30_s() -> None:
    events = play_by_voice(TWO_LINES, [(0.5, 2.0), (36.0, 38.0)])
    assert ends(events) == pytest.approx([4.0, 40.0], abs=0.15)


def test_keys_work_beside_the_voice() -> None:
    events = play_by_voice(TWO_LINES, [(0.5, 2.0)], commands=[Command(1.5, "next"), Command(7.0, "next")])
    assert ends(events) == pytest.approx([1.5, 4.0], abs=0.15)


def test_a_pause_of_the_actor_ends_no_line() -> None:
    events = play_by_voice(TWO_LINES, [(0.5, 2.0), (20, 22)], commands=[Command(2.5, "pause"), Command(15.0, "pause")])
    assert ends(events)[0] == pytest.approx(16.5, abs=0.15)


def test_a_beat_after_a_line_may_be_held_and_is_over_then() -> None:
    lines = timeline((line("One two."), 2.0), (None, 3.0), (line("Three four."), 2.0))
    events = play_by_voice(lines, [(0.5, 2.0), (4.5, 6.0), (12.0, 13.0)])
    assert starts(events) == [(1, 0.0), (2, pytest.approx(11.0, abs=0.15))]
    noted = play_by_voice(lines, [(0.5, 2.0)], options=EarOptions(holds_beats=False), until=10)
    assert starts(noted) == [(1, 0.0), (2, pytest.approx(7.0, abs=0.15))]


def test_speech_ends_a_beat_before_the_actors_line() -> None:
    lines = timeline((None, 5.0), (line("One two."), 2.0))
    assert starts(play_by_voice(lines, [(1.0, 3.0)])) == [(1, pytest.approx(1.3, abs=0.15))]
    assert starts(play_by_voice(lines, [(1.0, 3.0)], options=EarOptions(skips_lead=False))) == [(1, 5.0)]


def scene() -> Timeline:
    """A line of the actor, one of the partner, and one of the actor."""
    mine, yours = (
        line("One two.", role="ANNA"),
        Line.model_validate({"text": "Five words of the partner.", "role": "BEN"}),
    )
    return Timeline("Scene", "en", (Turn(1, mine, 0, 2), PartnerTurn(2, 4, yours), Turn(2, mine, 4, 6)))


def test_the_ear_does_not_hear_the_partner() -> None:
    spoken = [(0.5, 1.5), (4.0, 8.0)]
    events = play_by_voice(scene(), spoken, commands=[Command(8.2, "answered")], until=20)
    partner = next(event.t for event in events if isinstance(event, PartnerStarted))
    assert partner == pytest.approx(3.5, abs=0.15)
    assert starts(events)[1:] == [(2, pytest.approx(8.2, abs=0.15))]
    assert len(ends(events)) == 2
    assert ends(events)[1] == pytest.approx(20, abs=0.15), "the second line waits: nobody has spoken in it"


def test_in_a_recording_a_partner_has_the_planned_time_and_the_end_ends_the_last_line() -> None:
    events = play_by_voice(scene(), [(0.5, 1.5), (6.0, 7.5)], options=EarOptions(ends_at=8.2), live=False, until=8.1)
    assert starts(events) == [(1, 0.0), (2, pytest.approx(5.5, abs=0.15))]
    last = [event for event in events if isinstance(event, LineEnded)][-1]
    assert not last.cut
    assert last.t == pytest.approx(7.75, abs=0.15)


def ear_on(*spoken: tuple[float, float], hears_coach: bool) -> Ear:
    ear = Ear(PlannedSound(*spoken), PlannedActivity(), TWO_LINES, EarOptions(hears_coach=hears_coach))  # type: ignore[arg-type]
    ear.handle(LineStarted(0.0, 1, 3.0))
    return ear


@pytest.mark.parametrize(
    "event", [NoteGiven(1.0, 1, "Colder. Let it land.", 3.0), CueDue(1.0, 1, "Go on now.", "cue", 3.0)]
)
def test_the_ear_does_not_hear_the_coach_and_waits_for_the_actor(event: Event) -> None:
    ear = ear_on((1.1, 2.2), hears_coach=True)
    ear.handle(event)
    assert ear.hearing().state == "deaf"
    for n in range(1, 600):
        ear.handle(CueDue(n / 30, 1, "", "tone", 3.0))
        assert ear.poll() == ()


def test_after_a_prompt_the_actor_has_the_whole_silence_again() -> None:
    ear = ear_on((0.1, 1.0), hears_coach=True)
    commands, asked_at = [], 2.5
    for n in range(1, 400):
        t = n / 30
        ear.handle(PromptGiven(t, 1, "two three four") if n == round(30 * asked_at) else Resumed(t))
        commands += [t for _ in ear.poll()]
    assert len(commands) == 1
    assert commands[0] == pytest.approx(asked_at + cue_s("two three four") + ECHO_S + 2.0, abs=0.15)


def test_a_line_played_again_with_the_partner_before_it_is_followed() -> None:
    mine = line("One two.", role="ANNA")
    yours = Line.model_validate({"text": "Words of the partner.", "role": "BEN"})
    slots = (Turn(1, mine, 0, 2), PartnerTurn(2, 4, yours, 1), Turn(2, mine, 4, 6), Turn(3, mine, 6, 8))
    again = [Command(4.0, "answered"), Command(5.0, "repeat"), Command(9.0, "answered")]
    spoken = [(0.5, 1.5), (5.2, 6.2), (9.5, 12.0), (14.5, 15.5)]
    events = play_by_voice(Timeline("Scene", "en", slots), spoken, commands=again, until=30)
    assert starts(events) == [
        (1, 0.0),
        (2, pytest.approx(4.0, abs=0.15)),
        (2, pytest.approx(9.0, abs=0.15)),
        (3, pytest.approx(14.0, abs=0.15)),
    ]
    assert ends(events)[-1] == pytest.approx(17.5, abs=0.15)


def test_a_coach_whose_voice_is_not_in_the_sound_makes_nobody_deaf() -> None:
    ear = ear_on((1.1, 2.2), hears_coach=False)
    ear.handle(NoteGiven(1.0, 1, "Colder.", 3.0))
    assert ear.hearing().state == "waiting"


def test_the_ear_closes_its_sound() -> None:
    sound = PlannedSound()
    ear = Ear(sound, PlannedActivity(), TWO_LINES)  # type: ignore[arg-type]
    ear.close()
    ear.close()
    assert sound.closed
    assert ear.poll() == ()


def test_the_same_take_ends_its_lines_by_time_without_the_voice() -> None:
    events = play_by_voice(TWO_LINES, [(0.5, 7.0)], Settings(lead_in_s=0.0))
    assert ends(events) == [3.0, 6.0]
