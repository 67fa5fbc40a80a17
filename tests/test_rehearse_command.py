"""`coach rehearse` and `coach demo` with the real model and the sample take."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from cli_help import (
    LIMIT_S,
    Demo,
    coach,
    coach_child,
    coach_here,
    command,
    copy_take,
    environment,
    quick_script,
    report_in,
    takes_of,
    the_take,
    without_created,
)
from perception_help import take_frames
from video_help import steady, write_video

from coach.base.files import examples_folder, sample_take

SCRIPT = examples_folder() / "waiting_for_news.yaml"


def test_the_demo_shows_cues_readings_table_and_folder(demo: Demo) -> None:
    expected = [
        "cue for line 2",
        "on target: 8 of 10 viewers would see sadness",
        "off target: 0 of 10 viewers would see surprise, the camera reads joy",
        "note on line 4: Before joy: the shock.",
        "Line 1 works: The sadness holds.",
        "Three things to try:",
        "Saved in",
    ]
    for text in (*expected, "coach report"):
        assert text in demo.stdout
    assert "\x1b" not in demo.stdout
    assert "Traceback" not in demo.stderr


def test_the_verdicts_of_the_demo(demo: Demo) -> None:
    """Sad and happy lines are hits, fear is partial; the line tagged surprise shows joy."""
    report = report_in(demo.take)
    verdicts = [(line["targets"][0], line["top"], line["verdict"]) for line in report["lines"]]
    assert verdicts == [
        ("sad", "sad", "hit"),
        ("fear", "fear", "partial"),
        ("happy", "happy", "hit"),
        ("surprise", "happy", "miss"),
        ("happy", "happy", "hit"),
    ]
    assert report["overall"]["coverage"] > 0.95


def test_a_wrong_tag_gives_a_note_and_a_miss(wrong_demo: Demo) -> None:
    report = report_in(wrong_demo.take)
    (missed,) = [line for line in report["lines"] if line["verdict"] == "miss"]
    live = [note for note in report["notes"] if note["kind"] == "live"]
    assert live[-1]["line"] == missed["index"]
    assert f"note on line {missed['index']}: {live[-1]['text']}" in wrong_demo.stdout
    assert missed["targets"] != [missed["top"]]


def test_the_same_take_gives_the_same_report_byte_for_byte(short_take: Path, tmp_path: Path) -> None:
    """Even if two parallel runs slow each other down."""
    args = ["rehearse", SCRIPT, "--source", short_take, "--takes", tmp_path / "takes"]
    runs = [
        subprocess.Popen(command(*args), env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [run.wait(LIMIT_S) for run in runs] == [0, 0]
    first, second = sorted(path for path in (tmp_path / "takes").iterdir() if path.is_dir())
    created = re.compile(rb'"created": \{.*?\}', re.DOTALL)
    texts = [created.sub(b"", (take / "report.json").read_bytes()) for take in (first, second)]
    assert texts[0] == texts[1]
    assert report_in(first)["created"] != report_in(second)["created"]


def test_a_take_holds_journal_script_settings_and_model_card(demo: Demo) -> None:
    assert {"journal.jsonl", "script.json", "settings.json", "model.json", "report.json"} <= {
        file.name for file in demo.take.iterdir()
    }
    assert not list(demo.take.glob("*.mp4"))


def test_coach_report_shows_the_newest_take_again(demo: Demo, tmp_path: Path) -> None:
    copy_take(demo.take, takes_of(tmp_path))
    again = coach(tmp_path, "report")
    assert again.returncode == 0
    table = demo.stdout[demo.stdout.index("Line 1 works") : demo.stdout.index("Saved in")]
    assert table in again.stdout


@pytest.mark.row(14)
def test_a_take_without_a_face_is_not_scored(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "wall").mkdir()
    for i in range(3):
        Image.new("RGB", (320, 240), (120, 110 + i, 100)).save(tmp_path / "wall" / f"{i}.png")
    script = quick_script(tmp_path, 3)
    result = coach(tmp_path, "rehearse", script, "--source", "wall", "--takes", tmp_path / "takes")
    assert result.returncode == 0, result.stderr
    (line,) = report_in(the_take(tmp_path / "takes"))["lines"]
    assert (line["verdict"], line["reason"], line["accuracy"]) == ("not_scored", "no face", None)


@pytest.mark.row(11)
def test_a_recording_shorter_than_the_script_names_the_unreached_lines(short_take: Path, tmp_path: Path) -> None:
    script = tmp_path / "long.txt"
    script.write_text("[sad 2s] One.\n[happy 30s] Two.\n[fear 9s] Three.\n", encoding="utf-8")
    result = coach(tmp_path, "rehearse", script, "--source", short_take, "--takes", tmp_path / "takes")
    assert result.returncode == 0
    assert "before line 3" in result.stdout
    assert [line["reason"] for line in report_in(the_take(tmp_path / "takes"))["lines"]] == [
        "",
        "broken off",
        "not reached",
    ]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--source", "nowhere.mp4"], 1, "no such file"),
        (["--source", "camera:-1"], 1, "camera"),
        (["--source", "camera:77", "--yes"], 1, "camera"),
        (["--source", "camera"], 1, "--yes"),
        (["--source", "{take}", "--loop", "2"], 2, "--loop"),
        (["--source", "{take}", "--advance", "key"], 2, "--advance"),
        (["--source", "{take}", "--record"], 2, "--record"),
        (["--source", "none", "--watch"], 2, "--watch"),
        (["--source", "none", "--record"], 2, "no camera"),
        (["--source", "none", "--model", "other.onnx"], 2, "--model"),
        (["--source", "camera:x"], 1, "camera:0"),
        (["--source", "none", "--loop", "0"], 2, "a whole number of 1 or more"),
        (["--source", "none", "--lead-in", "nan"], 2, "seconds from 0 to 60"),
        (["--source", "none", "--lead-in", "soon"], 2, "seconds from 0 to 60"),
        (["--source", "camera", "--open-timeout", "-5"], 2, "seconds from 0 to 60"),
        (["--source", "none", "--voice-rate", "0"], 2, "80 to 400"),
        (["--source", "{take}", "--lines", "7-9"], 2, "lines"),
        (["--source", "{take}", "--lines", "x"], 2, "--lines"),
        (["--source", "{take}", "--lead-in", "-1"], 2, "--lead-in"),
        (["--source", "{take}", "--detect-every", "0"], 2, "--detect-every"),
        (["--source", "{take}", "--model", "missing.onnx"], 1, "missing.onnx"),
        (["--source", "{take}", "--takes", "{take}"], 1, "takes"),
    ],
)
def test_wrong_input_gets_one_message_and_its_exit_code(
    args: list[str], code: int, message: str, user_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = [word.format(take=sample_take()) for word in args]
    assert coach_here("rehearse", SCRIPT, *options) == code
    err = capfd.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) <= 3
    assert not (user_home / "data").exists()


def test_a_recording_longer_than_the_script_gives_a_warning(short_take: Path, tmp_path: Path) -> None:
    script = tmp_path / "short.txt"
    script.write_text("[sad 1s] One.\n[happy 9s] Two.\n", encoding="utf-8")
    one = tmp_path / "one.txt"
    one.write_text("[sad 1s] One.\n", encoding="utf-8")
    result = coach(tmp_path, "rehearse", one, "--source", short_take, "--takes", tmp_path / "takes")
    assert "The script ends at 1.0 s; the recording goes on to 3.0 s" in result.stdout
    chosen = coach(tmp_path, "rehearse", script, "--lines", "1", "--source", short_take, "--takes", tmp_path / "takes")
    assert "goes on to" not in chosen.stdout


def test_a_single_picture_lasts_a_second_and_is_scored(tmp_path: Path) -> None:
    import av

    with av.open(str(sample_take())) as container:
        frame = next(frame for frame in container.decode(video=0) if frame.time and frame.time > 16)
        frame.to_image().save(tmp_path / "joy.png")
    script = tmp_path / "joy.txt"
    script.write_text("[happy 1s] One.\n", encoding="utf-8")
    coach(tmp_path, "rehearse", script, "--source", "joy.png", "--takes", tmp_path / "takes")
    (line,) = report_in(the_take(tmp_path / "takes"))["lines"]
    assert (line["verdict"], line["scored_s"], line["top"]) == ("hit", 1.0, "happy")


def test_coaching_in_gaps_without_pauses_gives_a_notice(short_take: Path, tmp_path: Path) -> None:
    args = ["rehearse", SCRIPT, "--source", short_take, "--coach", "gaps", "--takes", tmp_path / "takes"]
    assert "--coach gaps will give no notes" in coach(tmp_path, *args).stderr


def test_a_take_is_found_by_a_part_of_its_name(demo: Demo, wrong_demo: Demo, tmp_path: Path) -> None:
    for run in (demo, wrong_demo):
        copy_take(run.take, takes_of(tmp_path))
    assert "with a wrong tag" in coach(tmp_path, "report", "wrong-tag").stdout
    missing = coach(tmp_path, "report", "hamlet")
    assert missing.returncode == 1
    assert "hamlet" in missing.stderr


def test_all_mistakes_of_a_script_are_listed_and_nothing_is_played(tmp_path: Path) -> None:
    script = tmp_path / "wrong.yaml"
    script.write_text("lines:\n  - {text: A, emotion: hapy}\n  - {text: B, emotion: sad, duration_s: -1}\n")
    result = coach(tmp_path, "rehearse", script, "--source", sample_take(), "--takes", tmp_path / "takes")
    assert result.returncode == 1
    assert "wrong.yaml:2:" in result.stderr
    assert "did you mean 'happy'" in result.stderr or "happy" in result.stderr
    assert "wrong.yaml:3:" in result.stderr
    assert not (tmp_path / "takes").exists()


@pytest.mark.row(27)
def test_escape_sequences_never_reach_the_terminal(short_take: Path, tmp_path: Path) -> None:
    take = tmp_path / "take\x1b[31m.mp4"
    shutil.copy(short_take, take)
    result = coach(tmp_path, "rehearse", SCRIPT, "--source", take, "--takes", tmp_path / "takes")
    assert result.returncode == 0, result.stderr
    assert "\x1b" not in result.stdout + result.stderr


@pytest.mark.row(30)
def test_other_alphabets_do_not_crash_an_old_code_page(short_take: Path, tmp_path: Path) -> None:
    script = tmp_path / "names.txt"
    script.write_text("[title: ÉLODIE]\n[sad 2s] Ștefan, Анна, 日本.\n", encoding="utf-8")
    args = ["rehearse", script, "--source", short_take, "--takes", tmp_path / "takes"]
    plain = coach(tmp_path, *args)
    assert "Ștefan, Анна, 日本." in plain.stdout
    old = coach_child(tmp_path, *args, PYTHONIOENCODING="cp1252")
    assert old.returncode == 0
    assert "Traceback" not in old.stderr


def test_a_bug_gives_one_line_a_log_and_exit_code_3(tmp_path: Path) -> None:
    """A fake package that fails on import simulates a bug."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "rich.py").write_text("raise ZeroDivisionError('a bug')\n")
    result = coach_child(tmp_path, "check", SCRIPT, PYTHONPATH=str(broken))
    assert result.returncode == 3
    assert "bug" in result.stderr
    assert "Traceback" not in result.stderr
    (log,) = (tmp_path / "state").rglob("bug-*.log")
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")
    debug_run = coach_child(tmp_path, "--debug", "check", SCRIPT, PYTHONPATH=str(broken))
    assert "Traceback" in debug_run.stderr


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    assert coach(tmp_path, "rehearse").returncode == 2
    assert coach(tmp_path, "no-such-command").returncode == 2


