"""Portable names for the folders of takes."""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Final

from coach.base.files import sync_folder
from coach.base.messages import tr

MAX_SUFFIX: Final = 1000
"""End of the numbers that make a name unique: ``name-999`` is the last one."""

_PORTS: Final = {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
RESERVED: Final = _PORTS | {"con", "prn", "aux", "nul"}
"""Device names of Windows, reserved in any folder and with any suffix."""

_MAX_NAME_LENGTH: Final = 120
_MAX_NAME_BYTES: Final = 240
"""File systems allow 255 bytes; a number may be appended."""

MAX_SLUG_LENGTH: Final = 60
MAX_SLUG_BYTES: Final = 200
"""A slug follows the start time in the name of a take."""

_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Invisible letters and marks, besides the variation selectors."""


_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_")


def stamp_of(name: str) -> str:
    """The start time in the name of a take, as ``2026-11-24_13-55-02``; empty if the name has none."""
    return name[:19] if _STAMP.match(name) else ""


def time_in_name(name: str) -> str:
    """The start time in the name of a take as ISO 8601, without a zone; empty if the name has none."""
    stamp = stamp_of(name)
    return f"{stamp[:10]}T{stamp[11:].replace('-', ':')}" if stamp else ""


def is_plain(name: str) -> bool:
    """Whether `name` is a valid folder name on every system: letters of any alphabet, digits, - and _."""
    fits = len(name) <= _MAX_NAME_LENGTH and len(name.encode("utf-8", "replace")) <= _MAX_NAME_BYTES
    plain = fits and name[:1].isalnum() and all(c in "-_" or is_letter(c) for c in name)
    return plain and unicodedata.is_normalized("NFC", name) and name.lower() not in RESERVED and _is_writable(name)


def is_letter(character: str) -> bool:
    """Whether `character` is a visible letter, digit or combining mark of any alphabet."""
    if unicodedata.category(character)[0] not in "LMN" or character in _INVISIBLE:
        return False
    return "VARIATION SELECTOR" not in unicodedata.name(character, "")


def slug(title: str) -> str:
    """Convert `title` to a portable name of 1 to 60 letters, digits and ``-``, lower case.

    Latin letters lose their accents; other alphabets are kept if this system allows them in file names.
    """
    name = _truncate(to_portable(title))
    return f"{name}-take" if name in RESERVED else name or "take"


def to_portable(title: str) -> str:
    """Convert `title` to letters, digits and ``-``, of any length; empty if no character is usable."""
    characters = map(_replacement, unicodedata.normalize("NFKC", title[:500]))
    name = unicodedata.normalize("NFC", "".join(characters).lower())
    if not _is_writable(name):
        name = re.sub(r"[^a-z0-9-]+", "", name)
    name = re.sub(r"-+", "-", name).strip("-")
    return name if name[:1].isalnum() else ""


def dropped_letters(title: str) -> tuple[str, ...]:
    """The letters and digits of `title`, each once, that `slug` drops on this system."""
    return tuple(dict.fromkeys(letter for letter in title if letter.isalnum() and not to_portable(letter)))


def is_truncated(title: str) -> bool:
    """Whether `slug` truncates `title`."""
    name = to_portable(title)
    return _truncate(name) != name


def _truncate(name: str) -> str:
    return name[:MAX_SLUG_LENGTH].encode("utf-8")[:MAX_SLUG_BYTES].decode("utf-8", "ignore").strip("-")


def _replacement(character: str) -> str:
    """What stands for `character` in a portable name."""
    if character in "'\u2019":
        return ""
    latin = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return "".join(c if is_letter(c) else "-" for c in latin or character)


def _is_writable(name: str) -> bool:
    """Whether `name` can be encoded as a file name on this system."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True


def names_from(name: str) -> list[str]:
    """Candidates for a unique name: `name`, ``name-2``, ``name-3`` and so on."""
    return [name, *(f"{name}-{n}" for n in range(2, MAX_SUFFIX))]


def move_take(take: Path, parent: Path, name: str) -> Path:
    """Move the folder `take` into `parent` as `name`, or as ``name-2`` … if that exists; returns the new path.

    Raises:
        OSError: the folder cannot be moved.
    """
    for new in map(parent.joinpath, names_from(name)):
        if new.exists() or new.is_symlink():
            continue
        with suppress(FileExistsError):
            take.rename(new)
            sync_folder(parent)
            return new
    raise FileExistsError(0, tr("there are already {limit} takes of that name", limit=MAX_SUFFIX - 1))
