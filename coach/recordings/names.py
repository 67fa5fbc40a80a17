"""Names of output files: by time, and without overwriting."""

from __future__ import annotations

import itertools
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from coach.base.errors import OutputError
from coach.base.files import error_reason
from coach.base.text import clean_name

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made")

MOST: Final = 10_000
"""Most numbered names that are tried."""


class AlreadyThereError(OutputError):
    """A file of that name exists."""


def claim(path: Path, *, force: bool = False) -> Path:
    """Create the empty file `path` exclusively, so that only one of several runs gets it; returns its absolute path.

    Args:
        path: of the file; its folder must exist.
        force: remove a file or link of that name first; a link's target stays.

    Raises:
        AlreadyThereError: `path` exists, and no `force`.
        OutputError: the folder is missing or not writable.
    """
    path = path.expanduser().absolute()
    try:
        if force and (path.is_symlink() or path.is_file()):
            path.unlink()
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except FileExistsError:
        if path.is_dir() or (force and path.exists()):
            raise OutputError(f"{shown(path)}: not a file; choose another name") from None
        raise AlreadyThereError(f"{shown(path)}: is already there; choose another name, or --force") from None
    except FileNotFoundError:
        raise OutputError(f"{shown(path)}: {no_place_in(path.parent)}") from None
    except (OSError, ValueError) as error:
        raise OutputError(f"{shown(path)}: cannot be written: {error_reason(error)}") from None
    return path


def by_time(make: Callable[[Path], Made], folder: Path, suffix: str, *, when: datetime | None = None) -> Made:
    """Call `make` with the first free name such as ``folder/mirror-2026-11-24_20-15-03.mp4``; returns its result.

    Args:
        make: such as `Recording`; it must `claim` the path.
        folder: must exist.
        suffix: with its dot.
        when: the time in the name; now if None.

    Raises:
        OutputError: `folder` is not writable.
    """
    stem = f"mirror-{when or datetime.now().astimezone():%Y-%m-%d_%H-%M-%S}"
    for number in itertools.count(1):
        with suppress(AlreadyThereError):
            return make(folder / (f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}"))
        if number == MOST:
            break
    raise OutputError(f"{shown(folder)}: no name is left in it")


def refuse_taken(path: Path, *, force: bool = False) -> Path:
    """Check that `path` can be created later, and return its absolute path; no file is left there.

    Raises:
        AlreadyThereError: `path` exists, and no `force`.
        OutputError: the folder is missing or not writable.
    """
    path = path.expanduser().absolute()
    if not (force and path.is_file()):
        let_go(claim(path, force=force))
    return path


def claim_near(path: Path) -> Path:
    """`claim` `path`, or if another run was faster the first free ``NAME_2``, ``NAME_3`` beside it.

    Raises:
        OutputError: the folder is not writable.
    """
    for number in range(1, MOST):
        with suppress(AlreadyThereError):
            return claim(path if number == 1 else path.with_name(f"{path.stem}_{number}{path.suffix}"))
    raise OutputError(f"{shown(path)}: no name is left beside it")


def let_go(path: Path) -> None:
    """Remove the claimed file at `path` if it is still empty."""
    with suppress(OSError):
        if path.stat().st_size == 0:
            path.unlink()


def shown(path: Path) -> str:
    """`path` safe to show."""
    return clean_name(str(path), 300)


def no_place_in(folder: Path) -> str:
    """Explain why no file can be created in `folder`."""
    if folder.is_dir():
        return f"{shown(folder)} is no folder for files; name another"
    return f"there is no folder {shown(folder)}; create it first"