@pytest.mark.parametrize("args", [["demo"], ["check", SCRIPT], ["report"], ["voices"], ["doctor"]])
def test_a_broken_pipe_exits_0(args: list[str | Path], demo: Demo, tmp_path: Path) -> None:
    copy_take(demo.take, takes_of(tmp_path))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    run = subprocess.Popen(command(*args), env=environment(tmp_path), cwd=tmp_path, **pipes)  # type: ignore[call-overload]
    run.stdout.close()
    err = run.stderr.read()
    run.stderr.close()
    assert run.wait(LIMIT_S) == 0, err
    assert "Traceback" not in err
    assert "bug" not in err


def test_strictness_and_settings_are_in_the_report(short_take: Path, tmp_path: Path) -> None:
    coach(tmp_path, "rehearse", SCRIPT, "--source", short_take, "--strictness", "strict", "--takes", tmp_path / "takes")
    assert report_in(the_take(tmp_path / "takes"))["settings"]["strictness"] == "strict"


def test_watch_gives_the_same_report(tmp_path: Path) -> None:
    script = tmp_path / "short.txt"
    script.write_text("[sad 2s] One.\n", encoding="utf-8")
    began = time.monotonic()
    for folder, options in (("fast", []), ("paced", ["--watch"])):
        result = coach(tmp_path, "rehearse", script, "--source", sample_take(), "--takes", tmp_path / folder, *options)
        assert result.returncode == 0, result.stderr
    assert time.monotonic() - began >= 2
    fast, paced = (report_in(the_take(tmp_path / folder)) for folder in ("fast", "paced"))
    assert without_created(fast) == without_created(paced)


