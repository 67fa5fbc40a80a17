"""The version of the takes folder, and the steps that bring an older one up to date.

Each step can be done twice, and the version is written, whole or not at all, only once its step is done: a kill at any
moment leaves a folder that the next run brings up to date. Takes have versions of their own in journal and report.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field, ValidationError

from coach.base.errors import TakeError
from coach.base.files import open_regular, write_atomically
from coach.takes.catalogue import seen_takes
from coach.takes.contents import VERSION_NAME, is_passing
from coach.takes.lock import is_running

_log = logging.getLogger(__name__)

STORE_VERSION: Final = 2
"""1 had no file with its version; runs that were killed left their drafts in it."""

_MAX_BYTES: Final = 10_000


class _Version(BaseModel):
    store_version: int = Field(ge=1)


def version_of(folder: Path) -> int:
    """The version of the takes folder `folder`; 1 where it says none that can be read."""
    with suppress(OSError, ValidationError), open_regular(folder / VERSION_NAME) as file:
        return _Version.model_validate_json(file.read(_MAX_BYTES)).store_version
    return 1


def refuse_newer(folder: Path) -> None:
    """Nothing, where this Coach knows the takes folder `folder`.

    Raises:
        TakeError: a newer Coach has kept takes there, perhaps in a way that this one would spoil.
    """
    version = version_of(folder)
    if version > STORE_VERSION:
        known = f"has version {version}, and this Coach knows versions 1 to {STORE_VERSION}"
        raise TakeError(f"the takes folder {folder} {known}; update Coach, or choose another folder with --takes")


def bring_up_to_date(folder: Path) -> None:
    """Make the takes folder `folder` one of today's version; to be called before something is written there.

    Raises:
        OSError: it cannot be written; what is done so far stays.
    """
    for version in range(version_of(folder), STORE_VERSION):
        _log.info("bringing %s from version %d to %d", folder, version, version + 1)
        _STEPS[version](folder)
        text = _Version(store_version=version + 1).model_dump_json() + "\n"
        write_atomically(folder / VERSION_NAME, text.encode())


def _clear_drafts(folder: Path) -> None:
    """Drafts hold what was filmed, and nobody would ever find them again."""
    for take in seen_takes(folder):
        if not is_running(take.path):
            _clear(take.path)


def _clear(take: Path) -> None:
    with os.scandir(take) as entries:
        for entry in entries:
            if is_passing(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    Path(entry.path).unlink()


_STEPS: Final[Mapping[int, Callable[[Path], None]]] = {1: _clear_drafts}
"""What makes a folder of each version one of the next."""
