"""`coach report`: show a take again, even one whose run was killed before it had a report."""

from __future__ import annotations

import json
import os
import random
import shlex
import sys
from datetime import datetime
from pathlib import Path

import pytest
from takes_help import make_header, make_report, run_child, start_child

from coach.app.rehearsal import timeline_for
from coach.app.replay import created_now, source_report
from coach.app.review import NO_REPORT
from coach.base.errors import TakeError
from coach.base.events import Command, CommandName, Event
from coach.base.types import EMOTIONS, Box, Face, Observation
from coach.cli.main import command_parser
from coach.core.rehearsal.engine import RehearsalEngine
from coach.core.scoring.report import Report
from coach.core.scoring.scorer import Scorer
from coach.takes.contents import JOURNAL_NAME
from coach.takes.journal import JournalHeader
from coach.takes.recorder import TakeRecorder
from coach.takes.report_file import load_report, report_json
from coach.takes.store import TakeStore

WHEN = datetime(2026, 11, 24, 13, 55, 2)  # noqa: DTZ001  a take is named by the clock on the wall

COMMANDS: dict[int, CommandName] = {40: "pause", 70: "pause", 100: "back", 150: "repeat", 260: "pause", 300: "pause"}


def run(*options: str | Path) -> int:
    """Run `coach report OPTIONS`."""
    args = command_parser("report").parse_args(["report", *map(str, options)])
    code: int = args.run(args)
    return code


def faces(count: int, seed: int) -> list[Observation | Command]:
    """Random faces at 30 frames/s that change every second and are sometimes missing, with commands."""
    dice = random.Random(seed)
    inputs: list[Observation | Command] = []
    emotion = "sad"
    for n in range(count):
        t = n / 30 + dice.uniform(0, 0.01)
        emotion = dice.choice(("sad", "fear", "happy", "angry")) if n % 30 == 0 else emotion
        if n in COMMANDS:
            inputs.append(Command(t, COMMANDS[n]))
        shares = tuple(round(dice.uniform(0.5, 0.9) if e == emotion else dice.uniform(0, 0.08), 4) for e in EMOTIONS)
        face = Face(0, Box(dice.uniform(0, 9), 1.0, 50.0, 60.0), shares)  # type: ignore[arg-type]  # seven
        inputs.append(Observation(t, (face,)) if dice.random() > 0.1 else Observation(t, (), "no face"))
    return inputs


def play(take: Path, header: JournalHeader, inputs: list[Observation | Command]) -> Report:
    """Play a take and store it without its report; return the report of the run."""
    live = header.source.live
    timeline = timeline_for(header.script, header.settings, live=live)
    engine = RehearsalEngine(timeline, header.settings, live=live, card=header.card)
    scorer = Scorer(timeline, header.settings, header.card)
    recorder = TakeRecorder(take, header, pytest.fail)

    def send_all(events: list[Event]) -> None:
        for event in events:
            recorder.handle(event)
            scorer.handle(event)

    send_all(engine.start())
    for item in inputs:
        send_all(engine.step(item))
    send_all(engine.finish(inputs[-1].t + 0.5, "source ended"))
    recorder.close()
    return scorer.report(created_now(take.name), source_report(header.source), scorer.early_end_warnings())


def reported_take(takes: Path, title: str = "Kept") -> Path:
    """A take with a report."""
    take = TakeStore(takes).create(title, WHEN)
    recorder = TakeRecorder(take, make_header(), pytest.fail)
    recorder.close()
    recorder.write(make_report())
    return take


def killed_take(takes: Path, rows: int) -> Path:
    """A take that was killed after `rows` rows of its journal."""
    take = TakeStore(takes).create("Broken", WHEN)
    play(take, make_header(), faces(120, 1))
    lines = (take / JOURNAL_NAME).read_bytes().splitlines(keepends=True)
    (take / JOURNAL_NAME).write_bytes(b"".join(lines[: rows + 1]) + b'{"t":3.9,"se')
    return take


def test_the_newest_take_is_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    take = reported_take(tmp_path)
    assert run("--takes", tmp_path) == 0
    output = capfd.readouterr().out
    assert "Ștefan waits" in output
    assert str(take) in output.replace("\n", "")


