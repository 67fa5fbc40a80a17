"""The work on one recording of an archive gives the rows of what a rehearsal or the mirror reads."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from coach.archive.rows import FILES, LINES, READINGS, Row
from coach.archive.work import Analysis, Job, Method, analyse
from coach.base.errors import SourceError
from coach.base.settings import Settings
from coach.core.script.script import Script

SCRIPT = Script.model_validate(
    {"title": "News", "lines": [{"text": "They said by morning.", "emotion": "sad", "duration_s": 2.0}]}
)


def check_columns(analysis: Analysis, readings: list[Row]) -> None:
    """Check that rows have no cells but those of their table, and all of them the key."""
    assert set(analysis.file) <= set(FILES)
    assert all(set(row) <= set(LINES) for row in analysis.lines)
    assert all(set(row) <= set(READINGS) for row in readings)
    assert {row["key"] for row in (analysis.file, *analysis.lines, *readings)} == {"a" * 64}


def read(path: Path, script: Script | None, folder: Path) -> tuple[Analysis, list[Row]]:
    """Read `path` by a job that went through pickle, as one that is sent to another machine."""
    job = Job(str(path), "0" * 64, Method(script, Settings(reads_per_s=15)), "a" * 64)
    readings: list[Row] = []
    folder.mkdir()
    return analyse(pickle.loads(pickle.dumps(job)), readings.append, folder), readings


def test_a_script_gives_the_rows_of_its_report_and_the_same_ones_each_time(short_take: Path, tmp_path: Path) -> None:
    first, readings = read(short_take, SCRIPT, tmp_path / "first")
    second, again = read(short_take, SCRIPT, tmp_path / "second")
    assert first.take is not None
    report = json.loads((first.take / "report.json").read_text(encoding="utf-8"))
    (line,), (told,) = first.lines, report["lines"]
    shared = set(line) & set(told)
    assert {"verdict", "share", "accuracy", "start_s"} <= shared
    assert {name: line[name] for name in shared} == {name: told[name] for name in shared}
    assert line["read_sad"] == told["read"]["sad"]
    assert first.file["hits"] == report["overall"]["hits"]
    assert first.file["readings"] == len(readings) > 20
    assert {row["line"] for row in readings} <= {1, None}
    check_columns(first, readings)
    assert (first.lines, readings) == (second.lines, again)
    assert {**first.file, "analysed_at": ""} == {**second.file, "analysed_at": ""}


def test_without_a_script_every_face_is_read_and_no_take_is_made(short_take: Path, tmp_path: Path) -> None:
    analysis, readings = read(short_take, None, tmp_path / "takes")
    check_columns(analysis, readings)
    assert analysis.file["people"] == 1
    assert analysis.lines == []
    assert list((tmp_path / "takes").iterdir()) == []
    assert {row["track"] for row in readings} == {0}
    assert [row["t"] for row in readings] == sorted(row["t"] for row in readings)


@pytest.mark.parametrize("script", [SCRIPT, None])
def test_a_broken_recording_says_what_is_wrong(script: Script | None, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video at all")
    with pytest.raises(SourceError, match=r"broken\.mp4"):
        read(broken, script, tmp_path / "takes")
