"""The readings of the sample take do not change by accident: shares may differ by at most `SHARE`."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli_help import Demo
from golden_help import DEMO, EXPECTED, FOLDER

from coach.base.files import sample_take
from coach.base.types import EMOTIONS
from coach.cli.main import main

SHARE = 0.01
"""Other processors round other digits of a network's answers."""

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
    """The rows of a journal without its header."""
    return [json.loads(row) for row in journal.read_text(encoding="utf-8").splitlines()[1:]]


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


def test_the_demo_reads_what_it_read(demo: Demo) -> None:
    take, before = demo.take, FOLDER / "takes" / DEMO
    assert_alike(rows(take / "journal.jsonl"), rows(before / "journal.jsonl"))
    actual, expected = (json.loads((folder / "report.json").read_text(encoding="utf-8")) for folder in (take, before))
    assert_alike({**actual, "created": 0}, {**expected, "created": 0})


def test_the_mirror_logs_and_sums_up_what_it_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["mirror", "--source", str(sample_take()), "--headless", "--plain", "--log", "log.csv"]) == 0
    output = SPEED.sub("", capsys.readouterr().out).replace(str(tmp_path), "")
    log = Path("log.csv").read_text(encoding="utf-8")
    if request.config.getoption("--rewrite-golden"):
        (EXPECTED / "mirror.txt").write_text(output, encoding="utf-8")
        (EXPECTED / "mirror.csv").write_text(log, encoding="utf-8")
    assert_same_text(output, (EXPECTED / "mirror.txt").read_text(encoding="utf-8"))
    assert_same_text(log, (EXPECTED / "mirror.csv").read_text(encoding="utf-8"))
    assert_same_shares(log, (EXPECTED / "mirror.csv").read_text(encoding="utf-8"))
