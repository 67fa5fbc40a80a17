"""How child processes of this package are started: by module, quietly, out of reach of the terminal's Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the package, so that the child finds it wherever it runs."""

QUIET = {
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",  # Linux: else a read waits ten seconds for a camera that is silent
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",  # Windows: with them a camera takes up to 30 s to open
}


def start_child(
    module: str, *words: str, pass_fds: Sequence[int] = (), variables: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Run ``python -m module words`` with pipes for its input and output and its errors unheard.

    `variables` are added to its environment.

    It runs in a session (Windows: a process group) of its own, so that Ctrl-C reaches only the parent, which decides.
    Started afresh and not forked: a fork of a process with threads and native libraries hangs.
    """
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, **QUIET, "PYTHONPATH": os.pathsep.join(paths), **(variables or {})}
    command = [sys.executable, "-m", module, *words]
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment, creationflags=flags,
        )  # fmt: skip
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment, pass_fds=pass_fds, start_new_session=True,
    )  # fmt: skip


def end_input(process: subprocess.Popen[bytes]) -> None:
    """Close the child's input, which asks it to go. Safe to call twice."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # it went first
            process.stdin.close()


def end_child(process: subprocess.Popen[bytes], patience_s: float) -> None:
    """Wait `patience_s` for the child to go, then kill it. Its output is closed by whoever reads it.

    One that is stuck inside the kernel (a torn USB line) cannot be killed and is left behind after a second.
    """
    for patience in (patience_s, 1.0):
        try:
            process.wait(patience)
            return
        except subprocess.TimeoutExpired:
            process.kill()


def kill_family(process: subprocess.Popen[bytes]) -> None:
    """Kill the child and whatever it started, at once."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        for member in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
    process.kill()
