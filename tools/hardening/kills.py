"""Runs of the coach that are killed at random moments, and what must hold afterwards.

- Every row that was in a journal before the kill is in it afterwards.
- No child process lives longer than a few seconds.
- After the next start of the same command, no lock, draft or temporary file is left.
- Every take is listed, and each has a report after `coach takes recover --all`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import psutil

from coach.app.review import report_of
from coach.base.errors import TakeError
from coach.base.files import examples_folder, sample_take
from coach.takes.store import TakeStore

ORPHANS_S: Final = 5.0
"""How long children may live on after their parent was killed."""

LIMIT_S: Final = 120.0

_SCRIPT: Final = examples_folder() / "waiting_for_news.yaml"
_PARTS: Final = "parts:\n- {show: rest, from: 0, to: 3}\n" + (
    "- {show: sad, from: 3, to: 7}\n- {show: happy, from: 13, to: 18}\n"
)
_STRAY: Final = (".import-", ".tmp", ".draft", "running.lock")


class KillError(Exception):
    """Something that must hold after a kill does not."""


class Play:
    """A folder with takes, in which commands are run and killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.takes = folder / "takes"
        names = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "TMPDIR")
        self._environ = {**os.environ, **{name: str(folder / name) for name in names}, "PYTHONPATH": os.getcwd()}  # noqa: PTH109
        self._environ.pop("DISPLAY", None)
        for name in names:
            (folder / name).mkdir()
        (folder / "parts.yaml").write_text(_PARTS, encoding="utf-8")
        self.run("demo", "--fast", "--plain", "--takes", self.takes)
        self.run("takes", "export", ":1", folder / "take.zip", "--takes", self.takes)

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        """Start `coach WORDS`, without a terminal."""
        args = [sys.executable, "-m", "coach", *map(str, words)]
        null = subprocess.DEVNULL
        return subprocess.Popen(args, env=self._environ, stdin=null, stdout=null, stderr=subprocess.PIPE)

    def run(self, *words: str | Path) -> int:
        """Run `coach WORDS` to its end; return the exit code.

        Raises:
            KillError: it is a bug.
        """
        process = self.start(*words)
        _, errors = process.communicate(timeout=LIMIT_S)
        if process.returncode not in (0, 1):
            raise KillError(f"`coach {words[0]}` ended with {process.returncode}: {errors.decode()[-500:]}")
        return process.returncode

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

    def strays(self) -> list[str]:
        """Files that only a run in progress may have."""
        left = [path for path in self.folder.rglob("*") if any(mark in path.name for mark in _STRAY)]
        return sorted(str(path.relative_to(self.folder)) for path in [*left, *(self.folder / "TMPDIR").iterdir()])


def _rehearsal(_: Play, rng: Random) -> tuple[str | Path, ...]:
    watch = ("--watch",) if rng.random() < 0.5 else ()
    return "rehearse", _SCRIPT, "--source", sample_take(), "--plain", "--evidence", "--voice", "off", *watch


def _blind(_: Play, rng: Random) -> tuple[str | Path, ...]:
    return "rehearse", _SCRIPT, "--source", "none", "--lead-in", "0", "--plain", "--voice", rng.choice(("on", "off"))


def _recording(play: Play, rng: Random) -> tuple[str | Path, ...]:
    name = play.folder / f"mirror-{rng.randrange(10**6)}"
    return "mirror", "--source", sample_take(), "--plain", "--output", f"{name}.mp4", "--log", f"{name}.csv"


def _calibration(play: Play, _: Random) -> tuple[str | Path, ...]:
    return "calibrate", "anna", "--source", sample_take(), "--parts", play.folder / "parts.yaml", "--voice", "off"


def _import(play: Play, _: Random) -> tuple[str | Path, ...]:
    return "takes", "import", play.folder / "take.zip"


def _rename(_: Play, rng: Random) -> tuple[str | Path, ...]:
    return "takes", "rename", f":{rng.randint(1, 2)}", f"name {rng.randrange(1000)}"


