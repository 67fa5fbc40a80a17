"""A scene takes turns: a partner's line lasts until the partner has finished, the actor's until they go on."""

from __future__ import annotations

import pytest
from core_help import CARD, line, play, seen, timeline, without_readings

from coach.base.events import (
    BeatStarted,
    Command,
    CommandName,
    CommandTaken,
    CueDue,
    Event,
    LineEnded,
    LineStarted,
    PartnerStarted,
    TakeEnded,
)
from coach.base.settings import Settings
from coach.base.types import Tick
from coach.core.rehearsal.engine import RehearsalEngine
from coach.takes.event_log import decode, encode

SCENE = timeline((line("Who is there?", role="BEN"), 2), (line(cue="A door."), 3), (line("Go.", role="BEN"), 1))


def turns(settings: Settings, *inputs: Command | Tick, live: bool = True, end: float = 100.0) -> list[Event]:
    """The events of a scene without a lead-in, except readings."""
    settings = settings.model_copy(update={"lead_in_s": 0.0})
    return without_readings(play(SCENE, inputs, settings, live=live, end=end))


def starts(events: list[Event]) -> list[tuple[float, str]]:
    """When each slot began, and what it is."""
    return [(e.t, type(e).__name__) for e in events if isinstance(e, LineStarted | BeatStarted | TakeEnded)]


@pytest.mark.parametrize("advance", ["key", "voice"])
def test_a_partners_line_lasts_until_the_partner_has_finished(advance: str) -> None:
    settings = Settings.model_validate({"advance": advance})
    waiting = turns(settings, Tick(50.0), end=60.0)
    assert starts(waiting) == [(0.0, "PartnerStarted"), (60.0, "TakeEnded")]
    events = turns(settings, Tick(50.0), Command(50.0, "answered"), Tick(60.0))
    assert starts(events)[1][1] == "LineStarted"
    assert 50 < starts(events)[1][0] < 52


def test_a_cue_waits_for_the_partner_and_is_said_before_the_line_begins() -> None:
    events = turns(Settings(advance="key", announce="emotion"), Command(5.0, "answered"), Tick(20.0))
    cues = [event for event in events if isinstance(event, CueDue)]
    begins = next(event.t for event in events if isinstance(event, LineStarted))
    assert [(cue.text, cue.t >= 5.0, cue.deadline) for cue in cues] == [
        ("A door.", True, begins),
        ("sad", True, begins),
    ]
    assert cues[0].t == 5.0 < cues[1].t < begins


def test_next_skips_the_rest_of_a_partners_line() -> None:
    commands = [Command(0.5, "next"), Tick(2.0), Command(4.0, "next"), Command(4.1, "next")]
    events = turns(Settings(advance="key"), *commands)
    cue, begins = next((event.t, event.deadline) for event in events if isinstance(event, CueDue))
    assert cue == 0.5 < begins < 2.0, "the cue is said to its end, and then the line begins"
    assert starts(events) == [
        (0.0, "PartnerStarted"),
        (begins, "LineStarted"),
        (4.0, "PartnerStarted"),
        (4.1, "TakeEnded"),
    ]
    assert LineEnded(4.0, 1) in events


def test_next_during_the_cue_after_a_partners_line_begins_the_line() -> None:
    events = turns(Settings(advance="key"), Command(0.5, "next"), Command(0.6, "next"), end=1.0)
    assert starts(events)[1] == (0.6, "LineStarted")


@pytest.mark.parametrize(("advance", "live"), [("time", True), ("key", False)])
def test_the_clock_runs_in_a_recording_and_where_lines_have_their_time(advance: str, live: bool) -> None:
    settings = Settings.model_validate({"advance": advance})
    plain = turns(settings, live=live, end=6.0)
    assert turns(settings, Command(1.0, "answered"), live=live, end=6.0) == plain
    assert [t for t, _ in starts(plain)] == [0.0, 2.0, 5.0, 6.0]


