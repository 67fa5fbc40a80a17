"""`coach rescore` with another script, strictness or model; earlier reports are never lost."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cli_help import Demo, coach, copy_take, report_in, the_take, without_created
from rich.console import Console
from takes_help import make_report

from coach.app.rescore import unchanged_lines
from coach.app.review import journal_of, report_of, review_of
from coach.base.errors import ScriptError, TakeError, UsageError
from coach.base.files import examples_folder
from coach.cli.main import command_parser
from coach.display.tables.rescoring import print_rescoring
from coach.takes.contents import lock_take


@pytest.fixture
def take(wrong_demo: Demo, tmp_path: Path) -> Path:
    """A take of the sample recording with one wrong tag."""
    return copy_take(wrong_demo.take, tmp_path)


def rescore(*options: str | Path) -> int:
    """Run `coach rescore OPTIONS`."""
    args = command_parser("rescore").parse_args(["rescore", *map(str, options)])
    code: int = args.run(args)
    return code


def script_file(folder: Path, *lines: dict[str, Any]) -> Path:
    """A script file with `lines`."""
    path = folder / "script.json"
    path.write_text(json.dumps({"title": "Waiting, edited", "lines": lines}))
    return path


def test_rescoring_without_changes_writes_nothing(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (take / "report.json").read_bytes()
    assert rescore(take) == 0
    assert (take / "report.json").read_bytes() == before
    assert not list(take.glob("report-*"))
    assert "Nothing changed, so nothing was written" in capsys.readouterr().out


def test_another_strictness_keeps_the_old_report_and_shows_the_changes(
    take: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, journal = (take / "report.json").read_bytes(), (take / "journal.jsonl").read_bytes()
    rescore(take, "--strictness", "gentle")
    after = report_of(take)
    assert (take / "report-1.json").read_bytes() == before
    assert (take / "journal.jsonl").read_bytes() == journal
    assert after.warnings == ["Scored again with strictness gentle instead of standard."]
    assert after.lines[1].verdict == "hit"
    assert after.created.rescored == 1
    output = capsys.readouterr().out
    assert "partial → hit" in output
    assert "The old report is kept as report-1.json" in output


def test_the_new_report_equals_that_of_a_run_with_those_settings(take: Path, tmp_path: Path) -> None:
    rescore(take, "--strictness", "gentle")
    script = examples_folder() / "wrong_tag.yaml"
    source = journal_of(take).header.source.path
    coach(tmp_path, "rehearse", script, "--source", source, "--strictness", "gentle", "--takes", tmp_path / "new")
    again, new = report_in(take), report_in(the_take(tmp_path / "new"))
    assert again["warnings"].pop() == "Scored again with strictness gentle instead of standard."
    assert without_created(again) == without_created(new)


def test_rescoring_with_the_original_settings_restores_the_first_report(take: Path) -> None:
    first = report_in(take)
    rescore(take, "--strictness", "strict")
    rescore(take, "--strictness", "strict")
    rescore(take)
    assert without_created(report_in(take)) == without_created(first)
    assert report_in(take)["created"]["rescored"] is None
    assert sorted(path.name for path in take.glob("re*-*.json")) == [
        "report-1.json",
        "report-2.json",
        "rescored-1.json",
    ]


def test_every_difference_from_the_previous_report_is_named(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That includes settings that return to the original ones because they are not given again."""

    def changes(*args: str | Path) -> str:
        capsys.readouterr()
        rescore(take, *args)
        output = " ".join(capsys.readouterr().out.split())
        return output.partition("Scored again with ")[2].partition(". The old report")[0]

    edited = script_file(take.parent, {"text": "All of it.", "emotion": "happy", "duration_s": 15})
    assert changes("--strictness", "strict") == "strictness strict instead of standard"
    back = "strictness standard instead of strict"
    assert changes("--script", edited).startswith(f"the script “Waiting, edited”; {back}.")
    again = changes("--model", "mini_xception")
    back = "the script “Waiting for news, with a wrong tag” of the take"
    assert again.startswith(f"{back}; the recording read again by the model mini_xception")
    audience = "the readings of the take by the model audience"
    assert changes("--strictness", "gentle").startswith(f"strictness gentle instead of standard; {audience}")
    assert report_of(take).warnings == ["Scored again with strictness gentle instead of standard."]


