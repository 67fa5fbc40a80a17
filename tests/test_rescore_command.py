"""`coach rescore`: another script, strictness or model over what is kept of a take; nothing older is ever lost."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_help import Demo, coach, copy_take, environment, report_in, the_take, without_created
from cli_help import command as command_line
from comparison_help import write_take_video
from perception_help import take_frames
from rich.console import Console
from takes_help import make_header, make_report

from coach.app.replay import PlayedTake, timeline_for
from coach.app.rescore import lines_that_stayed
from coach.app.review import journal_of, report_of, review_of
from coach.base.errors import ScriptError, TakeError, UsageError
from coach.base.events import Event, TakeEnded
from coach.base.files import examples_folder
from coach.base.settings import Settings
from coach.base.types import Observation
from coach.cli.main import command_parser
from coach.core.rehearsal.engine import RehearsalEngine
from coach.display.tables.rescoring import print_rescoring
from coach.perception.pipeline import open_perception
from coach.scripts import load_script
from coach.takes.journal import read_journal
from coach.takes.lock import lock_take
from coach.takes.recorder import TakeRecorder
from coach.takes.report_file import load_report


@pytest.fixture
def take(wrong_demo: Demo, tmp_path: Path) -> Path:
    """A take of the sample recording with a line tagged wrongly."""
    return copy_take(wrong_demo.take, tmp_path)


def rescore(*words: str | Path) -> int:
    """`coach rescore WORDS`."""
    args = command_parser("rescore").parse_args(["rescore", *map(str, words)])
    code: int = args.run(args)
    return code


def script_file(folder: Path, *lines: dict[str, Any]) -> Path:
    """A script of `lines`."""
    path = folder / "script.json"
    path.write_text(json.dumps({"title": "Waiting, edited", "lines": lines}))
    return path


def test_as_it_was_played_gives_the_same_report_and_writes_nothing(
    take: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (take / "report.json").read_bytes()
    assert rescore(take) == 0
    assert (take / "report.json").read_bytes() == before
    assert not list(take.glob("report-*"))
    assert "same as before; nothing was written" in capsys.readouterr().out


def test_another_strictness_keeps_the_old_report_and_says_what_changed(
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
    shown = capsys.readouterr().out
    assert "partial → hit" in shown
    assert "kept beside it as report-1.json" in shown


def test_it_is_what_the_take_would_have_been_with_those_settings(take: Path, tmp_path: Path) -> None:
    rescore(take, "--strictness", "gentle")
    script = examples_folder() / "wrong_tag.yaml"
    source = journal_of(take).header.source.path
    coach(tmp_path, "rehearse", script, "--source", source, "--strictness", "gentle", "--takes", tmp_path / "new")
    again, new = report_in(take), report_in(the_take(tmp_path / "new"))
    assert again["warnings"].pop() == "Scored again with strictness gentle instead of standard."
    assert without_created(again) == without_created(new)


def test_going_back_gives_the_first_report_again_byte_for_byte_but_for_created(take: Path) -> None:
    first = report_in(take)
    rescore(take, "--strictness", "strict")
    rescore(take, "--strictness", "strict")
    rescore(take)
    assert without_created(report_in(take)) == without_created(first)
    assert report_in(take)["created"]["rescored"] is None
    assert sorted(each.name for each in take.glob("re*-*.json")) == [
        "report-1.json",
        "report-2.json",
        "rescored-1.json",
    ]


def test_every_difference_from_the_report_before_is_named(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What goes back to how the take was played, since it was not named again, is told as well."""

    def told(*words: str | Path) -> str:
        capsys.readouterr()
        rescore(take, *words)
        shown = " ".join(capsys.readouterr().out.split())
        return shown.partition("Scored again with ")[2].partition(". The report before")[0]

    edited = script_file(take.parent, {"text": "All of it.", "emotion": "happy", "duration_s": 15})
    assert told("--strictness", "strict") == "strictness strict instead of standard"
    back = "strictness standard instead of strict"
    assert told("--script", edited).startswith(f"the script “Waiting, edited”; {back}.")
    anew = told("--model", "mini_xception")
    back = "the script “Waiting for news, with a wrong tag” as it was played"
    assert anew.startswith(f"{back}; the recording read anew by the model mini_xception")
    audience = "what was seen as it was played, by the model audience"
    assert told("--strictness", "gentle").startswith(f"strictness gentle instead of standard; {audience}")
    assert report_of(take).warnings == ["Scored again with strictness gentle instead of standard."]


