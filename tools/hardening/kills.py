"""Runs of the coach that are killed at random moments, and what must hold afterwards.

- Every row that was in a journal before the kill is in it afterwards.
- A video that was being recorded can be read to within a few seconds of the kill.
- No child process lives longer than a few seconds.
- After the next start of the same thing, no lock, draft or temporary file is left.
- Every take is listed, and each has a report after `coach takes recover --all`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

import psutil

from coach.app.review import report_of
from coach.base.errors import TakeError
from coach.takes.contents import JOURNAL_NAME
from coach.takes.journal import read_journal
from coach.takes.remains import lacks_report, remains_of
from coach.takes.store import TakeStore
from tools.hardening.inputs import BugError
from tools.hardening.play import RUNS, Play, Run

ORPHANS_S: Final = 5.0
"""How long children may live on after their parent was killed."""

LIMIT_S: Final = 120.0

_LOST_VIDEO_S: Final = 4.0
"""A kill loses two seconds of the video, and a busy machine may be two seconds late with it."""

_MANY: Final = 20
"""Takes after which the folder is begun anew."""


_PATIENCE_S: Final = 40.0
"""A run that has not used its processor time by then is killed."""


class KillError(Exception):
    """Something that must hold after a kill does not."""


class Moments:
    """Chooses when runs are killed, by the processor time that they have used, which no busy machine changes much.

    Runs that come to their end teach how much they need.
    """

    def __init__(self) -> None:
        self._needed_s = {name: needed_s for name, (_, needed_s) in RUNS.items()}

    def wait(self, name: str, run: Run, share: float) -> bool:
        """Wait until the run `name` has used about `share` of its processor time; whether it is still running."""
        process, until, used_s = psutil.Process(run.process.pid), time.monotonic() + _PATIENCE_S, 0.0
        while run.process.poll() is None:
            with suppress(psutil.Error):
                used_s = sum(process.cpu_times()[:2])
            if used_s >= share * self._needed_s[name] or time.monotonic() > until:
                self._needed_s[name] = min(self._needed_s[name] * 1.3, 4 * RUNS[name][1])
                return True
            time.sleep(0.01)
        self._needed_s[name] = used_s
        return False


def kill_runs(count: int, seed: int, keep: Path, until: float) -> int:
    """Kill `count` runs in all, those of earlier calls included; return how many left something wrong behind."""
    state_file = keep / f"kills-{seed}.json"
    state = json.loads(state_file.read_text()) if state_file.exists() else {"done": 0, "failed": 0}
    with tempfile.TemporaryDirectory() as folder:
        play, moments = Play(Path(folder)), Moments()
        while state["done"] < count and time.monotonic() < until:
            rng = Random(f"{seed}-{state['done']}")  # noqa: S311  seeded, so that it can be repeated
            name = rng.choice(sorted(RUNS))
            try:
                reached = _kill_one(play, name, moments, rng)
                state[reached] = state.get(reached, 0) + 1
            except (KillError, BugError, TakeError, OSError, AssertionError) as error:
                state["failed"] += 1
                target = keep / f"kills-{seed}-{state['done']}"
                shutil.copytree(play.folder, target, symlinks=True, dirs_exist_ok=True)
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


def _fresh(play: Play) -> Play:
    shutil.rmtree(play.folder)
    play.folder.mkdir()
    return Play(play.folder)


def _kill_one(play: Play, name: str, moments: Moments, rng: Random) -> str:
    """Kill a run and look at what it leaves; return how far it had come."""
    files = play.files()
    run = RUNS[name][0](play, rng)
    running = moments.wait(name, run, rng.uniform(0.05, 1.0) ** 0.5)  # most of a short run is its start
    before = play.journals()
    children = _descendants(run.process.pid)
    run.process.kill()
    run.process.communicate(timeout=LIMIT_S)
    _, alive = psutil.wait_procs(children, timeout=ORPHANS_S)
    if alive:
        for child in alive:
            child.kill()
        raise KillError(f"{len(alive)} children live on: {[child.name() for child in alive]}")
    reached = "ended before" if not running else "had written" if play.files() != files else "had only begun"
    _check_rows(before, play.journals())
    _check_videos(play)
    play.run("takes", "recover", "--all", "--takes", play.takes)
    run.again()
    _check_left(play)
    return reached


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:  # it was faster than the kill
        return []


def _check_rows(before: dict[str, list[bytes]], after: dict[str, list[bytes]]) -> None:
    for take, rows in before.items():
        if after.get(take, [])[: len(rows)] != rows:
            raise KillError(f"rows of {take} are lost: {len(rows)} before, {len(after.get(take, []))} after")


def _check_videos(play: Play) -> None:
    """Check the recordings of the takes that were broken off."""
    for take in filter(lacks_report, TakeStore(play.takes).takes()):
        left = remains_of(take, read_journal(take / JOURNAL_NAME))
        lost_s = (left.kept_until_s or 0.0) - (left.video_until_s or 0.0)
        if left.has_video and lost_s > _LOST_VIDEO_S:
            raise KillError(f"{lost_s:.1f} s of the video of {take.name} are lost")


def _check_left(play: Play) -> None:
    if left := play.strays():
        raise KillError(f"left after the next start: {left[:5]}")
    for take in TakeStore(play.takes).takes():
        if report_of(take).title != "Waiting for news":
            raise KillError(f"the report of {take.name} is of another take")
