"""A folder with takes in which commands of the coach are started, killed, and started again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import cv2
from starlette.testclient import TestClient

from coach.app.consent import keep_consent
from coach.base.files import examples_folder, sample_take
from coach.cli.signals import restoring_signals
from coach.studio.access import Access
from coach.studio.application import studio_application
from coach.studio.state import Studio
from tools.hardening.guard import private_home
from tools.hardening.inputs import run_command
from tools.hardening.studio_visitor import StudioVisitor, play_at_random, sample_pictures

SCRIPT: Final = examples_folder() / "waiting_for_news.yaml"

_PARTS: Final = "parts:\n- {show: rest, from: 0, to: 3}\n" + (
    "- {show: sad, from: 3, to: 7}\n- {show: happy, from: 13, to: 18}\n"
)
_SHORT: Final = "title: Waiting for news\nlines:\n- {text: They said by morning., duration_s: 0.1}\n"

_STRAY: Final = (".import-", ".tmp", ".draft", "running.lock")

WITH_CAMERA: Final = """
import sys
import coach.sources.camera.camera as camera
camera.FIRST_INDICES = (sys.argv.pop(1),)
from coach.cli.main import main
sys.exit(main())
"""
"""Runs the coach with a clip in place of the first camera."""

_FAKE_MICROPHONE: Final = Path(__file__).resolve().parent.parent.parent / "tests" / "fake_sounddevice"


@dataclass(frozen=True)
class Run:
    """What was started, and will be killed.

    Attributes:
        process: the process.
        again: starts the same thing anew, lets it do its work, and ends it.
    """

    process: subprocess.Popen[Any]
    again: Callable[[], object]


class Play:
    """A folder with two takes. This process and its children keep everything they write in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.takes = folder / "takes"
        private_home(folder)
        keep_consent()
        _write_clip(folder / "clip.mp4")
        (folder / "parts.yaml").write_text(_PARTS, encoding="utf-8")
        (folder / "short.yaml").write_text(_SHORT, encoding="utf-8")
        self.run("demo", "--fast", "--plain", "--takes", self.takes)
        self.run("takes", "export", ":1", folder / "take.zip", "--takes", self.takes)

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        """Start `coach WORDS`, without a terminal."""
        return _start(["-m", "coach", *map(str, words)])

    def start_with_camera(self, *words: str | Path) -> subprocess.Popen[bytes]:
        """Start `coach WORDS` with the sample take in place of the camera, and a microphone."""
        return _start(["-c", WITH_CAMERA, str(sample_take()), *map(str, words)], _FAKE_MICROPHONE)

    def run(self, *words: str | Path) -> int:
        """Run `coach WORDS` to its end in this process; return the exit code.

        Raises:
            BugError: it is a bug.
        """
        with restoring_signals():
            return run_command(*words)

    def journals(self) -> dict[str, list[bytes]]:
        """The complete rows of each journal, by the start of its take, which no renaming changes."""
        found = {}
        for path in self.takes.glob("*/journal.jsonl"):
            try:
                rows = path.read_bytes().splitlines(keepends=True)
            except FileNotFoundError:  # renamed meanwhile
                continue
            found[path.parent.name[:19]] = [row for row in rows if row.endswith(b"\n")]
        return found

    def files(self) -> set[tuple[str, int]]:
        """The files in the folder and their sizes, by which work is seen."""
        found = set()
        for path in self.folder.rglob("*"):
            with suppress(FileNotFoundError):  # removed meanwhile
                found.add((str(path), path.stat().st_size))
        return found

    def strays(self) -> list[str]:
        """Files that only a run in progress may have."""
        left = [path for path in self.folder.rglob("*") if any(mark in path.name for mark in _STRAY)]
        temporary = self.folder / "home" / "TMPDIR"
        return sorted(str(path.relative_to(self.folder)) for path in [*left, *temporary.iterdir()])


def _start(words: Sequence[str], *more_modules: Path) -> subprocess.Popen[bytes]:
    modules = os.pathsep.join([os.getcwd(), *map(str, more_modules)])  # noqa: PTH109
    null = subprocess.DEVNULL
    environ = {**os.environ, "PYTHONPATH": modules}
    return subprocess.Popen([sys.executable, *words], env=environ, stdin=null, stdout=null, stderr=null)


def _rehearse_again(play: Play) -> None:
    """A rehearsal of any kind clears up what one has left."""
    play.run("rehearse", play.folder / "short.yaml", "--source", "none", "--lead-in", "0", "--takes", play.takes)


