"""`coach models`, and the meaning of `--model`."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_help import coach, coach_here, report_in, the_take
from perception_help import tiny_classifier, write_model

from coach.app.card_text import headlines
from coach.app.models import Model, shipped_models
from coach.base.errors import ModelError, UsageError
from coach.base.files import examples_folder, sample_take
from coach.base.types import EMOTIONS
from coach.cli import models
from coach.cli.main import command_parser
from coach.core.reading.card import ModelCard
from coach.display.kit.console import open_console
from coach.perception import speed
from coach.perception.model_file import read_card
from coach.perception.models import CLASSIFIER, DETECTOR, MODELS, classifiers, find_any, find_model, shipped_path
from coach.perception.pipeline import open_perception

FULL = {
    "prior": [0.1, 0.02, 0.08, 0.3, 0.15, 0.05, 0.3],
    "power": 0.5,
    "meaning": "viewers",
    "floor": 0.25,
    "reliability": {"fear": {"recall": 0.61, "precision": 0.72}},
    "evidence": {
        "neutral": dict.fromkeys(EMOTIONS, -1.25),
        "curves": {emotion: [[-2, 0.03], [3, 0.81]] for emotion in EMOTIONS},
        "typical": dict.fromkeys(EMOTIONS, 0.64),
        "quartiles": {emotion: [0.41, 0.64, 0.83] for emotion in EMOTIONS},
    },
    "licence": "as you like",
    "weaknesses": ["profiles are read badly", "glasses hide anger"],
    "uses": "rehearsal by consent",
    "measured": {"portraits": {"value": 0.667, "interval": [0.61, 0.72], "faces": 326}, "seed": 7},
    "garden": {"gnome": {"hat": "red"}},
}
"""All fields of a card, and an unknown one."""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(*options: str) -> int:
    args = command_parser("models").parse_args(["models", *options])
    code: int = args.run(args)
    return code


def in_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, show: Callable[[], object]) -> list[str]:
    """The lines printed by `show` in a terminal of that width."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    show()
    return [line.rstrip() for line in re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue()).splitlines()]


