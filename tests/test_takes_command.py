"""The command `coach takes`: the list, one take, and names."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from cli_help import Demo, command, copy_take, environment
from pty_help import TerminalChild
from store_help import change_report, contents, play_take, three_takes
from store_help import on_takes as coach
from takes_help import start_child

from coach.base.text import bytes_text, length_text
from coach.takes.store import TakeStore

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights or pipes")


@pytest.fixture
def store(tmp_path: Path) -> TakeStore:
    return three_takes(tmp_path / "takes")


def names(output: str) -> list[str]:
    """The takes named by a list that is piped."""
    return [line.split()[1][20:] for line in output.splitlines()]


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_names_every_take_newest_first_with_its_number(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach(store, "takes") == 0
    out, err = capfd.readouterr()
    assert names(out) == ["third", "second", "first"]
    assert out.splitlines()[0].startswith(":1  2026-11-26_13-55-02_third   2026-11-26 13:55  -")
    assert out.splitlines()[0].endswith("unfinished")
    assert out.splitlines()[1].endswith("video, evidence")
    assert "Ștefan waits" in out
    assert f"3 of 3 takes in {store.folder}" in err


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--script", "WAITS"], ["third", "second", "first"]),
        (["--script", "hamlet"], []),
        (["--since", "2026-11-25"], ["third", "second"]),
        (["--until", "2026-11-25"], ["second", "first"]),
        (["--since", "2026-11-25", "--until", "2026-11-25"], ["second"]),
        (["--source", "camera"], ["third", "second", "first"]),
        (["--source", "mp4"], []),
        (["--recorded"], ["second"]),
        (["--unfinished"], ["third"]),
        (["--limit", "2"], ["third", "second"]),
        (["--limit", "0"], ["third", "second", "first"]),
    ],
)
def test_the_list_can_be_narrowed(
    store: TakeStore, capfd: pytest.CaptureFixture[str], options: list[str], expected: list[str]
) -> None:
    assert coach(store, "takes", *options) == 0
    assert names(capfd.readouterr().out) == expected


def test_an_empty_selection_is_reported(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(store, "takes", "--script", "nowhere") == 0
    message = " ".join(capfd.readouterr().err.split())
    assert re.search(r"None of 3 takes in .+ fits these options\.", message)


def test_a_take_keeps_its_number_in_a_narrowed_list(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    coach(store, "takes", "--recorded")
    assert capfd.readouterr().out.startswith(":2 ")
    assert store.find(":2") == store.takes()[1]


@pytest.mark.parametrize(
    ("ended", "broken_off"),
    [("finished", False), ("quit", True), ("interrupted", True), ("error", True), ("source ended", True)],
)
def test_a_take_ended_early_is_marked_and_counted_by_all_its_lines(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], ended: str, broken_off: bool
) -> None:
    """One good line of two is not the best take; a recording ended early if lines were not reached."""
    store = TakeStore(tmp_path / "takes")
    change_report(play_take(store, seconds=3.5), ended=ended)
    assert coach(store, "takes", "--json") == 0
    (take,) = json.loads(capfd.readouterr().out)
    assert (take["broken_off"], take["asked"], take["scored"]) == (broken_off, 2, 1)
    assert coach(store, "takes") == 0
    (row,) = capfd.readouterr().out.splitlines()
    assert re.search(r" [01]/2 ", row)
    assert row.endswith("ended early") == broken_off


def test_a_recording_with_every_line_was_not_ended_early(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Most recordings end shortly before or after the script."""
    store = TakeStore(tmp_path / "takes")
    change_report(play_take(store, seconds=60), ended="source ended")
    assert coach(store, "takes") == 0
    assert "broken off" not in capfd.readouterr().out


@pytest.mark.parametrize("columns", [60, 100])
def test_a_passage_names_its_lines(tmp_path: Path, columns: int, capfd: pytest.CaptureFixture[str]) -> None:
    """Piped, as a table, and stacked in a narrow terminal."""
    store = TakeStore(tmp_path / "takes")
    take = play_take(store)
    settings = json.loads((take / "report.json").read_text())["settings"]
    change_report(take, settings={**settings, "lines": [2, 3]})
    assert coach(store, "takes") == 0
    assert capfd.readouterr().out.rstrip().endswith("ended early, lines 2-3")
    args = command("takes", "--takes", store.folder)
    with TerminalChild(args, environment(tmp_path, COLUMNS=str(columns), TERM="xterm")) as child:
        output = " ".join(child.read_to_end().split())
    assert "ended early" in output
    assert "lines 2-3" in output