def _rescore(_: Play, rng: Random) -> tuple[str | Path, ...]:
    return "rescore", ":1", "--strictness", rng.choice(("gentle", "standard", "strict"))


_Command = Callable[[Play, Random], tuple[str | Path, ...]]

COMMANDS: Final[dict[str, tuple[_Command, float]]] = {
    "rehearsal": (_rehearsal, 6.0),
    "blind": (_blind, 4.0),
    "recording": (_recording, 5.0),
    "calibration": (_calibration, 3.0),
    "import": (_import, 1.2),
    "rename": (_rename, 0.8),
    "rescore": (_rescore, 1.5),
}
"""How each command is called, and the longest time after which it is killed."""


def kill_runs(count: int, seed: int, keep: Path, until: float) -> int:
    """Kill `count` runs in all, those of earlier calls included; return how many left something wrong behind."""
    state_file = keep / f"kills-{seed}.json"
    state = json.loads(state_file.read_text()) if state_file.exists() else {"done": 0, "failed": 0}
    with tempfile.TemporaryDirectory() as folder:
        play = Play(Path(folder))
        while state["done"] < count and time.monotonic() < until:
            rng = Random(f"{seed}-{state['done']}")  # noqa: S311  seeded, so that it can be repeated
            name = rng.choice(sorted(COMMANDS))
            try:
                _kill_one(play, name, rng)
            except (KillError, TakeError, subprocess.TimeoutExpired) as error:
                state["failed"] += 1
                target = keep / f"kills-{seed}-{state['done']}"
                shutil.copytree(play.folder, target, dirs_exist_ok=True)
                (target / "what-happened.txt").write_text(f"{name}: {error}", encoding="utf-8")
                print(f"FAILED {target}: {name}: {error}", flush=True)
                play = _fresh(play)
            state["done"] += 1
            state[name] = state.get(name, 0) + 1
            state_file.write_text(json.dumps(state))
            if len(list(play.takes.iterdir())) > _MANY:
                play = _fresh(play)
    print(f"kills: {state['done']:,} runs killed, {state['failed']} left something wrong", flush=True)
    return int(state["failed"])


_MANY: Final = 20
"""Takes after which the folder is begun anew."""


def _fresh(play: Play) -> Play:
    shutil.rmtree(play.folder)
    play.folder.mkdir()
    return Play(play.folder)


def _kill_one(play: Play, name: str, rng: Random) -> None:
    make, longest_s = COMMANDS[name]
    words = (*make(play, rng), *(("--takes", play.takes) if name not in ("recording", "calibration") else ()))
    process = play.start(*words)
    time.sleep(rng.uniform(0.1, longest_s))
    before = play.journals()
    children = _descendants(process.pid)
    process.kill()
    process.communicate(timeout=LIMIT_S)
    _, alive = psutil.wait_procs(children, timeout=ORPHANS_S)
    if alive:
        for child in alive:
            child.kill()
        raise KillError(f"{len(alive)} children live on: {[child.name() for child in alive]}")
    _check_rows(before, play.journals())
    _check_next_start(play, words)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:  # it was faster than the kill
        return []


def _check_rows(before: dict[str, list[bytes]], after: dict[str, list[bytes]]) -> None:
    for take, rows in before.items():
        if after.get(take, [])[: len(rows)] != rows:
            raise KillError(f"rows of {take} are lost: {len(rows)} before, {len(after.get(take, []))} after")


def _check_next_start(play: Play, words: tuple[str | Path, ...]) -> None:
    play.run("takes", "recover", "--all", "--takes", play.takes)
    slow = words[0] == "rehearse"  # another kind of rehearsal clears up as well
    play.run(*(("demo", "--fast", "--plain", "--takes", play.takes) if slow else words))
    if left := play.strays():
        raise KillError(f"left after the next start: {left[:5]}")
    for take in TakeStore(play.takes).takes():
        if report_of(take).title != "Waiting for news":
            raise KillError(f"the report of {take.name} is of another take")
