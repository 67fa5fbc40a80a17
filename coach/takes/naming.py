"""Portable names for the folders of takes."""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Final

from coach.base.files import sync_folder

MAX_SUFFIX: Final = 1000

_PORTS: Final = {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
RESERVED: Final = _PORTS | {"con", "prn", "aux", "nul"}
"""Device names of Windows, reserved in any folder and with any suffix."""

_LONGEST: Final = 120
_LONGEST_BYTES: Final = 240
"""File systems allow 255 bytes; a number may be appended."""

LONGEST: Final = 60
LONGEST_BYTES: Final = 200
"""Of a title, which follows the start time."""

_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Invisible letters and marks, besides the variation selectors."""


def is_plain(name: str) -> bool:
    """Whether `name` is a valid folder name on every system: letters of any alphabet, digits, - and _."""
    fits = len(name) <= _LONGEST and len(name.encode("utf-8", "replace")) <= _LONGEST_BYTES
    plain = fits and name[:1].isalnum() and all(c in "-_" or is_letter(c) for c in name)
    return plain and unicodedata.is_normalized("NFC", name) and name.lower() not in RESERVED and _is_writable(name)


def is_letter(character: str) -> bool:
    """Whether it is a visible letter, digit or combining mark of any alphabet."""
    belongs = unicodedata.category(character)[0] in "LMN"
    return belongs and character not in _UNSEEN and "VARIATION SELECTOR" not in unicodedata.name(character, "")


def slug(title: str) -> str:
    """`title` as a portable name of 1 to 60 letters, digits and ``-``, lower case.

    Latin letters lose their accents; other alphabets are kept if this system allows them in file names.
    """
    words = _cut(spelt(title))
    return f"{words}-take" if words in RESERVED else words or "take"


def spelt(title: str) -> str:
    """`title` as letters, digits and ``-``, of any length; empty if no character is usable."""
    words = unicodedata.normalize("NFC", "".join(map(_in_slug, unicodedata.normalize("NFKC", title[:500]))).lower())
    if not _is_writable(words):
        words = re.sub(r"[^a-z0-9-]+", "", words)
    words = re.sub(r"-+", "-", words).strip("-")
    return words if words[:1].isalnum() else ""


def left_out(title: str) -> tuple[str, ...]:
    """The letters and digits of `title`, each once, that `slug` drops on this system."""
    return tuple(dict.fromkeys(letter for letter in title if letter.isalnum() and not spelt(letter)))


def is_cut(title: str) -> bool:
    """Whether `slug` truncates `title`."""
    words = spelt(title)
    return _cut(words) != words


def _cut(words: str) -> str:
    return words[:LONGEST].encode("utf-8")[:LONGEST_BYTES].decode("utf-8", "ignore").strip("-")


def _in_slug(character: str) -> str:
    if character in "'\u2019":
        return ""
    latin = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    kept = latin or character
    return "".join(c if is_letter(c) else "-" for c in kept)


def _is_writable(name: str) -> bool:
    """Whether `name` can be encoded as a file name on this system."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True


def names_from(name: str) -> list[str]:
    """`name` and its alternatives ``name-2``, ``name-3`` and so on."""
    return [name, *(f"{name}-{n}" for n in range(2, MAX_SUFFIX))]


def move_take(take: Path, parent: Path, name: str) -> Path:
    """Move the folder `take` into `parent` as `name`, or as ``name-2`` … if that exists; returns the new path.

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