@pytest.fixture(scope="module")
def timed_models() -> list[Model]:
    """The list of `coach models`; timed only once, because that takes seconds."""
    return shipped_models(lambda name: lambda done: None)


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A foreign model whose card has all fields."""
    return write_model(tmp_path, tiny_classifier(), **FULL)


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_has_every_shipped_model_and_marks_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    heading, *lines = (line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert heading == ["name", "kind", "default", "ms", "MB", "licence", "meaning", "accuracy"]
    assert {line[0]: line[1] for line in lines} == {name: model.kind for name, model in MODELS.items()}
    assert {line[0] for line in lines if line[2] == "default"} == {CLASSIFIER, DETECTOR}
    assert lines[0][0] == CLASSIFIER


def test_the_list_shows_the_values_of_the_card(timed_models: list[Model], capsys: pytest.CaptureFixture[str]) -> None:
    models.print_list(timed_models, open_console())
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("mini_xception\t")]
    _, _, _, ms, megabytes, licence, meaning, accuracy = line.split("\t")
    assert float(ms) > 0
    assert megabytes == "0.2"
    assert licence.startswith("MIT")
    assert meaning == "label"
    assert "64.8 % right on FER-2013" in accuracy
    assert "54.0 % right on news portraits" in accuracy


def test_the_json_list_has_the_exact_measurements(capsys: pytest.CaptureFixture[str]) -> None:
    run("--json")
    entries = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert set(entries) == set(MODELS)
    card = json.loads(shipped_path("mini_xception").with_suffix(".json").read_text())
    assert entries["mini_xception"]["measured"] == card["measured"]
    assert entries["mini_xception"]["bytes"] == shipped_path("mini_xception").stat().st_size
    assert entries["mini_xception"]["ms_per_face"] > 0
    assert entries["blazeface_short"]["ms_per_frame"] > 0


@pytest.mark.parametrize("columns", [30, 40, 80, 200])
def test_the_list_fits_a_terminal_of_any_width(
    columns: int, timed_models: list[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = in_terminal(monkeypatch, columns, lambda: models.print_list(timed_models, open_console()))
    assert max(map(len, lines)) <= columns
    text = " ".join(" ".join(lines).split())
    for fact in (
        "audience reads emotions, the default",
        "mini_xception reads emotions",
        "blazeface_short finds faces",
        "64.8 % right on FER-2013",
        "MB",
    ):
        assert fact in text


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (None, ["the card does not say"]),
        ({}, ["the card does not say"]),
        ("good", ["the card does not say"]),
        ({"portraits": 0.5}, ["50.0 % right on news portraits"]),
        ({"portraits": {"right": 0.5, "faces": 10}}, ["50.0 % right on news portraits"]),
        ({"portraits": {"value": 0.5, "interval": [0.4, 0.6]}}, ["50.0 % (40.0 % to 60.0 %) right on news portraits"]),
        ({"portraits": {"value": 0.5, "interval": "wide"}}, ["50.0 % right on news portraits"]),
        ({"portraits": True, "own_set": 0.81}, ["portraits yes", "own set 0.81"]),
        ({"portraits": 54}, ["portraits 54"]),
        ({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}, ["a 1", "b 2", "c 3", "d 4"]),
    ],
)
def test_the_accuracy_is_read_from_any_form_of_the_card(measured: object, expected: list[str]) -> None:
    assert headlines(measured) == expected


# --- one card -------------------------------------------------------------------------------------------------------

EVERYTHING = (
    "as viewers vote", "even-handed", "prior^0.5", "0.25", "61 %", "72 %", "2.0 %", "-1.25", "64 %", "41 64 83 %",
    "+3.00: 81 %", "as you like", "profiles are read badly", "glasses hide anger", "rehearsal by consent", "0.667",
    "seed", "garden gnome hat", "red", "8 x 8 pixels, grey", "the share of viewers",
)  # fmt: skip


@pytest.mark.parametrize("columns", [34, 60, 100])
def test_the_whole_card_is_shown_at_any_width(columns: int, full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = in_terminal(monkeypatch, columns, lambda: run(str(full)))
    assert max(map(len, lines)) <= columns
    text = " ".join(" ".join(lines).split())
    assert [fact for fact in EVERYTHING if fact not in text] == []


def test_a_card_in_a_pipe_is_never_wrapped(full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(full)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "fear\t8.0 %\t61 %\t72 %" in lines
    assert "angry\t10 %\t-\t-" in lines
    assert f"sha256\t{read_card(full.with_suffix('.json'), ModelCard).sha256}" in lines
    text = "\n".join(lines)
    assert [fact for fact in EVERYTHING if fact not in text.replace("\t", " ")] == []


def test_the_json_card_is_complete(full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(str(full), "--json")
    card = json.loads(capsys.readouterr().out)["card"]
    assert card["garden"] == FULL["garden"]
    assert card["evidence"]["curves"]["fear"] == [[-2.0, 0.03], [3.0, 0.81]]


def test_the_card_of_a_label_model_does_not_mention_viewers(capsys: pytest.CaptureFixture[str]) -> None:
    run("mini_xception")
    out = capsys.readouterr().out
    assert "as labelled" in out
    assert "as viewers vote" not in out
    assert "the default" not in out


def test_the_card_of_the_detector_is_shown_too(capsys: pytest.CaptureFixture[str]) -> None:
    run("blazeface_short")
    out = capsys.readouterr().out
    assert "blazeface_short finds faces, the default" in out
    assert "faces within about two metres" in out
    assert "prior" not in out


def test_a_card_cannot_control_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nasty = "[bold]\x1b[31mred\x1b]0;title\x07"
    path = write_model(tmp_path, tiny_classifier(), licence=nasty, weaknesses={nasty: nasty})
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("TERM", "dumb")
    run(str(path))
    assert "\x1b" not in terminal.getvalue()
    assert "\x07" not in terminal.getvalue()
    assert "[bold]" in terminal.getvalue()


def test_a_broken_model_is_refused_with_one_message(full: Path) -> None:
    full.write_bytes(b"no model")
    with pytest.raises(ModelError, match="changed or damaged"):
        run(str(full))


# --- how fast -------------------------------------------------------------------------------------------------------


class Clock:
    """A clock that advances by `step` seconds in each run."""

    def __init__(self, step: float) -> None:
        self.now = 0.0
        self._step = step

    def __call__(self) -> float:
        return self.now

    def run(self, _: int) -> None:
        self.now += self._step


def timed(step: float) -> tuple[float, list[tuple[int, int]], float]:
    clock, progress = Clock(step), list[tuple[int, int]]()
    return speed.ms_per_run(clock.run, progress.append, clock), progress, clock.now


def test_a_fast_model_is_timed_over_many_runs_without_progress() -> None:
    ms, progress, elapsed = timed(0.005)
    assert ms == pytest.approx(5)
    assert elapsed == pytest.approx(speed.RUNS * 0.005)
    assert progress == []


def test_a_slow_model_shows_progress_and_is_timed_over_fewer_runs() -> None:
    ms, progress, elapsed = timed(0.5)
    assert ms == pytest.approx(500)
    assert progress[0] == (4, speed.RUNS)
    assert len(progress) >= 3
    assert elapsed == pytest.approx(speed.LONGEST_S)


def test_a_model_slower_than_the_time_limit_is_still_timed() -> None:
    assert timed(20.0)[0] == pytest.approx(20_000)


# --- names and paths ------------------------------------------------------------------------------------------------


def test_the_default_model_comes_first() -> None:
    assert classifiers()[0] == CLASSIFIER
    assert find_model(None) == find_model(CLASSIFIER) == shipped_path(CLASSIFIER)


def test_a_name_means_only_a_shipped_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(shipped_path(CLASSIFIER).parent, tmp_path / "models")
    write_model(tmp_path, tiny_classifier(), name="mini_xception")
    (tmp_path / "tiny").mkdir()
    write_model(tmp_path, tiny_classifier())
    assert find_model("mini_xception") == shipped_path("mini_xception")
    for name in ("tiny", "mini_xception ", "..", ""):
        with pytest.raises(UsageError):
            find_model(name)


@pytest.mark.parametrize("name", ["tiny.onnx", "./tiny", "models/tiny.onnx", "/tiny", "../tiny.onnx", "tiny.ONNX"])
def test_a_name_with_a_folder_or_onnx_suffix_is_a_path(name: str) -> None:
    assert find_model(name) == Path(name)
    assert find_any(name) == ("classifier", Path(name))


@pytest.mark.parametrize("unknown", ["audience2", "\x1b[31mred"])
def test_an_unknown_name_lists_the_known_ones(unknown: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_model(unknown)
    assert all(name in str(caught.value) for name in classifiers())
    assert DETECTOR not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    with pytest.raises(UsageError, match=DETECTOR):
        find_any(unknown)


def test_a_detector_cannot_be_used_as_classifier() -> None:
    with pytest.raises(UsageError, match="blazeface_short reads no emotions"):
        find_model(DETECTOR)


def test_perception_takes_names_and_paths(full: Path) -> None:
    assert open_perception(model=CLASSIFIER).card.name == CLASSIFIER
    assert open_perception(model=str(full)).card.name == "tiny"
    assert open_perception(model=full).card.name == "tiny"


SCRIPT = examples_folder() / "waiting_for_news.yaml"


@pytest.mark.parametrize(
    "args", [("rehearse", SCRIPT, "--source", "camera"), ("rehearse", SCRIPT, "--source", sample_take()), ("demo",)]
)
def test_an_unknown_model_is_refused_before_the_take_begins(
    args: tuple[str | Path, ...], user_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach_here(*args, "--model", "nobody") == 2
    err = capfd.readouterr().err
    assert err.startswith("coach: unknown model 'nobody'; known are ")
    assert err.count("\n") == 1
    assert list(user_home.rglob("journal.jsonl")) == []


def test_the_doctor_checks_the_given_model(full: Path, tmp_path: Path) -> None:
    assert coach(tmp_path, "doctor", "--model", "nobody").returncode == 2
    good = coach(tmp_path, "doctor", "--model", full)
    assert "tiny and the face detector" in good.stdout
    full.write_bytes(b"no model")
    broken = coach(tmp_path, "doctor", "--model", full)
    assert broken.returncode == 1
    assert "changed or damaged" in broken.stdout
    assert "Install the coach again" not in broken.stdout


def test_the_demo_plays_with_another_model(full: Path, tmp_path: Path) -> None:
    result = coach(tmp_path, "demo", "--model", full, "--takes", tmp_path / "takes")
    assert result.returncode == 0, result.stderr
    header = json.loads((the_take(tmp_path / "takes") / "journal.jsonl").read_text().splitlines()[0])
    assert header["card"]["name"] == "tiny"
    assert report_in(the_take(tmp_path / "takes"))


def test_progress_is_printed_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    models._progress("slow\x1b[31m one")((4, 300))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "coach: timing slow[31m one, 4 of 300 runs\n"
