"""Erases takes: every file of the coach, and no other file.

The journal goes last, so that a take whose erasing was interrupted is still listed and can be erased again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coach.base.files import error_reason, open_regular
from coach.base.messages import tr
from coach.base.text import join_with_and
from coach.takes.catalogue import is_take, newest_first, unreadable_folder
from coach.takes.contents import EVIDENCE_NAME, JOURNAL_NAME, REPORT_NAME, TakeFile, own_files
from coach.takes.naming import stamp_of

_STORE_FILE: Final = re.compile(r"coach-[a-z-]{1,40}\.json|\.coach-[a-z.-]{1,40}\.[0-9a-f]{12}\.tmp")
"""Files of the takes folder itself: version, catalogue, and drafts."""

_MARKS: Final = {JOURNAL_NAME: b'"journal_version"', REPORT_NAME: b'"schema_version"'}
"""Text near the beginning of each file, so that another program's file of that name does not make its folder a take."""

_BEGINNING: Final = 200
"""Bytes searched for that text."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The amount of data of some takes.

    Attributes:
        takes, files: their numbers.
        size: in bytes.
        videos, pictures: numbers of videos and face pictures among the files.
        notes: number of takes with the user's own notes.
    """

    takes: int
    files: int
    size: int
    videos: int
    pictures: int
    notes: int


@dataclass(frozen=True, slots=True)
class NotErased:
    """What was not erased.

    Attributes:
        failed: for each folder and reason of the system, a text that names the files that could not be erased.
        foreign: foreign files, which are never touched.
        takes: the takes of which something could not be erased.
    """

    failed: tuple[str, ...] = ()
    foreign: tuple[Path, ...] = ()
    takes: tuple[Path, ...] = ()

    def __add__(self, other: NotErased) -> NotErased:
        return NotErased(self.failed + other.failed, self.foreign + other.foreign, self.takes + other.takes)


def erasable(folder: Path) -> list[Path]:
    """Every folder of the coach in the takes folder, newest first.

    That includes runs killed before they had a journal, because they have a script already.

    Raises:
        TakeError: the takes folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            folders = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable_folder(folder, error) from error
    return newest_first(filter(is_ours, folders))


def is_ours(folder: Path) -> bool:
    """Whether `folder` was made by the coach, by its name or by the beginning of its journal or report."""
    if not stamp_of(folder.name):
        return any(_begins(folder / name, mark) for name, mark in _MARKS.items())
    try:
        return is_take(folder) or all(_is_own(folder, path.name) for path in folder.iterdir())
    except OSError:  # no permission; erasing it will report that
        return True


def inventory_of(takes: Sequence[Path]) -> Inventory:
    """The amount of data that erasing `takes` would erase, as far as it is readable."""
    files: list[TakeFile] = []
    for take in takes:
        with suppress(OSError):
            files += own_files(take)
    names = [file.name for file in files]
    pictures = sum(name.startswith(f"{EVIDENCE_NAME}/") for name in names)
    size = sum(file.size for file in files)
    return Inventory(len(takes), len(files), size, names.count("video.mp4"), pictures, names.count("notes.json"))


def erase_take(take: Path) -> NotErased:
    """Erase the take in folder `take`, and the folder unless it has other files."""
    try:
        failed = _unlink(take, [file.path for file in sorted(own_files(take), key=_order)])
    except OSError as error:
        return NotErased((f"{take} ({error_reason(error)})",), takes=(take,))
    with suppress(OSError):
        (take / EVIDENCE_NAME).rmdir()
    with suppress(OSError):
        take.rmdir()
    return NotErased(failed, takes=(take,)) if failed else NotErased(foreign=tuple(_remaining(take)))


def erase_store_files(folder: Path) -> NotErased:
    """Erase the coach's files in the takes folder itself: version, catalogue, drafts."""
    return NotErased(_unlink(folder, store_files(folder)))


def store_files(folder: Path) -> list[Path]:
    """The coach's files in the takes folder itself."""
    with suppress(OSError), os.scandir(folder) as entries:
        files = [entry for entry in entries if entry.is_file(follow_symlinks=False)]
        return sorted(Path(entry.path) for entry in files if _STORE_FILE.fullmatch(entry.name))
    return []


def _order(file: TakeFile) -> tuple[int, str]:
    """Sort key: by name, then the report, and the journal last."""
    return (REPORT_NAME, JOURNAL_NAME).index(file.name) + 1 if file.name in _MARKS else 0, file.name


def _unlink(folder: Path, paths: Iterable[Path]) -> tuple[str, ...]:
    """Erase `paths`, which are in `folder`. Returns, for each reason of the system, which of them are left."""
    left: dict[str, list[str]] = {}
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            left.setdefault(error_reason(error), []).append(path.relative_to(folder).as_posix())
    return tuple(
        tr("{files} in {folder} ({reason})", files=join_with_and(names), folder=folder, reason=reason)
        for reason, names in left.items()
    )


def _remaining(take: Path) -> Iterator[Path]:
    with suppress(OSError), os.scandir(take) as entries:
        yield from sorted(Path(entry.path) for entry in entries)


def _is_own(folder: Path, name: str) -> bool:
    return name == EVIDENCE_NAME or any(file.name == name for file in own_files(folder))


def _begins(path: Path, mark: bytes) -> bool:
    with suppress(OSError), open_regular(path) as file:
        return mark in file.read(_BEGINNING)
    return False
