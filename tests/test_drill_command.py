"""`coach drill`: its plan, and the passages it plays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_help import coach, environment
from cli_help import command as coach_command
from history_help import line_reports, take_report, write_take
from pty_help import TerminalChild

from coach.base.files import examples_folder, sample_take
from coach.cli.main import command_parser

EXAMPLE = examples_folder() / "waiting_for_news.yaml"


def run(*options: object) -> int:
    """Run `coach drill OPTIONS`."""
    args = command_parser("drill").parse_args(["drill", *map(str, options)])
    code: int = args.run(args)
    return code


def test_the_plan_shows_lines_reasons_and_passages(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for day in range(3):
        write_take(tmp_path, day, take_report(day, line_reports((0.95, 0.95, 0.2))))
    run("waiting", "--list", "--count", 1, "--takes", tmp_path)
    out = " ".join(capfd.readouterr().out.split())
    assert "Line 3: needs work, no hit in the last 3 takes That laugh!" in out
    assert "To play: lines 2-3." in out


def test_mixed_strictness_is_reported(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for day, strictness in enumerate(("gentle", "standard", "standard")):
        write_take(tmp_path, day, take_report(day, line_reports((0.95, 0.95, 0.2)), strictness=strictness))
    run("waiting", "--list", "--takes", tmp_path)
    out, err = capfd.readouterr()
    assert "Line 3: needs work" in out
    assert "different strictness (2 standard, 1 gentle)" in err


def test_a_new_script_starts_with_its_first_lines(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(EXAMPLE, "--list", "--count", 2, "--takes", tmp_path)
    out = " ".join(capfd.readouterr().out.split())
    assert "Line 1: not rehearsed yet" in out
    assert "3 more lines are due" in out
    assert "To play: lines 1-2." in out


def test_lines_played_without_a_camera_count_as_not_rehearsed(tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text("[sad 0.3s] They said by morning.\n", encoding="utf-8")
    assert coach(tmp_path, "rehearse", script, "--source", "none", "--lead-in", "0").returncode == 0
    result = coach(tmp_path, "drill", script, "--count", "1", "--list")
    assert "Line 1: not rehearsed yet" in result.stdout, "a take without a camera is not counted"


def test_a_drill_plays_its_passages_as_takes_and_updates_the_plan(tmp_path: Path) -> None:
    source = ("--source", sample_take())
    first = coach(tmp_path, "drill", EXAMPLE, "--count", "1", *source)
    assert first.returncode == 0, first.stderr
    assert "To play: line 1." in first.stdout
    (take,) = (tmp_path / "data" / "coach" / "takes").glob("2*")
    assert json.loads((take / "settings.json").read_text("utf-8"))["lines"] == [1, 1]
    second = coach(tmp_path, "drill", EXAMPLE, "--count", "1", "--list")
    assert "Line 2: not rehearsed yet" in second.stdout
    assert "Next: line 1 on" in second.stdout


def two_passages(takes: Path, source: Path) -> list[str]:
    """The command line of a drill of lines 4 to 5, which stay low, and then line 1."""
    takes.mkdir()
    for day in range(3):
        (low,) = line_reports((0.2,), ("Come in, come in!",), first=5)
        write_take(takes, day, take_report(day, [low.model_copy(update={"target": "happy"})]))
    return coach_command("drill", EXAMPLE, "--count", "2", "--takes", takes, "--source", source, "--plain")


def test_in_a_terminal_each_passage_waits_for_enter_and_q_ends_the_drill(short_take: Path, tmp_path: Path) -> None:
    takes = tmp_path / "takes"
    with TerminalChild(two_passages(takes, short_take), environment(tmp_path)) as child:
        child.read_until("lines 4-5, then line 1.")
        child.read_until("Enter plays lines 4-5")
        child.type("\n")
        child.read_until("Saved in")
        child.read_until("Enter plays line 1,")
        child.type("q\n")
        child.read_to_end()
        assert child.wait() == 0
    assert len(list(takes.glob("2*"))) == 4, "only the first of two passages was played"


def test_ctrl_c_between_two_passages_ends_the_drill(short_take: Path, tmp_path: Path) -> None:
    """A run ends with Ctrl-C ignored; the drill must restore it between passages."""
    with TerminalChild(two_passages(tmp_path / "takes", short_take), environment(tmp_path)) as child:
        child.read_until("Enter plays lines 4-5")
        child.type("\n")
        child.read_until("Enter plays line 1,")
        child.type_until_end("\x03")
        assert child.wait() == 130
