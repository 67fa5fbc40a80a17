"""Gives the folder of a take its name."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from coach.files import sync_folder

MAX_SUFFIX: Final = 1000

_PORTS: Final = {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
RESERVED: Final = _PORTS | {"con", "prn", "aux", "nul"}
"""Names that Windows keeps for devices, in any folder and with any ending."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,119}")


def is_plain(name: str) -> bool:
    """Whether every system takes `name` as that of a folder, as it stands."""
    return bool(_PLAIN.fullmatch(name)) and name.lower() not in RESERVED


def names_from(name: str) -> list[str]:
    """`name`, and what to take instead where that is taken: ``name-2``, ``name-3`` and so on."""
    return [name, *(f"{name}-{n}" for n in range(2, MAX_SUFFIX))]


def move_take(take: Path, parent: Path, name: str) -> Path:
    """Move the folder `take` into `parent` as `name`, or as ``name-2`` … where that is taken; gives its new place.

    Raises:
        OSError: it cannot be moved.
    """
    for new in map(parent.joinpath, names_from(name)):
        if new.exists() or new.is_symlink():
            continue
        with suppress(FileExistsError):
            take.rename(new)
            sync_folder(parent)
            return new
    raise FileExistsError(0, f"there are already {MAX_SUFFIX - 1} takes of that name")
