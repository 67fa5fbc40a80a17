"""Lets processes change a file one after the other, so that none writes over what another has just written."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from coach.base.errors import TakeError
from coach.base.files import PRIVATE_FILE, why
from coach.takes.lock import try_lock

PATIENCE_S: Final = 10.0
"""So long a change waits for others, which take milliseconds each."""

_LOOK_AGAIN_S: Final = 0.02


@contextmanager
def in_turn(path: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Wait until this process alone holds the lock file at `path`; the file goes afterwards.

    The system lets go of it when a process dies. On a file system without locks nobody waits.

    Raises:
        TakeError: others have held it for `patience_s`, or the file cannot be written.
    """
    try:
        handle = _waited_for(path, patience_s)
    except OSError as error:
        raise TakeError(f"cannot write to {path.parent}: {why(error)}") from error
    try:
        yield
    finally:
        _give_back(handle, path)


def _waited_for(path: Path, patience_s: float) -> int:
    for _ in range(round(patience_s / _LOOK_AGAIN_S)):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        if _taken(handle, path):
            return handle
        os.close(handle)
        time.sleep(_LOOK_AGAIN_S)
    raise TakeError(f"another coach is at work in {path.parent}; try again when it is done")


def _taken(handle: int, path: Path) -> bool:
    """Whether the lock is held now and is still that of `path`: whoever held it before has deleted the file."""
    try:
        try_lock(handle)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False


def _give_back(handle: int, path: Path) -> None:
    """Delete the file while it is held; Windows deletes no open file, and afterwards none that another has opened."""
    if sys.platform == "win32":
        os.close(handle)
    with suppress(OSError):
        path.unlink()
    if sys.platform != "win32":
        os.close(handle)
