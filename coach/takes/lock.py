"""Locks of takes: they mark a take that is being played, and serialise changes of its files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from coach.base.errors import TakeError
from coach.base.files import error_reason
from coach.base.locks import FileLock, is_locked
from coach.base.messages import tr

LOCK_NAME: Final = "running.lock"

LOCK_TIMEOUT_S: Final = 10.0
"""Longest wait for a change by another process, which takes milliseconds."""

_CHECK_TIMEOUT_S: Final = 0.2
"""Longest wait for `is_running` in another process, which holds the lock for an instant."""


def lock_take(folder: Path) -> FileLock:
    """Mark the take in `folder` as being played until the lock is released or this process dies.

    Raises:
        OSError: the folder cannot be written, or another process plays or changes the take.
    """
    return FileLock(folder / LOCK_NAME, timeout_s=_CHECK_TIMEOUT_S)


def is_running(folder: Path) -> bool:
    """Whether a living process plays or changes the take in `folder`."""
    return is_locked(folder / LOCK_NAME)


@contextmanager
def hold_take(folder: Path) -> Iterator[None]:
    """Keep other processes from playing or changing the take in `folder`.

    Raises:
        TakeError: another process plays or changes the take, or the folder cannot be written.
    """
    busy = tr("the take {take} is being played or changed now; try again when that is over", take=folder.name)
    with _hold(folder / LOCK_NAME, _CHECK_TIMEOUT_S, busy):
        yield


@contextmanager
def hold_lock(path: Path, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
    """Cross-process lock for read-modify-write; `path` is the lock file.

    Raises:
        TakeError: other processes have held the lock for `timeout_s`, or the file cannot be written.
    """
    with _hold(
        path, timeout_s, tr("another coach is at work in {folder}; try again when it is done", folder=path.parent)
    ):
        yield


@contextmanager
def _hold(path: Path, timeout_s: float, busy: str) -> Iterator[None]:
    try:
        lock = FileLock(path, timeout_s=timeout_s)
    except BlockingIOError:
        raise TakeError(busy) from None
    except OSError as error:
        raise TakeError(
            tr("cannot write to {folder}: {reason}", folder=path.parent, reason=error_reason(error))
        ) from error
    try:
        yield
    finally:
        lock.release()
