"""Folders held while they are used, so that another run does not clear them away.

The hold is a lock of the system on a file inside, which dies with the process however it dies: nothing here can go
stale. Windows locks for one alone, but there a file that is open cannot be deleted, which says the same.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

NAME: Final = "in-use"

if sys.platform != "win32":
    import fcntl


class FolderHold:
    """A folder in use, from now until `release`; any number may hold the same one.

    Raises:
        OSError: the folder is not there, or is being cleared away.
    """

    def __init__(self, folder: Path) -> None:
        self._handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        if sys.platform != "win32":
            try:
                fcntl.flock(self._handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                self.release()
                raise
            except OSError:  # a file system without locks: nothing is cleared away there
                return

    def release(self) -> None:
        """No longer in use. Safe to call twice."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def take_away(folder: Path, new: Path) -> bool:
    """Rename `folder` to `new` so that nobody can begin to use it; False where somebody does or it is gone."""
    if sys.platform == "win32":
        with suppress(FileNotFoundError):
            try:
                (folder / NAME).unlink()
            except PermissionError:
                return False
        return _renamed(folder, new)
    try:
        handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _renamed(folder, new)
    except OSError:
        return False
    finally:
        os.close(handle)


def _renamed(folder: Path, new: Path) -> bool:
    try:
        folder.rename(new)
    except OSError:
        return False
    return True
