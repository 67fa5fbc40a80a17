"""Locks of takes: whether a take is being played, and who may change its files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from coach.base.errors import TakeError
from coach.base.files import error_reason
from coach.base.locks import FileLock, is_locked

LOCK_NAME: Final = "running.lock"

PATIENCE_S: Final = 10.0
"""Longest wait for a change by another process; one takes milliseconds."""

_GLANCE_S: Final = 0.2
"""Longest wait for `is_running` in another process, which holds the lock for an instant."""


def lock_take(folder: Path) -> FileLock:
    """Mark the take in `folder` as being played until the lock is released or this process dies.

    Raises:
        OSError: the folder cannot be written, or another process plays or changes the take.
    """
    return FileLock(folder / LOCK_NAME, patience_s=_GLANCE_S)


def is_running(folder: Path) -> bool:
    """Whether a living process plays or changes the take in `folder`."""
    return is_locked(folder / LOCK_NAME)


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Keep other processes from playing or changing the take in `folder`.

    Raises:
        TakeError: one does so now, or the folder cannot be written.
    """
    busy = f"the take {folder.name} is being played or changed now; try again when that is over"
    with _locked(folder / LOCK_NAME, _GLANCE_S, busy):
        yield


@contextmanager
def in_turn(path: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Cross-process lock for read-modify-write; `path` is the lock file.

    Raises:
        TakeError: other processes have held it for `patience_s`, or the file cannot be written.
    """
    with _locked(path, patience_s, f"another coach is at work in {path.parent}; try again when it is done"):
        yield


@contextmanager
def _locked(path: Path, patience_s: float, busy: str) -> Iterator[None]:
    try:
        lock = FileLock(path, patience_s=patience_s)
    except BlockingIOError:
        raise TakeError(busy) from None
    except OSError as error:
        raise TakeError(f"cannot write to {path.parent}: {error_reason(error)}") from error
    try:
        yield
    finally:
        lock.release()
