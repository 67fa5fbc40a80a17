"""File locks: which processes are excluded, which wait, and what remains when a holder dies."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from coach.base import locks
from coach.base.locks import FileLock, is_locked, try_exclusive, try_lock

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="a shared lock is an open file there")

HOLDING = """
import sys
from pathlib import Path
from coach.base.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.lock"


@pytest.mark.row(33)
def test_an_exclusive_lock_excludes_others_and_leaves_no_file(path: Path) -> None:
    lock = FileLock(path)
    assert is_locked(path)
    with pytest.raises(BlockingIOError):
        FileLock(path)
    lock.release()
    lock.release()
    assert not is_locked(path)
    assert not path.exists()


def test_a_waiting_process_locks_the_current_file_and_not_a_deleted_one(path: Path) -> None:
    """The holder deletes the file on release, so a lock on the file opened before would exclude nobody."""
    first = FileLock(path)
    threading.Timer(0.1, first.release).start()
    second = FileLock(path, timeout_s=20.0)
    assert is_locked(path)
    second.release()


def test_a_lock_is_released_when_its_process_dies(path: Path) -> None:
    command = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        assert is_locked(path)
        holder.kill()
    assert path.exists()
    assert not is_locked(path)
    FileLock(path).release()


def test_a_shared_lock_can_be_held_twice_and_keeps_its_file(path: Path) -> None:
    lock_1, lock_2 = FileLock(path, shared=True), FileLock(path, shared=True)
    lock_1.release()
    with try_exclusive(path) as free:
        assert not free
    lock_2.release()
    assert path.exists()
    with try_exclusive(path) as free:
        assert free


@unix_only
def test_no_shared_lock_can_be_taken_during_an_exclusive_one(path: Path) -> None:
    with try_exclusive(path) as free:
        assert free
        with pytest.raises(BlockingIOError):
            FileLock(path, shared=True)


@unix_only
def test_two_processes_that_test_a_lock_at_once_do_not_block_each_other(path: Path) -> None:
    path.touch()
    with path.open("rb+") as asking:
        assert try_lock(asking.fileno(), shared=True)  # as `is_locked` does
        assert not is_locked(path)


@unix_only
def test_testing_a_lock_does_not_prevent_a_waiting_process_from_taking_it(path: Path) -> None:
    asking = os.open(path, os.O_RDWR | os.O_CREAT)
    assert try_lock(asking, shared=True)
    threading.Timer(0.1, os.close, [asking]).start()
    lock = FileLock(path, timeout_s=20.0)
    assert is_locked(path)
    lock.release()


def test_a_file_system_without_locks_never_blocks_anyone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(locks, "_lock", refuse)
    lock_1, lock_2 = FileLock(path), FileLock(path, shared=True)
    assert not is_locked(path)
    with try_exclusive(path) as free:
        assert not free or sys.platform == "win32"
    lock_1.release()
    lock_2.release()


def test_a_missing_file_is_not_locked(tmp_path: Path) -> None:
    assert not is_locked(tmp_path / "none" / "a.lock")
    with try_exclusive(tmp_path / "none" / "a.lock") as free:
        assert not free or sys.platform == "win32"
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "none" / "a.lock")
