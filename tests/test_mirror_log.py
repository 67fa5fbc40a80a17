"""The mirror's log: a row per face and frame, readable by spreadsheets, complete after a kill."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from coach.base.errors import OutputError
from coach.base.types import EMOTIONS, Box
from coach.core.face.head import Head
from coach.core.face.measures import MEASURES
from coach.core.face.person import MeasuredFace
from coach.core.mirror.view import MirrorFace, MirrorView
from coach.recordings.log import COLUMNS, HEAD_COLUMNS, MirrorLog
from coach.recordings.names import AlreadyThereError

CHILD = Path(__file__).with_name("recordings_child.py")
RAW = (0.1, 0.05, 0.05, 0.55, 0.05, 0.1, 0.1)
SMOOTHED = (0.11111, 0.05, 0.05, 0.53889, 0.05, 0.1, 0.1)
READ = MirrorFace(0, Box(10.04, -3.0, 64.0, 80.25), RAW, SMOOTHED, "happy")


def rows(path: Path) -> list[dict[str, str]]:
    """The rows as a spreadsheet reads them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_face_of_each_frame_has_a_row(tmp_path: Path) -> None:
    with MirrorLog(tmp_path / "log.csv") as log:
        log.write(MirrorView(0.0, (READ, MirrorFace(3, Box(1, 2, 3, 4), None, None, None, "profile", 0.4)), None))
        log.write(MirrorView(0.04, (), None, "no face"))
        log.write(MirrorView(0.08, (READ,), None))
    table = rows(tmp_path / "log.csv")
    assert [(row["t"], row["track"]) for row in table] == [("0.0", "0"), ("0.0", "3"), ("0.08", "0")]
    assert log.rows == 3


def test_a_row_has_box_raw_and_smoothed_probabilities_label_and_flags(tmp_path: Path) -> None:
    with MirrorLog(tmp_path / "log.csv") as log:
        log.write(MirrorView(1.23456, (READ,), None))
    assert COLUMNS[:6] == ("t", "track", "x", "y", "w", "h")
    assert COLUMNS[6:13] == EMOTIONS
    text = (tmp_path / "log.csv").read_bytes()
    place = "1.2346,0,10.0,-3.0,64.0,80.2"
    assert text.split(b"\r\n")[1].decode() == (
        f"{place},0.1,0.05,0.05,0.55,0.05,0.1,0.1,0.1111,0.05,0.05,0.5389,0.05,0.1,0.1,happy,"
    )


@pytest.mark.parametrize(
    ("face", "flags"),
    [
        (READ, ""),
        (MirrorFace(0, Box(0, 0, 1, 1), None, None, None, "too dark"), "too dark"),
        (MirrorFace(0, Box(0, 0, 1, 1), None, SMOOTHED, "happy", "profile", 0.5), "profile; held; weight 0.50"),
        (MirrorFace(0, Box(0, 0, 1, 1), RAW, SMOOTHED, None), "unsure"),
    ],
)
def test_flags_describe_how_reliable_a_face_is(face: MirrorFace, flags: str, tmp_path: Path) -> None:
    for kind in ("csv", "jsonl"):
        with MirrorLog(tmp_path / f"log.{kind}") as log:
            log.write(MirrorView(0.0, (face,), None))
    (row,) = rows(tmp_path / "log.csv")
    assert row["flags"] == flags
    assert "; ".join(json.loads((tmp_path / "log.jsonl").read_text())["flags"]) == flags


def test_unread_values_are_empty(tmp_path: Path) -> None:
    face = MirrorFace(2, Box(0, 0, 1, 1), None, None, None, "too small")
    for kind in ("csv", "jsonl"):
        with MirrorLog(tmp_path / f"log.{kind}") as log:
            log.write(MirrorView(0.0, (face,), None))
    (row,) = rows(tmp_path / "log.csv")
    assert {row[name] for name in COLUMNS[6:21]} == {""}
    plain = json.loads((tmp_path / "log.jsonl").read_text())
    assert {plain[name] for name in COLUMNS[6:21]} == {None}


