"""Whether the run of a take is still going.

A file in the take's folder is held locked while the run lives. The system lets go of the lock when the process dies,
however it dies, so nothing here can go stale: no process number that is given out again, no time stamp to compare.
The lock has a file of its own, since Windows keeps others from reading a locked file and a journal may always be read.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import TakeError
from coach.base.files import PRIVATE_FILE, why

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_NAME: Final = "running.lock"

if sys.platform == "win32":
    import msvcrt

    def try_lock(handle: int) -> None:
        """Lock the open file `handle`; PermissionError where another process has."""
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def try_lock(handle: int) -> None:
        """Lock the open file `handle`; BlockingIOError where another process has."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class RunLock:
    """Says that a take is being played, from now until `release` or the death of this process."""

    def __init__(self, folder: Path) -> None:
        """Lock `folder`. On a file system without locks the take merely counts as not running.

        Raises:
            OSError: the folder cannot be written.
        """
        self._path = folder / LOCK_NAME
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        with suppress(OSError):
            try_lock(self._handle)

    def release(self) -> None:
        """The run is over. Safe to call twice."""
        if self._handle < 0:
            return
        os.close(self._handle)
        self._handle = -1
        with suppress(OSError):
            self._path.unlink()


def is_running(folder: Path) -> bool:
    """Whether a living process holds the take in `folder`."""
    return is_locked(folder / LOCK_NAME)


def is_locked(path: Path) -> bool:
    """Whether a living process holds the file at `path` locked."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        try_lock(handle)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Nobody else plays or changes the take in `folder` meanwhile.

    Raises:
        TakeError: somebody does now, or the folder cannot be written.
    """
    if is_running(folder):
        raise TakeError(f"the take {folder.name} is being played or changed now; try again when that is over")
    try:
        lock = RunLock(folder)
    except OSError as error:
        raise TakeError(f"cannot write to {folder}: {why(error)}") from error
    try:
        yield
    finally:
        lock.release()
