"""Reserves names of output files without overwriting, and makes names from the time."""

from __future__ import annotations

import itertools
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from coach.base.errors import OutputError
from coach.base.files import PRIVATE_FILE_MODE, error_reason
from coach.base.messages import tr
from coach.base.text import clean_name

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MAX_NUMBER: Final = 10_000
"""Numbered names are tried up to this number."""


class AlreadyThereError(OutputError):
    """A file of that name exists."""


def claim(path: Path, *, force: bool = False) -> Path:
    """Create the empty file `path` exclusively, so that only one of several runs gets it; returns its absolute path.

    Only its user may read it, because it will show faces, or tell of them.

    Args:
        path: path of the file; its folder must exist.
        force: first remove a file or link of that name; a link's target stays.

    Raises:
        AlreadyThereError: `path` exists, and `force` is not set.
        OutputError: the folder is missing or not writable.
    """
    path = path.expanduser().absolute()
    try:
        if force and (path.is_symlink() or path.is_file()):
            path.unlink()
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE))
    except FileExistsError:
        if path.is_dir() or (force and path.exists()):
            raise OutputError(tr("{path}: not a file; choose another name", path=display_name(path))) from None
        raise AlreadyThereError(
            tr("{path}: is already there; choose another name, or --force", path=display_name(path))
        ) from None
    except FileNotFoundError:
        raise OutputError(f"{display_name(path)}: {folder_problem(path.parent)}") from None
    except (OSError, ValueError) as error:
        raise OutputError(
            tr("{path}: cannot be written: {reason}", path=display_name(path), reason=error_reason(error))
        ) from None
    return path


def by_time(create: Callable[[Path], T], folder: Path, suffix: str, *, when: datetime | None = None) -> T:
    """Call `create` with the first free name such as ``folder/mirror-2026-11-24_20-15-03.mp4``; returns its result.

    Args:
        create: a function or class such as `Recording`, which must `claim` the path.
        folder: existing folder.
        suffix: suffix with its dot.
        when: time in the name; None is now.

    Raises:
        OutputError: `folder` is not writable.
    """
    stem = f"mirror-{when or datetime.now().astimezone():%Y-%m-%d_%H-%M-%S}"
    for number in itertools.count(1):
        with suppress(AlreadyThereError):
            return create(folder / (f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}"))
        if number == MAX_NUMBER:
            break
    raise OutputError(tr("{folder}: no name is left in it", folder=display_name(folder)))


def refuse_taken(path: Path, *, force: bool = False) -> Path:
    """Check that `path` can be created later, without leaving a file there; returns its absolute path.

    Raises:
        AlreadyThereError: `path` exists, and `force` is not set.
        OutputError: the folder is missing or not writable.
    """
    path = path.expanduser().absolute()
    if not (force and path.is_file()):
        release(claim(path, force=force))
    return path


def claim_near(path: Path) -> Path:
    """`claim` `path`, or the first free ``NAME_2``, ``NAME_3`` beside it if another run was faster.

    Raises:
        OutputError: the folder is not writable.
    """
    for number in range(1, MAX_NUMBER):
        with suppress(AlreadyThereError):
            return claim(path if number == 1 else path.with_name(f"{path.stem}_{number}{path.suffix}"))
    raise OutputError(tr("{path}: no name is left beside it", path=display_name(path)))


def release(path: Path) -> None:
    """Remove the claimed file at `path` if it is still empty."""
    with suppress(OSError):
        if path.stat().st_size == 0:
            path.unlink()


def display_name(path: Path) -> str:
    """`path` without control characters, shortened for a message."""
    return clean_name(str(path), 300)


def folder_problem(folder: Path) -> str:
    """Why no file can be created in `folder`, as a phrase."""
    if folder.is_dir():
        return tr("{folder} is not a folder for files; name another", folder=display_name(folder))
    return tr("there is no folder {folder}; create it first", folder=display_name(folder))
