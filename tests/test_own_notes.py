"""The actor's own notes: stored with a take, shown at the next rehearsal, answered by the next take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cli_help import Demo, coach, copy_take, takes_of
from display_help import HOSTILE
from history_help import START, WORDS, line_reports, script, take_report, write_take

from coach.app.own_notes import open_notes, own_notes_of
from coach.base.errors import TakeError, UsageError
from coach.cli import note as command
from coach.cli import report as report_command
from coach.cli.main import command_parser, main
from coach.core.progress.notes import (
    MAX_NOTE_LENGTH,
    MAX_NOTES_PER_TAKE,
    OwnNote,
    TakeNotes,
    answer_sentence,
    locate_notes,
)
from coach.takes.notes import read_notes, write_notes
from coach.takes.report_file import load_report, write_report
from coach.takes.store import TakeStore

LATER = 4000
"""Days until a take that is later than any note of a test."""


def run(*args: object) -> int:
    """Run `coach note ARGS`."""
    return _run(command, "note", *args)


def _run(module: object, name: str, *arguments: object) -> int:
    args = command_parser(name).parse_args([name, *map(str, arguments)])
    code: int = args.run(args)
    return code


def take(takes: Path, day: float, *accuracies: float | None, **changes: object) -> Path:
    return write_take(takes, day, take_report(day, line_reports(accuracies or (0.2, 0.5, 0.9)), **changes))  # type: ignore[arg-type]


def report_output(takes: Path, name: str, capfd: pytest.CaptureFixture[str]) -> str:
    """The output of `coach report` for a take, without line breaks."""
    _run(report_command, "report", name, "--takes", takes)
    return " ".join(capfd.readouterr().out.split())


def make_note(line: int, text: str = "colder, later", line_text: str = "", day: float = 0) -> OwnNote:
    """A note written `day` days after 1 November."""
    return OwnNote(line=line, words=line_text, text=text, at=(START + timedelta(days=day)).isoformat())


def notes_around(take: Path) -> TakeNotes:
    """The notes on a take and on earlier takes; fails if any cannot be read."""
    return own_notes_of(take, load_report(take / "report.json"), pytest.fail)


def score_again(take: Path, day: float, accuracies: Sequence[float | None], texts: Sequence[str]) -> None:
    """Replace the take's report with that of another script, as `coach rescore --script` does."""
    write_report(take / "report.json", take_report(day, line_reports(accuracies, texts)))
    (take / "script.json").write_text(script(*texts).model_dump_json(), encoding="utf-8")


def test_several_notes_on_a_line_are_stored_listed_and_deleted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
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
    write_notes(folder, (make_note(1),))
    assert (folder / "notes.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((9, "colder"), "has lines 1-3, found 9"),
        ((2,), "what do you note on line 2"),
        ((2, "\u200b\x1b"), "needs words"),
        ((2, "x" * (MAX_NOTE_LENGTH + 1)), f"at most {MAX_NOTE_LENGTH} characters"),
        (("--delete", 1), "no note 1 on this take, which has 0"),
        ((2, "colder", "--delete", 1), "leave the line out"),
        (("colder", "later"), "LINE: expected a whole number .* found 'colder'; a note is kept on a line"),
    ],
)
def test_an_invalid_note_is_refused_with_one_message(tmp_path: Path, args: tuple[object, ...], message: str) -> None:
    folder = take(tmp_path, 1)
    with pytest.raises(UsageError, match=message):
        run(folder.name, *args, "--takes", tmp_path)
    assert not (folder / "notes.json").exists()