def test_what_changed_is_not_guessed_where_the_scoring_before_cannot_be_read(
    take: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rescore(take, "--strictness", "strict")
    (take / "rescored-1.json").unlink()
    capsys.readouterr()
    rescore(take, "--strictness", "gentle")
    assert "What the report before was scored with cannot be read" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("columns", [40, 60, 79, 80, 111, 112, 140])
def test_what_changed_fits_whatever_the_terminal_is_wide(
    columns: int, take: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    rescore(take, "--strictness", "gentle")
    _, shown = capsys.readouterr().out.split("\n", 1)  # the name stands whole, so that it can be copied
    assert all(len(line) <= columns for line in shown.splitlines())
    assert "partial → hit" in shown
    assert columns >= 112 or "It is morning, and the phone just lies there." in " ".join(shown.split())
    assert any("viewers" in row and "verdict" in row for row in shown.splitlines()) is (columns >= 79)


def test_an_edited_script_has_its_lines_over_the_same_time(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
        "This script ends at 11.8 s; the take goes on to 19.6 s, which is not scored.",
        "Scored again with the script “Waiting, edited”.",
    ]
    shown = capsys.readouterr().out
    assert "new: Somebody comes." in shown
    assert "No longer in the script: line 2, \"Don't knock. Please," in shown
    assert "5.4 → 3.0 s" in shown


def test_a_longer_script_says_which_lines_were_not_reached(take: Path) -> None:
    lines = ({"text": f"Line {n}.", "emotion": "happy", "duration_s": 8} for n in range(1, 5))
    rescore(take, "--script", script_file(take.parent, *lines))
    report = report_of(take)
    assert report.warnings[0] == "The take ended at 19.6 s, before line 4."
    assert [line.reason for line in report.lines[2:]] == ["broken off", "not reached"]
    assert report.ended == "source ended"


def test_notes_that_were_really_given_stay_with_their_lines_and_none_is_invented(take: Path) -> None:
    given = [note for note in report_of(take).notes if note.kind == "live"]
    assert [note.line for note in given] == [4]
    edited = script_file(
        take.parent,
        {"text": "It's open! It was never locked, you impossible girl!", "emotion": "angry", "duration_s": 9},
        {"text": "A line that nobody had.", "emotion": "disgust", "duration_s": 9},
    )
    rescore(take, "--script", edited)
    live = [note for note in report_of(take).notes if note.kind == "live"]
    assert [(note.line, note.t, note.text) for note in live] == [(1, given[0].t, given[0].text)]


def test_the_arc_follows_the_script_that_the_take_was_scored_with(take: Path) -> None:
    before = review_of(take).moments
    rescore(take, "--script", script_file(take.parent, {"text": "All of it.", "emotion": "happy", "duration_s": 15}))
    arc, header = review_of(take).moments, review_of(take).header
    assert [(each.line, each.start, each.end) for each in arc.attempts] == [(1, 0.0, 15.0)]
    assert header.script.title == "Waiting, edited"
    assert [m.smoothed for m in arc.moments] == [m.smoothed for m in before.moments][: len(arc.moments)]


def test_another_model_reads_the_recording_anew(take: Path) -> None:
    rescore(take, "--model", "mini_xception")
    report, journal = report_of(take), journal_of(take)
    assert report.model is not None
    assert report.model.name == "mini_xception"
    assert "the recording read anew by the model mini_xception" in report.warnings[-1]
    assert journal.path.name == "signal-1.jsonl"
    assert journal.header.card is not None
    assert journal.header.card.name == "mini_xception"
    rescore(take)
    assert report_of(take).model != report.model


def test_the_model_it_was_played_with_sees_the_same_again(take: Path) -> None:
    rescore(take, "--model", "audience")
    before, after = (load_report(take / name) for name in ("report-1.json", "report.json"))
    assert after.lines == before.lines
    inputs = [list(read_journal(take / name).inputs()) for name in ("journal.jsonl", "signal-1.jsonl")]
    assert inputs[0] == inputs[1]


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda take, video: video.unlink(), "the recording of the take .* has gone: there is no file"),
        (lambda take, video: video.write_bytes(b"another"), "is not the file that it was played with"),
    ],
)
def test_a_model_needs_the_recording_and_says_so(take: Path, harm: Callable[[Path, Path], None], message: str) -> None:
    video = take.parent / "video.mp4"
    shutil.copy(journal_of(take).header.source.path, video)
    point_to(take, video)
    harm(take, video)
    before = {each.name: each.read_bytes() for each in take.iterdir()}
    with pytest.raises(TakeError, match=f"--model reads a take's recording anew, and .*{message}"):
        rescore(take, "--model", "mini_xception")
    assert {each.name: each.read_bytes() for each in take.iterdir()} == before


