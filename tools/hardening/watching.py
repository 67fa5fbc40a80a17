"""A worker process that is asked one thing at a time, and ended where it does not answer."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

_START_S: Final = 120.0
"""Longest start: the worker makes its good inputs."""


class Watched:
    """A worker that runs `args` in `folder`; one that hangs or crashes is replaced before the next question.

    Attributes:
        hang: the outcome of a case that does not end within `limit_s`.
    """

    def __init__(self, args: list[str], folder: Path, limit_s: float) -> None:
        self._args = args
        self._folder = folder
        self._limit_s = limit_s
        self.hang = f"no end within {limit_s:g} s"
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def ask(self, number: int) -> str:
        """Return the outcome of case `number`; a hang and a crash are outcomes too."""
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(f"{number}\n")
            process.stdin.flush()
            answer = self._lines.get(timeout=self._limit_s)
        except OSError:
            answer = ""
        except queue.Empty:
            self.close()
            return self.hang
        if answer:
            return str(json.loads(answer))
        code = process.wait()
        self.close()
        return f"the interpreter ended with {code}"

    def close(self) -> None:
        """End the worker, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            assert process.stdin is not None
            with suppress(OSError):  # what was not read by a worker that crashed
                process.stdin.close()

    def _start(self) -> subprocess.Popen[str]:
        log = (self._folder / "worker.log").open("a", encoding="utf-8")
        with log:
            process = subprocess.Popen(
                self._args, cwd=self._folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self._lines = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(process, self._lines), daemon=True).start()
        if self._lines.get(timeout=_START_S) != "ready\n":
            text = (self._folder / "worker.log").read_text(encoding="utf-8")
            raise RuntimeError(f"the worker does not start: {text[-2000:]}")
        self._process = process
        return process


def _listen(process: subprocess.Popen[str], lines: queue.SimpleQueue[str]) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            lines.put(line)
    lines.put("")
