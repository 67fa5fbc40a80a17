"""Text cleaned for display; sizes, counts and durations as text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import filterfalse
from typing import Final

from coach.base.messages import tr, tr_n

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are invisible or control the terminal."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Zero-width (non-)joiners: needed inside Persian words and emoji, harmless alone."""

_MARKS: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202c\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]"
)
"""Invisible marks that change no word: soft hyphen, zero-width space, marks and embeddings of direction, word joiner,
byte order mark, annotation marks, and the tags in flags. The overrides U+202D and U+202E are not among them, because
they show letters in another order than they are stored."""

_UNDECODABLE: Final = re.compile("[\udc80-\udcff]+")
"""Undecodable bytes of a file name, as Python represents them (PEP 383)."""

_TO_SPACES: Final = {ord(c): " " for c in "\t\n\r\u2028\u2029"}
"""Translation table that replaces line ends and tabs with spaces."""


def drop_marks(text: str) -> tuple[str, int]:
    """`text` without invisible marks that change no word, such as soft hyphens, and how many there were."""
    return _MARKS.subn("", text)


def hidden_character(text: str) -> str | None:
    """The first character that must not reach a terminal, or None. Tabs and line ends count."""
    return next(filter(_is_hidden, text), None)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN and character not in _JOINERS


def clean(text: str, limit: int = 500) -> str:
    """`text` on one line: no hidden characters, single spaces, at most `limit` characters."""
    spaced = text[: limit * 4].translate(_TO_SPACES)
    # Printable ASCII has no hidden characters; this shortcut lists ten thousand takes three times as fast.
    visible = spaced if spaced.isascii() and spaced.isprintable() else "".join(filterfalse(_is_hidden, spaced))
    collapsed = " ".join(visible.split())
    return collapsed if len(collapsed) <= limit else collapsed[: limit - 1] + "…"


def clean_name(name: str, limit: int = 500) -> str:
    """A file name made safe by `clean`, with ``?`` for undecodable bytes."""
    return clean(_UNDECODABLE.sub("?", name), limit)


def bytes_text(size: int) -> str:
    """``812 bytes``, ``64.0 KB``, ``1.2 GB``: powers of 1024."""
    if size < 1024:
        return tr_n("{count:,} byte", "{count:,} bytes", size)
    value, units = size / 1024, ["KB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return f"{value:.1f} {units[0]}"


def count_text(count: int, noun: str) -> str:
    """``1 take``, ``10,000 takes``: in English, for files that programs read."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def join_with_and(texts: Sequence[str]) -> str:
    """Join `texts` with commas and a last "and", in the user's language: ``1, 3 and 4``; empty for none."""
    if len(texts) < 2:
        return "".join(texts)
    return tr("{first} and {last}", first=", ".join(texts[:-1]), last=texts[-1])


def join_with_or(texts: Sequence[str]) -> str:
    """Join `texts` with "or", in the user's language: ``fear or surprise``; empty for none."""
    word = tr("or")
    return f" {word} ".join(texts)


def join_with_then(texts: Sequence[str]) -> str:
    """Join `texts` with "then", in the user's language: ``sadness, then fear``; empty for none."""
    word = tr("then")
    return f", {word} ".join(texts)


def length_text(seconds: float) -> str:
    """``0:20``, ``12:05``, ``1:02:03``."""
    total_s = round(seconds)
    minutes = f"{total_s // 60 % 60:02d}" if total_s >= 3600 else f"{total_s // 60}"
    return f"{f'{total_s // 3600}:' if total_s >= 3600 else ''}{minutes}:{total_s % 60:02d}"
