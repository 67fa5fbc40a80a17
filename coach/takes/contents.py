"""The files of a take, and its lock, which marks a take that is played and serialises changes of its files.

Other files in the folder of a take do not belong to the coach.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coach.base.errors import TakeError
from coach.base.files import error_reason
from coach.base.locks import FileLock, is_locked
from coach.base.messages import tr

REPORT_NAME: Final = "report.json"

VERSION_NAME: Final = "coach-store.json"

NOTES_NAME: Final = "notes.json"

WORDS_NAME: Final = "words.json"
"""What was heard of each line, in words; only with `--words`."""

SCRIPT_NAME: Final = "script.json"

VIDEO_NAME: Final = "video.mp4"

JOURNAL_NAME: Final = "journal.jsonl"

EVIDENCE_NAME: Final = "evidence"
"""The folder of a take's face pictures."""

LOCK_NAME: Final = "running.lock"

LOCK_TIMEOUT_S: Final = 10.0
"""Longest wait for a change by another process, which takes milliseconds."""

_CHECK_TIMEOUT_S: Final = 0.2
"""Longest wait for `is_running` in another process, which holds the lock for an instant."""

RECENT_TAKES: Final = 100
"""Number of earlier takes that are searched for notes; older notes are ignored."""

_KEPT: Final = re.compile(
    r"(?:journal|signal-[0-9]{1,6})\.jsonl"
    r"|(?:script|settings|model|notes|words|(?:report|rescored)(?:-[A-Za-z0-9_-]{1,80})?)\.json"
)
_RECORDED: Final = re.compile(r"video\.mp4|evidence/[A-Za-z0-9_-]{1,80}\.(?:jpg|png|json)")
_TEMPORARY: Final = re.compile(r"(?:running|notes)\.lock|probe|(?:evidence/)?\.[^/]{1,80}\.[0-9a-f]{12}\.tmp")


@dataclass(frozen=True, slots=True)
class TakeFile:
    """A regular file in the folder of a take.

    Attributes:
        name: relative to the take, with ``/``: ``evidence/line-3-best.jpg``.
        path: path of the file.
        size: size in bytes.
    """

    name: str
    path: Path
    size: int

    @property
    def recorded(self) -> bool:
        """Whether the file shows the actor's face: the video and the evidence."""
        return bool(_RECORDED.fullmatch(self.name))


def is_kept(name: str) -> bool:
    """Whether `name`, relative to the folder of a take and with ``/``, is a file of a take."""
    return bool(_KEPT.fullmatch(name) or _RECORDED.fullmatch(name))


def is_temporary(name: str) -> bool:
    """Whether `name` is a lock or draft, which only a killed run leaves behind."""
    return bool(_TEMPORARY.fullmatch(name))


def kept_files(take: Path) -> list[TakeFile]:
    """The files of the take in folder `take`, by name."""
    return [file for file in _files(take) if is_kept(file.name)]


def own_files(take: Path) -> list[TakeFile]:
    """All files of the coach in folder `take`, by name: files of the take, and temporary files of killed runs."""
    return [file for file in _files(take) if is_kept(file.name) or is_temporary(file.name)]


def _files(take: Path) -> list[TakeFile]:
    """Regular files in `take` and its evidence folder. Links are never followed."""
    files = [*_in_folder(take, ""), *_in_folder(take / EVIDENCE_NAME, f"{EVIDENCE_NAME}/")]
    return sorted(files, key=lambda file: file.name)


def _in_folder(folder: Path, prefix: str) -> Iterator[TakeFile]:
    if folder.is_symlink():
        return
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                size = entry.stat(follow_symlinks=False).st_size
                yield TakeFile(prefix + entry.name, Path(entry.path), size)


def takes_with_notes(takes: Iterable[Path]) -> list[Path]:
    """The `takes` on which the actor has made notes, as far as this user has permission to read them."""
    return [take for take in takes if os.path.exists(take / NOTES_NAME)]  # noqa: PTH110  that of Path raises here


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
