"""`coach takes` and `coach forget` as an actor meets them."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from cli_help import coach as run_coach
from cli_help import command, environment
from pty_help import TerminalChild
from store_help import WHEN, contents, played, with_everything
from takes_help import run_child, start_child

from coach.cli.amounts import bytes_text, length_text
from coach.cli.dates import day
from coach.cli.main import main
from coach.takes.store import TakeStore

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights or pipes")


@pytest.fixture
def store(tmp_path: Path) -> TakeStore:
    """Three takes: the newest was broken off, the one in the middle has a file of every kind."""
    store = TakeStore(tmp_path / "takes")
    played(store, "First")
    with_everything(played(store, "Second", WHEN + timedelta(days=1)))
    played(store, "Third", WHEN + timedelta(days=2), report=False)
    return store


def coach(store: TakeStore, *words: str | Path) -> int:
    """The exit code of `coach WORDS` on the takes in `store`."""
    return main([*map(str, words), "--takes", str(store.folder)])


def names(shown: str) -> list[str]:
    """The takes that a list in a pipe names."""
    return [line.split()[1][20:] for line in shown.splitlines()]


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_names_every_take_newest_first_with_its_number(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach(store, "takes") == 0
    out, err = capfd.readouterr()
    assert names(out) == ["third", "second", "first"]
    assert out.splitlines()[0].startswith(":1  2026-11-26_13-55-02_third   2026-11-26 13:55  -")
    assert out.splitlines()[0].endswith("broken off")
    assert out.splitlines()[1].endswith("video, evidence")
    assert "Ștefan waits" in out
    assert f"3 of 3 takes in {store.folder}" in err


@pytest.mark.parametrize(
    ("options", "found"),
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
    store: TakeStore, capfd: pytest.CaptureFixture[str], options: list[str], found: list[str]
) -> None:
    assert coach(store, "takes", *options) == 0
    assert names(capfd.readouterr().out) == found


def test_where_no_take_fits_it_is_said_in_plain_words(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(store, "takes", "--script", "nowhere") == 0
    told = " ".join(capfd.readouterr().err.split())
    assert re.search(r"None of 3 takes in .+ fits what you asked for\.", told)


def test_a_take_keeps_its_number_in_a_narrowed_list(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    coach(store, "takes", "--recorded")
    assert capfd.readouterr().out.startswith(":2 ")
    assert store.find(":2") == store.takes()[1]


def with_report(take: Path, **changes: object) -> None:
    """Change fields of the report in `take`."""
    plain = json.loads((take / "report.json").read_text())
    (take / "report.json").write_text(json.dumps({**plain, **changes}))


@pytest.mark.parametrize(
    ("ended", "broken_off"),
    [("finished", False), ("quit", True), ("interrupted", True), ("error", True), ("source ended", True)],
)
def test_a_take_that_did_not_come_to_its_end_is_marked_and_counted_by_all_its_lines(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], ended: str, broken_off: bool
) -> None:
    """One good line of two is not the best of all takes; a recording counts as cut where lines were not reached."""
    store = TakeStore(tmp_path / "takes")
    with_report(played(store, seconds=3.5), ended=ended)
    assert coach(store, "takes", "--json") == 0
    (take,) = json.loads(capfd.readouterr().out)
    assert (take["broken_off"], take["asked"], take["scored"]) == (broken_off, 2, 1)
    assert coach(store, "takes") == 0
    (row,) = capfd.readouterr().out.splitlines()
    assert re.search(r" [01]/2 ", row)
    assert row.endswith("broken off") == broken_off


def test_a_recording_that_held_every_line_was_not_broken_off(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Most recordings end a little before or after the script."""
    store = TakeStore(tmp_path / "takes")
    with_report(played(store, seconds=60), ended="source ended")
    assert coach(store, "takes") == 0
    assert "broken off" not in capfd.readouterr().out


