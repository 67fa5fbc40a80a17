"""Reads text files to import: Fountain, and plain text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from coach.scripts.importing.draft import MAX_BYTES, Draft
from coach.scripts.importing.fountain import fountain_draft
from coach.scripts.importing.plain_text import plain_draft, text_rows
from coach.scripts.load import read_text


def read_fountain(path: Path, notify: Callable[[str], None]) -> Draft:
    """Read the Fountain script at `path`.

    Raises:
        BrokenFile: the file cannot be read as text.
    """
    return fountain_draft(read_text(path, notify, MAX_BYTES))


def read_plain(path: Path, notify: Callable[[str], None]) -> Draft:
    """Read the script in plain text at `path`.

    Raises:
        BrokenFile: the file cannot be read as text.
    """
    draft = Draft("line")
    plain_draft(text_rows(read_text(path, notify, MAX_BYTES)), draft)
    return draft
