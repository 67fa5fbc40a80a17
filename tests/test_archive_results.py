"""The results of an archive: keys, hashes, and files that are complete or not there."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.archive.hashes import PATHS, Hashes
from coach.archive.keys import job_for, method_for
from coach.archive.results import Results
from coach.archive.rows import FILES, LINES, READINGS
from coach.archive.tables import TableWriter, read_table, schema_of, write_table
from coach.archive.work import Job
from coach.base.errors import CoachError, OutputError
from coach.base.settings import Settings
from coach.core.script.script import Script

SETTINGS = Settings(reads_per_s=15)


def script(emotion: str = "sad") -> Script:
    line = {"text": "They said by morning.", "emotion": emotion, "duration_s": 2.0}
    return Script.model_validate({"title": "News", "lines": [line]})


def job_of(path: Path) -> Job:
    return job_for(path, Hashes([]).of(path), method_for(script(), SETTINGS, None))


@pytest.fixture(scope="module")
def stored(short_take: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Job]:
    """Results with one recording and its take."""
    results = Results(tmp_path_factory.mktemp("archive") / "out")
    job = job_of(short_take)
    with ExitStack() as stack:
        results.open(stack)
        results.store(job, keep_take=True)
    return results, job


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_key_depends_on_recording_script_settings_and_model_and_on_nothing_else(short_take: Path) -> None:
    def key(path: Path = short_take, sha256: str = "0" * 64, model: str | None = None, **changes: object) -> str:
        settings = SETTINGS.model_copy(update=changes)
        return job_for(path, sha256, method_for(script(), settings, model)).key

    assert key() == key(path=Path("/elsewhere/copy.mp4")) == key(model="audience")
    others = [
        key(sha256="1" * 64),
        key(strictness="strict"),
        key(model="mini_xception"),
        job_for(short_take, "0" * 64, method_for(script("fear"), SETTINGS, None)).key,
        job_for(short_take, "0" * 64, method_for(None, SETTINGS, None)).key,
    ]
    assert len({key(), *others}) == 6


def test_stored_results_are_done_private_and_leave_nothing_else(stored: tuple[Results, Job]) -> None:
    results, job = stored
    assert results.done() == results.done(takes=True) == {job.key}
    tables = {path for path in files_below(results.folder) if not path.startswith("takes")}
    assert tables == {f"{table}/{job.key}.parquet" for table in ("files", "lines", "readings")}
    assert all(stat.S_IMODE((results.folder / path).stat().st_mode) == 0o600 for path in tables)


def test_the_tables_have_the_columns_of_their_schema_and_belong_together(stored: tuple[Results, Job]) -> None:
    results, job = stored
    for table, columns in (("files", FILES), ("lines", LINES), ("readings", READINGS)):
        assert pq.read_table(results.folder / table).schema.equals(schema_of(columns))
    (file,) = read_table(results.folder / "files")
    (line,) = read_table(results.folder / "lines")
    readings = read_table(results.folder / "readings")
    assert {file["key"], line["key"], *(row["key"] for row in readings)} == {job.key}
    assert file["readings"] == len(readings)
    assert (file["sha256"], file["take"]) == (job.sha256, next(results.takes.iterdir()).name)


def test_the_page_about_archives_names_each_column() -> None:
    page = (Path(__file__).parent.parent / "docs" / "archives.md").read_text(encoding="utf-8")
    for heading, columns in (("files", FILES), ("lines", LINES), ("readings", READINGS), ("paths.parquet", PATHS)):
        section = page.split(f"**`{heading}`**")[1].split("\n**")[0]
        cells = {name for row in section.split("\n") for name in re.findall("`([a-z0-9_]+)`", row.split(" | ")[0])}
        assert set(columns) <= cells


def test_storing_again_changes_no_row_and_makes_no_second_take(stored: tuple[Results, Job]) -> None:
    results, job = stored
    before = files_below(results.folder), read_table(results.folder / "lines"), read_table(results.folder / "readings")
    results.store(job, keep_take=True)
    after = files_below(results.folder), read_table(results.folder / "lines"), read_table(results.folder / "readings")
    assert before == after


def test_a_recording_whose_take_is_missing_is_done_only_without_takes(tmp_path: Path) -> None:
    results = Results(tmp_path / "out")
    with ExitStack() as stack:
        results.open(stack)
        for key in ("a" * 32, "b" * 32):
            (results.folder / "files" / f"{key}.parquet").touch()
        (results.takes / f"2026-11-28_20-00-00_news-{'a' * 8}").mkdir(parents=True)
        assert results.done() == {"a" * 32, "b" * 32}
        assert results.done(takes=True) == {"a" * 32}
        assert [results.has(key, take=True) for key in ("a" * 32, "b" * 32)] == [True, False]


def test_a_recording_that_fails_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    results = Results(tmp_path / "out")
    with ExitStack() as stack:
        results.open(stack)
        with pytest.raises(CoachError, match=r"broken\.mp4"):
            results.store(job_of(broken), keep_take=True)
        assert files_below(results.folder) == {".lock"}


def test_what_a_killed_worker_left_is_swept_and_is_not_done(tmp_path: Path) -> None:
    results = Results(tmp_path / "out")
    with ExitStack() as stack:
        results.open(stack)
    left = results.folder / ".unfinished" / "left"
    left.mkdir()
    (left / "files").write_bytes(b"half")
    (results.folder / "lines" / "key.parquet").write_bytes(b"written before its file")
    with ExitStack() as stack:
        results.open(stack)
        assert not left.exists()
        assert results.done() == set()


def test_two_runs_never_write_to_the_same_folder(tmp_path: Path) -> None:
    with ExitStack() as stack:
        Results(tmp_path / "out").open(stack)
        with pytest.raises(OutputError, match="another run writes there"), ExitStack() as second:
            Results(tmp_path / "out").open(second)


def test_a_hash_is_kept_until_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "take.mp4"
    path.write_bytes(b"one")
    hashes = Hashes([])
    first = hashes.of(path)
    read: list[None] = []
    kept = Hashes(hashes.rows(), check=lambda: read.append(None))
    assert kept.of(path) == first
    assert (read, kept.changed) == ([], False)
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert kept.of(path) != first
    assert kept.changed


def test_kept_paths_are_read_again_and_damaged_ones_are_forgotten(tmp_path: Path) -> None:
    results = Results(tmp_path / "out")
    with ExitStack() as stack:
        results.open(stack)
        hashes = Hashes([])
        hashes.of(Path(__file__))
        results.keep_paths(hashes.rows())
        assert results.known_paths() == hashes.rows()
        (results.folder / "paths.parquet").write_bytes(b"PAR1")
        assert results.known_paths() == []


@settings(max_examples=20)
@given(st.lists(st.tuples(st.text(), st.one_of(st.none(), st.floats(allow_nan=False)))))
def test_any_text_and_number_comes_back_from_a_table(rows: list[tuple[str, float | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        write_table(path, {"a": "text", "b": "number"}, ({"a": text, "b": number} for text, number in rows))
        assert [(row["a"], row["b"]) for row in read_table(path)] == rows


def test_a_table_of_more_rows_than_fit_in_memory_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.archive.tables.ROWS_AT_ONCE", 10)
    with TableWriter(tmp_path / "table", {"n": "whole"}) as table:
        for number in range(35):
            table.add({"n": number})
    assert [row["n"] for row in read_table(tmp_path / "table")] == list(range(35))


def test_a_file_name_that_is_not_utf8_is_written_with_a_mark(tmp_path: Path) -> None:
    write_table(tmp_path / "table", {"path": "text"}, [{"path": "take-\udcff.mp4"}])
    assert read_table(tmp_path / "table") == [{"path": "take-?.mp4"}]
