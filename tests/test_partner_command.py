"""`coach rehearse` with a scene partner: who moves the scene on, and what the options do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli_help import coach, coach_here, command, environment, the_take
from pty_help import TerminalChild
from voice_help import Log, linux_only, needs_espeak, stub_player

from coach.testing.speech import SilentEngine
from coach.voice.engines import Speech
from coach.voice.own_recordings import OwnRecordings

SCENE = """\
title: Home
role: ANNA
lines:
  - {role: BEN, text: Up.}
  - {role: ANNA, text: I waited., duration_s: 0.3}
  - {role: BEN, text: I see.}
  - {role: ANNA, text: Go away., duration_s: 0.3}
"""


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "home.yaml"
    path.write_text(SCENE, encoding="utf-8")
    return path


def rows(take: Path, name: str) -> list[str]:
    return [row for row in (take / "journal.jsonl").read_text("utf-8").splitlines() if f'"row":"{name}"' in row]


@needs_espeak
@linux_only
def test_on_a_terminal_the_partner_speaks_to_the_end_and_the_actor_goes_on_with_a_key(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: Log = stub_player(tmp_path, monkeypatch)
    own = OwnRecordings(tmp_path / "data" / "coach" / "partner")
    SilentEngine().render(Speech("one", "a", 600), tmp_path / "own.wav")
    own.keep("BEN", "I see.", (tmp_path / "own.wav").read_bytes())
    options = (
        "--source",
        "none",
        "--lead-in",
        "0",
        "--takes",
        tmp_path / "takes",
        "--voice",
        "off",
        "--partner",
        "voice",
    )
    with TerminalChild(command("rehearse", scene, *options), environment(tmp_path, PATH=os.environ["PATH"])) as child:
        child.read_until("BEN: Up.")
        child.read_until("space: go on")
        child.read_until("next line")
        child.type(" ")
        child.read_until("the end")
        child.type(" ")
        child.read_to_end()
        assert child.wait() == 0
    spoken, recorded = log.entries("end")
    assert recorded.detail == own.all_files()[0].name != spoken.detail
    take = the_take(tmp_path / "takes")
    assert [('"answered"' in row, '"next"' in row) for row in rows(take, "command_taken")] == [
        (True, False),
        (False, True),
    ] * 2


def test_without_a_terminal_lines_have_their_time(scene: Path, tmp_path: Path) -> None:
    options = ("--source", "none", "--lead-in", "0", "--takes", tmp_path / "takes", "--partner", "text", "--lines", "2")
    result = coach(tmp_path, "rehearse", scene, *options, "--voice", "off")
    assert result.returncode == 0
    assert "BEN: I see." in result.stdout
    assert "go on" not in result.stdout
    assert not rows(the_take(tmp_path / "takes"), "command_taken")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--partner-speed", "3"), "expected a number from 0.5 to 2, found '3'"),
        (("--partner-delay", "nan"), "expected seconds from 0 to 10, found 'nan'"),
        (("--partner", "loud"), "invalid choice: 'loud'"),
        (("--source", "take.mp4", "--partner", "voice"), "--partner needs a live run"),
        (("--source", "take.mp4", "--partner-delay", "2"), "--partner-delay needs a live run"),
    ],
)
def test_wrong_options_are_named(
    scene: Path, options: tuple[str, ...], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert coach_here("rehearse", scene, *options) == 2
    assert message in capfd.readouterr().err


def test_a_model_that_is_not_there_is_refused_before_the_take(
    scene: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ("--source", "none", "--takes", tmp_path / "takes", "--partner-model", tmp_path / "gone.onnx")
    assert coach_here("rehearse", scene, *options) == 1
    assert "gone.onnx.json: no such file" in capfd.readouterr().err
    assert not list((tmp_path / "takes").glob("2*"))