def test_json_lines_have_the_same_names_and_numbers(tmp_path: Path) -> None:
    for kind in ("csv", "jsonl"):
        with MirrorLog(tmp_path / f"log.{kind}") as log:
            log.write(MirrorView(0.5, (READ, READ), None))
    plain = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    for row, object_ in zip(rows(tmp_path / "log.csv"), plain, strict=True):
        assert list(row) == list(object_) == list(COLUMNS)
        assert [row[name] for name in COLUMNS[:-1]] == [str(object_[name]) for name in COLUMNS[:-1]]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("smile.png", "smile.png"),
        ('a "b", c.png', 'a "b", c.png'),
        ("two\nlines\x1b[31m.png", "two lines[31m.png"),
        ("写真 é.png", "写真 é.png"),
        ("=HYPERLINK(1).png", "'=HYPERLINK(1).png"),
        ("@SUM(1).png", "'@SUM(1).png"),
        ("-1+2.png", "'-1+2.png"),
        ("bad\udcff.png", "bad?.png"),
    ],
)
def test_picture_names_are_written_without_formulas_and_line_breaks(name: str, cell: str, tmp_path: Path) -> None:
    with MirrorLog(tmp_path / "log.csv", pictures=True) as log:
        log.write(MirrorView(0.0, (READ,), None), name)
    (row,) = rows(tmp_path / "log.csv")
    assert row["picture"] == cell
    assert (tmp_path / "log.csv").read_bytes().startswith(b"\xef\xbb\xbft,")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_killed_process_loses_no_written_row(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"log.{kind}"
    with subprocess.Popen([sys.executable, CHILD, "log", path], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        acknowledged = next(count for count in map(int, child.stdout) if count >= 200)
        child.kill()
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) - (kind == "csv") >= acknowledged
    assert all(line.endswith(b"\n") for line in lines)


def test_a_log_without_a_face_is_a_table_without_rows(tmp_path: Path) -> None:
    for kind, has_header in (("csv", True), ("jsonl", False)):
        with MirrorLog(tmp_path / f"log.{kind}") as log:
            log.write(MirrorView(0.0, (), None))
        log.close()
        assert (tmp_path / f"log.{kind}").exists() == has_header
    assert rows(tmp_path / "log.csv") == []


def test_existing_files_are_not_overwritten_and_other_formats_are_refused(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("mine")
    with pytest.raises(AlreadyThereError):
        MirrorLog(tmp_path / "log.csv")
    with pytest.raises(OutputError, match=r"written as \.csv or \.jsonl"):
        MirrorLog(tmp_path / "log.xlsx")
    assert (tmp_path / "log.csv").read_text() == "mine"
    with MirrorLog(tmp_path / "log.csv", force=True):
        pass
    assert (tmp_path / "log.csv").read_text(encoding="utf-8-sig").startswith("t,track,")


def test_measures_have_columns_of_their_own_with_the_head_and_the_eyes(tmp_path: Path) -> None:
    values = tuple([0.01 * number for number in range(len(MEASURES))])
    measured = replace(READ, measured=MeasuredFace(values, Head(-12.34, 5.0, 0.0), "page", "covered"))
    with MirrorLog(tmp_path / "log.csv", measures=True) as log:
        log.write(MirrorView(0.0, (measured,), None))
        log.write(MirrorView(0.1, (READ,), None))
    first, second = rows(tmp_path / "log.csv")
    assert [float(first[each.key]) for each in MEASURES] == pytest.approx(values)
    assert [first[name] for name in HEAD_COLUMNS] == ["-12.3", "5.0", "0.0", "page", "covered"]
    assert [second[name] for name in (MEASURES[0].key, *HEAD_COLUMNS)] == [""] * 6


def test_a_log_without_measures_has_no_columns_for_them(tmp_path: Path) -> None:
    with MirrorLog(tmp_path / "log.csv") as log:
        log.write(MirrorView(0.0, (READ,), None))
    assert tuple(rows(tmp_path / "log.csv")[0]) == COLUMNS