@pytest.fixture(scope="module")
def two_faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of four seconds: the face on the left is sad, the one on the right is happy."""
    frames = [frame.image[::2, ::2] for frame in take_frames()]
    images = [np.hstack([frames[24 + i], frames[280 + i]]) for i in range(96)]
    path = tmp_path_factory.mktemp("faces") / "two.mp4"
    return write_video(path, steady(96, 24), size=(640, 180), fps=24, paint=lambda i, *_: images[i])


@pytest.mark.parametrize(("face", "which"), [("right", "right"), ("1", "left"), (None, "left")])
def test_with_two_faces_the_chosen_one_is_read_and_named(
    two_faces: Path, tmp_path: Path, face: str | None, which: str
) -> None:
    words = ["rehearse", quick_script(tmp_path, 4), "--source", two_faces, *(["--face", face] if face else [])]
    run = coach(tmp_path, *words)
    report = report_in(the_take(takes_of(tmp_path)))
    assert report["lines"][0]["top"] == ("sad" if which == "left" else "happy")
    how = f"You chose --face {face}." if face else "Choose another with --face."
    sentence = f"Two faces are in the picture. The coach reads the {which} one, as the camera sees it. {how}"
    assert sentence in report["warnings"]
    assert sentence in run.stdout.replace("\n", " ")


@pytest.mark.parametrize("face", ["0", "middle", "-1", "100"])
def test_a_face_that_cannot_be_meant_is_refused(tmp_path: Path, face: str) -> None:
    run = coach(tmp_path, "rehearse", SCRIPT, "--source", sample_take(), f"--face={face}")
    assert run.returncode == 2
    assert "expected left, right, biggest or a number such as 2" in run.stderr
    assert coach(tmp_path, "rehearse", SCRIPT, "--source", "none", "--face", "left").returncode == 2
