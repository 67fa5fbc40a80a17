"""Erasing takes: every file of the coach, and no foreign one."""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from store_help import WHEN, add_every_file, contents, play_take
from takes_help import run_child

from coach.takes.contents import own_files
from coach.takes.erasing import NotErased, erasable, erase_store_files, erase_take, inventory_of, is_ours, store_files
from coach.takes.store import TakeStore

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights or links")


def erase_all(folder: Path) -> NotErased:
    """Erase everything of the coach in `folder`."""
    not_erased = sum((erase_take(take) for take in erasable(folder)), start=NotErased())
    return not_erased + erase_store_files(folder)


def test_a_take_is_erased_with_every_file_and_draft(tmp_path: Path) -> None:
    take = add_every_file(play_take(TakeStore(tmp_path)))
    for name in (
        "running.lock",
        "notes.lock",
        "probe",
        ".video.mp4.0123456789ab.tmp",
        "evidence/.x.jpg.0123456789ab.tmp",
    ):
        (take / name).write_bytes(b"left")
    for name in ("rescored-1.json", "signal-1.jsonl", "report-12.json"):
        (take / name).write_bytes(b"{}")
    assert erase_take(take) == NotErased()
    assert not take.exists()


def test_files_of_the_takes_folder_are_erased_too(tmp_path: Path) -> None:
    """A naming rule finds them, including files that other commands write."""
    store = TakeStore(tmp_path)
    for n in range(3):
        add_every_file(play_take(store, "x", WHEN + timedelta(days=n)))
    (tmp_path / "coach-catalogue.json").write_text("{}")
    (tmp_path / "coach-drill.json").write_text("{}")
    (tmp_path / ".coach-drill.json.0123456789ab.tmp").write_text("{}")
    assert len(store_files(tmp_path)) == 4
    assert erase_all(tmp_path) == NotErased()
    assert list(tmp_path.iterdir()) == []


def test_a_take_killed_before_it_had_a_journal_is_erased_too(tmp_path: Path) -> None:
    """Its folder is never listed as a take, but it contains a copy of the script."""
    take = TakeStore(tmp_path).create("Secret", WHEN)
    (take / "script.json").write_text('{"title": "Secret"}')
    assert TakeStore(tmp_path).takes() == []
    assert erasable(tmp_path) == [take]
    erase_all(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_foreign_files_are_never_touched(tmp_path: Path) -> None:
    take = add_every_file(play_take(TakeStore(tmp_path)))
    mine = ["letter.txt", "site/report.json", "site/index.html", "2026-11-24_13-55-02_holiday/beach.jpg", "store.json"]
    mine += [
        f"{take.name}/diary.txt",
        f"{take.name}/evidence/sketch.psd",
        "data/journal.jsonl",
        "evidence/line-1-x.jpg",
    ]
    for name in mine:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    not_erased = erase_all(tmp_path)
    assert not_erased.failed == ()
    assert not_erased.foreign == (take / "diary.txt", take / "evidence")
    assert contents(tmp_path) == dict.fromkeys(mine, b"mine")


@unix_only
def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = add_every_file(play_take(TakeStore(tmp_path / "private")))
    before = contents(outside)
    take = play_take(TakeStore(tmp_path / "takes"))
    (take / "evidence").symlink_to(outside / "evidence")
    (take / "video.mp4").symlink_to(outside / "video.mp4")
    (tmp_path / "takes" / "2026-11-24_13-55-02_link").symlink_to(outside)
    erase_all(tmp_path / "takes")
    assert contents(outside) == before
    assert not (take / "journal.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "files", "ours"),
    [
        ("site", {"report.json": '{"status": "ok"}'}, False),
        ("site", {"journal.jsonl": '{"level": "info"}'}, False),
        ("renamed", {"report.json": '{\n  "schema_version": 2,'}, True),
        ("renamed", {"journal.jsonl": '{"journal_version":2,'}, True),
        ("2026-11-24_13-55-02_a", {"journal.jsonl": "damaged"}, True),
        ("2026-11-24_13-55-02_a", {"script.json": "{}"}, True),
        ("2026-11-24_13-55-02_a", {}, True),
        ("2026-11-24_13-55-02_a", {"beach.jpg": ""}, False),
        ("holiday", {}, False),
    ],
)
def test_a_take_is_recognised_by_its_name_or_the_beginning_of_its_files(
    tmp_path: Path, name: str, files: dict[str, str], ours: bool
) -> None:
    (tmp_path / name).mkdir()
    for file, text in files.items():
        (tmp_path / name / file).write_text(text)
    assert is_ours(tmp_path / name) is ours
    assert erasable(tmp_path) == ([tmp_path / name] if ours else [])


def test_the_inventory_counts_what_is_erased(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    takes = [add_every_file(play_take(store)), play_take(store, "Other")]
    inventory = inventory_of(takes)
    files = [file for take in takes for file in own_files(take)]
    assert inventory.size == sum(file.path.stat().st_size for file in files)
    assert (inventory.takes, inventory.files) == (2, sum(len(contents(take)) for take in takes))
    assert (inventory.videos, inventory.pictures, inventory.notes) == (1, 1, 1)


@unix_only
def test_files_that_cannot_be_erased_are_reported_with_the_reason() -> None:
    with tempfile.TemporaryDirectory() as name:
        take = play_take(TakeStore(Path(name)))
        for path in [take.parent, take, *take.iterdir()]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = contents(take)
        output = run_child("erase_without_rights", name)
        for path in (take.parent, take):
            path.chmod(0o755)
        assert contents(take) == before
        (line,) = output
        assert all(name in line for name in before)
        assert line.endswith(f"and journal.jsonl in {take} (permission denied)")


@unix_only
def test_forgetting_in_part_names_what_is_erased_and_which_files_are_left() -> None:
    with tempfile.TemporaryDirectory() as name:
        store = TakeStore(Path(name))
        takes = [play_take(store), play_take(store, "Other")]
        for path in [store.folder, takes[0], *takes[0].iterdir(), *store.folder.glob("*.json")]:
            path.chmod(0o777)
        for path in [*takes[1].iterdir(), takes[1]]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        output = run_child("coach_without_rights", name, "forget", "--all", "--yes")
        takes[1].chmod(0o700)
        left = sorted(path.name for path in takes[1].iterdir())
        assert f"Erased {takes[0].name}." in output
        assert not takes[0].exists()
        (failure,) = [line for line in output if "could not erase" in line]
        assert all(file in failure for file in left)
        assert failure.endswith(f"in {takes[1]} (permission denied)")
        assert output[-1] == "code 1"


@unix_only
def test_an_unreadable_take_is_reported_and_does_not_hide_others() -> None:
    with tempfile.TemporaryDirectory() as name:
        store = TakeStore(Path(name))
        takes = [play_take(store), play_take(store, "Other")]
        Path(name).chmod(0o777)
        for path in [takes[0], *takes[0].iterdir()]:
            path.chmod(0o777)
        takes[1].chmod(0)
        output = run_child("erase_without_rights", name)
        takes[1].chmod(0o700)
        assert output == [f"{takes[1]} (permission denied)"]
        assert not takes[0].exists()
