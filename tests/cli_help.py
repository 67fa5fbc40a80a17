"""Helpers that run the `coach` command: in a child process with separate user folders, or in this process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from coach.base.locks import FileLock
from coach.cli.main import main
from coach.cli.signals import restoring_signals

LIMIT_S = 60.0


def environment(home: Path, **extra: str) -> dict[str, str]:
    """Environment variables for a user with the home folder `home` and no display."""
    folders = {"HOME": home, "XDG_DATA_HOME": home / "data", "XDG_CONFIG_HOME": home / "config"}
    folders |= {"XDG_STATE_HOME": home / "state", "XDG_CACHE_HOME": home / "cache"}
    inherited = {
        key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "COLUMNS")
    }
    return {**inherited, **{key: str(path) for key, path in folders.items()}, **extra}


def live_in(home: Path, patch: pytest.MonkeyPatch, **variables: str) -> None:
    """Let this process have the user folders of `home`, its current folder there, no display, and `variables`."""
    wanted = environment(home, **variables)
    for name in os.environ.keys() - wanted.keys():
        patch.delenv(name)
    for name, value in wanted.items():
        patch.setenv(name, value)
    patch.chdir(home)


def command(*args: str | Path) -> list[str]:
    """The command line of `coach` with the interpreter of the tests."""
    return [sys.executable, "-m", "coach", *map(str, args)]


def coach_child(home: Path, *args: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `coach` to its end in a child process without a terminal."""
    return subprocess.run(
        command(*args),
        env=environment(home, **variables),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=LIMIT_S,
        check=False,
    )


def coach(home: Path, *args: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `coach` to its end like `coach_child`, but in this process, which saves half a second of start-up.

    Here `variables` cannot be those that Python itself reads when it starts.
    """
    with pytest.MonkeyPatch.context() as patch:
        live_in(home, patch, **variables)
        return coach_captured(*args)


def coach_captured(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `coach ARGS` in this process, without a terminal; returns its output and exit code."""
    with ExitStack() as stack:
        stdin = stack.enter_context(Path(os.devnull).open(encoding="utf-8"))
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(sys, "stdin", stdin)
        out, err = (stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(2))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        code = coach_here(*args)
        return subprocess.CompletedProcess(command(*args), code, _text_of(out), _text_of(err))


def _text_of(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def coach_here(*args: str | Path) -> int:
    """Run `coach ARGS` in this process, which is faster; return the exit code.

    Commands leave Ctrl-C ignored, and later child processes would inherit that, so its handlers are restored.
    """
    try:
        with restoring_signals():
            return main([*map(str, args)])
    except SystemExit as end:  # wrong usage
        return int(str(end.code))


@dataclass(frozen=True)
class Demo:
    """A run of `coach demo` that all tests share.

    Attributes:
        take: folder of the take; copy it before you change it.
        stdout: standard output.
        stderr: standard error.
    """

    take: Path
    stdout: str
    stderr: str


def play_demo_once(home: Path, *args: str) -> Demo:
    """Run `coach demo ARGS` with the folders of `home`, unless another pytest worker has done so."""
    out, err = home / "stdout", home / "stderr"
    lock = FileLock(home.with_suffix(".lock"), timeout_s=LIMIT_S)
    try:
        if not err.exists():
            home.mkdir()
            result = coach_child(home, "demo", *args)
            assert result.returncode == 0, result.stderr
            out.write_text(result.stdout, encoding="utf-8")
            err.write_text(result.stderr, encoding="utf-8")
    finally:
        lock.release()
    return Demo(the_take(takes_of(home)), out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


def takes_of(home: Path) -> Path:
    """The takes folder of a user with the home folder `home`."""
    return home / "data" / "coach" / "takes"


def copy_take(take: Path, takes: Path, name: str = "") -> Path:
    """Copy `take` into the folder `takes`, by default under the same name."""
    return Path(shutil.copytree(take, takes / (name or take.name)))


def the_take(takes: Path) -> Path:
    """The only take in `takes`."""
    (take,) = [path for path in takes.iterdir() if path.is_dir()]
    return take


def report_in(take: Path) -> dict[str, Any]:
    """The parsed `report.json` of a take."""
    report: dict[str, Any] = json.loads((take / "report.json").read_text(encoding="utf-8"))
    return report


def without_created(report: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a report that must be the same in every run."""
    return {key: value for key, value in report.items() if key != "created"}


def quick_script(folder: Path, seconds: float = 60, **fields: object) -> Path:
    script = {"title": "Quick", "lines": [{"text": "Wait.", "emotion": "sad", "duration_s": seconds, **fields}]}
    path = folder / "quick.json"
    path.write_text(json.dumps(script), encoding="utf-8")
    return path