def test_unreadable_previous_scoring_is_reported(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rescore(take, "--strictness", "strict")
    (take / "rescored-1.json").unlink()
    capsys.readouterr()
    rescore(take, "--strictness", "gentle")
    assert "The settings of the old report cannot be read" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("columns", [40, 60, 79, 80, 111, 112, 140])
def test_the_changes_fit_any_terminal_width(
    columns: int, take: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    rescore(take, "--strictness", "gentle")
    _, output = capsys.readouterr().out.split("\n", 1)  # the name is never wrapped, so that it can be copied
    assert all(len(line) <= columns for line in output.splitlines())
    assert "partial → hit" in output
    assert columns >= 112 or "It is morning, and the phone just lies there." in " ".join(output.split())
    assert any("viewers" in row and "verdict" in row for row in output.splitlines()) is (columns >= 79)


def test_the_lines_of_an_edited_script_get_their_own_times(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited = script_file(
        take.parent,
        {"text": report_of(take).lines[0].text, "emotion": "sad", "duration_s": 6.4},
        {"text": "Somebody comes.", "emotion": "fear", "duration_s": 2.4},
        {"text": "Wait. That laugh. I'd know that laugh anywhere!", "emotion": "happy", "duration_s": 3},
    )  # fmt: skip
    rescore(take, "--script", edited)
    report = report_of(take)
    assert [(line.start_s, line.end_s) for line in report.lines] == [(0.0, 6.4), (6.4, 8.8), (8.8, 11.8)]
    assert report.title == "Waiting, edited"
    assert report.warnings == [
        "This script ends at 11.8 s. The take goes on to 19.6 s, and that part is not scored.",
        "Scored again with the script “Waiting, edited”.",
    ]
    output = capsys.readouterr().out
    assert "new: Somebody comes." in output
    assert "No longer in the script: line 2, \"Don't knock. Please," in output
    assert "5.4 → 3.0 s" in output


def test_a_longer_script_has_unreached_lines(take: Path) -> None:
    lines = ({"text": f"Line {n}.", "emotion": "happy", "duration_s": 8} for n in range(1, 5))
    rescore(take, "--script", script_file(take.parent, *lines))
    report = report_of(take)
    assert report.warnings[0] == "The take ended at 19.6 s, before line 4."
    assert [line.reason for line in report.lines[2:]] == ["broken off", "not reached"]
    assert report.ended == "source ended"


def test_live_notes_stay_with_their_lines_and_none_are_added(take: Path) -> None:
    notes = [note for note in report_of(take).notes if note.kind == "live"]
    assert [note.line for note in notes] == [4]
    edited = script_file(
        take.parent,
        {"text": "It's open! It was never locked, you impossible girl!", "emotion": "angry", "duration_s": 9},
        {"text": "A line that nobody had.", "emotion": "disgust", "duration_s": 9},
    )
    rescore(take, "--script", edited)
    live = [note for note in report_of(take).notes if note.kind == "live"]
    assert [(note.line, note.t, note.text) for note in live] == [(1, notes[0].t, notes[0].text)]


def test_the_moments_follow_the_new_script(take: Path) -> None:
    before = review_of(take).moments
    rescore(take, "--script", script_file(take.parent, {"text": "All of it.", "emotion": "happy", "duration_s": 15}))
    arc, header = review_of(take).moments, review_of(take).header
    assert [(attempt.line, attempt.start, attempt.end) for attempt in arc.attempts] == [(1, 0.0, 15.0)]
    assert header.script.title == "Waiting, edited"
    assert [m.smoothed for m in arc.moments] == [m.smoothed for m in before.moments][: len(arc.moments)]


def test_a_journal_of_version_1_warns_about_missing_weights(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = (take / "journal.jsonl").read_bytes().replace(b'"journal_version":3', b'"journal_version":1', 1)
    (take / "journal.jsonl").write_bytes(journal)
    rescore(take, "--strictness", "strict")
    assert report_of(take).warnings[-1].startswith("An older Coach made this take")
    assert "how well each face could be read" in " ".join(capsys.readouterr().out.split())


def test_an_invalid_script_changes_nothing(take: Path) -> None:
    overlapping = script_file(
        take.parent,
        {"text": "One.", "emotion": "sad", "start_s": 0, "end_s": 5},
        {"text": "Two.", "emotion": "sad", "start_s": 3, "end_s": 6},
    )
    before = {path.name: path.read_bytes() for path in take.iterdir()}
    with pytest.raises(ScriptError, match="begins at 3 s"):
        rescore(take, "--script", overlapping)
    assert {path.name: path.read_bytes() for path in take.iterdir()} == before


def test_a_playing_take_is_not_rescored(take: Path) -> None:
    lock = lock_take(take)
    try:
        with pytest.raises(TakeError, match="is being played or changed now"):
            rescore(take, "--strictness", "strict")
    finally:
        lock.release()


def test_a_take_without_a_camera_shows_that_nothing_was_watched() -> None:
    """It must not claim that nothing was accurate."""
    out = io.StringIO()
    unwatched = make_report().model_copy(update={"model": None})
    print_rescoring("a-take", (unwatched, unwatched), (), "report-1.json", Console(file=out, width=100))
    assert "There was no camera, so no line is scored." in out.getvalue()
    assert "accurate" not in out.getvalue()


def test_a_failing_take_does_not_stop_the_others(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = Path(shutil.copytree(take, take.with_name("broken")))
    (broken / "journal.jsonl").write_bytes(b"nonsense\n")
    with pytest.raises(TakeError, match=r"1 of 2 takes could not be scored again\nbroken: .*not a journal of Coach"):
        rescore(broken, take, "--strictness", "gentle")
    assert report_of(take).settings["strictness"] == "gentle"
    assert take.name in capsys.readouterr().out


def test_an_unfinished_take_gets_its_report_and_is_rescored(take: Path) -> None:
    rows = (take / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (take / "journal.jsonl").write_bytes(b"".join(rows[: len(rows) // 2]))
    (take / "report.json").unlink()
    rescore(take, "--strictness", "gentle")
    assert "stopped early" in report_of(take).warnings[0]
    assert report_of(take).settings["strictness"] == "gentle"
    assert (take / "report-1.json").exists()


def test_all_takes_of_a_folder_can_be_rescored_at_once(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(take, take.with_name("another"))
    rescore("--all", "--takes", take.parent, "--strictness", "gentle")
    assert [report_of(path).settings["strictness"] for path in (take, take.with_name("another"))] == ["gentle"] * 2
    for args in ([], [take.name, "--all"]):
        with pytest.raises(UsageError, match="name the takes to score again, or --all"):
            rescore(*args, "--takes", take.parent)


def test_unchanged_lines_have_the_same_model_and_target(take: Path) -> None:
    first, second = report_of(take).lines[:2]
    edited = script_file(
        take.parent,
        {"text": second.text, "emotion": "fear", "duration_s": 9},
        {"text": first.text, "emotion": "happy", "duration_s": 9},
    )
    played = journal_of(take).header
    rescore(take, "--script", edited)
    assert unchanged_lines(played, journal_of(take).header) == {2: 1}
    rescore(take, "--model", "mini_xception")
    assert unchanged_lines(played, journal_of(take).header) == {}


def test_files_of_an_interrupted_rescoring_are_ignored_and_not_overwritten(take: Path) -> None:
    before, first = review_of(take).moments, report_in(take)
    (take / "rescored-1.json").write_text("half a fi")
    (take / "signal-2.jsonl").write_text("half a fi")
    assert review_of(take).moments == before
    rescore(take, "--strictness", "strict")
    assert report_of(take).created.rescored == 3
    assert (take / "report-3.json").exists()
    rescore(take)
    assert without_created(report_in(take)) == without_created(first)


def test_a_missing_or_damaged_record_of_the_rescoring_is_an_error(take: Path) -> None:
    rescore(take, "--strictness", "strict")
    for damage, message in (
        ("{}", "damaged or of another version"),
        (None, "cannot read .*coach rescore. makes it again"),
    ):
        (take / "rescored-1.json").unlink()
        if damage:
            (take / "rescored-1.json").write_text(damage)
        with pytest.raises(TakeError, match=message):
            review_of(take)
    rescore(take, "--strictness", "gentle")
    assert review_of(take).moments.moments
