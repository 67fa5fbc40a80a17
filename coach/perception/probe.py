"""A first try of a foreign model in a child process, so that one which crashes, hangs or eats memory costs nothing.

The child (this module run with ``-m``) reads the model from its standard input, answers one line, and ends.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from coach.errors import ModelError
from coach.text import clean

LIMIT_S: Final = 10.0
"""Longest a model may take to load and answer; the shipped one takes 0.02 s, starting Python about 0.5 s."""

MEMORY_BYTES: Final = 3 * 2**30
"""Most address space of the child: Python, numpy and ONNX Runtime map about 1 GB, nearly all of it untouched."""

_FAILED: Final = 3


def try_in_child(data: bytes, shape: tuple[int, ...], name: str, limit_s: float = LIMIT_S) -> None:
    """Load and run the model in `data` on two pictures of `shape` in a child process.

    The child's memory is limited where the system can (not on Windows), its time everywhere.

    Raises:
        ModelError: it crashed, took too long or too much memory, or could not be run; names the model `name`.
    """
    command = [sys.executable, "-m", "coach.perception.probe", *map(str, shape)]
    home = Path(__file__).resolve().parents[2]  # -m looks there first, never in the folder the user happens to be in
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=limit_s, cwd=home, check=False)
    except subprocess.TimeoutExpired:
        raise ModelError(f"{name} was refused: loading and running it once took longer than {limit_s:g} s.") from None
    if done.returncode == 0:
        return
    said = clean(done.stdout.decode("utf-8", "replace"), 200)
    why = said if done.returncode == _FAILED else f"the trial process ended with code {done.returncode}"
    raise ModelError(f"{name} was refused: {why}.")


def _child(shape: tuple[int, ...]) -> int:
    _limit_memory()
    data = sys.stdin.buffer.read()
    try:
        _run_once(data, shape)
    except Exception as error:  # whatever it is, it is the answer
        sys.stdout.write((str(error) or type(error).__name__).splitlines()[0])
        return _FAILED
    return 0


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):  # a system that has the call and not the limit
        return


def _run_once(data: bytes, shape: tuple[int, ...]) -> None:
    import numpy as np

    from coach.perception.session import open_session

    session = open_session(data, "it")
    picture = np.zeros((2, *shape), np.float32)
    session.run(None, {each.name: picture for each in session.get_inputs()})


if __name__ == "__main__":
    raise SystemExit(_child(tuple(map(int, sys.argv[1:]))))
