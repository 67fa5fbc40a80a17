"""A child process in its own pseudo-terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

DEADLINE_S = 60.0
"""Generous, because Python with its libraries takes 20 s to start on a busy machine."""
ROOT = Path(__file__).resolve().parent.parent

_LEAD = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class TerminalChild:
    """A process that runs `args` with a pseudo-terminal as standard streams and controlling terminal."""

    def __init__(self, args: list[str], environ: dict[str, str] | None = None) -> None:
        self.fd, slave = pty.openpty()
        self._text = ""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LEAD, *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **(environ or {})},
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> TerminalChild:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self.fd)

    def type(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def read_until(self, text: str) -> str:
        """Read up to and including `text`; return the output since the last call."""
        deadline = time.monotonic() + DEADLINE_S
        while text not in self._text:
            assert time.monotonic() < deadline, f"{text!r} was not printed in time: {self._text!r}"
            assert self._read(), f"the child ended without printing {text!r}: {self._text!r}"
        end = self._text.index(text) + len(text)
        output, self._text = self._text[:end], self._text[end:]
        return output

    def read_while_waiting_for(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; reads the output, because the child blocks if the terminal's buffer is full."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, f"the condition did not hold in time: {self._text!r}"
            assert self._read(0.02), f"the child ended before the condition held: {self._text!r}"

    def type_until_end(self, keys: str) -> None:
        """Type `keys` until the child has ended; Python loses a Ctrl-C that comes just before a prompt waits."""
        deadline = time.monotonic() + DEADLINE_S
        while self._process.poll() is None:
            assert time.monotonic() < deadline, f"the child did not end: {self._text!r}"
            self.type(keys)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)

    def read_to_end(self) -> str:
        """Read until the child has ended; return the output since the last call."""
        deadline = time.monotonic() + DEADLINE_S
        while self._read():
            assert time.monotonic() < deadline, f"the child did not end: {self._text!r}"
        return self._text

    def wait(self) -> int:
        return self._process.wait(DEADLINE_S)

    def _read(self, timeout_s: float = DEADLINE_S) -> bool:
        """Read what is available within `timeout_s`; return False once the child has closed the terminal."""
        if not select.select([self.fd], [], [], timeout_s)[0]:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # on Linux, once every process has closed the other end
            return False
        self._text += piece.decode("utf-8", "replace")
        return bool(piece)
