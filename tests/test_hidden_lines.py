"""A rehearsal with hidden lines: what the displays show, the keys that help, and what the report says of them."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from core_help import line, play, seen, timeline
from display_help import run_info
from rich.console import Console

from coach.app.replay import PlayedTake
from coach.base.events import (
    BeatStarted,
    Command,
    CommandTaken,
    CueDue,
    Event,
    LineStarted,
    PartnerStarted,
    PromptGiven,
    TakeEnded,
    TakeStarted,
)
from coach.base.protocols import SourceInfo, Utterance
from coach.base.settings import Settings, Show
from coach.core.scoring.report import prompts_sentence, reason_text
from coach.core.script.script import Script
from coach.display.rehearsal.picture import WindowStyle, compose, picture_size
from coach.display.rehearsal.plain import PlainDisplay
from coach.display.rehearsal.rows import Footing, RowPainter
from coach.display.rehearsal.stage import REVEALED_S, RunInfo, Stage
from coach.takes.journal import JournalHeader, read_journal
from coach.takes.recorder import TakeRecorder
from coach.takes.store import TakeStore
from coach.testing.sinks import RecordingSpeaker
from coach.voice.speaker import VoiceSink

OWN, NEXT, CUE, PARTNER = "Never come back to this house again.", "I mean every word.", "A car door.", "Where to?"
SCENE = timeline((line(OWN), 4.0), (None, 2.0), (line(NEXT), 4.0))
BEGINNING: tuple[Event, ...] = (
    TakeStarted(0.0),
    PartnerStarted(0.0, 1.0, "BEN", PARTNER),
    CueDue(0.5, 1, CUE, "cue", 1.0),
    LineStarted(1.0, 1, 5.0),
)


def info(show: Show) -> RunInfo:
    return run_info(SCENE, show=show)


def stage(show: Show, *events: Event) -> Stage:
    shown = Stage(info(show))
    for event in events:
        shown.handle(event)
    return shown


def plain(show: Show, *events: Event) -> str:
    stream = io.StringIO()
    display = PlainDisplay(info(show), stream)
    for event in events:
        display.handle(event)
    return stream.getvalue()


def live(show: Show, *events: Event) -> str:
    """All rows of the live view, drawn after each of `events`."""
    painter = RowPainter(Console(file=io.StringIO(), width=80, height=30), info(show))
    shown = Stage(info(show))
    rows = []
    for event in events:
        shown.handle(event)
        rows += [row.plain for row in painter.rows(shown, Footing())]
    return "\n".join(rows)


@pytest.mark.parametrize("display", [plain, live])
@pytest.mark.parametrize(
    ("show", "there", "hidden"),
    [
        ("full", [OWN, PARTNER, CUE], []),
        ("first-3", ["Never come back …", PARTNER, CUE], ["to this"]),
        ("first-1", ["Never …", PARTNER, CUE], ["come"]),
        ("letters", ["N c b t t h a.", PARTNER, CUE], ["Never"]),
        ("cue", [PARTNER, CUE], ["Never", "N c b"]),
        ("none", [], ["Never", "N c b", PARTNER, CUE]),
    ],
)
def test_the_terminal_shows_of_a_scene_what_was_chosen(
    display: object, show: Show, there: list[str], hidden: list[str]
) -> None:
    text = display(show, *BEGINNING)  # type: ignore[operator]
    assert all(words in text for words in there)
    assert not any(words in text for words in hidden)


def test_the_next_line_is_hidden_too() -> None:
    assert NEXT in live("full", *BEGINNING)
    assert "I …" in live("first-1", *BEGINNING)
    assert NEXT not in live("first-1", *BEGINNING)


def test_the_window_draws_a_hidden_line_as_if_it_had_only_the_words_that_are_left() -> None:
    def draw(show: Show, text: str) -> bytes:
        drawn = Stage(run_info(timeline((line(text), 4.0)), show=show))
        drawn.handle(LineStarted(0.0, 1, 4.0))
        size = picture_size(None, (640, 360))
        return np.asarray(compose(drawn, None, size, WindowStyle(mirror=False, hidden=True))).tobytes()

    assert draw("first-1", OWN) == draw("full", "Never …")
    assert draw("none", OWN) != draw("full", OWN)


def test_a_key_shows_the_line_for_some_seconds_or_until_it_is_pressed_again() -> None:
    reveal = CommandTaken(2.0, "reveal")
    shown = stage("none", *BEGINNING, reveal)
    assert shown.featured is not None
    assert shown.words(shown.featured) == OWN
    assert shown.following is not None
    assert shown.words(shown.following) == "", "the next line stays hidden"
    shown.handle(BeatStarted(2.0 + REVEALED_S, 9.0))
    assert not shown.revealed
    assert not stage("none", *BEGINNING, reveal, CommandTaken(2.5, "reveal")).revealed
    assert not stage("none", *BEGINNING, reveal, LineStarted(2.5, 2, 6.0)).revealed
    assert f"line 1 is: {OWN}" in plain("none", *BEGINNING, reveal)
    assert OWN in live("letters", *BEGINNING, reveal)


def test_a_prompt_is_shown_and_spoken_at_once() -> None:
    prompt = PromptGiven(2.0, 1, "Never come back", "en")
    assert "prompt for line 1: Never come back" in plain("none", *BEGINNING, prompt)
    assert "LINE  Never come back" in live("none", *BEGINNING, prompt)
    speaker = RecordingSpeaker()
    VoiceSink(speaker).handle(prompt)
    (spoken,) = speaker.spoken
    assert isinstance(spoken, Utterance)
    assert (spoken.text, spoken.kind, spoken.language) == ("Never come back", "cue", "en")


def test_the_keys_are_named_where_lines_are_hidden() -> None:
    assert "s show 5 s" in live("cue", *BEGINNING)
    assert "l line?" in live("cue", *BEGINNING)
    assert "l line?" not in live("full", *BEGINNING)


def prompts(*inputs: Command, live: bool = True, show: Show = "none", advance: str = "time") -> list[Event]:
    settings = Settings(lead_in_s=0, show=show, advance=advance)  # type: ignore[arg-type]
    return play(SCENE, [*inputs, seen(9.0, "sad")], settings, live=live)


def test_each_press_gives_the_next_three_words_and_a_new_attempt_begins_again() -> None:
    events = prompts(*(Command(t, "line") for t in (1.0, 1.5)), Command(2.5, "repeat"), Command(3.0, "line"))
    given = [(event.index, event.text) for event in events if isinstance(event, PromptGiven)]
    assert given == [(1, "Never come back"), (1, "to this house"), (1, "Never come back")]


def test_a_paused_rehearsal_prompts_and_stays_paused() -> None:
    events = prompts(Command(1.0, "pause"), Command(2.0, "line"))
    assert any(isinstance(event, PromptGiven) for event in events)
    assert not any(isinstance(event, LineStarted) and event.index == 2 for event in events)


@pytest.mark.parametrize(
    ("command", "live", "show"),
    [
        (Command(5.0, "line"), True, "none"),  # in the beat
        (Command(1.0, "line"), False, "full"),  # in a recorded take
        (Command(1.0, "reveal"), True, "full"),  # nothing is hidden
    ],
)
def test_a_key_without_effect_is_not_taken(command: Command, live: bool, show: Show) -> None:
    assert not any(isinstance(event, CommandTaken) for event in prompts(command, live=live, show=show))


def test_prompts_are_counted_per_line_and_a_replay_of_the_journal_counts_the_same(tmp_path: Path) -> None:
    script = Script.model_validate(
        {"title": "Prompts", "lines": [{"text": OWN, "duration_s": 4}, {"text": NEXT, "duration_s": 4}]}
    )
    header = JournalHeader(
        created="2026-01-01T00:00:00+00:00",
        script=script,
        settings=Settings(lead_in_s=0, show="cue"),
        card=None,
        source=SourceInfo("none", "none", live=True),
    )
    inputs = [Command(1.0, "line"), Command(1.5, "repeat"), Command(2.0, "line"), Command(6.0, "line")]
    inputs += [Command(7.0, "reveal")]
    folder = TakeStore(tmp_path).create("Prompts", datetime(2026, 1, 1))  # noqa: DTZ001
    recorder = TakeRecorder(folder, header, pytest.fail)
    played = PlayedTake(header, lambda: iter(inputs), TakeEnded(9.5, "quit")).report("x", recorder)
    recorder.close()
    again = PlayedTake.of(read_journal(folder / "journal.jsonl")).report("x")
    assert [line.prompts for line in again.lines] == [line.prompts for line in played.lines] == [2, 1]
    assert again.model_copy(update={"created": played.created}) == played
    assert prompts_sentence(played.lines) == "Prompts: 2 in line 1 and 1 in line 2."
    assert "2 prompts" in reason_text(played.lines[0])
