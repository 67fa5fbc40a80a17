"""Loads a script file of any known format, or reports every mistake in it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

from coach.base.errors import ScriptError, UsageError
from coach.base.text import clean, hidden_character
from coach.core.script.script import Script, describe_hidden
from coach.scripts.nodes import BrokenFile, Mistakes, Node
from coach.scripts.validation import validate

MAX_BYTES: Final = 5_000_000
"""Largest script file; a full-length play has a twentieth of it."""

DOCUMENT_SUFFIXES: Final = {
    ".pdf": "a PDF",
    ".rtf": "an RTF document",
    ".odt": "a document of a word processor",
    **dict.fromkeys((".doc", ".docx", ".pages"), "a document of a word processor"),
}
"""Suffixes of common documents that are not plain text, with their names for messages."""

_DOCUMENT_MARKS: Final = {
    b"%PDF-": "a PDF",
    b"{\\rtf": "an RTF document",
    b"PK\x03\x04": "a document of a word processor, or an archive",
    b"\xd0\xcf\x11\xe0": "a document of a word processor",
}
"""First bytes of such documents, with their names for messages."""

_MAX_HIDDEN: Final = 10
"""Hidden characters listed in the message about a line."""

_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
"""Byte order marks of UTF-16 and UTF-32."""

_WHOLE_FILE: Final = (0, 0)
"""Location of a mistake about the file as a whole; its message names no line."""


def read_text(path: Path) -> str:
    """Read the text of the file at `path`, with normalised line ends and without byte order mark.

    Raises:
        BrokenFile: the file is missing, not a regular file, too large, empty or not UTF-8.
    """
    text = _decode(_read_bytes(path)).replace("\r\n", "\n")
    if not text.strip():
        raise BrokenFile("the file is empty", (1, 1))
    return text


def replace_hidden(text: str, mistakes: Mistakes) -> str:
    """Replace tabs and hidden characters in `text` with spaces; report the hidden characters as mistakes."""
    if text.isprintable():
        return text
    lines = text.split("\n")
    return "\n".join(
        line if line.isprintable() else _replace_in_line(line, i, mistakes) for i, line in enumerate(lines, start=1)
    )


def _replace_in_line(line: str, number: int, mistakes: Mistakes) -> str:
    line = line.replace("\t", " ")
    kinds = {character for character in set(line) if hidden_character(character)}
    hidden = [(character, column) for column, character in enumerate(line, start=1) if character in kinds]
    if hidden:
        (first, column), others = hidden[0], hidden[1:]
        message = f"{describe_hidden(first)}{_others_text(others)}; delete {'them' if others else 'it'}"
        mistakes.add(message, (number, column))
    return line.translate({ord(character): " " for character in kinds})


def _others_text(hidden: list[tuple[str, int]]) -> str:
    """The part of the message about the other hidden characters of a line."""
    listed = [f", {describe_hidden(c)} at column {column}" for c, column in hidden[: _MAX_HIDDEN - 1]]
    unlisted = len(hidden) - len(listed)
    return "".join(listed) + (f" and {unlisted} more" if unlisted else "")


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        _refuse_special(path, status.st_mode)
        if status.st_size > MAX_BYTES:
            raise BrokenFile(_too_large(status.st_size), _WHOLE_FILE)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise BrokenFile("no such file; is the name spelt right?", _WHOLE_FILE) from None
    except PermissionError:
        raise BrokenFile("this file may not be read; check its permissions", _WHOLE_FILE) from None
    except (OSError, ValueError) as error:
        raise BrokenFile(f"cannot be read: {getattr(error, 'strerror', None) or error}", _WHOLE_FILE) from None
    if len(data) > MAX_BYTES:
        raise BrokenFile(_too_large(len(data)), _WHOLE_FILE)
    return data


def _refuse_special(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        example = clean(str(path / "monologue.yaml"))
        raise BrokenFile(f"this is a folder; name a script inside it, such as {example}", _WHOLE_FILE)
    if not stat.S_ISREG(mode):
        raise BrokenFile("this is not a regular file but a pipe, socket or device", _WHOLE_FILE)


def _too_large(size: int) -> str:
    return f"the file has {size / 1e6:.1f} MB; a script may have {MAX_BYTES / 1e6:.0f} MB"


def _not_plain_text(document: str) -> str:
    """Message about a file that is a `document`, such as ``a PDF``, instead of plain text."""
    return f"this is {document}; save the script as plain text (.txt)"


def _decode(data: bytes) -> str:
    document = next((name for mark, name in _DOCUMENT_MARKS.items() if data.startswith(mark)), None)
    if document:
        raise BrokenFile(_not_plain_text(document), _WHOLE_FILE)
    if data.startswith(_WIDE_BOMS) or b"\x00" in data[:4096]:
        raise BrokenFile("the file is UTF-16, UTF-32 or not text at all; save it as UTF-8", (1, 1))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The decoder's offset does not count the byte order mark, and only the bytes before the bad one are valid
        body = data.removeprefix(b"\xef\xbb\xbf")
        before = body[: error.start].decode("utf-8", "replace")
        location = before.count("\n") + 1, len(before) - before.rfind("\n")
        byte = f"byte 0x{body[error.start]:02X}"
        message = f"{byte} is not UTF-8 (Latin-1, or a Windows code page?); save it as UTF-8"
        raise BrokenFile(message, location) from None


FORMATS: Final = {
    ".yaml": ("yaml_script", "yaml_nodes"),
    ".yml": ("yaml_script", "yaml_nodes"),
    ".json": ("json_script", "json_nodes"),
    ".txt": ("tagged_text", "tagged_nodes"),
    ".md": ("tagged_text", "tagged_nodes"),
}
"""Parser of each suffix: a module of this package and its function that parses a text into nodes."""

_SUFFIXES_TEXT: Final = f"{', '.join([*FORMATS][:-1])} or {[*FORMATS][-1]}"


def load_script(path: str | Path) -> Script:
    """Load the script at `path`: ``.yaml``, ``.yml``, ``.json``, or tagged text as ``.txt`` or ``.md``.

    A script without a title is named after its file.

    Raises:
        ScriptError: the file has mistakes; all are listed, with line and column.
        UsageError: `path` is empty.
    """
    if not str(path):
        raise UsageError(f"no script was named; name a file that ends in {_SUFFIXES_TEXT}")
    path = Path(path)
    mistakes = Mistakes()
    script = None
    try:
        script = _load(path, mistakes)
    except BrokenFile as broken:
        mistakes.add(broken.message, None if broken.location == _WHOLE_FILE else broken.location)
    if script is None or mistakes.items:
        raise ScriptError(clean(str(path)), mistakes.in_file_order())
    return script


def _refuse_tabs(text: str) -> None:
    """Refuse tabs in the indentation of a YAML file.

    Raises:
        BrokenFile: a line is indented with a tab.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and len(indent) < len(line):
            message = "a tab in the indentation; YAML is indented with spaces, so replace each tab by two"
            raise BrokenFile(message, (number, indent.index("\t") + 1))


def _load(path: Path, mistakes: Mistakes) -> Script | None:
    suffix = path.suffix.lower()
    text = read_text(path) if suffix in FORMATS or not path.is_file() else ""
    if suffix not in FORMATS:
        raise BrokenFile(_unknown_format(suffix), _WHOLE_FILE)
    module, function = FORMATS[suffix]
    parse: Callable[[str, Mistakes], Node] = getattr(import_module(f"coach.scripts.{module}"), function)
    if module == "yaml_script":
        _refuse_tabs(text)
    root = parse(replace_hidden(text, mistakes), mistakes)
    mistakes.name_fields(root)
    return validate(root, mistakes, clean(path.stem.replace("_", " "), 200))


def _unknown_format(suffix: str) -> str:
    if suffix in DOCUMENT_SUFFIXES:
        return _not_plain_text(DOCUMENT_SUFFIXES[suffix])
    if len(suffix) > 1:
        return f"unknown kind of file {suffix[:20]!r}; the name of a script ends in {_SUFFIXES_TEXT}"
    return f"the name of this file has no ending; rename it so that it ends in {_SUFFIXES_TEXT}"
