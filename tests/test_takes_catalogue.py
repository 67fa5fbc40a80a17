"""The list of takes: correct in any state of the catalogue, which is its cache."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from store_help import WHEN, add_every_file, play_take
from takes_help import run_child, start_child

from coach.takes.catalogue import CATALOGUE_NAME, list_takes
from coach.takes.report_file import load_report, write_report
from coach.takes.store import TakeStore

LONG_AGO_NS = 1_600_000_000 * 10**9


def settle(folder: Path) -> None:
    """Backdate everything in `folder`, so that the catalogue may cache it."""
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))


def test_the_list_shows_the_facts_of_the_reports_newest_first(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    first = play_take(store, "Ștefan waits")
    second = add_every_file(play_take(store, "Again", WHEN + timedelta(days=1)))
    facts = store.facts()
    report = load_report(second / "report.json")
    assert [fact.name for fact in facts] == [second.name, first.name] == [take.name for take in store.takes()]
    assert facts[0].title == "Ștefan waits"
    assert re.fullmatch(r"2026-11-25T13:55:02[+-]\d\d:\d\d", facts[0].at)
    assert (facts[0].accuracy, facts[0].hits) == (report.overall.accuracy, report.overall.hits)
    assert facts[0].length_s == 3.0
    assert (facts[0].source, facts[0].recorded, facts[0].evidence, facts[0].state) == ("camera:0", True, True, "done")
    assert (facts[1].recorded, facts[1].evidence) == (False, False)


def test_an_unfinished_take_is_listed_from_its_journal(tmp_path: Path) -> None:
    play_take(TakeStore(tmp_path), report=False)
    (facts,) = list_takes(tmp_path)
    assert (facts.title, facts.state, facts.accuracy) == ("Ștefan waits", "unfinished", None)


def test_a_take_is_listed_as_playing_only_while_it_plays(tmp_path: Path) -> None:
    with start_child("play", tmp_path) as child:
        assert child.stdout is not None
        child.stdout.readline()
        going = list_takes(tmp_path)[0].state
        child.kill()
    settle(tmp_path)
    assert (going, list_takes(tmp_path)[0].state) == ("playing", "unfinished")


@pytest.mark.parametrize(("name", "state"), [("report.json", "unreadable"), ("journal.jsonl", "done")])
def test_a_take_with_a_damaged_file_is_listed(tmp_path: Path, name: str, state: str) -> None:
    take = play_take(TakeStore(tmp_path))
    (take / name).write_bytes(b"\x00")
    (facts,) = list_takes(tmp_path)
    assert (facts.name, facts.title, facts.state) == (take.name, "Ștefan waits", state)


def test_unchanged_takes_are_not_read_again(tmp_path: Path) -> None:
    """A report is altered without changing its size and times, and the list does not show the change."""
    take = play_take(TakeStore(tmp_path))
    settle(tmp_path)
    list_takes(tmp_path)
    report = (take / "report.json").read_bytes()
    (take / "report.json").write_bytes(report.replace("Ștefan".encode(), b"Stefan "))
    settle(take)
    assert list_takes(tmp_path)[0].title == "Ștefan waits"
    (tmp_path / CATALOGUE_NAME).unlink()
    assert list_takes(tmp_path)[0].title == "Stefan  waits"


def _retitle(take: Path) -> None:
    report = load_report(take / "report.json")
    write_report(take / "report.json", report.model_copy(update={"title": "Other"}))


def _edit(take: Path) -> None:
    """Edit in place, so that the folder does not change."""
    report = (take / "report.json").read_bytes()
    (take / "report.json").write_bytes(report.replace("Ștefan".encode(), b"Stefan "))


@pytest.mark.parametrize(
    "change",
    [
        _retitle,
        _edit,
        lambda take: (take / "report.json").unlink(),
        lambda take: (take / "video.mp4").write_bytes(b""),
        lambda take: (take / "evidence").mkdir(),
        shutil.rmtree,
        lambda take: take.rename(take.with_name("2026-11-24_13-55-02_other")),
        lambda take: shutil.copytree(take, take.with_name("2026-11-20_13-55-02_copy")),
    ],
    ids=["report", "edited", "no report", "video", "evidence", "erased", "renamed", "copied"],
)
def test_changed_takes_are_read_again(tmp_path: Path, change: Callable[[Path], object]) -> None:
    take = play_take(TakeStore(tmp_path))
    settle(tmp_path)
    before = list_takes(tmp_path)
    change(take)
    after = list_takes(tmp_path)
    (tmp_path / CATALOGUE_NAME).unlink()
    assert after == list_takes(tmp_path) != before


def test_a_report_written_just_now_is_not_cached(tmp_path: Path) -> None:
    """A second change within one tick of the file system's clock changes only the content."""
    take = play_take(TakeStore(tmp_path))
    list_takes(tmp_path)
    times = [(path, path.stat()) for path in (take / "report.json", take)]
    report = (take / "report.json").read_bytes()
    (take / "report.json").write_bytes(report.replace("Ștefan".encode(), b"Stefan "))
    for path, size in times:
        os.utime(path, ns=(size.st_atime_ns, size.st_mtime_ns))
    assert list_takes(tmp_path)[0].title == "Stefan  waits"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 50,
        b"[]",
        b'{"catalogue_version":9,"takes":{}}',
        b'{"takes":{"x":{"marks":[1],"facts":{}}}}',
        None,
    ],
)
def test_a_catalogue_that_is_damaged_truncated_or_of_another_version_is_rebuilt(
    tmp_path: Path, content: bytes | None
) -> None:
    play_take(TakeStore(tmp_path))
    settle(tmp_path)
    expected = list_takes(tmp_path)
    original = (tmp_path / CATALOGUE_NAME).read_bytes()
    (tmp_path / CATALOGUE_NAME).write_bytes(original[:-20] if content is None else content)
    assert list_takes(tmp_path) == expected
    assert (tmp_path / CATALOGUE_NAME).read_bytes() == original


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_a_read_only_folder_is_listed_and_stays_unchanged() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        play_take(TakeStore(folder))
        settle(folder)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        output = run_child("list_without_rights", folder)
        has_catalogue = (folder / CATALOGUE_NAME).exists()
        for path in [folder, *TakeStore(folder).takes()]:
            path.chmod(0o755)
    assert output == ["Ștefan waits"]
    assert not has_catalogue


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_an_unreadable_folder_is_not_mistaken_for_an_empty_one() -> None:
    with tempfile.TemporaryDirectory() as name:
        play_take(TakeStore(Path(name)))
        Path(name).chmod(0)
        (message,) = run_child("list_without_rights", name)
        Path(name).chmod(0o700)
    assert message.startswith("refused cannot read the takes folder")


