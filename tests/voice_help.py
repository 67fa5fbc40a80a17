"""Helpers for tests of the voice: a stub player and a stub speech engine that write a log."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from coach.base.protocols import Utterance
from coach.voice.job_runner import Timeouts, VoiceOptions
from coach.voice.speaker import EngineSpeaker

DEADLINE_S = 20.0
SHORT_TIMEOUTS = Timeouts(ready_s=10.0, grace_s=0.3)


def _has_engine() -> bool:
    try:
        ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        return False
    return True


HAS_ENGINE = _has_engine()
needs_espeak = pytest.mark.skipif(not HAS_ENGINE, reason="libespeak-ng1 is not installed")
needs_aplay = pytest.mark.skipif(shutil.which("aplay") is None, reason="alsa-utils is not installed")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the stub replaces aplay")

PLAYER = """#!{python}
# A player that makes no sound but takes as long; it logs the start, an entry every 2 ms, and the end.
import os, sys, time, wave
path = sys.argv[-1]
with wave.open(path) as sound:
    seconds = sound.getnframes() / sound.getframerate()
log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def write_entry(action):
    os.write(log, f"{{time.monotonic()}}\\t{{os.getpid()}}\\t{{action}}\\t{{os.path.basename(path)}}\\n".encode())
write_entry("start")
end = time.monotonic() + seconds
while time.monotonic() < end:
    time.sleep(0.002)
    write_entry("sounds")
write_entry("end")
"""

ENGINE = """
# A stand-in for pyttsx3 that needs no library.
# The first word of a text may select a fault: hang, crash, quit, garbage, refuse, silent, or long (60 s of sound).
import os, signal, sys, time, wave
LOG = {log!r}
def write_entry(action, detail):
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(f"{{time.monotonic()}}\\t{{os.getpid()}}\\t{{action}}\\t{{detail}}\\n")
class Voice:
    def __init__(self, id, name, languages):
        self.id, self.name, self.languages = id, name, languages
class Engine:
    driver_name, proxy = "espeak", None
    def __init__(self):
        if os.environ.get("STUB_FAULT") == "missing":
            raise RuntimeError("you probably do not have eSpeak")
        while os.environ.get("STUB_FAULT") == "hang":
            time.sleep(1)
        self.callbacks, self.properties = {{}}, {{}}
        print("the engine says hello on stdout")
    def connect(self, topic, callback):
        self.callbacks[topic] = callback
    def getProperty(self, name):
        return [Voice("x/en", "Eve", ["en"]), Voice("x/ro", "Ana", [b"\\x05ro"])] if name == "voices" else "x/en"
    def setProperty(self, name, value):
        self.properties[name] = value
    def save_to_file(self, text, file):
        self.text, self.file = text, file
    def runAndWait(self):
        write_entry("synth", f"{{self.properties.get('voice')}}|{{self.properties.get('rate')}}|{{self.text}}")
        fault = self.text.split()[0]
        while fault == "hang":
            time.sleep(1)
        if fault == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if fault == "quit":
            os._exit(0)
        if fault == "garbage":
            for fd in range(3, 20):
                try:
                    os.write(fd, b"\\xff\\x00not json\\n")
                except OSError:
                    pass
            time.sleep(60)
        if fault == "refuse":
            self.callbacks["error"](name=None, exception=ValueError("no such thing"))
        if fault != "silent":
            with wave.open(self.file, "wb") as sound:
                sound.setparams((1, 2, 22050, 0, "NONE", ""))
                sound.writeframes(bytes(2 * int(22050 * (60 if fault == "long" else 0.02))))
        self.callbacks["finished-utterance"](name=None, completed=True)
def init():
    return Engine()
"""


class Entry(NamedTuple):
    """A line of the log.

    Attributes:
        t: time of the monotonic clock in seconds.
        pid: process that wrote the line.
        action: "start", "sounds" or "end" of the player, "synth" of the engine.
        detail: file name that is played, or voice, rate and text that are rendered, separated by "|".
    """

    t: float
    pid: int
    action: str
    detail: str


class Log:
    """The log that the stub player and the stub engine write."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, action: str = "", detail: str = "") -> list[Entry]:
        """The entries so far, oldest first, optionally only those with this action and detail."""
        lines = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
        rows = [line.split("\t") for line in lines if line.count("\t") == 3]
        entries = [Entry(float(t), int(pid), name, text) for t, pid, name, text in rows]
        return [e for e in entries if (not action or e.action == action) and (not detail or e.detail == detail)]

    def wait_until_playing(self) -> Entry:
        """Wait until speech is playing; return the last entry of its player."""
        wait_for(lambda: self.entries("sounds", "speech.wav"))
        return self.entries("sounds", "speech.wav")[-1]

    def synthesised_texts(self) -> list[str]:
        """The texts that the stub engine rendered, in order."""
        return [entry.detail.split("|")[2] for entry in self.entries("synth")]


def stub_player(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """Put the stub player first on PATH as `aplay`; return the log."""
    log = Log(folder / "log.tsv")
    (folder / "bin").mkdir()
    player = folder / "bin" / "aplay"
    player.write_text(PLAYER.format(python=sys.executable, log=str(log.path)))
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{player.parent}{os.pathsep}{os.environ['PATH']}")
    return log


def stub_engine(folder: Path, monkeypatch: pytest.MonkeyPatch, fault: str = "") -> Log:
    """Replace `pyttsx3` in child processes by the stub engine; return the log.

    With the fault "missing" the engine cannot be opened, with "hang" opening it never ends.
    """
    log = Log(folder / "log.tsv")
    package = folder / "stub" / "pyttsx3"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(ENGINE.format(log=str(log.path)))
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.setenv("STUB_FAULT", fault)
    return log


def temporary_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use a new folder for temporary files, with a space in its name; return it."""
    temporary = folder / "temporary files"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    return temporary


def speaker(notices: list[str], *, timeouts: Timeouts = SHORT_TIMEOUTS, **options: object) -> EngineSpeaker:
    """A speaker that appends its notices to `notices`; `options` are fields of `VoiceOptions`."""
    return EngineSpeaker(VoiceOptions(**{"rate": 400, **options}), notices.append, timeouts)  # type: ignore[arg-type]  # by name


def cue(text: str, ttl_s: float = 60.0, **fields: object) -> Utterance:
    """A cue that by default outlives the test."""
    return Utterance(text, "cue", ttl_s, **fields)  # type: ignore[arg-type]  # by name


def note(text: str, ttl_s: float = 60.0, **fields: object) -> Utterance:
    """A note that by default outlives the test."""
    return Utterance(text, "note", ttl_s, **fields)  # type: ignore[arg-type]  # by name


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds; fail after `DEADLINE_S`."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"the condition did not hold within {DEADLINE_S} s"
        time.sleep(0.005)


def descendants(pid: int | None = None) -> list[psutil.Process]:
    """The running descendants of a process, by default of the test process."""
    return [process for process in psutil.Process(pid).children(recursive=True) if is_alive(process)]


def is_alive(process: psutil.Process) -> bool:
    """Whether the process is running and not a zombie."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
