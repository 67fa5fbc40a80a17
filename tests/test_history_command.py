"""`coach history` on terminals of any width, and as files for other programs."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from display_help import HOSTILE
from history_help import SCRIPT, WORDS, line_reports, script, take_report, write_take
from rich.cells import cell_len
from rich.console import Console

from coach.base.errors import ScriptError, TakeError, UsageError
from coach.base.settings import Settings
from coach.cli.main import command_parser
from coach.core.progress.history import History, history_of, takes_of
from coach.core.progress.history_texts import SPLIT_CURVE_NOTE
from coach.core.scoring.report import RunMetadata
from coach.display.tables.history import print_history, sparkline
from coach.takes.past_takes import past_in, script_in
from coach.takes.rescored_file import RescoredWith
from coach.takes.store import TakeStore

RISING = [(0.1 + 0.1 * n, 0.2, 0.9) for n in range(7)]


def run(*options: object) -> int:
    """Run `coach history OPTIONS`."""
    args = command_parser("history").parse_args(["history", *map(str, options)])
    code: int = args.run(args)
    return code


def takes(folder: Path, *accuracies: tuple[float, ...]) -> Path:
    """A folder with a take for each row of accuracies, one per day."""
    for day, row in enumerate(accuracies):
        write_take(folder, day, take_report(day, line_reports(row)))
    return folder


def script_file(folder: Path) -> Path:
    path = folder / "waiting.txt"
    path.write_text("[title: Waiting for news]\n" + "".join(f"[sad] {text}\n" for text in WORDS), encoding="utf-8")
    return path


def as_json(folder: Path, name: object, capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    run(name, "--takes", folder, "--json", "-")
    parsed: dict[str, Any] = json.loads(capfd.readouterr().out)
    return parsed


def history_in(folder: Path) -> History:
    return history_of(SCRIPT, takes_of(SCRIPT, past_in(TakeStore(folder).takes()).takes))


def render(past: History, width: int, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="", write_through=True)
    print_history(past, Console(file=file, width=width, legacy_windows=False))
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [40, 60, 80, 119, 120, 200])
def test_every_figure_is_shown_at_any_width(tmp_path: Path, width: int) -> None:
    text = render(history_in(takes(tmp_path, *RISING)), width)
    flowing = " ".join(text.split())
    for figure in ("10%", "70%", "better, +10.0 points a take", "no clear trend", "They said by", "▁▂▃▄▅▅▆"):
        assert figure in flowing
    assert "Needs work: line 2 (no hit in the last 5 takes)" in flowing
    assert max(cell_len(row) for row in text.splitlines()) <= width


@pytest.mark.parametrize("width", [40, 130])
def test_an_ascii_terminal_gets_digits_instead_of_blocks(tmp_path: Path, width: int) -> None:
    assert "1234567" in render(history_in(takes(tmp_path, *RISING)), width, "ascii")


def test_a_curve_marks_splits_and_unscored_takes() -> None:
    assert sparkline([[0.0, None], [1.0]], "utf-8", 20) == "▁·|█"
    assert sparkline([[0.0, 0.5], [1.0]], "ascii", 2) == "9", "a sparkline never starts with the mark of a split"
    assert sparkline([], "utf-8", 20) == ""


def test_a_change_of_model_is_marked_in_the_curve(tmp_path: Path) -> None:
    write_take(tmp_path, 1, take_report(1, line_reports((1.0, 1.0, 1.0)), model="old"))
    write_take(tmp_path, 2, take_report(2, line_reports((0.2, 0.2, 0.2))))
    text = " ".join(render(history_in(tmp_path), 80).split())
    assert "·|▂ first 20%" in text, "a bar that is not compared is no bar, so that the first bar has the first figure"
    assert "1 take read by old: not compared with the others." in text
    assert SPLIT_CURVE_NOTE in text


def test_the_split_mark_is_explained_only_if_it_occurs(tmp_path: Path) -> None:
    assert "| parts a curve" not in render(history_in(takes(tmp_path, *RISING)), 80)


def test_the_history_of_an_older_model_can_be_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_take(tmp_path, 1, take_report(1, line_reports((1.0, 1.0, 1.0)), model="old"))
    write_take(tmp_path, 2, take_report(2, line_reports((0.2, 0.2, 0.2))))
    firsts = []
    for options in ((), ("--model", "old")):
        run("waiting", "--takes", tmp_path, "--json", "-", *options)
        firsts.append(json.loads(capfd.readouterr().out)["overall"]["first"])
    assert firsts == [0.2, 1.0]
    with pytest.raises(TakeError, match="was read by x; there are takes by m, old"):
        run("waiting", "--takes", tmp_path, "--model", "x")


def test_a_change_of_strictness_splits_no_curve_and_is_mentioned_once(tmp_path: Path) -> None:
    write_take(tmp_path, 1, take_report(1, line_reports((1.0, 1.0, 1.0)), strictness="gentle"))
    write_take(tmp_path, 2, take_report(2, line_reports((0.2, 0.2, 0.2))))
    text = " ".join(render(history_in(tmp_path), 80).split())
    assert "█▂ first 100%" in text
    assert text.count("different strictness (1 standard, 1 gentle)") == 1


@pytest.mark.parametrize("width", [130])
@pytest.mark.parametrize(("encoding", "dash"), [("utf-8", "–"), ("ascii", "-")])
def test_a_missing_figure_is_one_dash(tmp_path: Path, width: int, encoding: str, dash: str) -> None:
    text = render(history_in(takes(tmp_path, (None, *RISING[0][1:]))), width, encoding)
    lines = text[: text.index("Whole takes")]
    assert lines.count(f" {dash}") == 3, "one line was never scored"
    assert not set(lines) & ({"–", "-", "?"} - {dash}) - {"-"}


@pytest.mark.parametrize("width", [40, 80, 130])
def test_control_characters_never_reach_the_terminal(tmp_path: Path, width: int) -> None:
    texts = (HOSTILE, *WORDS[1:])
    for day in range(3):
        write_take(tmp_path, day, take_report(day, line_reports((0.1, 0.2, 0.9), texts), model=HOSTILE, title=HOSTILE))
    text = render(history_in(tmp_path), width)
    assert not set(text) & set("\x1b\x07\x9b\r\u202e")


def test_the_script_is_found_by_file_by_title_by_take_name_and_by_missing_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = takes(tmp_path / "takes", *RISING)
    for name in (script_file(tmp_path), "waiting FOR", "2026-11-03", "waiting-for-news", tmp_path / "waiting.yaml"):
        assert len(as_json(folder, name, capfd)["takes"]) == 7


def test_an_unknown_script_gets_one_message_with_known_titles(tmp_path: Path) -> None:
    with pytest.raises(TakeError, match=r"no take of it in .*; there are takes of: Waiting for news"):
        run("hamlet", "--takes", takes(tmp_path, *RISING))
    with pytest.raises(TakeError, match="there are no takes yet"):
        run("hamlet", "--takes", tmp_path / "none")


def test_mistakes_in_the_script_are_reported(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("[gloomyish] What?\n", encoding="utf-8")
    with pytest.raises(ScriptError, match=r"bad\.txt:1"):
        run(tmp_path / "bad.txt", "--takes", tmp_path)


@pytest.mark.parametrize("name", ["history", "drill"])
def test_notices_about_the_script_are_printed(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.txt").write_bytes("[sad] It\u2019s a caf\u00e9.\n".encode("cp1252"))
    options = ["--list"] if name == "drill" else []
    args = command_parser(name).parse_args(
        [name, str(tmp_path / "old.txt"), "--takes", str(tmp_path / "none"), *options]
    )
    assert args.run(args) == 0
    assert "coach: old.txt: The file is saved as Windows-1252." in capfd.readouterr().err


def test_a_script_without_takes_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(script_file(tmp_path), "--takes", tmp_path / "none")
    assert "No take of this script has been scored yet." in capfd.readouterr().out


def test_json_has_every_point_and_figure(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    history = as_json(takes(tmp_path, *RISING), "waiting", capfd)
    assert history["history_version"] == 1
    first = history["lines"][0]
    assert [point["accuracy"] for point in first["points"]] == pytest.approx([row[0] for row in RISING])
    assert first["figures"]["trend"] == "rising"
    assert first["best_take"] == history["takes"][-1]["take"]
    assert [line["stays_low"] for line in history["lines"]] == [False, True, False]
    assert len(history["whole_takes"]) == 7


def test_csv_has_a_row_for_each_line_of_each_take_and_no_formula(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    texts = ("=cmd|' /C calc'!A0", *WORDS[1:])
    write_take(tmp_path, 1, take_report(1, line_reports((0.1, 0.2, 0.9), texts)), script(*texts))
    run("waiting", "--takes", tmp_path, "--csv", "-")
    out = capfdbinary.readouterr().out
    rows = list(csv.DictReader(io.StringIO(out.decode("utf-8-sig"))))
    assert [row["accuracy"] for row in rows] == ["0.1", "0.2", "0.9"]
    assert rows[0]["text"].startswith("'=cmd")
    assert {row["compared"] for row in rows} == {"1"}


def test_written_files_are_reported(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = takes(tmp_path / "takes", *RISING)
    run("waiting", "--takes", folder, "--json", tmp_path / "out.json", "--csv", tmp_path / "out.csv")
    out, err = capfd.readouterr()
    assert "Whole takes: 7" in out
    assert f"JSON written to {tmp_path / 'out.json'}" in err
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["title"] == "Waiting for news"
    assert len((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()) == 22


def test_damaged_and_unfinished_takes_are_named_and_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = takes(tmp_path, *RISING)
    damaged, later, broken = TakeStore(folder).takes()[:3]
    (damaged / "report.json").write_bytes(b'{"schema_version": 2')
    (later / "report.json").write_text(
        (later / "report.json").read_text("utf-8").replace('_version": ', '_version": 9')
    )
    (broken / "report.json").rename(broken / "journal.jsonl")
    run("waiting", "--takes", folder)
    out, err = capfd.readouterr()
    assert "4 takes, 2026-11-01" in out
    assert f"2 takes left out, the report cannot be read: {damaged.name}, {later.name}." in err
    assert f"1 take unfinished, without a report: not counted: {broken.name}." in err


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday", ""])
def test_an_invalid_time_makes_a_report_unreadable(tmp_path: Path, at: str) -> None:
    report = take_report(1, line_reports((0.1, 0.2, 0.9)), created=RunMetadata(at=at, take="t", coach_version="0"))
    for name in ("renamed", "9999-12-31_23-59-59_x"):
        write_take(tmp_path, 1, report).rename(tmp_path / name)
    assert sorted(past_in(TakeStore(tmp_path).takes()).unreadable) == ["9999-12-31_23-59-59_x", "renamed"]


def test_a_script_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no script was named"):
        run("", "--takes", takes(tmp_path, *RISING))


def test_a_rescored_take_counts_with_its_new_script(tmp_path: Path) -> None:
    edited = script(*WORDS[:2], "That terrible laugh!")
    report = take_report(1, line_reports((0.1, 0.2, 0.9), WORDS))
    report = report.model_copy(update={"created": report.created.model_copy(update={"rescored": 1})})
    folder = write_take(tmp_path, 1, report)
    again = RescoredWith(at="2026-11-02T12:00:00+00:00", script=edited, settings=Settings(), card=None)
    (folder / "rescored-1.json").write_text(again.model_dump_json(), encoding="utf-8")
    assert script_in(folder) == edited


def test_a_missing_copy_of_the_script_is_an_error_not_a_bug(tmp_path: Path) -> None:
    for take in TakeStore(takes(tmp_path, *RISING)).takes():
        (take / "script.json").unlink()
    with pytest.raises(TakeError, match="cannot read the script of the take"):
        run("waiting", "--takes", tmp_path)


def test_a_take_deleted_meanwhile_is_skipped(tmp_path: Path) -> None:
    folders = TakeStore(takes(tmp_path, *RISING)).takes()
    shutil.rmtree(folders[0])
    assert len(past_in(folders).takes) == 6
