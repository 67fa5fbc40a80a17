"""Helpers for tests of the voice: a stub player and a stub engine that write a log, and waits with a deadline."""

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
from coach.voice.speaker import EngineSpeaker, Timeouts, VoiceOptions

DEADLINE_S = float(os.environ.get("DL", "20"))
IMPATIENT = Timeouts(ready_s=10.0, beyond_s=0.3)


def _has_engine() -> bool:
    try:
        ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        return False
    return True


needs_espeak = pytest.mark.skipif(not _has_engine(), reason="libespeak-ng1 is not installed")
needs_aplay = pytest.mark.skipif(shutil.which("aplay") is None, reason="alsa-utils is not installed")
posix_only = pytest.mark.skipif(sys.platform != "linux", reason="stands in for the player of Linux")

PLAYER = """#!{python}
# Takes as long as the sound does; logs its start, every 2 ms that it sounds, and its end.
import os, sys, time, wave
path = sys.argv[-1]
with wave.open(path) as sound:
    seconds = sound.getnframes() / sound.getframerate()
log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def tell(what):
    os.write(log, f"{{time.monotonic()}}\\t{{os.getpid()}}\\t{{what}}\\t{{os.path.basename(path)}}\\n".encode())
tell("start")
end = time.monotonic() + seconds
while time.monotonic() < end:
    time.sleep(0.002)
    tell("sounds")
tell("end")
"""

ENGINE = """
# An engine that needs no library. A text may name a fault: hang, crash, quit, garbage, refuse, silent.
import os, signal, sys, time, wave
LOG = {log!r}
def tell(what, detail):
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(f"{{time.monotonic()}}\\t{{os.getpid()}}\\t{{what}}\\t{{detail}}\\n")
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
        self.heard, self.has = {{}}, {{}}
        print("the engine says hello on stdout")
    def connect(self, topic, callback):
        self.heard[topic] = callback
    def getProperty(self, name):
        return [Voice("x/en", "Eve", ["en"]), Voice("x/ro", "Ana", [b"\\x05ro"])] if name == "voices" else "x/en"
    def setProperty(self, name, value):
        self.has[name] = value
    def save_to_file(self, text, file):
        self.text, self.file = text, file
    def runAndWait(self):
        tell("synth", f"{{self.has.get('voice')}}|{{self.has.get('rate')}}|{{self.text}}")
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
            self.heard["error"](name=None, exception=ValueError("no such thing"))
        if fault != "silent":
            with wave.open(self.file, "wb") as sound:
                sound.setparams((1, 2, 22050, 0, "NONE", ""))
                sound.writeframes(bytes(2 * int(22050 * (60 if fault == "long" else 0.02))))
        self.heard["finished-utterance"](name=None, completed=True)
def init():
    return Engine()
"""


class Entry(NamedTuple):
    """A line of the log: time, process, action, object."""

    t: float
    pid: int
    what: str
    detail: str


class Log:
    """The log that the stub player and the stub engine write."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, what: str = "", detail: str = "") -> list[Entry]:
        """The entries so far, oldest first, optionally of one kind."""
        lines = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
        parted = [line.split("\t") for line in lines if line.count("\t") == 3]
        found = [Entry(float(t), int(pid), kind, rest) for t, pid, kind, rest in parted]
        return [e for e in found if (not what or e.what == what) and (not detail or e.detail == detail)]

    def sounding(self) -> Entry:
        """Wait until speech is playing; returns its last entry."""
        wait_for(lambda: self.entries("sounds", "speech.wav"))
        return self.entries("sounds", "speech.wav")[-1]

    def words(self) -> list[str]:
        """The texts that the stub engine rendered."""
        return [entry.detail.split("|")[2] for entry in self.entries("synth")]


def stub_player(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """Put a logging `aplay` first on PATH."""
    log = Log(folder / "log.tsv")
    (folder / "bin").mkdir()
    player = folder / "bin" / "aplay"
    player.write_text(PLAYER.format(python=sys.executable, log=str(log.path)))
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{player.parent}{os.pathsep}{os.environ['PATH']}")
    return log


def stub_engine(folder: Path, monkeypatch: pytest.MonkeyPatch, fault: str = "") -> Log:
    """Replace the real `pyttsx3` in child processes."""
    log = Log(folder / "log.tsv")
    package = folder / "stub" / "pyttsx3"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(ENGINE.format(log=str(log.path)))
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.setenv("STUB_FAULT", fault)
    return log


def temporary_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put temporary files into a separate folder with a space in its name."""
    place = folder / "temporary files"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def speaker(notices: list[str], *, timeouts: Timeouts = IMPATIENT, **options: object) -> EngineSpeaker:
    """A speaker on stubs with short time limits."""
    return EngineSpeaker(VoiceOptions(**{"rate": 400, **options}), notices.append, timeouts)  # type: ignore[arg-type]  # by name


def cue(text: str, ttl_s: float = 60.0, **more: object) -> Utterance:
    """A cue that does not expire."""
    return Utterance(text, "cue", ttl_s, **more)  # type: ignore[arg-type]  # by name


def note(text: str, ttl_s: float = 60.0, **more: object) -> Utterance:
    """A note that does not expire."""
    return Utterance(text, "note", ttl_s, **more)  # type: ignore[arg-type]  # by name


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds; fail after a generous deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def descendants(pid: int | None = None) -> list[psutil.Process]:
    """The live descendants of a process, by default of the test process."""
    return [process for process in psutil.Process(pid).children(recursive=True) if is_alive(process)]


def is_alive(process: psutil.Process) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