@pytest.mark.parametrize("inputs", [[Command(1.0, "next"), Command(2.0, "answered")], [Command(1.0, "pause")]])
def test_only_a_partner_who_is_speaking_can_finish(inputs: list[Command]) -> None:
    events = turns(Settings(advance="key"), *inputs, Command(3.0, "answered"), end=4.0)
    assert not [event for event in events if isinstance(event, CommandTaken) and event.name == "answered"]
    assert starts(events)[-1] == (4.0, "TakeEnded")


def test_a_pause_between_the_answer_and_the_line_shifts_the_cue() -> None:
    commands = [Command(5.0, "answered"), Command(5.1, "pause"), Command(15.1, "pause")]
    plain = turns(Settings(advance="key"), commands[0], Tick(30.0))
    paused = turns(Settings(advance="key"), *commands, Tick(30.0))
    assert starts(paused)[1][0] == pytest.approx(starts(plain)[1][0] + 10)


def test_a_replay_of_the_accepted_commands_gives_the_same_take() -> None:
    names: list[tuple[float, CommandName]] = [(2.5, "answered"), (5.0, "next"), (5.5, "answered")]
    inputs = [item for t, name in names for item in (seen(t, "sad"), Command(t, name))]
    settings = Settings(advance="voice", lead_in_s=1.0)
    events = play(SCENE, inputs, settings, live=True)
    stored = [decode(encode(event)) for event in events if isinstance(event, CommandTaken)]
    assert [event.name for event in stored if isinstance(event, CommandTaken)] == ["answered", "next", "answered"]
    again = [
        Command(event.t, event.name) if isinstance(event, CommandTaken) else event.observation  # type: ignore[union-attr]  # readings
        for event in events
        if isinstance(event, CommandTaken) or hasattr(event, "observation")
    ]
    assert play(SCENE, again, settings, live=True) == events


@pytest.mark.parametrize("name", ["repeat", "back"])
def test_a_line_that_is_played_again_begins_with_the_partners_line_before_it(name: CommandName) -> None:
    commands = [Command(1.0, "next"), Command(1.1, "next"), Command(3.0, name), Command(4.0, "next"), Tick(8.0)]
    events = turns(Settings(advance="key"), *commands, end=9.0)
    assert [kind for _, kind in starts(events)] == ["PartnerStarted", "LineStarted"] * 2 + ["TakeEnded"]
    assert [event.attempt for event in events if isinstance(event, LineStarted)] == [1, 2]


@pytest.mark.parametrize(("name", "text"), [("repeat", "Who?"), ("back", "Go.")])
def test_a_partners_line_belongs_to_the_line_to_which_it_leads(name: CommandName, text: str) -> None:
    scene = timeline((line("Go.", role="BEN"), 1), (line(), 1), (line("Who?", role="BEN"), 1), (line(), 1))
    commands = [Command(t, "next") for t in (1.0, 2.0)]
    events = play(scene, [*commands, Command(2.5, name)], Settings(advance="key", lead_in_s=0.0), live=True, end=3.0)
    assert [event.text for event in events if isinstance(event, PartnerStarted)] == ["Go.", "Who?", text]


def test_a_take_that_is_quit_while_the_partner_speaks_cuts_no_line() -> None:
    events = turns(Settings(advance="key"), Command(1.0, "quit"))
    assert not [event for event in events if isinstance(event, LineEnded)]
    assert events[-1] == TakeEnded(1.0, "quit")


def test_a_loop_waits_for_the_partner_in_every_round() -> None:
    settings = Settings(advance="key", loop=2, lead_in_s=0.0)
    engine = RehearsalEngine(SCENE, settings, live=True, card=CARD)
    events = engine.start()
    for t in range(1, 20):
        events += engine.step(Command(float(t), "next" if t % 3 else "answered"))
    assert sum(isinstance(event, PartnerStarted) for event in events) == 4
    assert engine.ended
