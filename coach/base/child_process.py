"""Child processes: their launcher (`python -m module` with pipes, in a process group of its own) and messages."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

_log = logging.getLogger(__name__)

_ROOT: Final = Path(__file__).resolve().parents[2]
"""The folder that contains the package."""

CHILD_ENVIRONMENT: Final = {
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",  # Linux: without it a read waits ten seconds for a silent camera
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",  # Windows: with them a camera takes up to 30 s to open
}
"""Environment of every child."""

if sys.platform == "win32":
    _FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
else:
    _FLAGS = 0


def start_child(
    module: str,
    *args: str,
    cwd: Path = _ROOT,
    variables: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `python -m module args` with pipes for stdin and stdout; its stderr is discarded.

    The child gets a session (Windows: a process group) of its own, so Ctrl-C reaches only the parent, which decides.
    It is started afresh, not forked: a fork of a process with threads and native libraries hangs.

    Args:
        module: full name of the module to run.
        args: command-line arguments of the module.
        cwd: working directory. Never the user's folder by default: `-m` imports modules from there first.
        variables: environment variables to add.
        pass_fds: file descriptors that the child inherits, under the same numbers; must be empty on Windows.

    Raises:
        OSError: no process can be started.
    """
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, **CHILD_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(paths), **(variables or {})}
    process = subprocess.Popen(
        [sys.executable, "-m", module, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        env=environment,
        pass_fds=pass_fds,
        start_new_session=sys.platform != "win32",
        creationflags=_FLAGS,
    )
    _log.debug("started %s as process %d", module, process.pid)
    return process


def end_input(process: subprocess.Popen[bytes]) -> None:
    """Ask the child to exit by closing its stdin. Safe to call twice."""
    if process.stdin is not None:
        with suppress(OSError):  # it exited first
            process.stdin.close()


def end_child(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Wait `timeout_s` for the child to exit, then kill it and its descendants. Its stdout stays open for its reader.

    A child stuck in the kernel (an unplugged USB cable) cannot be killed and is left behind after one second.
    """
    for limit_s in (timeout_s, 1.0):
        try:
            process.wait(limit_s)
            return
        except subprocess.TimeoutExpired:
            _log.info("process %d did not exit within %.1f s and is killed", process.pid, limit_s)
            kill_tree(process)


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a child of `start_child` and its descendants without waiting for them to exit."""
    if process.returncode is not None:  # reaped: its id may belong to another process by now
        return
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses for a group of dead processes
            os.killpg(process.pid, signal.SIGKILL)
        return
    import psutil

    with suppress(psutil.Error):
        parent = psutil.Process(process.pid)
        for member in [*parent.children(recursive=True), parent]:
            with suppress(psutil.NoSuchProcess):
                member.kill()


class MessagesOut:
    """In a child: its messages to the parent, lines of JSON on stdout.

    Whatever libraries print goes to stderr, so that it does not mix with the messages.
    """

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def send(self, message: Mapping[str, object]) -> bool:
        """Send one message; returns False if the parent is gone."""
        try:
            self._out.write(json.dumps(message) + "\n")
            self._out.flush()
        except OSError:
            return False
        return True


def end_own_tree() -> NoReturn:
    """In a child: kill this process and its descendants, such as a player."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
