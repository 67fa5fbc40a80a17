"""The voice child: its protocol, its isolation, and when it exits."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from voice_help import (
    DEADLINE_S,
    Log,
    descendants,
    is_alive,
    linux_only,
    needs_espeak,
    stub_engine,
    stub_player,
    wait_for,
)

from coach.voice.process import ChildFailed, Interrupted, VoiceChild

pytestmark = linux_only

ROOT = Path(__file__).parents[1]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    stub_player(tmp_path, monkeypatch)
    return stub_engine(tmp_path, monkeypatch)


@pytest.fixture
def child(log: Log, tmp_path: Path) -> Iterator[VoiceChild]:
    child = VoiceChild(tmp_path)
    yield child
    child.close()
    assert descendants() == []


def say(text: str, folder: Path) -> dict[str, Any]:
    file = str(folder / "speech.wav")
    return {"do": "say", "text": text, "tone": None, "file": file, "voice": None, "rate": None, "limit_s": 5.0}


def test_engine_output_does_not_reach_the_protocol(child: VoiceChild, log: Log, tmp_path: Path) -> None:
    child.wait_ready()
    child.send(say("hello", tmp_path))
    assert child.answer(DEADLINE_S) == {"done": True}
    assert log.synthesised_texts() == ["hello"]


@pytest.mark.row(19)
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("crash", "ended by itself"),
        ("quit", "ended by itself"),
        ("garbage", "an invalid answer"),
        ("refuse", "no such thing"),
        ("silent", "wrote no sound"),
    ],
)
def test_every_fault_is_reported_with_its_reason(child: VoiceChild, tmp_path: Path, text: str, reason: str) -> None:
    child.wait_ready()
    child.send(say(text, tmp_path))
    with pytest.raises(ChildFailed, match=reason):
        child.answer(DEADLINE_S)


@pytest.mark.row(19)
def test_a_child_that_hangs_fails_at_the_time_limit(child: VoiceChild, tmp_path: Path) -> None:
    child.wait_ready()
    child.send(say("hang", tmp_path))
    with pytest.raises(ChildFailed, match="in time"):
        child.answer(0.2)


def test_an_invalid_request_is_refused(child: VoiceChild) -> None:
    child.wait_ready()
    child.send({"do": "dance"})
    with pytest.raises(ChildFailed, match="dance"):
        child.answer(DEADLINE_S)


def test_a_wait_for_an_answer_can_be_interrupted_from_another_thread(child: VoiceChild, tmp_path: Path) -> None:
    child.wait_ready()
    child.send(say("hang", tmp_path))
    threading.Thread(target=child.interrupt).start()
    with pytest.raises(Interrupted):
        child.answer(DEADLINE_S)


def test_a_spare_process_idle_for_longer_than_the_limit_is_still_ready(child: VoiceChild, tmp_path: Path) -> None:
    def is_ready() -> bool:
        try:
            child.wait_ready(limit_s=0.0)  # long past, as for a spare process that waits through a long scene
        except ChildFailed:
            return False
        return True

    wait_for(is_ready)
    child.send(say("hello", tmp_path))
    assert child.answer(DEADLINE_S) == {"done": True}


def test_closing_kills_the_player_too(log: Log, tmp_path: Path) -> None:
    child = VoiceChild(tmp_path)
    child.wait_ready()
    child.send(say("long words", tmp_path))
    player = psutil.Process(log.wait_until_playing().pid)
    child.close()
    wait_for(lambda: not is_alive(player))
    assert descendants() == []


def test_a_child_can_be_closed_at_any_moment_of_its_start(log: Log, tmp_path: Path) -> None:
    for _ in range(5):
        VoiceChild(tmp_path).close()
    assert descendants() == []


def test_no_file_descriptors_leak(log: Log, tmp_path: Path) -> None:
    VoiceChild(tmp_path).close()
    before = psutil.Process().num_fds()
    for _ in range(5):
        child = VoiceChild(tmp_path)
        child.wait_ready()
        child.close()
    assert psutil.Process().num_fds() == before


def test_a_process_that_cannot_be_started_raises_child_failed(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="no process"):
        VoiceChild(tmp_path / "no such folder")


def test_modules_in_the_users_folder_are_not_imported(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "wave", "queue", "coach"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sounds").mkdir()
    child = VoiceChild(tmp_path / "sounds")
    child.wait_ready()
    child.close()


class BareChild:
    """A child that is started directly and used through its pipes."""

    def __init__(self) -> None:
        path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "coach.voice.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )
        self.lines: queue.Queue[bytes] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line)

    def receive(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.lines.get(timeout=DEADLINE_S))
        return answer

    def send(self, request: dict[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def close_stdin(self) -> None:
        """Close stdin of the child, as happens when the coach is killed."""
        assert self.process.stdin
        self.process.stdin.close()


@pytest.fixture
def bare_child(log: Log) -> Iterator[BareChild]:
    bare_child = BareChild()
    yield bare_child
    bare_child.process.kill()
    bare_child.process.wait()
    bare_child.reader.join()
    for pipe in (bare_child.process.stdin, bare_child.process.stdout):
        assert pipe
        pipe.close()


def test_the_child_reports_ready_answers_once_and_exits(bare_child: BareChild) -> None:
    assert bare_child.receive() == {"ready": True}
    bare_child.send({"do": "voices"})
    answer = bare_child.receive()
    assert [(v["id"], v["languages"]) for v in answer["voices"]] == [("x/en", ["en"]), ("x/ro", ["ro"])]
    assert bare_child.process.wait(DEADLINE_S) == 0


def test_the_child_ignores_ctrl_c(bare_child: BareChild) -> None:
    bare_child.receive()
    bare_child.process.send_signal(signal.SIGINT)
    bare_child.send({"do": "voices"})
    assert "voices" in bare_child.receive()


def test_the_child_ends_with_the_coach_while_idle(bare_child: BareChild) -> None:
    bare_child.receive()
    bare_child.close_stdin()
    assert bare_child.process.wait(DEADLINE_S) != 0


@pytest.mark.parametrize("text", ["hang", "long words"])
def test_the_child_and_its_player_end_with_the_coach_while_speaking(
    bare_child: BareChild, log: Log, tmp_path: Path, text: str
) -> None:
    bare_child.receive()
    bare_child.send(say(text, tmp_path))
    wait_for(lambda: log.entries("synth"))
    if text != "hang":
        log.wait_until_playing()
    family = descendants()
    bare_child.close_stdin()
    bare_child.process.wait(DEADLINE_S)
    wait_for(lambda: not any(map(is_alive, family)))


@needs_espeak
def test_the_real_engine_is_ready_and_speaks_a_text_at_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_player(tmp_path, monkeypatch)
    child = VoiceChild(tmp_path)
    child.wait_ready()
    child.send({**say("alive " * 33, tmp_path), "do": "render"})
    assert child.answer(DEADLINE_S) == {"done": True}
    child.close()
    assert (tmp_path / "speech.wav").stat().st_size > 100_000
