"""`coach takes delete` and `coach forget`: what is erased, what stays, and the messages."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from cli_help import Demo, command, copy_take, environment
from pty_help import TerminalChild
from store_help import WHEN, contents, play_take, three_takes
from store_help import on_takes as coach

from coach.cli.options import day
from coach.takes.store import TakeStore

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights or pipes")


@pytest.fixture
def store(tmp_path: Path) -> TakeStore:
    return three_takes(tmp_path / "takes")


def test_erased_takes_are_removed_from_the_catalogue(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    for take in store.takes():
        for path in [take, *take.iterdir()]:
            os.utime(path, (1_600_000_000, 1_600_000_000))
    coach(store, "takes")
    assert b"_second" in (store.folder / "coach-catalogue.json").read_bytes()
    assert coach(store, "takes", "delete", ":2", "first", "--yes") == 0
    assert [take.name[20:] for take in store.takes()] == ["third"]
    assert b"_second" not in (store.folder / "coach-catalogue.json").read_bytes()
    out = capfd.readouterr().out
    assert out.splitlines()[-1].startswith("Erased 2026-11-25_13-55-02_second, 2026-11-24_13-55-02_first: 2 takes, ")
    assert "with 1 video" in out


def test_nothing_is_erased_without_a_terminal_to_ask_in(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    before = contents(store.folder)
    assert coach(store, "takes", "delete", ":1") == 2
    assert coach(store, "forget", "--all") == 2
    assert "Add --yes" in capfd.readouterr().err
    assert contents(store.folder) == before


def test_one_wrong_name_erases_no_take(store: TakeStore) -> None:
    before = contents(store.folder)
    assert coach(store, "takes", "delete", ":1", "frist", "--yes") == 1
    assert contents(store.folder) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("", 1), ("y", 0), ("yes", 0)])
def test_the_question_lists_what_will_be_erased(store: TakeStore, tmp_path: Path, answer: str, code: int) -> None:
    args = command("forget", "--all", "--takes", store.folder)
    with TerminalChild(args, environment(tmp_path, COLUMNS="200")) as child:
        question = child.read_until("[y/N]")
        child.type(f"{answer}\n")
        child.read_to_end()
        assert child.wait() == code
    assert "Erase 3 takes, " in question
    assert "1 video and 1 file of face crops and notes of your own on 1 take" in question
    assert bool(list(store.folder.iterdir())) is (code == 1)


def test_forget_lists_what_it_cannot_erase(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(store, "forget", "--all", "--yes") == 0
    out = capfd.readouterr().out
    for word in ("archives", "backups", "elsewhere"):
        assert word in out
    assert list(store.folder.iterdir()) == []
    assert coach(store, "forget", "--all", "--yes") == 0
    output = capfd.readouterr().out
    assert "Nothing to erase" in output
    assert "there is no such take" in output


def test_every_file_of_a_take_can_be_exported_and_erased(demo: Demo, tmp_path: Path) -> None:
    """A real take with pictures, notes and an earlier report."""
    store, other = TakeStore(tmp_path / "takes"), TakeStore(tmp_path / "other")
    copy_take(demo.take, store.folder)
    assert coach(store, "note", ":1", "3", "colder, later") == 0
    assert coach(store, "rescore", ":1", "--strictness", "strict") == 0
    before = contents(store.takes()[0])
    assert {"evidence/line-1-best.jpg", "notes.json", "report-1.json", "rescored-1.json"} <= before.keys()
    assert coach(store, "takes", "export", ":1", tmp_path / "out.zip") == 0
    assert coach(other, "takes", "import", tmp_path / "out.zip") == 0
    assert contents(other.takes()[0]) == before
    assert coach(store, "forget", "--all", "--yes") == 0
    assert list(store.folder.iterdir()) == []


def test_at_most_ten_erased_takes_are_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    store = TakeStore(tmp_path / "takes")
    for n in range(13):
        play_take(store, f"n{n}", WHEN + timedelta(days=n), seconds=0.2)
    assert coach(store, "forget", "--all", "--yes") == 0
    output = capfd.readouterr().out.splitlines()[0]
    assert output.startswith("Erased 2026-12-06_13-55-02_n12, ")
    assert "2026-11-27_13-55-02_n3 and 3 more: 13 takes, " in output


def test_only_takes_before_the_given_day_are_erased(store: TakeStore) -> None:
    assert coach(store, "forget", "--older-than", "2026-11-25", "--yes") == 0
    assert [take.name[20:] for take in store.takes()] == ["third", "second"]


def test_foreign_files_stay_and_are_named(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    diary = store.takes()[0] / "diary.txt"
    diary.write_text("mine")
    assert coach(store, "forget", "--all", "--yes") == 0
    assert f"{diary} stays: the coach did not make it" in capfd.readouterr().err
    assert contents(store.folder) == {diary.relative_to(store.folder).as_posix(): b"mine"}


def test_a_folder_that_only_looks_like_a_take_is_not_erased(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "report.json").write_text('{"status": "ok"}')
    assert coach(TakeStore(tmp_path), "takes", "delete", "site", "--yes") == 1
    assert "the coach did not make this folder" in capfd.readouterr().err
    assert (tmp_path / "site" / "report.json").exists()


@pytest.mark.parametrize(("text", "days"), [("30d", 30), ("6w", 42), ("0d", 0), (" 1D ", 1)])
def test_days_can_be_relative(text: str, days: int) -> None:
    assert day(text) in {datetime.now().astimezone().date() - timedelta(days=days + tolerance) for tolerance in (0, -1)}


@pytest.mark.parametrize("text", ["", "30", "d", "6m", "2026-13-01", "999999w", "yesterday", "-3d"])
def test_an_invalid_day_is_refused(store: TakeStore, text: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        coach(store, "forget", f"--older-than={text}", "--yes")
    assert refused.value.code == 2
    assert "expected a date such as 2026-11-24" in capfd.readouterr().err


def test_a_day_can_be_a_date() -> None:
    assert day("2026-11-24") == date(2026, 11, 24)
