"""Every operation on the takes folder is killed before each of its steps: no take is lost or left incomplete."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from store_help import WHEN, add_every_file, contents, play_take
from takes_help import ROOT

from coach.takes.archive_export import export_takes
from coach.takes.contents import VERSION_NAME
from coach.takes.erasing import erasable, erase_store_files, erase_take
from coach.takes.store import STORE_VERSION, TakeStore, version_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork what is killed here")


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A takes folder with two takes, one of them with files of every kind."""
    folder = tmp_path_factory.mktemp("takes")
    store = TakeStore(folder)
    play_take(store, "First", seconds=1)
    add_every_file(play_take(store, "Second", WHEN + timedelta(days=1), seconds=1))
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return folder


def killed_at_each_step(task: str, takes: Path, place: Path) -> list[Path]:
    """The folders that the killed runs left, and last that of the run that finished."""
    shutil.copytree(takes, place / "template", dirs_exist_ok=True)
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    command = [sys.executable, str(ROOT / "tests" / "dying_child.py"), task, str(place)]
    result = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=120, check=True
    )
    lines = result.stdout.splitlines()
    assert lines.pop() == "done"
    assert all(line.startswith("killed ") for line in lines)
    assert len(lines) >= 2
    return [place / str(n) for n in range(len(lines) + 1)]


def takes_in(folder: Path) -> dict[str, dict[str, bytes]]:
    """The contents of every take in `folder`, by name without added numbers."""
    return {take.name: contents(take) for take in TakeStore(folder).takes()}


def test_a_killed_migration_loses_no_take(takes: Path, tmp_path: Path) -> None:
    old = shutil.copytree(takes, tmp_path / "old")
    (old / VERSION_NAME).unlink()
    newest = TakeStore(old).takes()[0]
    drafts = [newest / name for name in (".journal.jsonl.0123456789ab.tmp", "probe", ".video.mp4.ba9876543210.tmp")]
    for draft in drafts:
        draft.write_bytes(b"left by a killed run")
    for folder in killed_at_each_step("migrate", old, tmp_path):
        assert version_of(folder) in (1, STORE_VERSION)
        TakeStore(folder).migrate_if_exists()
        assert version_of(folder) == STORE_VERSION
        assert takes_in(folder) == takes_in(takes)


def test_a_killed_listing_loses_no_take(takes: Path, tmp_path: Path) -> None:
    for folder in killed_at_each_step("list", takes, tmp_path):
        assert [facts.name for facts in TakeStore(folder).facts()] == [take.name for take in TakeStore(takes).takes()]
        assert takes_in(folder) == takes_in(takes)


def test_a_killed_import_leaves_whole_takes_only(takes: Path, tmp_path: Path) -> None:
    """Each take is imported completely or not at all, and drafts are removed by the next import."""
    empty = tmp_path / "empty"
    empty.mkdir()
    export_takes(TakeStore(takes).takes(), empty / "in.zip")
    expected = takes_in(takes)
    states = []
    for folder in killed_at_each_step("import", empty, tmp_path):
        imported = takes_in(folder)
        assert imported.items() <= expected.items()
        states.append(len(imported))
        TakeStore(folder).import_archive(folder / "in.zip")
        assert {name.removesuffix("-2"): files for name, files in takes_in(folder).items()} == expected
        assert not list(folder.glob(".import-*"))
    assert states == sorted(states)
    assert set(states) == {0, 1, 2}


def test_a_killed_export_leaves_a_whole_archive(takes: Path, tmp_path: Path) -> None:
    """The old archive stays until the new one is complete."""
    full = shutil.copytree(takes, tmp_path / "full")
    (full / "archives").mkdir()
    export_takes(TakeStore(takes).takes()[:1], full / "archives" / "out.zip")
    before = (full / "archives" / "out.zip").read_bytes()
    folders = killed_at_each_step("export", full, tmp_path)
    archive = (folders[-1] / "archives" / "out.zip").read_bytes()
    states = [(folder / "archives" / "out.zip").read_bytes() for folder in folders]
    old = states.count(before)
    assert states == [before] * old + [archive] * (len(states) - old)
    assert 1 < old < len(states)
    for folder in folders:
        assert takes_in(folder) == takes_in(takes)


def test_a_killed_renaming_loses_no_take(takes: Path, tmp_path: Path) -> None:
    for folder in killed_at_each_step("rename", takes, tmp_path):
        assert sorted(takes_in(folder).values(), key=len) == sorted(takes_in(takes).values(), key=len)


def test_a_killed_erasure_can_be_completed(takes: Path, tmp_path: Path) -> None:
    """A second run finds and erases all remaining files, even of a take that only its journal identifies."""
    full = shutil.copytree(takes, tmp_path / "full")
    TakeStore(full).takes()[0].rename(full / "called by hand")
    TakeStore(full).facts()
    for folder in killed_at_each_step("forget", full, tmp_path):
        for take in erasable(folder):
            erase_take(take)
        erase_store_files(folder)
        assert contents(folder) == {}
