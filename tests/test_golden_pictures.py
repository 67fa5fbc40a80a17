"""The readings of the sample take do not change by accident: shares may differ by at most `SHARE`."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli_help import Demo, coach, takes_of, the_take
from golden_help import DEMO, EXPECTED, FOLDER, SCRIPT

from coach.base.files import sample_take
from coach.base.settings import Settings
from coach.base.types import EMOTIONS
from coach.cli.main import main
from coach.core.scoring.report import Report
from coach.takes.report_file import load_report, report_json

SHARE = 0.01
"""Other processors round other digits of a network's answers."""

BEFORE = FOLDER / "takes" / DEMO
"""The sample take, read on every frame."""

WORDS = ("--headless", "--plain", "--log", "log.csv", "--reads-per-second", "0")

SPEED = re.compile(r", \d+ frames/s")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def assert_alike(actual: object, expected: object, place: str = "") -> None:
    """Fail where two JSON values differ by more than `SHARE`, or in anything that is not a number."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), place
        assert actual.keys() == expected.keys(), place
        for key in expected:
            assert_alike(actual[key], expected[key], f"{place}.{key}")
    elif isinstance(expected, list):
        assert isinstance(actual, list), place
        assert len(actual) == len(expected), place
        for number, (one, other) in enumerate(zip(actual, expected, strict=True)):
            assert_alike(one, other, f"{place}[{number}]")
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected, abs=SHARE), place
    else:
        assert actual == expected, place


def rows(journal: Path) -> list[Any]:
    """The rows of a journal without its header and without checksums."""
    plain = [json.loads(row) for row in journal.read_text(encoding="utf-8").splitlines()[1:]]
    return [{name: value for name, value in row.items() if name != "sum"} for row in plain]


def figures(report: dict[str, Any]) -> dict[str, Any]:
    """A report without its sentences: a stored report has those of the version that made it."""
    remarks = [{**remark, "text": ""} for remark in (report["strength"], *report["notes"])]
    lines = [{**line, "audience": ""} for line in report["lines"]]
    model = {**report["model"], "limit": ""}
    return {**report, "model": model, "strength": remarks[0], "notes": remarks[1:], "lines": lines}


def assert_same_text(actual: str, expected: str) -> None:
    """Fail where two texts differ in more than numbers, or a number by more than 1: percent, or pixels of a box."""
    assert NUMBER.sub("#", actual) == NUMBER.sub("#", expected)
    for actual_word, expected_word in zip(NUMBER.findall(actual), NUMBER.findall(expected), strict=True):
        assert float(actual_word) == pytest.approx(float(expected_word), abs=1), (actual_word, expected_word)


def assert_same_shares(actual: str, expected: str) -> None:
    """Fail where a share of two logs differs by more than `SHARE`."""
    for actual_row, expected_row in zip(
        csv.DictReader(actual.splitlines()), csv.DictReader(expected.splitlines()), strict=True
    ):
        for column in (f"{emotion}{ending}" for emotion in EMOTIONS for ending in ("", "_smoothed")):
            assert float(actual_row[column]) == pytest.approx(float(expected_row[column]), abs=SHARE), (
                actual_row["t"],
                column,
            )


def test_every_frame_of_the_sample_is_read_as_it_was(tmp_path: Path) -> None:
    """The stored take was read on every frame."""
    options = ("--source", sample_take(), "--evidence", "--reads-per-second", "0")
    assert coach(tmp_path, "rehearse", SCRIPT, *options).returncode == 0
    take, before = the_take(takes_of(tmp_path)), BEFORE
    assert_alike(rows(take / "journal.jsonl"), rows(before / "journal.jsonl"))
    got, expected = (json.loads(report_json(load_report(each / "report.json"))) for each in (take, before))
    expected["settings"] = {**Settings().model_dump(mode="json"), **expected["settings"]}  # it has fewer settings
    same = {"created": 0, "schema_version": 0}
    assert_alike({**figures(got), **same}, {**figures(expected), **same})


def test_fifteen_readings_a_second_give_the_same_verdicts(demo: Demo) -> None:
    """Shares move by at most 0.02 from those of every frame."""
    got, expected = (Report.model_validate_json((each / "report.json").read_bytes()) for each in (demo.take, BEFORE))
    for line, before in zip(got.lines, expected.lines, strict=True):
        assert line.verdict == before.verdict
        assert line.share == pytest.approx(before.share, abs=0.02)
        assert line.read == pytest.approx(before.read, abs=0.02)


def test_the_mirror_logs_and_sums_up_what_it_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["mirror", "--source", str(sample_take()), *WORDS]) == 0
    output = SPEED.sub("", capsys.readouterr().out).replace(str(tmp_path), "")
    log = Path("log.csv").read_text(encoding="utf-8")
    if request.config.getoption("--rewrite-golden"):
        (EXPECTED / "mirror.txt").write_text(output, encoding="utf-8")
        (EXPECTED / "mirror.csv").write_text(log, encoding="utf-8")
    assert_same_text(output, (EXPECTED / "mirror.txt").read_text(encoding="utf-8"))
    assert_same_text(log, (EXPECTED / "mirror.csv").read_text(encoding="utf-8"))
    assert_same_shares(log, (EXPECTED / "mirror.csv").read_text(encoding="utf-8"))
