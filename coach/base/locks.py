"""File locks between processes. The system releases a lock when its process dies, so none can go stale.

A lock has a file of its own, because other processes cannot read a locked file on Windows. Exclusive locks are
`flock` on Linux and macOS and `msvcrt.locking` on Windows. Shared locks are `flock`; Windows has none without a further
library, but refuses to delete an open file. So a shared lock there is an open file, and `try_exclusive` tries to delete
it.

portalocker 4.4 was tried and is not used: its shared locks raise ImportError on Windows unless pywin32 is installed,
its exclusive locks are the same two calls, and importing it takes 40 ms.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from coach.base.files import PRIVATE_FILE_MODE

_RETRY_S: Final = 0.02

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int, *, shared: bool) -> None:
        if not shared:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int, *, shared: bool) -> None:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def try_lock(handle: int, *, shared: bool = False) -> bool:
    """Lock the open file `handle` without waiting; False if another process has locked it. Closing the file unlocks it.

    Raises:
        OSError: the file system has no locks.
    """
    try:
        _lock(handle, shared=shared)
    except (BlockingIOError, PermissionError):
        return False
    return True


class FileLock:
    """A lock on the file at `path`, held from construction until `release` or the end of this process.

    On a file system without locks every process gets the lock.

    Args:
        path: the lock file, created if missing; an exclusive lock deletes it on release.
        shared: any number of processes may hold it at once; `try_exclusive` checks whether one does.
        timeout_s: maximum wait for other processes, in seconds.

    Raises:
        BlockingIOError: another process still holds the lock.
        OSError: the lock file cannot be opened.
    """

    def __init__(self, path: Path, *, shared: bool = False, timeout_s: float = 0.0) -> None:
        self._path = path
        self._shared = shared
        self._handle = self._acquire(time.monotonic() + timeout_s)

    def release(self) -> None:
        """Release the lock. Safe to call twice."""
        handle, self._handle = self._handle, -1
        if handle < 0:
            return
        if sys.platform == "win32":  # an open file cannot be deleted there
            os.close(handle)
        if not self._shared:
            with suppress(OSError):
                self._path.unlink()
        if sys.platform != "win32":  # only now: once closed, another process could lock the file
            os.close(handle)

    def _acquire(self, deadline: float) -> int:
        while True:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE_MODE)
            if self._try_lock(handle):
                return handle
            os.close(handle)
            if time.monotonic() >= deadline:
                raise BlockingIOError(errno.EAGAIN, "locked by another process", str(self._path))
            time.sleep(_RETRY_S)

    def _try_lock(self, handle: int) -> bool:
        """Lock `handle`; False if it is taken, or if its last holder has deleted the file meanwhile."""
        try:
            if not try_lock(handle, shared=self._shared):
                return False
        except OSError:  # the file system has no locks
            return True
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(handle), self._path.stat())
        return False


def is_locked(path: Path) -> bool:
    """Whether a living process has locked the file at `path` exclusively."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        # Shared, so that two checks do not collide; on Windows a shared lock would check nothing.
        return not try_lock(handle, shared=sys.platform != "win32")
    except OSError:
        return False
    finally:
        os.close(handle)


@contextmanager
def try_exclusive(path: Path) -> Iterator[bool]:
    """Yield whether no process holds a shared lock on `path`. Except on Windows, none can get one within the block.

    On Windows a process can, by creating the file again; a caller that renames the folder of `path` then gets an error.
    On a file system without locks it always yields False.
    """
    if sys.platform == "win32":
        yield _try_delete(path)
        return
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE_MODE)
    except OSError:
        yield False
        return
    try:
        yield _try_lock_exclusively(handle)
    finally:
        os.close(handle)


def _try_delete(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except PermissionError:  # another process has it open
        return False
    return True


def _try_lock_exclusively(handle: int) -> bool:
    with suppress(OSError):
        return try_lock(handle)
    return False
