"""Notes of one's own: kept with a take, remembered at the next, shown before and after."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from cli_help import coach
from display_help import HOSTILE
from history_help import WORDS, lines, script, take_report, write_take

from coach.cli import note as command
from coach.cli import report as report_command
from coach.cli.own_notes import open_notes, own_of
from coach.core.own_notes import LONGEST, MOST, OwnNote, before_and_now
from coach.errors import TakeError, UsageError
from coach.takes.own_notes import read_notes, write_notes
from coach.takes.store import TakeStore


def run(*words: object) -> int:
    """`coach note WORDS`."""
    return _run(command, "note", *words)


def _run(module: object, name: str, *words: object) -> int:
    parser = argparse.ArgumentParser()
    module.register(parser.add_subparsers())  # type: ignore[attr-defined]  # a module of a command
    args = parser.parse_args([name, *map(str, words)])
    code: int = args.run(args)
    return code


def take(takes: Path, day: float, *accuracies: float | None, **more: object) -> Path:
    return write_take(takes, day, take_report(day, lines(accuracies or (0.2, 0.5, 0.9)), **more))  # type: ignore[arg-type]


def shown(takes: Path, name: str, capfd: pytest.CaptureFixture[str]) -> str:
    """What `coach report` shows of a take, without line breaks."""
    _run(report_command, "report", name, "--takes", takes)
    return " ".join(capfd.readouterr().out.split())


def noted(line: int, text: str = "colder, later") -> OwnNote:
    return OwnNote(line=line, text=text, at="2026-11-01T12:00:00+00:00")


def test_several_notes_on_a_line_are_kept_listed_and_deleted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = take(tmp_path, 1)
    run(folder.name, 2, "colder, later", "--takes", tmp_path)
    run(folder.name, 2, "eyes", "still", "--takes", tmp_path)
    capfd.readouterr()
    run(folder.name, "--takes", tmp_path)
    assert "1. line 2: colder, later\n2. line 2: eyes still\n" in capfd.readouterr().out
    run(folder.name, "--delete", 1, "--takes", tmp_path)
    assert [note.text for note in read_notes(folder)] == ["eyes still"]
    run(folder.name, "--delete", 1, "--takes", tmp_path)
    assert not (folder / "notes.json").exists()


def test_notes_are_private(tmp_path: Path) -> None:
    folder = take(tmp_path, 1)
    write_notes(folder, (noted(1),))
    assert (folder / "notes.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((9, "colder"), "has lines 1-3, found 9"),
        ((2,), "what do you note on line 2"),
        ((2, "\u200b\x1b"), "words that can be seen"),
        ((2, "x" * (LONGEST + 1)), f"at most {LONGEST} characters"),
        (("--delete", 1), "no note 1 on this take, which has 0"),
        ((2, "colder", "--delete", 1), "give no line with it"),
    ],
)
def test_what_is_no_note_is_refused_with_one_message(tmp_path: Path, words: tuple[object, ...], message: str) -> None:
    folder = take(tmp_path, 1)
    with pytest.raises(UsageError, match=message):
        run(folder.name, *words, "--takes", tmp_path)
    assert not (folder / "notes.json").exists()


def test_a_note_holds_nothing_that_steers_a_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = take(tmp_path, 1)
    run(folder.name, 1, HOSTILE[:LONGEST], "--takes", tmp_path)
    take(tmp_path, 2)
    text = capfd.readouterr().out + shown(tmp_path, ":1", capfd) + (folder / "notes.json").read_text("utf-8")
    assert not set(text) & set("\x1b\x07\x9b\r\u202e")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "damaged"),
        (b'{"notes_version": 2, "notes": []}', "notes version 2"),
        (b'{"notes_version": 1}', "damaged"),
        (b'{"notes_version": 1, "notes": [{"line": 1, "text": "\\u001b[2J", "at": ""}]}', "damaged"),
    ],
)
def test_damaged_notes_are_told_and_hold_up_no_report(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], data: bytes, message: str
) -> None:
    folder = take(tmp_path, 1)
    (folder / "notes.json").write_bytes(data)
    with pytest.raises(TakeError, match=message):
        run(folder.name, "--takes", tmp_path)
    _run(report_command, "report", folder.name, "--takes", tmp_path)
    out, err = capfd.readouterr()
    assert "Waiting for news" in out
    assert message in err


def test_more_notes_than_a_take_holds_are_refused(tmp_path: Path) -> None:
    folder = take(tmp_path, 1)
    with pytest.raises(TakeError, match="--delete"):
        write_notes(folder, (noted(1),) * (MOST + 1))


def test_the_report_of_the_take_shows_its_notes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = take(tmp_path, 1)
    write_notes(folder, (noted(2),))
    assert "Your note: line 2: colder, later" in shown(tmp_path, folder.name, capfd)


def test_the_next_take_shows_the_line_before_and_after(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_notes(take(tmp_path, 1, 0.2, 0.5, 0.9), (noted(1),))
    take(tmp_path, 2, 0.7, 0.5, 0.9)
    text = shown(tmp_path, ":1", capfd)
    assert 'line 1, "They said by morning."' in text
    assert "colder, later Then miss, 20%, 2 of 10 viewers; in this take hit, 70%, 7 of 10 viewers." in text
    take(tmp_path, 3, 0.8, 0.5, 0.9)
    assert "colder, later" not in shown(tmp_path, ":1", capfd), "only the next take follows it"


def test_a_passage_without_the_line_does_not_count_as_the_next_take(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_notes(take(tmp_path, 1), (noted(1),))
    write_take(tmp_path, 2, take_report(2, lines([0.9], [WORDS[2]], first=3)))
    take(tmp_path, 3, 0.7, 0.5, 0.9)
    assert "Then miss, 20%, 2 of 10 viewers; in this take hit, 70%, 7 of 10 viewers." in shown(tmp_path, ":1", capfd)
    assert "colder" not in shown(tmp_path, ":2", capfd)


def test_a_line_that_moved_keeps_its_note_under_its_new_number(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_notes(take(tmp_path, 1), (noted(1),))
    words = ("A new beginning.", *WORDS)
    write_take(tmp_path, 2, take_report(2, lines([0.9, 0.7, 0.5, 0.9], words)), script(*words))
    assert 'line 2, "They said by morning." colder, later' in shown(tmp_path, ":1", capfd)


def test_figures_of_another_model_are_not_held_against_each_other(tmp_path: Path) -> None:
    write_notes(take(tmp_path, 1, model="old"), (noted(1),))
    (each,) = own_of(take(tmp_path, 2, 0.7, 0.5, 0.9), pytest.fail).followed
    assert not each.comparable
    assert before_and_now(each).endswith("They cannot be compared: the model changed.")


def test_figures_of_another_strictness_are_and_the_verdicts_are_said_to_be_of_their_own(tmp_path: Path) -> None:
    write_notes(take(tmp_path, 1, strictness="gentle"), (noted(1),))
    (each,) = own_of(take(tmp_path, 2, 0.7, 0.5, 0.9), pytest.fail).followed
    assert each.comparable
    assert before_and_now(each).endswith("7 of 10 viewers. The verdict was gentle then and is standard now.")


def test_a_line_that_was_not_seen_says_so_instead_of_a_figure(tmp_path: Path) -> None:
    write_notes(take(tmp_path, 1), (noted(1),))
    follower = take(tmp_path, 2, None, 0.5, 0.9)
    (each,) = own_of(follower, pytest.fail).followed
    assert before_and_now(each) == "Then miss, 20%, 2 of 10 viewers; in this take not scored."


def test_the_next_rehearsal_is_reminded_of_what_is_open(tmp_path: Path) -> None:
    write_notes(take(tmp_path, 1), (noted(1, "answered by the next"), noted(3, "gone")))
    write_notes(take(tmp_path, 2), (noted(2),))
    found = open_notes(script(*WORDS), TakeStore(tmp_path).takes(), pytest.fail)
    assert [(line, note.text) for line, note in found] == [(2, "colder, later")]


def test_notes_are_shown_also_where_the_script_of_their_take_is_gone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_notes(take(tmp_path, 1), (noted(1),))
    folder = take(tmp_path, 2)
    write_notes(folder, (noted(2),))
    (folder / "script.json").unlink()
    assert "Your note: line 2: colder, later" in shown(tmp_path, folder.name, capfd)


def test_a_take_elsewhere_shows_its_own_notes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = take(tmp_path / "elsewhere", 1)
    write_notes(folder, (noted(2),))
    assert "Your note: line 2" in shown(tmp_path / "takes", str(folder), capfd)


def test_a_rehearsal_reminds_at_its_start_and_answers_at_its_end(tmp_path: Path) -> None:
    assert coach(tmp_path, "demo", "--fast").returncode == 0
    assert coach(tmp_path, "note", ":1", "2", "colder,", "later").returncode == 0
    shown = coach(tmp_path, "demo", "--fast").stdout
    assert "notice: Your note from the last take: line 2: colder, later" in shown
    assert shown.index("notice: Your note") < shown.index("line 1 [sad]") < shown.index("You noted")
