"""Names of files that are written: by the time of day, never over what is there."""

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
"""Names of one second that are tried."""


class AlreadyThereError(OutputError):
    """A file of that name exists."""


def claim(path: Path, *, force: bool = False) -> Path:
    """Create the empty file `path`, which only one of several runs can do, and give its absolute path.

    Args:
        path: where; its folder must exist.
        force: a file or link of that name is removed first; a link's target stays.

    Raises:
        AlreadyThereError: there is something of that name, and no `force`.
        OutputError: the folder is missing or may not be written to.
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
    """What `make` makes of the first free name such as ``folder/mirror-2026-11-24_20-15-03.mp4``.

    Args:
        make: such as `Recording`; it claims the path it is given.
        folder: must exist.
        suffix: with its dot.
        when: the time in the name; None for now.

    Raises:
        OutputError: nothing can be written in `folder`.
    """
    stem = f"mirror-{when or datetime.now().astimezone():%Y-%m-%d_%H-%M-%S}"
    for number in itertools.count(1):
        with suppress(AlreadyThereError):
            return make(folder / (f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}"))
        if number == MOST:
            break
    raise OutputError(f"{shown(folder)}: no name is left in it")


def refuse_taken(path: Path, *, force: bool = False) -> Path:
    """The absolute path of a file that is written later; nothing of that name stays behind until then.

    Raises:
        AlreadyThereError: there is something of that name, and no `force`.
        OutputError: the folder is missing or may not be written to.
    """
    path = path.expanduser().absolute()
    if not (force and path.is_file()):
        let_go(claim(path, force=force))
    return path


def claim_near(path: Path) -> Path:
    """`claim` of `path`, or where another run was quicker, of the first free ``NAME_2``, ``NAME_3`` beside it.

    Raises:
        OutputError: nothing can be written there.
    """
    for number in range(1, MOST):
        with suppress(AlreadyThereError):
            return claim(path if number == 1 else path.with_name(f"{path.stem}_{number}{path.suffix}"))
    raise OutputError(f"{shown(path)}: no name is left beside it")


def let_go(path: Path) -> None:
    """Remove the file that was claimed and never written to."""
    with suppress(OSError):
        if path.stat().st_size == 0:
            path.unlink()


def shown(path: Path) -> str:
    """`path` safe to show."""
    return clean_name(str(path), 300)


def no_place_in(folder: Path) -> str:
    """Why the system says that there is no such place for a new file."""
    if folder.is_dir():
        return f"{shown(folder)} is no folder for files; name another"
    return f"there is no folder {shown(folder)}; create it first"
