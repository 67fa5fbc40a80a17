"""The version of the takes folder: written by the first run, migrated by the next, never by reading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from store_help import WHEN, contents, play_take
from takes_help import start_child

from coach.base.errors import TakeError
from coach.takes.contents import VERSION_NAME
from coach.takes.store import STORE_VERSION, TakeStore, migrate, version_of


def test_a_new_folder_has_the_current_version(tmp_path: Path) -> None:
    TakeStore(tmp_path / "takes").create("Any", WHEN)
    assert json.loads((tmp_path / "takes" / VERSION_NAME).read_text()) == {"store_version": STORE_VERSION}


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"store_version": 0}', b'{"store_version": "new"}', b"\xff"])
def test_a_missing_or_damaged_version_counts_as_the_oldest(tmp_path: Path, content: bytes | None) -> None:
    take = play_take(TakeStore(tmp_path))
    before = contents(take)
    (tmp_path / VERSION_NAME).unlink()
    if content is not None:
        (tmp_path / VERSION_NAME).write_bytes(content)
    assert version_of(tmp_path) == 1
    assert TakeStore(tmp_path).find(take.name) == take
    TakeStore(tmp_path).create("Next", WHEN)
    assert version_of(tmp_path) == STORE_VERSION
    assert contents(take) == before


def test_drafts_of_killed_runs_are_removed_but_those_of_running_ones_kept(tmp_path: Path) -> None:
    take = play_take(TakeStore(tmp_path))
    with start_child("play", tmp_path) as child:
        assert child.stdout is not None
        going = tmp_path / child.stdout.readline().strip()
        (tmp_path / VERSION_NAME).unlink()
        for folder in (take, going):
            (folder / ".report.json.0123456789ab.tmp").write_bytes(b"draft")
        (take / ".mine.tmp").write_bytes(b"mine")
        migrate(tmp_path)
        child.kill()
    assert (going / ".report.json.0123456789ab.tmp").exists()
    assert not (take / ".report.json.0123456789ab.tmp").exists()
    assert (take / ".mine.tmp").exists()


def test_two_runs_can_migrate_a_folder_at_once(tmp_path: Path) -> None:
    with start_child("create", tmp_path, 20) as first, start_child("create", tmp_path, 20) as second:
        for child in (first, second):
            child.communicate(timeout=60)
            assert child.returncode == 0
    assert version_of(tmp_path) == STORE_VERSION
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [VERSION_NAME]


def test_the_folder_of_a_newer_coach_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / VERSION_NAME).write_text('{"store_version": 99}')
    with pytest.raises(TakeError, match=r"has version 99, and this Coach knows versions 1 to \d+; update Coach"):
        TakeStore(tmp_path).create("Any", WHEN)
    assert [path.name for path in tmp_path.iterdir()] == [VERSION_NAME]
