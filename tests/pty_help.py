"""A child process on a real terminal of its own."""

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
"""Python with its libraries takes 20 s to start on a machine whose cores are all busy."""
ROOT = Path(__file__).resolve().parent.parent

_LEAD = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class TerminalChild:
    """Runs `words` with a terminal as standard input, output and error, and as controlling terminal."""

    def __init__(self, words: list[str], environ: dict[str, str] | None = None) -> None:
        self.fd, slave = pty.openpty()
        self._text = ""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LEAD, *words],
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

    def until(self, word: str) -> str:
        """Read up to and including `word`; return the text since the last call."""
        deadline = time.monotonic() + DEADLINE_S
        while word not in self._text:
            assert time.monotonic() < deadline, f"{word!r} did not come, only {self._text!r}"
            assert self._more(), f"the child ended without {word!r}: {self._text!r}"
        end = self._text.index(word) + len(word)
        text, self._text = self._text[:end], self._text[end:]
        return text

    def holding(self, condition: Callable[[], bool]) -> None:
        """Read until `condition` holds, because the child blocks once the buffer of the terminal is full."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, f"it did not come about, only {self._text!r}"
            assert self._more(0.02), f"the child ended before: {self._text!r}"

    def insist(self, keys: str) -> None:
        """Type `keys` until the child has ended; Python loses a Ctrl-C that comes just before a prompt waits."""
        deadline = time.monotonic() + DEADLINE_S
        while self._process.poll() is None:
            assert time.monotonic() < deadline, f"the child did not end: {self._text!r}"
            self.type(keys)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)

    def rest(self) -> str:
        """Read until the child has ended; return the remaining text."""
        deadline = time.monotonic() + DEADLINE_S
        while self._more():
            assert time.monotonic() < deadline, f"the child did not end: {self._text!r}"
        return self._text

    def wait(self) -> int:
        return self._process.wait(DEADLINE_S)

    def _more(self, within_s: float = DEADLINE_S) -> bool:
        if not select.select([self.fd], [], [], within_s)[0]:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # on Linux, once every process has closed the other end
            return False
        self._text += piece.decode("utf-8", "replace")
        return bool(piece)