def _command(play: Play, *words: str | Path) -> Run:
    return Run(play.start(*words), partial(play.run, *words))


def _write_clip(path: Path) -> None:
    """Write the first half second of the sample take."""
    film = cv2.VideoCapture(str(sample_take()))
    images = [film.read()[1] for _ in range(15)]
    film.release()
    height, width = images[0].shape[:2]
    clip = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (width, height))
    for image in images:
        clip.write(image)
    clip.release()


def _rehearsal(play: Play, rng: Random) -> Run:
    watch = ("--watch",) if rng.random() < 0.5 else ()
    words = ("rehearse", SCRIPT, "--source", sample_take(), "--plain", "--evidence", "--voice", "off", *watch)
    return Run(play.start(*words, "--takes", play.takes), partial(_rehearse_again, play))


def _blind(play: Play, rng: Random) -> Run:
    words = ("rehearse", SCRIPT, "--source", "none", "--lead-in", "0", "--plain", "--voice", rng.choice(("on", "off")))
    return Run(play.start(*words, "--takes", play.takes), partial(_rehearse_again, play))


def _recorded_rehearsal(play: Play, rng: Random) -> Run:
    more = ("--no-sound",) if rng.random() < 0.5 else ()
    words = ("rehearse", SCRIPT, "--source", "camera", "--lead-in", "0", "--plain", "--record", "--evidence", *more)
    process = play.start_with_camera(*words, "--voice", "off", "--takes", play.takes)
    return Run(process, partial(_rehearse_again, play))


def _mirror_recording(play: Play, rng: Random) -> Run:
    name = play.folder / f"mirror-{rng.randrange(10**6)}"
    outputs = ("--plain", "--output", f"{name}.mp4", "--log", f"{name}.csv")
    process = play.start("mirror", "--source", sample_take(), *outputs)
    return Run(process, partial(play.run, "mirror", "--source", play.folder / "clip.mp4", *outputs, "--force"))


def _calibration(play: Play, _: Random) -> Run:
    parts = play.folder / "parts.yaml"
    return _command(play, "calibrate", "anna", "--source", sample_take(), "--parts", parts, "--voice", "off")


def _import(play: Play, _: Random) -> Run:
    return _command(play, "takes", "import", play.folder / "take.zip", "--takes", play.takes)


def _rename(play: Play, rng: Random) -> Run:
    name = f"name {rng.randrange(1000)}"
    return _command(play, "takes", "rename", f":{rng.randint(1, 2)}", name, "--takes", play.takes)


def _rescore(play: Play, rng: Random) -> Run:
    strictness = rng.choice(("gentle", "standard", "strict"))
    return _command(play, "rescore", ":1", "--strictness", strictness, "--takes", play.takes)


def _studio(play: Play, rng: Random) -> Run:
    again = _studio_again if rng.random() < _SHARE_REAL else _studio_here
    visitor = StudioVisitor(play.takes)
    threading.Thread(target=play_at_random, args=(visitor, rng, sample_pictures()), daemon=True).start()
    return Run(visitor.process, partial(again, play))


_SHARE_REAL: Final = 0.25
"""Share of killed studios after which another process is started; the others go on in this one, which is cheaper."""


def _studio_again(play: Play) -> None:
    visitor = StudioVisitor(play.takes)
    try:
        visitor.enter()
        visitor.get("/takes")
    finally:
        code = visitor.stop()
    assert code == 0, f"the studio ended with {code}"


def _studio_here(play: Play) -> None:
    studio = Studio(Access(7526), play.takes, lambda _: None, lambda: None)
    with TestClient(studio_application(studio), studio.access.address) as client:
        client.cookies.set(studio.access.cookie_name, studio.access.session)
        answer = client.get("/takes")
    assert answer.status_code == 200, answer.text


RUNS: Final[dict[str, tuple[Callable[[Play, Random], Run], float]]] = {
    "rehearsal": (_rehearsal, 2.5),
    "blind": (_blind, 1.5),
    "recorded rehearsal": (_recorded_rehearsal, 3.0),
    "mirror": (_mirror_recording, 3.0),
    "calibration": (_calibration, 2.5),
    "import": (_import, 0.8),
    "rename": (_rename, 0.8),
    "rescore": (_rescore, 1.0),
    "studio": (_studio, 4.0),
}
"""How each kind of run is started, and about how many seconds of a processor it needs, or is left to work."""