def test_a_note_cannot_control_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = take(tmp_path, 1)
    run(folder.name, 1, HOSTILE[:MAX_NOTE_LENGTH], "--takes", tmp_path)
    take(tmp_path, 2)
    text = capfd.readouterr().out + report_output(tmp_path, ":1", capfd) + (folder / "notes.json").read_text("utf-8")
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
def test_damaged_notes_are_reported_and_block_no_report(
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


def test_damaged_notes_are_reported_once_for_all_outputs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = take(tmp_path, 1)
    (folder / "notes.json").write_bytes(b"{")
    files = ("--html", tmp_path / "a.html", "--markdown", tmp_path / "a.md")
    _run(report_command, "report", folder.name, "--takes", tmp_path, *files)
    assert capfd.readouterr().err.count("not notes of Coach") == 1


def test_too_many_notes_on_a_take_are_refused(tmp_path: Path) -> None:
    folder = take(tmp_path, 1)
    with pytest.raises(TakeError, match="--delete"):
        write_notes(folder, (make_note(1),) * (MAX_NOTES_PER_TAKE + 1))


def test_the_report_of_the_take_shows_its_notes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = take(tmp_path, 1)
    write_notes(folder, (make_note(2),))
    assert "Your note: line 2: colder, later" in report_output(tmp_path, folder.name, capfd)


def test_a_note_stays_with_its_line_when_the_take_is_rescored_with_another_script(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = take(tmp_path, 1)
    run(folder.name, 2, "colder, later", "--takes", tmp_path)
    score_again(folder, 1, [0.2, 0.2, 0.5, 0.9], ("A new beginning.", WORDS[0], "Do not knock!", WORDS[2]))
    assert "Your note: line 3: colder, later" in report_output(tmp_path, folder.name, capfd)
    run(folder.name, "--takes", tmp_path)
    assert "1. line 3: colder, later" in capfd.readouterr().out
    opened = open_notes(script(*WORDS), TakeStore(tmp_path).takes(), pytest.fail)
    assert [(line, note.text) for line, note in opened] == [(2, "colder, later")]
    take(tmp_path, LATER, 0.2, 0.7, 0.9)
    assert 'line 2, "Don\'t knock." colder, later Before: partial, 50%' in report_output(tmp_path, ":1", capfd)


def test_a_note_on_a_removed_line_moves_to_no_other_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = take(tmp_path, 1)
    run(folder.name, 2, "colder, later", "--takes", tmp_path)
    score_again(folder, 1, [0.2, 0.9], (WORDS[0], WORDS[2]))
    assert 'Your note: a line that is gone, "Don\'t knock.": colder, later' in report_output(
        tmp_path, folder.name, capfd
    )
    assert open_notes(script(*WORDS), TakeStore(tmp_path).takes(), pytest.fail) == []


def test_a_note_stays_with_its_own_line_among_equal_ones() -> None:
    twice = line_reports([0.2, 0.5, 0.9], ("Wait.", "Who is it?", "Wait."))
    assert [
        note.line for note in locate_notes([make_note(3, line_text="Wait."), make_note(1, line_text="Wait.")], twice)
    ] == [3, 1]


def test_a_note_without_words_is_located_by_number(tmp_path: Path) -> None:
    folder = take(tmp_path, 1)
    old = b'{"notes_version": 1, "notes": [{"line": 2, "text": "colder", "at": ""}]}'
    (folder / "notes.json").write_bytes(old)
    assert [(note.line, note.words) for note in notes_around(folder).notes] == [(2, WORDS[1])]


def test_own_notes_are_in_the_markdown(tmp_path: Path) -> None:
    write_notes(take(tmp_path, 1, 0.2, 0.5, 0.9), (make_note(1, "*colder*"),))
    folder = take(tmp_path, 2, 0.7, 0.5, 0.9)
    write_notes(folder, (make_note(3, "eyes still"),))
    _run(report_command, "report", folder.name, "--takes", tmp_path, "--markdown", tmp_path / "a.md")
    text = (tmp_path / "a.md").read_text("utf-8").replace("\\", "")
    section = text[text.index("## Your own notes") : text.index("## Line by line")]
    assert "**Line 1, your note of 2026-11-02 12:00** “They said by morning.” *colder* Before: miss, 20%" in section
    assert "**Line 3** “That laugh!” eyes still" in section


@pytest.mark.parametrize(
    "args",
    [
        ("--takes", "DIR", ":1", "2", "colder,", "later"),
        (":1", "--takes", "DIR", "2", "colder,", "later"),
        (":1", "2", "--takes", "DIR", "colder,", "later"),
        (":1", "2", "colder,", "--takes", "DIR", "later"),
        (":1", "2", "colder,", "later", "--takes", "DIR"),
    ],
)
def test_options_may_be_in_any_position(tmp_path: Path, args: tuple[str, ...]) -> None:
    folder = take(tmp_path, 1)
    assert main(["note", *(str(tmp_path) if word == "DIR" else word for word in args)]) == 0
    assert [(note.line, note.text) for note in read_notes(folder)] == [(2, "colder, later")]


@pytest.mark.parametrize("args", [("note", ":1", "--colder", "2"), ("report", ":1", "--takes", "x", "2")])
def test_invalid_arguments_are_still_refused(args: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(args)
    assert "unrecognized arguments: " in capfd.readouterr().err


def test_the_next_take_shows_the_line_before_and_after(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_notes(take(tmp_path, 1, 0.2, 0.5, 0.9), (make_note(1),))
    take(tmp_path, 2, 0.7, 0.5, 0.9)
    text = report_output(tmp_path, ":1", capfd)
    assert 'line 1, "They said by morning."' in text
    assert "colder, later Before: miss, 20%, 2 of 10 viewers. Now: hit, 70%, 7 of 10 viewers." in text
    take(tmp_path, 3, 0.8, 0.5, 0.9)
    assert "colder, later" not in report_output(tmp_path, ":1", capfd), "only the next take answers the note"


def test_a_passage_without_the_line_answers_no_note(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_notes(take(tmp_path, 1), (make_note(1),))
    write_take(tmp_path, 2, take_report(2, line_reports([0.9], [WORDS[2]], first=3)))
    take(tmp_path, 3, 0.7, 0.5, 0.9)
    assert "Before: miss, 20%, 2 of 10 viewers. Now: hit, 70%, 7 of 10 viewers." in report_output(tmp_path, ":1", capfd)
    assert "colder" not in report_output(tmp_path, ":2", capfd)


def test_a_moved_line_keeps_its_note_under_its_new_number(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_notes(take(tmp_path, 1), (make_note(1),))
    texts = ("A new beginning.", *WORDS)
    write_take(tmp_path, 2, take_report(2, line_reports([0.9, 0.7, 0.5, 0.9], texts)), script(*texts))
    assert 'line 2, "They said by morning." colder, later' in report_output(tmp_path, ":1", capfd)


def test_figures_of_different_models_are_not_compared(tmp_path: Path) -> None:
    write_notes(take(tmp_path, 1, model="old"), (make_note(1),))
    (answer,) = notes_around(take(tmp_path, 2, 0.7, 0.5, 0.9)).answered
    assert not answer.comparable
    assert answer_sentence(answer).endswith("They cannot be compared: the model changed.")


def test_figures_of_different_strictness_are_compared_with_a_remark(tmp_path: Path) -> None:
    write_notes(take(tmp_path, 1, strictness="gentle"), (make_note(1),))
    (answer,) = notes_around(take(tmp_path, 2, 0.7, 0.5, 0.9)).answered
    assert answer.comparable
    assert answer_sentence(answer).endswith("7 of 10 viewers. The strictness was gentle and is now standard.")


def test_an_unseen_line_has_a_reason_instead_of_a_figure(tmp_path: Path) -> None:
    write_notes(take(tmp_path, 1), (make_note(1),))
    follower = take(tmp_path, 2, None, 0.5, 0.9)
    (answer,) = notes_around(follower).answered
    assert answer_sentence(answer) == "Before: miss, 20%, 2 of 10 viewers. Now: not scored."


def test_the_next_rehearsal_shows_open_notes(tmp_path: Path) -> None:
    write_notes(take(tmp_path, 1), (make_note(1, "answered by the next"), make_note(3, "gone")))
    write_notes(take(tmp_path, 2), (make_note(2),))
    notes = open_notes(script(*WORDS), TakeStore(tmp_path).takes(), pytest.fail)
    assert [(line, note.text) for line, note in notes] == [(2, "colder, later")]


def test_a_note_on_an_older_take_is_answered_by_the_first_take_after_it_was_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    older = take(tmp_path, 1)
    played_before = take(tmp_path, 2, 0.7, 0.5, 0.9)
    write_notes(older, (make_note(1, day=3),))
    assert notes_around(played_before).answered == (), "a take played before the note does not answer it"
    notes = open_notes(script(*WORDS), TakeStore(tmp_path).takes(), pytest.fail)
    assert [(line, note.text) for line, note in notes] == [(1, "colder, later")]
    take(tmp_path, 4, 0.8, 0.5, 0.9)
    assert "colder, later Before: miss, 20%" in report_output(tmp_path, ":1", capfd)
    assert open_notes(script(*WORDS), TakeStore(tmp_path).takes(), pytest.fail) == []


def test_the_next_rehearsal_shows_open_notes_of_all_takes(tmp_path: Path) -> None:
    first, second = take(tmp_path, 1), take(tmp_path, 2)
    write_notes(first, (make_note(1, "on the older", day=3),))
    write_notes(second, (make_note(1, "on the newer", day=3), make_note(3, "eyes", day=3)))
    notes = open_notes(script(*WORDS), TakeStore(tmp_path).takes(), pytest.fail)
    assert [(line, note.text) for line, note in notes] == [(1, "on the older"), (1, "on the newer"), (3, "eyes")]


@pytest.mark.parametrize("at", ["", "yesterday", "2026-11-09T12:00:00"])
def test_a_note_without_a_time_is_answered_by_the_next_take(tmp_path: Path, at: str) -> None:
    write_notes(take(tmp_path, 1), (OwnNote(line=1, text="colder", at=at),))
    assert [answer.note.text for answer in notes_around(take(tmp_path, 2)).answered] == ["colder"]


def test_notes_are_shown_even_if_the_script_of_their_take_is_missing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_notes(take(tmp_path, 1), (make_note(1),))
    folder = take(tmp_path, 2)
    write_notes(folder, (make_note(2),))
    (folder / "script.json").unlink()
    assert "Your note: line 2: colder, later" in report_output(tmp_path, folder.name, capfd)


def test_a_take_outside_the_folder_shows_its_own_notes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = take(tmp_path / "elsewhere", 1)
    write_notes(folder, (make_note(2),))
    assert "Your note: line 2" in report_output(tmp_path / "takes", str(folder), capfd)


def test_a_rehearsal_shows_notes_at_its_start_and_line_and_answers_at_its_end(demo: Demo, tmp_path: Path) -> None:
    copy_take(demo.take, takes_of(tmp_path))
    assert coach(tmp_path, "note", ":1", "2", "colder,", "later").returncode == 0
    output = coach(tmp_path, "demo", "--fast").stdout
    expected = ("notice: Your note from before: line 2: colder, later\n", "line 1 [sad]", "line 2 [",
            "notice: Line 2, you noted: colder, later\n", "line 3 [", "You noted")  # fmt: skip
    places = [output.index(text) for text in expected]
    assert places == sorted(places)
    assert output.count("notice: ") == 2