def test_a_take_without_report_and_journal_is_reported(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    """Its state is damaged, not unreadable."""
    (store.takes()[0] / "journal.jsonl").write_bytes(b"{")
    (store.takes()[1] / "report.json").write_bytes(b"{")
    assert coach(store, "takes") == 0
    third, second, _ = capfd.readouterr().out.splitlines()
    assert third.endswith("journal cannot be read")
    assert "report cannot be read" in second


def test_numbers_that_no_take_has_are_refused(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    for number in (":4", ":0", ":-1", ":x", ":99999999"):
        assert coach(store, "takes", "show", number) == 1
        assert f"no take '{number}'" in capfd.readouterr().err


def test_a_part_of_a_name_means_the_newest_take_with_it(store: TakeStore) -> None:
    assert [store.find(part) for part in ("2", "first", "2026-11-25")] == [store.takes()[n] for n in (0, 2, 1)]


def test_json_has_every_fact(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(store, "takes", "--json") == 0
    entries = json.loads(capfd.readouterr().out)
    assert [take["number"] for take in entries] == [1, 2, 3]
    assert [Path(take["path"]) for take in entries] == store.takes()
    assert entries[1]["recorded"] is True


def test_an_empty_list_says_how_to_make_a_take(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(TakeStore(tmp_path / "none"), "takes") == 0
    assert "`coach demo` or `coach rehearse SCRIPT` makes one" in capfd.readouterr().err
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_no_row_is_wider_than_the_terminal(store: TakeStore, tmp_path: Path, columns: int) -> None:
    store.rename(store.takes()[0], "a try with a very long name that goes on and on and on")
    args = command("takes", "--takes", store.folder)
    with TerminalChild(args, {**environment(tmp_path), "COLUMNS": str(columns)}) as child:
        output = re.sub(r"\x1b\[[0-9;]*m|\r", "", child.read_to_end())
        assert child.wait() == 0
    assert ":1" in output
    assert "100%" in output
    assert ("camera:0" in output) is (columns >= 100)
    assert ("2026-11-25_13-55-02_second" in output) is (columns != 120)  # there neither fits beside the other
    assert [line for line in output.splitlines() if len(line) > columns] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_an_empty_list_in_a_terminal_is_a_sentence_not_a_table(tmp_path: Path) -> None:
    args = command("takes", "--takes", tmp_path / "none")
    with TerminalChild(args, {**environment(tmp_path), "COLUMNS": "400"}) as child:
        output = child.read_to_end().strip()
    assert output.startswith("No takes in")
    assert len(output.splitlines()) == 1


def test_control_characters_do_not_reach_the_terminal(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    take = store.takes()[1]
    report = json.loads((take / "report.json").read_text(encoding="utf-8"))
    report["title"] = "\x1b[31mred\x07 [bold]b[/]\u202e"
    report["source"]["name"] = "\x9b2J"
    (take / "report.json").write_text(json.dumps(report), encoding="utf-8")
    coach(store, "takes")
    coach(store, "takes", "show", ":2")
    out, err = capfd.readouterr()
    assert "[31mred [bold]b[/]" in out
    assert not set("\x1b\x07\u202e\x9b") & set(out + err)


# --- one take -------------------------------------------------------------------------------------------------------


def test_a_take_is_shown_with_its_settings_and_files(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(store, "takes", "show", "second") == 0
    out = capfd.readouterr().out
    for word in ("Ștefan waits", "camera:0", "strictness standard", "tiny", "journal.jsonl", "video.mp4", "evidence:"):
        assert word in out


def test_live_notes_and_script_titles_are_distinguished(
    demo: Demo, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = TakeStore(tmp_path / "takes")
    copy_take(demo.take, store.folder)
    (tmp_path / "edited.txt").write_text("[title: Edited]\n[happy 9s] It's open! It was never locked!\n")
    capfd.readouterr()
    coach(store, "takes", "show", ":1")
    out = capfd.readouterr().out
    assert "script    “Waiting for news”, 5 lines, language en\n" in out
    assert "live note 00:16.3 line 4: Before joy: the shock.\n" in out
    assert "note      line 4: You wanted surprise." in out
    coach(store, "rescore", ":1", "--script", tmp_path / "edited.txt")
    capfd.readouterr()
    coach(store, "takes", "show", ":1")
    assert "script    “Edited”, played as “Waiting for news”, 5 lines" in capfd.readouterr().out


def test_a_take_is_shown_as_json(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(store, "takes", "show", ":2", "--json") == 0
    plain = json.loads(capfd.readouterr().out)
    assert {file["name"] for file in plain["files"]} == set(contents(store.takes()[1]))


def test_an_unfinished_take_is_shown_with_advice(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(store, "takes", "show", ":1") == 0
    assert "`coach takes recover` makes it" in capfd.readouterr().out


def test_a_renamed_take_keeps_its_time_and_files(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    before = contents(store.find(":2"))
    assert coach(store, "takes", "rename", "second", "Third try, ../colder") == 0
    assert capfd.readouterr().out == "2026-11-25_13-55-02_second is now 2026-11-25_13-55-02_third-try-colder\n"
    assert contents(store.find(":2")) == before
    coach(store, "takes")
    assert "Ștefan waits (third-try-colder)" in capfd.readouterr().out


@pytest.mark.parametrize("name", ["", "  ", "...", "\x1b[", "\ufe0f!"])
def test_a_name_without_usable_characters_is_refused(
    store: TakeStore, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    before = contents(store.folder)
    assert coach(store, "takes", "rename", "second", name) == 1
    err = capfd.readouterr().err
    assert "has no letters and no digits; a name needs some" in err
    assert "\x1b" not in err
    assert contents(store.folder) == before


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        ("Café, größer, ночь 你好!", ["cafe-großer-ночь-你好"]),
        ("Ștefan's try", ["stefans-try"]),
        ("a" * 70, ["a" * 60, "The name was cut: it can have 60 characters at most."]),
    ],
)
def test_characters_dropped_from_a_name_are_reported(
    store: TakeStore, name: str, messages: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach(store, "takes", "rename", "second", name) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == len(messages)
    assert all(line.endswith(end) for line, end in zip(lines, messages, strict=True))


def test_a_taken_name_is_not_used_twice(store: TakeStore) -> None:
    play_take(store, "Other")
    assert coach(store, "takes", "rename", "other", "first") == 0
    assert coach(store, "takes", "rename", "13-55-02_first-2", "first-2") == 0
    assert [take.name[20:] for take in store.takes()] == ["third", "second", "first-2", "first"]


def test_a_playing_take_is_not_renamed_erased_or_exported(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    store = TakeStore(tmp_path)
    with start_child("play", tmp_path) as child:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        for args in (["rename", name, "x"], ["delete", name, "--yes"], ["export", name, str(tmp_path / "x.zip")]):
            assert coach(store, "takes", *args) == 1
            assert "is still being played" in capfd.readouterr().err
        assert coach(store, "forget", "--all", "--yes") == 1
        assert (tmp_path / name / "journal.jsonl").exists()
        child.kill()


# --- a newer folder -------------------------------------------------------------------------------------------------


def test_every_command_refuses_the_folder_of_a_newer_coach(
    store: TakeStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "out.zip"
    coach(store, "takes", "export", ":2", archive)
    (store.folder / "coach-store.json").write_text('{"store_version": 3, "more": 1}')
    before = contents(store.folder)
    for args in (
        ["takes"],
        ["takes", "show", "first"],
        ["takes", "rename", ":1", "x"],
        ["takes", "delete", ":1", "--yes"],
        ["takes", "export", "--all", str(tmp_path / "x.zip")],
        ["takes", "import", str(archive)],
        ["takes", "recover", "--all"],
        ["forget", "--all", "--yes"],
        ["report"],
    ):
        assert coach(store, *args) == 1, args
        assert "has version 3, and this Coach knows versions 1 to 2; update Coach" in capfd.readouterr().err
    assert contents(store.folder) == before


def test_a_folder_without_a_version_is_read_as_it_is(
    store: TakeStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (store.folder / "coach-store.json").unlink()
    old = shutil.copytree(store.folder, tmp_path / "old")
    assert coach(TakeStore(old), "takes") == 0
    assert contents(old) == contents(store.folder)
    assert coach(TakeStore(old), "takes", "rename", ":1", "renamed") == 0
    assert json.loads((old / "coach-store.json").read_text()) == {"store_version": 2}


# --- words ----------------------------------------------------------------------------------------------------------


def test_amounts_in_words() -> None:
    sizes = (0, 1, 1023, 1024, 1_000_000, 1023 * 1024, 5 * 2**30, 2**60)
    expected = ["0 bytes", "1 byte", "1,023 bytes", "1.0 KB", "976.6 KB", "1.0 MB", "5.0 GB", "1048576.0 TB"]
    assert [bytes_text(size) for size in sizes] == expected
    assert [length_text(s) for s in (0, 19.6, 59.9, 725, 3723)] == ["0:00", "0:20", "1:00", "12:05", "1:02:03"]