def point_to(take: Path, video: Path) -> None:
    """Let the take have been played with `video`."""
    head, rest = (take / "journal.jsonl").read_bytes().split(b"\n", 1)
    plain = json.loads(head)
    plain["source"]["path"] = str(video)
    (take / "journal.jsonl").write_bytes(json.dumps(plain).encode() + b"\n" + rest)


def filmed(folder: Path, *, record: bool) -> Path:
    """The first lines of the sample, played before a camera after half a second of countdown."""
    take, eyes = folder / "filmed", open_perception()
    take.mkdir()
    script = load_script(examples_folder() / "waiting_for_news.yaml")
    settings = Settings(lead_in_s=0.5, lines=(1, 2))
    header = make_header().model_copy(update={"script": script, "settings": settings, "card": eyes.card})
    engine = RehearsalEngine(timeline_for(script, settings, live=True), settings, live=True, card=eyes.card)
    recorder, frames = TakeRecorder(take, header, pytest.fail), []
    events: list[Event] = engine.start()
    seen: list[Observation] = []
    for frame in take_frames(every=6):
        moved = type(frame)(round(frame.t - 0.4875, 4), frame.image)
        if engine.ended or moved.t > 9:
            break
        frames.append(moved)
        seen.append(eyes.observe(moved))
        events += engine.step(seen[-1])
    for event in events:
        recorder.handle(event)
    recorder.write(PlayedTake(header, lambda: seen, TakeEnded(9.0, "finished")).report("filmed"))
    recorder.close()
    if record:
        write_take_video(take, [frame for frame in frames if frame.t >= 0])
    return take


def test_the_video_of_a_camera_take_is_read_anew_at_the_times_of_the_take(tmp_path: Path) -> None:
    take = filmed(tmp_path, record=True)
    rescore(take, "--model", "audience")
    before, after = (load_report(take / name) for name in ("report-1.json", "report.json"))
    old, new = (
        [item.t for item in read_journal(take / name).inputs() if item.t >= 0]
        for name in ("journal.jsonl", "signal-1.jsonl")
    )
    assert new == pytest.approx(old, abs=1e-4)
    assert [line.verdict for line in after.lines] == [line.verdict for line in before.lines]
    assert after.lines[0].share == pytest.approx(before.lines[0].share, abs=0.1)
    assert "begins after its countdown" in after.warnings[-1]


def test_a_camera_take_without_a_video_can_be_scored_but_not_read_anew(tmp_path: Path) -> None:
    take = filmed(tmp_path, record=False)
    with pytest.raises(TakeError, match="it was made with a camera and without --record"):
        rescore(take, "--model", "mini_xception")
    assert rescore(take, "--strictness", "strict") == 0


