"""The actor's face while a partner speaks is judged like a line, and kept apart from the lines."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from core_help import VIEWERS, frames, line, play, scored, seen, timeline, unseen
from rich.console import Console

from coach.base.events import Command
from coach.base.settings import Settings
from coach.base.types import Observation
from coach.core.progress.notes import TakeNotes
from coach.core.scoring.report import ReactionReport, Report
from coach.core.script.practice import for_practice
from coach.display.kit.writer import Writer
from coach.display.rehearsal.stage import RunInfo, Stage
from coach.display.tables.report import print_details
from coach.display.tables.summary import print_summary
from coach.pages.markdown import report_markdown
from coach.pages.report_page import report_page
from coach.scripts import load_script
from coach.scripts.importing.writing import yaml_text

SAID = "You are still up."
PLAIN = timeline(
    (line(SAID, None, role="BEN"), 4), (line("I waited.", "happy"), 4), (line("Good.", None, role="BEN"), 2)
)
HEARD = timeline(
    (line(SAID, None, role="BEN", listening="sad"), 4),
    (line("I waited.", "happy"), 4),
    (line("Good.", None, role="BEN"), 2),
)
Show = Callable[[float], Observation]


def sad_then_happy(t: float) -> Observation:
    return seen(t, "sad" if t < 4 else "happy")


def report_of(show: Show, script: object = HEARD, end: float = 10.0) -> Report:
    timed = HEARD if script is HEARD else PLAIN
    events = play(timed, frames(end, show), card=VIEWERS, end=end)
    return scored(timed, events, card=VIEWERS)


def reaction(report: Report) -> ReactionReport:
    (only,) = report.reactions
    return only


def test_a_reaction_is_judged_by_the_target_of_the_listener() -> None:
    right = reaction(report_of(sad_then_happy))
    assert (right.line, right.role, right.text, right.target) == (1, "BEN", SAID, "sad")
    assert (right.verdict, right.start_s, right.end_s) == ("hit", 0.0, 4.0)
    assert right.scored_s == pytest.approx(4.0, abs=0.2)
    assert right.share is not None
    wrong = reaction(report_of(lambda t: seen(t, "angry" if t < 4 else "happy")))
    assert wrong.verdict == "miss"
    assert wrong.share is not None
    assert wrong.share < right.share


def test_reactions_change_no_figure_of_lines_and_totals() -> None:
    for show in (sad_then_happy, lambda t: seen(t, "angry")):
        plain, heard = report_of(show, PLAIN), report_of(show)
        assert plain.reactions == []
        assert heard.model_copy(update={"reactions": []}) == plain


def test_a_line_that_was_not_seen_or_not_reached_is_not_scored() -> None:
    assert reaction(report_of(unseen)).verdict == "not_scored"
    assert reaction(report_of(unseen)).reason == "no face"
    late = timeline((line("Mine."), 4), (line(SAID, None, role="BEN", listening="sad"), 4))
    report = scored(late, play(late, frames(2, sad_then_happy), card=VIEWERS, end=2.0), card=VIEWERS)
    assert (reaction(report).verdict, reaction(report).reason) == ("not_scored", "not reached")


def test_a_reaction_lasts_as_long_as_the_partner_speaks() -> None:
    settings = Settings(advance="key", lead_in_s=0.0)
    inputs: list[Observation | Command] = [*frames(8, lambda t: seen(t, "sad"))]
    inputs += [Command(8.0, "answered"), *frames(12, lambda t: seen(t, "happy"), start=8.0)]
    report = scored(HEARD, play(HEARD, inputs, settings, live=True, card=VIEWERS, end=12.0), settings, VIEWERS)
    assert reaction(report).end_s == 8.0
    assert reaction(report).scored_s == pytest.approx(8.0, abs=0.2)


def test_a_pause_is_no_part_of_a_reaction() -> None:
    inputs: list[Observation | Command] = [*frames(2, sad_then_happy), Command(2.0, "pause")]
    inputs += [*frames(6, lambda t: seen(t, "angry"), start=2.0), Command(6.0, "pause")]
    inputs += frames(8, lambda t: seen(t, "sad"), start=6.0)
    report = scored(HEARD, play(HEARD, inputs, card=VIEWERS, live=True, settings=Settings(lead_in_s=0), end=8.0))
    assert (reaction(report).accuracy or 0) > 0.9
    assert reaction(report).scored_s == pytest.approx(4.0, abs=0.2)


def test_in_an_italian_run_no_reaction_is_judged() -> None:
    assert for_practice(HEARD, Settings(speed=2.0)).slots[0] == replace(HEARD.slots[0], end=2.0)
    italian = for_practice(HEARD, Settings(italian=True))
    assert scored(italian, play(italian, frames(10, sad_then_happy), card=VIEWERS), card=VIEWERS).reactions == []


def test_report_page_and_markdown_show_reactions_apart_from_the_lines() -> None:
    report = report_of(sad_then_happy)
    sentence = "wanted sad, hit, 5 of 10 viewers would see sadness"
    for print_lines in (print_summary, print_details):
        console = Console(file=io.StringIO(), width=100)
        print_lines(report, Writer(console), console)
        assert isinstance(console.file, io.StringIO)
        text = console.file.getvalue()
        assert "While you listened" in text
        assert sentence in text
    page, markdown = report_page(report, None), report_markdown(report, TakeNotes())
    assert sentence in page
    assert "not part of any line" in page
    assert sentence in markdown
    plain = report_of(sad_then_happy, PLAIN)
    assert "listened" not in report_page(plain, None) + report_markdown(plain, TakeNotes())


def test_displays_say_what_is_wanted_of_the_listener() -> None:
    stage = Stage(RunInfo(HEARD, Settings()))
    wanted = {}
    for event in play(HEARD, [], end=10.0):
        stage.handle(event)
        wanted[event.t] = stage.listening
    assert wanted == {0.0: "sad", 4.0: "", 8.0: "", 10.0: ""}


def test_the_target_of_the_listener_is_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    path.write_text(
        "role: ANNA\nlines:\n  - {role: BEN, text: Up?, listening: worried > sad}\n  - {role: ANNA, text: Yes.}\n"
    )
    script = load_script(path)
    path.write_text(yaml_text(script), encoding="utf-8")
    assert load_script(path) == script
    assert "listening" in path.read_text("utf-8")
