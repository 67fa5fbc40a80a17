"""Looks through the takes folder: which takes it holds, newest first, and whether one has changed since it was read."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from coach.base.errors import TakeError
from coach.base.files import why
from coach.takes.journal import JOURNAL_NAME
from coach.takes.report_file import REPORT_NAME

_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_")

Marks: TypeAlias = tuple[int, int, int, int, int]
"""When the folder changed (a file came, went or was replaced), then time and size of journal and report; in ns."""


@dataclass(frozen=True, slots=True)
class SeenTake:
    """A take as it lies in the takes folder, none of its files opened.

    Attributes:
        name: of its folder.
        stamp: when it began, as in its name (``2026-11-24_13-55-02``); empty where the user named it otherwise.
        marks: another tuple whenever the take has changed.
    """

    folder: str
    name: str
    stamp: str
    marks: Marks

    @property
    def path(self) -> Path:
        """The folder of the take."""
        return Path(self.folder, self.name)

    @property
    def has_report(self) -> bool:
        """Whether there is a report of it."""
        return self.marks[3] > 0

    @property
    def journal_bytes(self) -> int:
        """How long its journal is; 0 where there is none."""
        return self.marks[2]

    @property
    def age(self) -> tuple[str, int]:
        """By the time in its name, then (the same second, or renamed by the user) by its journal's last change."""
        return self.stamp, self.marks[1]


def seen_takes(folder: Path) -> list[SeenTake]:
    """The takes in `folder`, newest first; links are no takes. None where the folder is not there yet.

    Raises:
        TakeError: it cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            found = [seen for entry in entries if (seen := _seen(str(folder), entry))]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise TakeError(f"cannot read the takes folder {folder}: {why(error)}") from error
    return sorted(found, key=lambda take: take.age, reverse=True)


def is_take(folder: Path) -> bool:
    """Whether there is a journal or a report in `folder`."""
    return _file_marks(f"{folder}/{JOURNAL_NAME}") != _NONE or _file_marks(f"{folder}/{REPORT_NAME}") != _NONE


def stamp_of(name: str) -> str:
    """When the take called `name` began, as its name says it; empty where it does not."""
    return name[:19] if _STAMP.match(name) else ""


def refuse_closed(take: Path) -> None:
    """Nothing, where the folder `take` may be looked into.

    Raises:
        TakeError: it is there, and the system lets this user not in.
    """
    if is_closed(str(take)) and take.is_dir():
        raise TakeError(f"the take {take.name} cannot be opened: permission denied; give yourself the right to {take}")


def is_closed(folder: str) -> bool:
    """Whether this user may not look into `folder`."""
    return not os.access(folder, os.R_OK | os.X_OK)


_NONE: Final = (0, 0)


def _seen(folder: str, entry: os.DirEntry[str]) -> SeenTake | None:
    if not entry.is_dir(follow_symlinks=False):
        return None
    journal = _file_marks(f"{entry.path}/{JOURNAL_NAME}")
    report = _file_marks(f"{entry.path}/{REPORT_NAME}")
    if journal == report == _NONE and not (stamp_of(entry.name) and is_closed(entry.path)):
        return None
    try:
        changed = os.stat(entry.path).st_mtime_ns  # noqa: PTH116  ten thousand Paths cost more than all else here
    except FileNotFoundError:  # erased or renamed since it was seen
        return None
    return SeenTake(folder, entry.name, stamp_of(entry.name), (changed, *journal, *report))


def _file_marks(path: str) -> tuple[int, int]:
    with suppress(OSError, ValueError):
        found = os.stat(path)  # noqa: PTH116  see above
        if stat.S_ISREG(found.st_mode):
            return max(found.st_mtime_ns, 1), found.st_size
    return _NONE
