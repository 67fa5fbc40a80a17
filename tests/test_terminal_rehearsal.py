"""A rehearsal on a real terminal: the question about the camera, the keys, and the state of the terminal afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_help import command, environment, report_in, the_take
from pty_help import TerminalChild

SHOW_CURSOR = "\x1b[?25h"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    lines = [{"text": f"This is line {word}.", "emotion": "sad", "duration_s": 30} for word in ("one", "two", "three")]
    path = tmp_path / "script.json"
    path.write_text(json.dumps({"title": "Keys", "lines": lines}), encoding="utf-8")
    return path


def terminal(tmp_path: Path, *args: str | Path) -> TerminalChild:
    options = ["--takes", tmp_path / "takes", "--voice", "off"]
    return TerminalChild(command("rehearse", *args, *options), environment(tmp_path))


def test_every_key_does_what_it_says(script: Path, tmp_path: Path) -> None:
    with terminal(tmp_path, script, "--source", "none", "--lead-in", "0", "--advance", "key") as child:
        child.read_until("line one")
        child.type(" ")
        child.read_until("line 2 of 3")
        child.type("r")
        child.read_until("attempt 2")
        child.type("b")
        child.read_until("line 1 of 3")
        child.type("p")
        child.read_until("PAUSED")
        child.type("p\r")
        child.read_until("line 2 of 3")
        child.type("q")
        output = child.read_to_end()
        assert child.wait() == 0
    assert SHOW_CURSOR in output
    assert "Saved in" in output
    report = report_in(the_take(tmp_path / "takes"))
    assert report["ended"] == "quit"
    assert [line["attempts"] for line in report["lines"]] == [2, 3, 0]


@pytest.mark.row(22)
@pytest.mark.parametrize("key", ["\x03", "\x1c"], ids=["Ctrl-C", "Ctrl-backslash"])
def test_ctrl_c_and_ctrl_backslash_save_the_take_and_give_the_terminal_back(
    key: str, script: Path, tmp_path: Path
) -> None:
    with terminal(tmp_path, script, "--source", "none", "--lead-in", "0") as child:
        child.read_until("line one")
        child.type(key)
        output = child.read_to_end()
        assert child.wait() == 130
    assert SHOW_CURSOR in output
    assert "Saved in" in output


@pytest.mark.parametrize(("answer", "is_remembered"), [("y", True), ("n", False), ("maybe", False)])
def test_the_camera_is_asked_for_once(answer: str, is_remembered: bool, script: Path, tmp_path: Path) -> None:
    """No camera is needed: the test checks the question and the stored answer."""
    with terminal(tmp_path, script, "--source", "camera:9") as child:
        question = child.read_until("[y/N]")
        child.type(answer + "\r")
        output = child.read_to_end()
        assert child.wait() == 1
    for text in ("use your camera", "What is kept", "Delete it", str(tmp_path / "takes")):
        assert text in question
    assert ("The camera stays off" in output) is not is_remembered
    assert (tmp_path / "config" / "coach" / "consent.json").exists() is is_remembered
    with terminal(tmp_path, script, "--source", "camera:9") as child:
        again = child.read_until("camera")
        if is_remembered:
            again += child.read_to_end()
            assert "[y/N]" not in again
