"""Runs the real `coach` command in a child process with folders of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coach.base.locks import FileLock
from coach.cli.main import main

LIMIT_S = 60.0


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment whose data, configuration and log folders lie under `home`."""
    folders = {"HOME": home, "XDG_DATA_HOME": home / "data", "XDG_CONFIG_HOME": home / "config"}
    folders |= {"XDG_STATE_HOME": home / "state", "XDG_CACHE_HOME": home / "cache"}
    kept = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "COLUMNS")}
    return {**kept, **{key: str(path) for key, path in folders.items()}, **more}


def command(*words: str | Path) -> list[str]:
    """The command line of `coach` with the interpreter of the tests."""
    return [sys.executable, "-m", "coach", *map(str, words)]


def coach(home: Path, *words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `coach` to its end without a terminal."""
    return subprocess.run(
        command(*words),
        env=environment(home, **more),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=LIMIT_S,
        check=False,
    )


def coach_here(*words: str | Path) -> int:
    """The exit code of `coach WORDS` in this process, for tests of a message and not of a process."""
    try:
        return main([*map(str, words)])
    except SystemExit as end:  # wrong usage
        return int(str(end.code))


@dataclass(frozen=True)
class Demo:
    """A run of `coach demo` that all tests share.

    Attributes:
        take: what was kept of it; copy it before you change it.
        stdout: what it printed.
        stderr: its messages.
    """

    take: Path
    stdout: str
    stderr: str


def play_demo_once(home: Path, *words: str) -> Demo:
    """Run `coach demo WORDS` with the folders of `home`, unless another worker of the tests has done so."""
    out, err = home / "stdout", home / "stderr"
    lock = FileLock(home.with_suffix(".lock"), timeout_s=LIMIT_S)
    try:
        if not err.exists():
            home.mkdir()
            ran = coach(home, "demo", *words)
            assert ran.returncode == 0, ran.stderr
            out.write_text(ran.stdout, encoding="utf-8")
            err.write_text(ran.stderr, encoding="utf-8")
    finally:
        lock.release()
    return Demo(the_take(takes_of(home)), out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


def takes_of(home: Path) -> Path:
    """Where the takes of a user lie whose folders lie under `home`."""
    return home / "data" / "coach" / "takes"


def copy_take(take: Path, takes: Path, name: str = "") -> Path:
    """Copy `take` into the folder `takes`, under its own name where no other is given."""
    return Path(shutil.copytree(take, takes / (name or take.name)))


def the_take(takes: Path) -> Path:
    """The only take in `takes`."""
    (take,) = [each for each in takes.iterdir() if each.is_dir()]
    return take


def report_in(take: Path) -> dict[str, Any]:
    """The report of a take as it lies on the disk."""
    report: dict[str, Any] = json.loads((take / "report.json").read_text(encoding="utf-8"))
    return report


def without_created(report: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same on every run."""
    return {key: value for key, value in report.items() if key != "created"}