def test_two_concurrent_lists_agree_and_leave_a_valid_catalogue(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    for n in range(20):
        play_take(store, "Any", WHEN + timedelta(days=n), seconds=0.5)
    settle(tmp_path)
    with start_child("list_often", tmp_path, 40) as first, start_child("list_often", tmp_path, 40) as second:
        outputs = {first.communicate(timeout=60)[0], second.communicate(timeout=60)[0]}
    assert len(outputs) == 1
    names = [take.name for take in store.takes()]
    assert outputs.pop().split() == names * 40
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


def test_other_folders_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "2026-11-24_13-55-02_empty").mkdir()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "journal.txt").write_text("dear diary")
    (tmp_path / "journal.jsonl").write_text("mine")
    assert list_takes(tmp_path) == []
    assert list_takes(tmp_path / "missing") == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names there are Unicode")
def test_a_take_whose_name_is_not_utf8_is_listed_with_the_others(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    other = play_take(store)
    take = Path(os.fsdecode(os.fsencode(tmp_path / "2026-11-24_13-55-03_") + b"\xff\xfe"))
    play_take(store, "Again", WHEN + timedelta(days=1)).rename(take)
    settle(tmp_path)
    for _ in range(2):  # the second list comes from the catalogue
        assert {facts.name for facts in store.facts()} == {take.name, other.name}
