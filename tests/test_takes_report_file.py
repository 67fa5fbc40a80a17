"""`report.json`: its public fields, deterministic text, and validation."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from takes_help import make_report

from coach.base.errors import TakeError
from coach.base.files import write_atomically
from coach.core.scoring.report import Report
from coach.takes.report_file import export_file, load_report, report_json, write_report

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such links, rights or pipes")

LINE_FIELDS = [
    "index",
    "text",
    "targets",
    "target",
    "start_s",
    "end_s",
    "played_s",
    "scored_s",
    "coverage",
    "accuracy",
    "match",
    "arrival_s",
    "hold_s",
    "bleed_s",
    "read",
    "top",
    "intensity",
    "verdict",
    "reason",
    "attempts",
    "share",
    "asked_share",
    "evidence",
    "audience",
    "own",
    "eyes_down",
    "prompts",
    "words",
]
OVERALL_FIELDS = ["accuracy", "scored_s", "coverage", "hits", "partials", "misses", "not_scored"]
FIELDS = [
    "schema_version",
    "created",
    "title",
    "language",
    "settings",
    "source",
    "model",
    "ended",
    "warnings",
    "overall",
    "strength",
    "notes",
    "lines",
    "actor",
    "reactions",
]


def as_plain(report: Report) -> dict[str, Any]:
    """The parsed JSON."""
    plain: dict[str, Any] = json.loads(report_json(report))
    return plain


def test_schema_version_5_has_exactly_these_fields() -> None:
    plain = as_plain(make_report())
    assert list(plain) == FIELDS
    assert plain["schema_version"] == 5
    assert list(plain["lines"][0]) == LINE_FIELDS
    assert list(plain["overall"]) == OVERALL_FIELDS
    assert list(plain["notes"][0]) == ["t", "line", "text", "kind"]
    assert list(plain["created"]) == ["at", "take", "coach_version", "fps", "dropped", "rescored"]
    assert list(plain["lines"][0]["read"]) == ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


def test_a_report_of_schema_version_1_is_still_read(tmp_path: Path) -> None:
    plain = as_plain(make_report())
    plain["schema_version"] = 1
    for line in plain["lines"]:
        for field in ("share", "asked_share", "evidence", "audience", "own", "eyes_down", "prompts", "words"):
            del line[field]
    del plain["model"]["limit"], plain["actor"], plain["reactions"]
    del plain["created"]["rescored"]
    (tmp_path / "report.json").write_text(json.dumps(plain), encoding="utf-8")
    old = load_report(tmp_path / "report.json")
    assert (old.schema_version, old.lines[0].share, old.lines[0].evidence) == (1, None, {})


def test_numbers_have_four_decimals_at_most_and_no_minus_zero() -> None:
    line = as_plain(make_report())["lines"][0]
    assert line["accuracy"] == 0.1235
    assert line["scored_s"] == 3.0
    assert line["read"]["sad"] == 0.1429
    assert '"bleed_s": 0.0' in report_json(make_report())


def test_equal_reports_give_equal_bytes_in_any_order_of_creation() -> None:
    report = make_report()
    line = report.lines[0].model_copy(update={"read": dict(reversed(report.lines[0].read.items()))})
    settings = dict(reversed(report.settings.items()))
    same_report = report.model_copy(update={"lines": [line], "settings": settings})
    assert same_report == report
    assert report_json(same_report) == report_json(report)


def test_text_is_not_escaped_and_the_file_ends_with_a_newline() -> None:
    text = report_json(make_report())
    assert "誰も" in text
    assert text.endswith("}\n")


def test_a_number_that_is_not_finite_never_reaches_a_file() -> None:
    report = make_report().model_copy(update={"ended": "finished"})
    line = report.lines[0].model_copy(update={"match": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        report_json(report.model_copy(update={"lines": [line]}))


def test_a_report_survives_a_round_trip(tmp_path: Path) -> None:
    write_report(tmp_path / "report.json", make_report())
    report = load_report(tmp_path / "report.json")
    assert report_json(report) == (tmp_path / "report.json").read_text("utf-8") == report_json(make_report())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged, not JSON"),
        (b"\xff\xfe", "damaged, not JSON"),
        (b'{"schema_version": 1', "damaged, not JSON"),
        (b"[" * 100_000, "damaged, not JSON"),
        (b"[]", "not a report of Coach"),
        (b"{}", "schema version None; this Coach reads versions 1 to 5"),
        (b'{"schema_version": 6}', "schema version 6; this Coach reads versions 1 to 5"),
        (b'{"schema_version": "\\u001b[31m"}', "schema version"),
        (b'{"schema_version": 1}', r"not a report of Coach \(created: Field required\)"),
    ],
)
def test_a_file_that_is_not_a_report_is_refused_with_one_message(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(TakeError, match=message) as refused:
        load_report(tmp_path / "r")
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("number", ["1e308", "-1e308", "1e999", "NaN", "1" + "0" * 40])
@pytest.mark.parametrize("place", ['"hold_s": 1.25', '"t": 2.0', '"read": {\n        "angry": 0.1429'])
def test_a_report_with_an_impossible_number_is_refused(tmp_path: Path, place: str, number: str) -> None:
    text = report_json(make_report())
    assert place in text
    (tmp_path / "report.json").write_text(text.replace(place, f"{place.rpartition(' ')[0]} {number}"), "utf-8")
    with pytest.raises(TakeError, match="a number in it is impossible"):
        load_report(tmp_path / "report.json")


def test_a_report_with_an_unknown_field_is_refused_without_showing_its_content(tmp_path: Path) -> None:
    (tmp_path / "r").write_text(json.dumps({**as_plain(make_report()), "extra": "\x1b[31m"}))
    with pytest.raises(TakeError, match="extra: Extra inputs") as refused:
        load_report(tmp_path / "r")
    assert str(refused.value).isprintable()


def test_a_missing_directory_or_oversized_report_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(65 << 20)
    for path, message in [
        (tmp_path / "missing", "cannot read the report"),
        (tmp_path, "cannot read the report"),
        (tmp_path / "big", "over 64 MB"),
    ]:
        with pytest.raises(TakeError, match=message):
            load_report(path)


def test_a_failed_write_leaves_the_old_report(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(OSError, match=r"[Dd]irectory|denied"):
        write_atomically(tmp_path / "x", b"new")
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


@unix_only
def test_an_exported_report_has_default_permissions_and_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("old")
    before = os.umask(0o022)
    try:
        export_file(tmp_path / "out.json", report_json(make_report()).encode(), "JSON")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.json").stat().st_mode) == 0o644
    assert (tmp_path / "out.json").read_text("utf-8") == report_json(make_report())


@unix_only
def test_an_export_through_a_link_or_into_a_folder_pipe_or_take_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "take").mkdir()
    (tmp_path / "take" / "journal.jsonl").write_text("journal")
    for name in ("link", "dangling", "pipe", "take", "take/journal.jsonl"):
        with pytest.raises(TakeError, match="choose another place"):
            export_file(tmp_path / name, report_json(make_report()).encode(), "JSON")
    assert (tmp_path / "mine").read_text() == "mine"
    assert (tmp_path / "take" / "journal.jsonl").read_text() == "journal"
    assert not (tmp_path / "nowhere").exists()


def test_an_export_into_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(TakeError, match=r"cannot write .*no such file"):
        export_file(tmp_path / "missing" / "out.json", report_json(make_report()).encode(), "JSON")
