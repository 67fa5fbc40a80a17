"""Archives of takes: export and import keep everything."""

from __future__ import annotations

import os
import stat
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from archive_help import NAME, members
from store_help import WHEN, add_every_file, contents, play_take

from coach.base.errors import TakeError
from coach.base.locks import try_lock
from coach.takes.archive_export import export_takes
from coach.takes.store import TakeStore


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take with files of every kind."""
    return add_every_file(play_take(TakeStore(tmp_path_factory.mktemp("takes"))))


@pytest.fixture(scope="module")
def archive(take: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the take."""
    path = tmp_path_factory.mktemp("archive") / "takes.zip"
    export_takes([take], path)
    return path


def test_export_and_import_preserve_every_byte(take: Path, archive: Path, tmp_path: Path) -> None:
    imported = TakeStore(tmp_path).import_archive(archive)
    assert imported.takes == (tmp_path / take.name,)
    assert contents(imported.takes[0]) == contents(take)


def test_the_same_takes_give_the_same_archive(take: Path, archive: Path, tmp_path: Path) -> None:
    export_takes([take], tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_archive_and_imported_takes_are_private(archive: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        (take,) = TakeStore(tmp_path / "takes").import_archive(archive).takes
    finally:
        os.umask(before)
    paths = [archive, take, *take.rglob("*")]
    assert {path: mode for path in paths if (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077} == {}


def test_recordings_can_be_left_out(take: Path, tmp_path: Path) -> None:
    export_takes([take], tmp_path / "out.zip", recordings=False)
    (back,) = TakeStore(tmp_path / "takes").import_archive(tmp_path / "out.zip").takes
    without = {name for name in contents(take) if not name.endswith((".mp4", ".jpg"))}
    assert contents(back).keys() == without < contents(take).keys()


def test_an_imported_take_whose_name_exists_gets_another_name(archive: Path, take: Path, tmp_path: Path) -> None:
    store = TakeStore(tmp_path / "other")
    others = [play_take(store, seconds=seconds) for seconds in (2.0, 2.5)]
    assert [path.name for path in others] == [NAME, f"{NAME}-2"]
    (back,) = store.import_archive(archive).takes
    assert back.name == f"{NAME}-3"
    assert contents(back) == contents(take)


def test_a_take_that_exists_already_is_skipped_and_named(archive: Path, tmp_path: Path) -> None:
    """A take is recognised by its journal, whatever its name."""
    store = TakeStore(tmp_path / "other")
    renamed = store.rename(store.import_archive(archive).takes[0], "mine")
    before = contents(store.folder)
    again = store.import_archive(archive)
    assert (again.takes, again.refused, again.known) == ((), (), ((NAME, renamed),))
    assert contents(store.folder) == before


def test_two_takes_with_journals_of_equal_length_are_not_the_same(archive: Path, tmp_path: Path) -> None:
    store = TakeStore(tmp_path / "other")
    journal = store.import_archive(archive).takes[0] / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"0.1", b"0.2", 1))
    assert len(store.import_archive(archive).takes) == 1


def test_renamed_takes_and_takes_of_the_same_name_are_exported(tmp_path: Path) -> None:
    store = TakeStore(tmp_path / "a")
    (tmp_path / "a").mkdir()
    names = ["Erster Versuch, kälter", "con", "Same", "same "]
    takes = [
        play_take(store, "x", WHEN + timedelta(days=n)).rename(store.folder / name) for n, name in enumerate(names)
    ]
    export_takes(takes, tmp_path / "out.zip")
    back = TakeStore(tmp_path / "b").import_archive(tmp_path / "out.zip").takes
    assert [path.name for path in back] == ["Erster-Versuch-kälter", "take-con", "Same", "same-2"]
    assert [contents(path) for path in back] == [contents(take) for take in takes]


def test_an_unfinished_take_is_exported_as_it_is(tmp_path: Path) -> None:
    take = play_take(TakeStore(tmp_path / "takes"), report=False)
    journal = (take / "journal.jsonl").read_bytes()[:-7]
    (take / "journal.jsonl").write_bytes(journal)
    export_takes([take], tmp_path / "out.zip")
    (back,) = TakeStore(tmp_path / "back").import_archive(tmp_path / "out.zip").takes
    assert (back / "journal.jsonl").read_bytes() == journal
    assert TakeStore(tmp_path / "back").unfinished() == [back]


def test_foreign_files_and_links_in_a_take_are_not_exported(take: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("{}")
    mine = play_take(TakeStore(tmp_path / "takes"))
    (mine / "diary.txt").write_text("dear diary")
    if sys.platform != "win32":
        (mine / "notes.json").symlink_to(tmp_path / "secret")
        (mine / "evidence").symlink_to(take / "evidence")
    export_takes([mine], tmp_path / "out.zip")
    assert not [name for name in members(tmp_path / "out.zip") if "diary" in name or "notes" in name or "jpg" in name]


def test_an_existing_file_is_replaced_only_with_force(take: Path, tmp_path: Path) -> None:
    (tmp_path / "out.zip").write_text("mine")
    with pytest.raises(TakeError, match="is there already"):
        export_takes([take], tmp_path / "out.zip")
    assert (tmp_path / "out.zip").read_text() == "mine"
    export_takes([take], tmp_path / "out.zip", force=True)
    assert zipfile.is_zipfile(tmp_path / "out.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["out.zip"]


@pytest.mark.parametrize("place", ["folder", "missing/out.zip", "take/out.zip", "takes/out.zip"])
def test_an_invalid_path_for_an_archive_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    take = play_take(TakeStore(tmp_path / "takes")).rename(tmp_path / "take")
    before = contents(tmp_path)
    with pytest.raises(TakeError):
        export_takes([take], tmp_path / place)
    assert contents(tmp_path) == before


def test_a_take_that_cannot_be_imported_is_not_exported(tmp_path: Path) -> None:
    take = play_take(TakeStore(tmp_path / "takes"))
    (take / "report.json").write_bytes(b"{")
    with pytest.raises(TakeError, match="damaged, not JSON"):
        export_takes([take], tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_the_draft_of_a_killed_export_is_removed_by_the_next(tmp_path: Path) -> None:
    """Drafts of other archives, foreign files and the draft of a running export stay."""
    take = play_take(TakeStore(tmp_path / "takes"))
    out = tmp_path / "out"
    out.mkdir()
    other_drafts = [
        out / ".out.zip.0123456789ab.tmp.mine",
        out / ".other.zip.0123456789ab.tmp",
        out / ".out.zip.mine.tmp",
    ]
    left, going = out / ".out.zip.0123456789ab.tmp", out / ".out.zip.aaaaaaaaaaaa.tmp"
    for path in (*other_drafts, left, going):
        path.write_bytes(b"a film")
    with going.open("rb+") as draft:
        try_lock(draft.fileno())
        export_takes([take], out / "out.zip")
    assert sorted(out.iterdir()) == sorted([*other_drafts, going, out / "out.zip"])


@pytest.mark.parametrize("title", ["Привет, мир", "誰も いない", "हिन्दी नाटक"])
def test_export_and_import_preserve_names_in_any_alphabet(tmp_path: Path, title: str) -> None:
    take = play_take(TakeStore(tmp_path / "takes"), title)
    export_takes([take], tmp_path / "out.zip")
    (back,) = TakeStore(tmp_path / "back").import_archive(tmp_path / "out.zip").takes
    assert back.name == take.name
    assert TakeStore(tmp_path / "back").find(title.split()[-1].upper()) == back