def test_a_journal_of_version_1_says_that_it_kept_no_weights(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = (take / "journal.jsonl").read_bytes().replace(b'"journal_version":2', b'"journal_version":1', 1)
    (take / "journal.jsonl").write_bytes(journal)
    rescore(take, "--strictness", "strict")
    assert report_of(take).warnings[-1].startswith("The journal of this take is of version 1, which kept no weights")
    assert "kept no weights" in " ".join(capsys.readouterr().out.split())


def test_a_script_with_mistakes_or_one_that_overlaps_changes_nothing(take: Path) -> None:
    overlapping = script_file(
        take.parent,
        {"text": "One.", "emotion": "sad", "start_s": 0, "end_s": 5},
        {"text": "Two.", "emotion": "sad", "start_s": 3, "end_s": 6},
    )
    before = {each.name: each.read_bytes() for each in take.iterdir()}
    with pytest.raises(ScriptError, match="begins at 3 s"):
        rescore(take, "--script", overlapping)
    assert {each.name: each.read_bytes() for each in take.iterdir()} == before


def test_a_take_that_is_being_played_is_left_alone(take: Path) -> None:
    lock = lock_take(take)
    try:
        with pytest.raises(TakeError, match="is being played or changed now"):
            rescore(take, "--strictness", "strict")
    finally:
        lock.release()


def test_of_a_take_without_a_camera_it_is_said_that_nothing_was_watched() -> None:
    """And not that nothing was accurate."""
    out = io.StringIO()
    unwatched = make_report().model_copy(update={"model": None})
    print_rescoring("a-take", (unwatched, unwatched), (), "report-1.json", Console(file=out, width=100))
    assert "Nothing was watched: no camera, so no line is scored." in out.getvalue()
    assert "accurate" not in out.getvalue()


def test_of_several_takes_each_is_scored_by_itself(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = Path(shutil.copytree(take, take.with_name("broken")))
    (broken / "journal.jsonl").write_bytes(b"nonsense\n")
    with pytest.raises(TakeError, match=r"1 of 2 takes could not be scored again\nbroken: .*not a journal of Coach"):
        rescore(broken, take, "--strictness", "gentle")
    assert report_of(take).settings["strictness"] == "gentle"
    assert take.name in capsys.readouterr().out


def test_a_broken_off_take_gets_its_report_and_can_be_scored_again(take: Path) -> None:
    rows = (take / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (take / "journal.jsonl").write_bytes(b"".join(rows[: len(rows) // 2]))
    (take / "report.json").unlink()
    rescore(take, "--strictness", "gentle")
    assert "broken off" in report_of(take).warnings[0]
    assert report_of(take).settings["strictness"] == "gentle"
    assert (take / "report-1.json").exists()


def test_all_takes_of_a_folder_can_be_scored_again_at_once(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(take, take.with_name("another"))
    rescore("--all", "--takes", take.parent, "--strictness", "gentle")
    assert [report_of(each).settings["strictness"] for each in (take, take.with_name("another"))] == ["gentle"] * 2
    for words in ([], [take.name, "--all"]):
        with pytest.raises(UsageError, match="name the takes to score again, or --all"):
            rescore(*words, "--takes", take.parent)


def test_pictures_of_the_face_go_with_lines_that_still_ask_for_the_same(take: Path) -> None:
    first, second = report_of(take).lines[:2]
    edited = script_file(
        take.parent,
        {"text": second.text, "emotion": "fear", "duration_s": 9},
        {"text": first.text, "emotion": "happy", "duration_s": 9},
    )
    played = journal_of(take).header
    rescore(take, "--script", edited)
    assert lines_that_stayed(played, journal_of(take).header) == {2: 1}
    rescore(take, "--model", "mini_xception")
    assert lines_that_stayed(played, journal_of(take).header) == {}


def test_what_a_scoring_left_that_was_broken_off_changes_nothing_and_is_never_written_over(take: Path) -> None:
    before, first = review_of(take).moments, report_in(take)
    (take / "rescored-1.json").write_text("half a fi")
    (take / "signal-2.jsonl").write_text("half a fi")
    assert review_of(take).moments == before
    rescore(take, "--strictness", "strict")
    assert report_of(take).created.rescored == 3
    assert (take / "report-3.json").exists()
    rescore(take)
    assert without_created(report_in(take)) == without_created(first)


def test_what_a_take_was_scored_with_must_be_there_and_whole(take: Path) -> None:
    rescore(take, "--strictness", "strict")
    for harm, message in (
        ("{}", "damaged or of another version"),
        (None, "cannot read .*coach rescore. makes it again"),
    ):
        (take / "rescored-1.json").unlink()
        if harm:
            (take / "rescored-1.json").write_text(harm)
        with pytest.raises(TakeError, match=message):
            review_of(take)
    rescore(take, "--strictness", "gentle")
    assert review_of(take).moments.moments


def test_a_reader_that_goes_away_costs_nothing_of_what_was_kept(take: Path, tmp_path: Path) -> None:
    words = command_line("rescore", take, "--model", "mini_xception")
    with subprocess.Popen(words, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.close()
        assert child.wait(60) == 0
    assert report_of(take).created.rescored == 1
    assert journal_of(take).path.name == "signal-1.jsonl"
    assert review_of(take).moments.moments