@pytest.mark.parametrize("columns", [60, 100])
def test_a_passage_says_which_lines_it_is(tmp_path: Path, columns: int, capfd: pytest.CaptureFixture[str]) -> None:
    """In a pipe, in a table and stacked where narrow."""
    store = TakeStore(tmp_path / "takes")
    take = played(store)
    settings = json.loads((take / "report.json").read_text())["settings"]
    with_report(take, settings={**settings, "lines": [2, 3]})
    assert coach(store, "takes") == 0
    assert capfd.readouterr().out.rstrip().endswith("broken off, lines 2-3")
    words = command("takes", "--takes", store.folder)
    with TerminalChild(words, environment(tmp_path, COLUMNS=str(columns), TERM="xterm")) as child:
        shown = " ".join(child.rest().split())
    assert "broken off" in shown
    assert "lines 2-3" in shown


def test_a_take_without_report_and_journal_is_called_so(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    """It has no report that could be unreadable."""
    (store.takes()[0] / "journal.jsonl").write_bytes(b"{")
    (store.takes()[1] / "report.json").write_bytes(b"{")
    assert coach(store, "takes") == 0
    third, second, _ = capfd.readouterr().out.splitlines()
    assert third.endswith("journal cannot be read")
    assert "report cannot be read" in second


@unix_only
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["takes"], 0, "_second"),
        (["report"], 0, ""),
        (["report", "second"], 1, "not a regular file"),
        (["history", "any"], 1, ""),
        (["drill", "any"], 1, ""),
        (["takes", "recover", "--all"], 0, ""),
        (["rescore", "--all"], 1, "not a regular file"),
        (["takes", "export", "--all", "out.zip"], 0, "3 takes"),
    ],
)
def test_a_pipe_in_place_of_a_report_holds_nobody_up(
    store: TakeStore, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    """Nobody will ever write into it."""
    report = store.takes()[1] / "report.json"
    report.unlink()
    os.mkfifo(report)
    done = run_coach(tmp_path, *words, "--takes", store.folder)
    assert done.returncode == code
    assert said in done.stdout + done.stderr


@unix_only
def test_a_pipe_is_no_archive(store: TakeStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    done = run_coach(tmp_path, "takes", "import", tmp_path / "pipe.zip", "--takes", store.folder)
    assert done.returncode == 1
    assert "not a regular file" in done.stderr


@unix_only
@pytest.mark.parametrize(
    ("words", "code"),
    [(["takes"], 0), (["report", "any"], 1), (["takes", "export", "--all", "out.zip"], 1)],
)
def test_a_take_that_may_not_be_opened_is_named(words: list[str], code: int) -> None:
    """Else it would be missing without a word."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        take = played(TakeStore(folder))
        take.chmod(0)
        said = run_child("coach_without_rights", folder, *words)
        take.chmod(0o755)
    assert any(take.name in line for line in said)
    assert said[-1] == f"code {code}"


def test_numbers_that_no_take_has_are_refused(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    for number in (":4", ":0", ":-1", ":x", ":99999999"):
        assert coach(store, "takes", "show", number) == 1
        assert f"no take '{number}'" in capfd.readouterr().err


def test_a_part_of_a_name_still_means_the_newest_take_with_it(store: TakeStore) -> None:
    assert [store.find(part) for part in ("2", "first", "2026-11-25")] == [store.takes()[n] for n in (0, 2, 1)]


def test_json_holds_everything_that_is_known(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(store, "takes", "--json") == 0
    plain = json.loads(capfd.readouterr().out)
    assert [each["number"] for each in plain] == [1, 2, 3]
    assert [Path(each["path"]) for each in plain] == store.takes()
    assert plain[1]["recorded"] is True


def test_without_takes_the_list_says_how_to_make_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(TakeStore(tmp_path / "none"), "takes") == 0
    assert "`coach demo` or `coach rehearse SCRIPT` makes one" in capfd.readouterr().err
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_in_a_terminal_no_row_is_wider_than_it(store: TakeStore, tmp_path: Path, columns: int) -> None:
    store.rename(store.takes()[0], "a try with a very long name that goes on and on and on")
    words = command("takes", "--takes", store.folder)
    with TerminalChild(words, {**environment(tmp_path), "COLUMNS": str(columns)}) as child:
        shown = re.sub(r"\x1b\[[0-9;]*m|\r", "", child.rest())
        assert child.wait() == 0
    assert ":1" in shown
    assert "100%" in shown
    assert ("camera:0" in shown) is (columns >= 100)
    assert ("2026-11-25_13-55-02_second" in shown) is (columns != 120)  # there neither fits beside the other
    assert [line for line in shown.splitlines() if len(line) > columns] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_without_takes_a_terminal_shows_a_sentence_and_no_empty_table(tmp_path: Path) -> None:
    words = command("takes", "--takes", tmp_path / "none")
    with TerminalChild(words, {**environment(tmp_path), "COLUMNS": "400"}) as child:
        shown = child.rest().strip()
    assert shown.startswith("No takes in")
    assert len(shown.splitlines()) == 1


def test_text_from_outside_cannot_steer_the_terminal(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
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


def test_notes_of_the_run_are_told_from_those_of_the_report_and_scripts_by_their_titles(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = TakeStore(tmp_path / "takes")
    coach(store, "demo", "--fast")
    (tmp_path / "edited.txt").write_text("[title: Edited]\n[happy 9s] It's open! It was never locked!\n")
    capfd.readouterr()
    coach(store, "takes", "show", ":1")
    out = capfd.readouterr().out
    assert "script    “Waiting for news”, 5 lines, language en\n" in out
    assert "live note 00:16.2 line 4: Before joy: the shock.\n" in out
    assert "note      line 4: Asked for surprise;" in out
    coach(store, "rescore", ":1", "--script", tmp_path / "edited.txt")
    capfd.readouterr()
    coach(store, "takes", "show", ":1")
    assert "script    “Edited”, played as “Waiting for news”, 5 lines" in capfd.readouterr().out


def test_a_take_is_shown_as_json(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(store, "takes", "show", ":2", "--json") == 0
    plain = json.loads(capfd.readouterr().out)
    assert {file["name"] for file in plain["files"]} == set(contents(store.takes()[1]))


def test_a_take_that_was_broken_off_is_shown_with_what_helps(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach(store, "takes", "show", ":1") == 0
    assert "`coach takes recover` makes it" in capfd.readouterr().out


def test_a_renamed_take_keeps_its_time_and_what_it_holds(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    before = contents(store.find(":2"))
    assert coach(store, "takes", "rename", "second", "Third try, ../colder") == 0
    assert capfd.readouterr().out == "2026-11-25_13-55-02_second is now 2026-11-25_13-55-02_third-try-colder\n"
    assert contents(store.find(":2")) == before
    coach(store, "takes")
    assert "Ștefan waits (third-try-colder)" in capfd.readouterr().out


@pytest.mark.parametrize("name", ["", "  ", "...", "\x1b[", "\ufe0f!"])
def test_a_name_of_which_nothing_remains_is_refused(
    store: TakeStore, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    before = contents(store.folder)
    assert coach(store, "takes", "rename", "second", name) == 1
    err = capfd.readouterr().err
    assert "can be in a name: letters, digits and - can" in err
    assert "\x1b" not in err
    assert contents(store.folder) == before


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Café, größer, ночь 你好!", ["cafe-großer-ночь-你好"]),
        ("Ștefan's try", ["stefans-try"]),
        ("a" * 70, ["a" * 60, "Cut: a name has 60 characters at most."]),
    ],
)
def test_what_a_name_could_not_take_is_said(
    store: TakeStore, name: str, told: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach(store, "takes", "rename", "second", name) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == len(told)
    assert all(line.endswith(end) for line, end in zip(lines, told, strict=True))


def test_a_name_that_is_taken_is_not_taken_twice(store: TakeStore) -> None:
    played(store, "Other")
    assert coach(store, "takes", "rename", "other", "first") == 0
    assert coach(store, "takes", "rename", "13-55-02_first-2", "first-2") == 0
    assert [take.name[20:] for take in store.takes()] == ["third", "second", "first-2", "first"]


def test_a_take_that_is_being_played_is_neither_renamed_nor_erased_nor_exported(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = TakeStore(tmp_path)
    with start_child("play", tmp_path) as child:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        for words in (["rename", name, "x"], ["delete", name, "--yes"], ["export", name, str(tmp_path / "x.zip")]):
            assert coach(store, "takes", *words) == 1
            assert "is still being played" in capfd.readouterr().err
        assert coach(store, "forget", "--all", "--yes") == 1
        assert (tmp_path / name / "journal.jsonl").exists()
        child.kill()


# --- erasing --------------------------------------------------------------------------------------------------------


def test_takes_are_erased_and_the_catalogue_forgets_them(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
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
    assert "among them 1 video" in out


def test_nothing_is_erased_where_nobody_can_be_asked(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    before = contents(store.folder)
    assert coach(store, "takes", "delete", ":1") == 2
    assert coach(store, "forget", "--all") == 2
    assert "Add --yes" in capfd.readouterr().err
    assert contents(store.folder) == before


def test_a_slip_in_one_name_erases_none(store: TakeStore) -> None:
    before = contents(store.folder)
    assert coach(store, "takes", "delete", ":1", "frist", "--yes") == 1
    assert contents(store.folder) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("", 1), ("y", 0), ("yes", 0)])
def test_it_is_asked_first_with_what_and_how_much(store: TakeStore, tmp_path: Path, answer: str, code: int) -> None:
    words = command("forget", "--all", "--takes", store.folder)
    with TerminalChild(words, environment(tmp_path, COLUMNS="200")) as child:
        asked = child.until("[y/N]")
        child.type(f"{answer}\n")
        child.rest()
        assert child.wait() == code
    assert "Erase 3 takes, " in asked
    assert "1 video and 1 file of face crops and notes of your own on 1 take" in asked
    assert bool(list(store.folder.iterdir())) is (code == 1)


def test_forgetting_says_what_it_cannot_erase(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    assert coach(store, "forget", "--all", "--yes") == 0
    out = capfd.readouterr().out
    for word in ("archives", "backups", "elsewhere"):
        assert word in out
    assert list(store.folder.iterdir()) == []
    assert coach(store, "forget", "--all", "--yes") == 0
    told = capfd.readouterr().out
    assert "Nothing to erase" in told
    assert "there is no such take" in told


def test_whatever_the_coach_writes_into_its_folder_it_can_move_and_erase(tmp_path: Path) -> None:
    """A real take with pictures, notes and an earlier report: each file goes along, and none stays."""
    store, other = TakeStore(tmp_path / "takes"), TakeStore(tmp_path / "other")
    assert coach(store, "demo", "--fast", "--evidence") == 0
    assert coach(store, "note", ":1", "3", "colder, later") == 0
    assert coach(store, "rescore", ":1", "--strictness", "strict") == 0
    held = contents(store.takes()[0])
    assert {"evidence/line-1-best.jpg", "notes.json", "report-1.json", "rescored-1.json"} <= held.keys()
    assert coach(store, "takes", "export", ":1", tmp_path / "out.zip") == 0
    assert coach(other, "takes", "import", tmp_path / "out.zip") == 0
    assert contents(other.takes()[0]) == held
    assert coach(store, "forget", "--all", "--yes") == 0
    assert list(store.folder.iterdir()) == []


def test_what_was_forgotten_is_named_and_of_many_takes_the_first_ten(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = TakeStore(tmp_path / "takes")
    for n in range(13):
        played(store, f"n{n}", WHEN + timedelta(days=n), seconds=0.2)
    assert coach(store, "forget", "--all", "--yes") == 0
    told = capfd.readouterr().out.splitlines()[0]
    assert told.startswith("Erased 2026-12-06_13-55-02_n12, ")
    assert "2026-11-27_13-55-02_n3 and 3 more: 13 takes, " in told


def test_only_takes_from_before_a_day_are_forgotten(store: TakeStore) -> None:
    assert coach(store, "forget", "--older-than", "2026-11-25", "--yes") == 0
    assert [take.name[20:] for take in store.takes()] == ["third", "second"]


def test_what_others_have_put_there_stays_and_is_said(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    diary = store.takes()[0] / "diary.txt"
    diary.write_text("mine")
    assert coach(store, "forget", "--all", "--yes") == 0
    assert f"{diary} stays: the coach has not made it" in capfd.readouterr().err
    assert contents(store.folder) == {diary.relative_to(store.folder).as_posix(): b"mine"}


def test_a_folder_that_only_looks_like_a_take_is_not_erased(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "report.json").write_text('{"status": "ok"}')
    assert coach(TakeStore(tmp_path), "takes", "delete", "site", "--yes") == 1
    assert "nothing says that the coach has made this" in capfd.readouterr().err
    assert (tmp_path / "site" / "report.json").exists()


@pytest.mark.parametrize(("text", "days"), [("30d", 30), ("6w", 42), ("0d", 0), (" 1D ", 1)])
def test_days_can_be_told_by_how_long_ago_they_were(text: str, days: int) -> None:
    assert day(text) in {datetime.now().astimezone().date() - timedelta(days=days + more) for more in (0, -1)}


@pytest.mark.parametrize("text", ["", "30", "d", "6m", "2026-13-01", "999999w", "yesterday", "-3d"])
def test_what_is_no_day_is_refused(store: TakeStore, text: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        coach(store, "forget", f"--older-than={text}", "--yes")
    assert refused.value.code == 2
    assert "expected a date such as 2026-11-24" in capfd.readouterr().err


def test_a_date_is_a_day() -> None:
    assert day("2026-11-24") == date(2026, 11, 24)


# --- archives and recovery ------------------------------------------------------------------------------------------


def test_takes_go_out_and_come_in(store: TakeStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    archive, other = tmp_path / "out.zip", TakeStore(tmp_path / "other")
    assert coach(store, "takes", "export", ":2", ":3", archive) == 0
    assert f"to {archive}" in capfd.readouterr().out
    assert coach(other, "takes", "import", archive) == 0
    assert [contents(take) for take in other.takes()] == [contents(take) for take in store.takes()[1:]]
    assert coach(other, "report", "second") == 0
    capfd.readouterr()
    assert coach(other, "takes", "import", archive) == 0
    assert f"Left out {other.takes()[0].name}: already there as {other.takes()[0].name}" in capfd.readouterr().out
    assert len(other.takes()) == 2


def test_all_takes_go_out_at_once(store: TakeStore, tmp_path: Path) -> None:
    other = TakeStore(tmp_path / "other")
    assert coach(store, "takes", "export", "--all", tmp_path / "out.zip", "--without-recordings") == 0
    assert coach(other, "takes", "import", tmp_path / "out.zip") == 0
    assert [take.name for take in other.takes()] == [take.name for take in store.takes()]
    assert not any(facts.recorded or facts.evidence for facts in other.facts())


@pytest.mark.parametrize(
    "words", [[":2", "--force", "ZIP"], ["--force", ":2", "ZIP"], [":2", "ZIP", "--force"], ["--all", "--force", "ZIP"]]
)
def test_options_may_stand_anywhere(store: TakeStore, tmp_path: Path, words: list[str]) -> None:
    """Between the takes and the archive as well."""
    archive = tmp_path / "out.zip"
    archive.write_bytes(b"old")
    assert coach(store, "takes", "export", *[str(archive) if word == "ZIP" else word for word in words]) == 0
    assert archive.read_bytes() != b"old"


def test_an_archive_in_the_wrong_place_is_not_taken_for_a_take(
    store: TakeStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach(store, "takes", "export", tmp_path / "out.zip", ":1") == 2
    assert "coach takes export TAKE ... ARCHIVE.zip" in capfd.readouterr().err
    assert coach(store, "takes", "export") == 2


def test_a_file_apart_from_its_option_is_told_where_it_belongs(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        coach(store, "report", ":2", "--html", "--no-video", "p.html")
    assert "stands right behind its option: --html p.html" in capfd.readouterr().err


def test_one_bad_take_does_not_keep_the_others_at_home(
    store: TakeStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is named, and one that was asked for by name ends the export."""
    (store.takes()[1] / "notes.json").write_bytes(b"{bad")
    other = TakeStore(tmp_path / "other")
    assert coach(store, "takes", "export", ":1", ":2", tmp_path / "out.zip") == 1
    assert not (tmp_path / "out.zip").exists()
    capfd.readouterr()
    assert coach(store, "takes", "export", "--all", tmp_path / "out.zip") == 1
    out, err = capfd.readouterr()
    assert "Exported 2 takes" in out
    assert "_second/notes.json: damaged, not JSON; this take was left out" in " ".join(err.split())
    assert coach(other, "takes", "import", tmp_path / "out.zip") == 0
    assert [take.name[20:] for take in other.takes()] == ["third", "first"]


def test_where_every_take_is_bad_there_is_no_archive(store: TakeStore, tmp_path: Path) -> None:
    for take in store.takes():
        (take / "notes.json").write_bytes(b"{bad")
    assert coach(store, "takes", "export", "--all", tmp_path / "out.zip") == 1
    assert not (tmp_path / "out.zip").exists()


def test_an_archive_without_takes_makes_no_sense(store: TakeStore, tmp_path: Path) -> None:
    assert coach(store, "takes", "export", tmp_path / "out.zip") == 2
    assert coach(store, "takes", "export", ":1", tmp_path / "out.zip", "--all") == 2


def test_a_take_that_was_broken_off_gets_its_report_and_what_is_lost_is_said(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    take = store.takes()[0]
    journal = (take / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (take / "journal.jsonl").write_bytes(b"".join(journal[:20]) + journal[20][:9])
    assert coach(store, "takes", "recover", "--all") == 0
    said = capfd.readouterr().out
    assert said.startswith(f"{take.name}: report made. Kept until it was broken off, at ")
    assert "row 21 is cut off: 9 bytes lost." in said
    assert store.unfinished() == []
    assert coach(store, "takes", "recover", "--all") == 0
    assert capfd.readouterr().out == "No take was broken off.\n"


def test_damage_behind_the_head_of_a_journal_is_not_called_an_early_end(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    """The take was played; its rows are what is lost."""
    path = store.takes()[0] / "journal.jsonl"
    rows = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([rows[0], b"{bad\n", *rows[2:]]))
    assert coach(store, "takes", "recover", ":1") == 0
    said = capfd.readouterr().out
    assert "Nothing of what was played can be read. In its journal row 2 is damaged; it and what follows" in said
    assert coach(store, "report", ":1") == 0
    assert "before it began" not in said + capfd.readouterr().out


def test_a_report_from_which_nothing_can_be_read_is_made_again(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    take = store.takes()[2]
    (take / "report.json").write_bytes(b'{"schema_ver')
    assert coach(store, "takes", "recover", "first") == 0
    assert "Kept to its end, at 3.0 s. Nothing of its journal is lost." in capfd.readouterr().out
    assert coach(store, "report", "first") == 0


def test_a_take_whose_journal_is_gone_as_well_is_said_so_and_the_others_are_recovered(
    store: TakeStore, capfd: pytest.CaptureFixture[str]
) -> None:
    (store.takes()[2] / "report.json").write_bytes(b"{")
    (store.takes()[2] / "journal.jsonl").write_bytes(b"\x00" * 100)
    assert coach(store, "takes", "recover", "--all") == 1
    out, err = capfd.readouterr()
    assert "_third: report made." in out
    assert "not a journal of Coach" in err


def test_a_video_that_cannot_be_read_is_said_so(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    (store.takes()[0] / "video.mp4").write_bytes(b"\x00")
    assert coach(store, "takes", "recover", ":1") == 0
    assert "Its video cannot be read." in capfd.readouterr().out


def test_which_take_to_recover_must_be_said(store: TakeStore) -> None:
    assert coach(store, "takes", "recover") == 2
    assert coach(store, "takes", "recover", ":1", "--all") == 2


def test_a_take_with_its_report_needs_nothing(store: TakeStore, capfd: pytest.CaptureFixture[str]) -> None:
    before = contents(store.folder)
    assert coach(store, "takes", "recover", "first") == 0
    assert "has its report already" in capfd.readouterr().out
    assert contents(store.folder) == before


# --- a newer folder -------------------------------------------------------------------------------------------------


def test_the_folder_of_a_newer_coach_is_refused_by_all_and_left_as_it_is(
    store: TakeStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "out.zip"
    coach(store, "takes", "export", ":2", archive)
    (store.folder / "coach-store.json").write_text('{"store_version": 3, "more": 1}')
    before = contents(store.folder)
    for words in (
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
        assert coach(store, *words) == 1, words
        assert "has version 3, and this Coach knows versions 1 to 2; update Coach" in capfd.readouterr().err
    assert contents(store.folder) == before


def test_a_folder_without_a_version_is_that_of_an_older_coach_and_read_as_it_is(
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
    said = ["0 bytes", "1 byte", "1,023 bytes", "1.0 KB", "976.6 KB", "1.0 MB", "5.0 GB", "1048576.0 TB"]
    assert [bytes_text(size) for size in sizes] == said
    assert [length_text(s) for s in (0, 19.6, 59.9, 725, 3723)] == ["0:00", "0:20", "1:00", "12:05", "1:02:03"]