def test_a_take_is_shown_by_name(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = reported_take(tmp_path, "First")
    reported_take(tmp_path, "Second")
    assert run(first.name, "--takes", tmp_path) == 0
    assert str(first) in capfd.readouterr().out.replace("\n", "")


def test_the_suggested_command_writes_a_page(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    play(TakeStore(tmp_path / "my takes").create("Any", WHEN), make_header(), faces(180, 2))
    run("--takes", tmp_path / "my takes")
    suggestion = next(line for line in capfd.readouterr().out.splitlines() if line.startswith("Page: "))
    args = shlex.split(suggestion.removeprefix("Page: "))
    assert args[:2] == ["coach", "report"]
    assert "--open" in args
    monkeypatch.chdir(tmp_path)
    run(*(word for word in args[2:] if word != "--open"))
    (page,) = tmp_path.glob("*.html")
    assert "Ștefan waits" in page.read_text(encoding="utf-8")


def test_a_dash_prints_the_json_and_nothing_else(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    take = reported_take(tmp_path)
    assert run("--takes", tmp_path, "--json", "-") == 0
    out, err = capfd.readouterr()
    assert out.encode() == (take / "report.json").read_bytes()
    assert err == ""


def test_json_goes_into_a_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    take = reported_take(tmp_path)
    assert run("--takes", tmp_path, "--json", tmp_path / "out.json") == 0
    assert (tmp_path / "out.json").read_bytes() == (take / "report.json").read_bytes()
    out, err = capfd.readouterr()
    assert "Ștefan waits" in out
    assert err == f"JSON written to {tmp_path / 'out.json'}\n"


def test_an_empty_takes_folder_gives_advice(tmp_path: Path) -> None:
    with pytest.raises(TakeError, match=r"no takes in .* yet; `coach demo`"):
        run("--takes", tmp_path / "none")


@pytest.mark.parametrize(("seed", "count"), [(0, 400), (1, 400), (2, 180)], ids=["whole", "whole again", "cut short"])
@pytest.mark.parametrize("live", [True, False])
def test_a_report_made_from_the_journal_equals_that_of_the_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], live: bool, seed: int, count: int
) -> None:
    take = TakeStore(tmp_path).create("Any", WHEN)
    report = play(take, make_header(live=live), faces(count, seed))
    run("--takes", tmp_path, "--json", "-")
    again = json.loads(capfd.readouterr().out)
    expected = json.loads(report_json(report))
    assert again["created"].pop("at") == make_header().created
    expected["created"].pop("at")
    assert again.pop("warnings") == [*expected.pop("warnings"), NO_REPORT]
    assert again == expected
    assert sum(line["scored_s"] for line in expected["lines"]) > 1


def test_the_report_of_an_unfinished_take_says_until_when_it_was_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    take = killed_take(tmp_path, 90)
    last = json.loads((take / JOURNAL_NAME).read_bytes().splitlines()[-2])["t"]
    assert run("--takes", tmp_path) == 0
    output = " ".join(capfd.readouterr().out.split())
    assert f"The take stopped early; it was kept up to {last:.1f} s. In its journal row 92 is cut off." in output


def test_a_report_made_from_the_journal_is_stored(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    take = killed_take(tmp_path, 90)
    run("--takes", tmp_path)
    first = capfd.readouterr().out
    assert TakeStore(tmp_path).unfinished() == []
    assert "stopped early" in load_report(take / "report.json").warnings[-1]
    run("--takes", tmp_path)
    assert capfd.readouterr().out == first


def test_a_take_killed_before_its_first_row_has_a_report(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    killed_take(tmp_path, 0)
    assert run("--takes", tmp_path, "--json", "-") == 0
    report = json.loads(capfd.readouterr().out)
    assert "before it began" in report["warnings"][-1]
    assert report["overall"]["not_scored"] == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_report_that_cannot_be_stored_is_still_shown(tmp_path: Path) -> None:
    killed_take(tmp_path, 90)
    output = run_child("report_on_full_disk", tmp_path)
    assert any(row.startswith("Ștefan waits: ") for row in output)
    assert any("The report could not be kept in" in line for line in output)


def test_a_playing_take_is_refused(tmp_path: Path) -> None:
    with start_child("play", tmp_path) as child:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        try:
            with pytest.raises(TakeError, match="still being played"):
                run(name, "--takes", tmp_path)
        finally:
            child.kill()


def test_a_damaged_report_and_a_damaged_journal_each_get_one_message(tmp_path: Path) -> None:
    take = reported_take(tmp_path)
    (take / "report.json").write_bytes(b"{")
    with pytest.raises(TakeError, match="damaged, not JSON"):
        run("--takes", tmp_path)
    (take / "report.json").unlink()
    (take / JOURNAL_NAME).write_bytes(os.urandom(100))
    with pytest.raises(TakeError, match="not a journal of Coach"):
        run("--takes", tmp_path)
