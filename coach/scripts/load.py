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
"""Magic numbers of such documents."""

_MAX_HIDDEN: Final = 10
"""Hidden characters of a line that are listed one by one."""

_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def read_text(path: Path) -> str:
    """Read the text of the file at `path`, with normalised line ends and without byte order mark.

    Raises:
        BrokenFile: it is missing, not a regular file, too large, empty or not UTF-8.
    """
    text = _decoded(_read_bytes(path)).replace("\r\n", "\n")
    if not text.strip():
        raise BrokenFile("the file is empty", (1, 1))
    return text


def without_hidden(text: str, mistakes: Mistakes) -> str:
    """Replace tabs and hidden characters with spaces; hidden characters are a mistake."""
    if text.isprintable():
        return text
    lines = text.split("\n")
    return "\n".join(
        line if line.isprintable() else _replace_hidden(line, i, mistakes) for i, line in enumerate(lines, start=1)
    )


def _replace_hidden(line: str, number: int, mistakes: Mistakes) -> str:
    line = line.replace("\t", " ")
    kinds = {character for character in set(line) if hidden_character(character)}
    hidden = [(character, column) for column, character in enumerate(line, start=1) if character in kinds]
    if hidden:
        (first, column), others = hidden[0], hidden[1:]
        message = f"{describe_hidden(first)}{_also(others)}; delete {'them' if others else 'it'}"
        mistakes.add(message, (number, column))
    return line.translate({ord(character): " " for character in kinds})


def _also(hidden: list[tuple[str, int]]) -> str:
    """Text about the further hidden characters of a line."""
    listed = [f", {describe_hidden(c)} at column {column}" for c, column in hidden[: _MAX_HIDDEN - 1]]
    more = len(hidden) - len(listed)
    return "".join(listed) + (f" and {more} more" if more else "")


def _read_bytes(path: Path) -> bytes:
    try:
        found = path.stat()
        _refuse_special(path, found.st_mode)
        if found.st_size > MAX_BYTES:
            raise BrokenFile(_too_large(found.st_size), (0, 0))
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise BrokenFile("no such file; is the name spelt right?", (0, 0)) from None
    except PermissionError:
        raise BrokenFile("this file may not be read; check its permissions", (0, 0)) from None
    except (OSError, ValueError) as error:
        raise BrokenFile(f"cannot be read: {getattr(error, 'strerror', None) or error}", (0, 0)) from None
    if len(data) > MAX_BYTES:
        raise BrokenFile(_too_large(len(data)), (0, 0))
    return data


def _refuse_special(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        example = clean(str(path / "monologue.yaml"))
        raise BrokenFile(f"this is a folder; name a script inside it, such as {example}", (0, 0))
    if not stat.S_ISREG(mode):
        raise BrokenFile("this is not a regular file but a pipe, socket or device", (0, 0))


def _too_large(size: int) -> str:
    return f"the file has {size / 1e6:.1f} MB; a script may have {MAX_BYTES / 1e6:.0f} MB"


def not_plain_text(what: str) -> str:
    """Message about a file that is `what` instead of plain text."""
    return f"this is {what}; save the script as plain text (.txt)"


def _decoded(data: bytes) -> str:
    document = next((what for mark, what in _DOCUMENT_MARKS.items() if data.startswith(mark)), None)
    if document:
        raise BrokenFile(not_plain_text(document), (0, 0))
    if data.startswith(_UTF16_MARKS) or b"\x00" in data[:4096]:
        raise BrokenFile("the file is UTF-16, UTF-32 or not text at all; save it as UTF-8", (1, 1))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The decoder's offset does not count the byte order mark; only the bytes before the bad one are surely valid
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
"""By suffix: the module of this package that parses the file, and its function from text to nodes."""

_ENDINGS: Final = f"{', '.join([*FORMATS][:-1])} or {[*FORMATS][-1]}"


def load_script(path: str | Path) -> Script:
    """Load the script at `path`: ``.yaml``, ``.yml``, ``.json``, or tagged text as ``.txt`` or ``.md``.

    A script without a title gets the name of its file.

    Raises:
        ScriptError: the file has mistakes; all are listed, with line and column.
        UsageError: `path` is empty.
    """
    if not str(path):
        raise UsageError(f"no script was named; name a file that ends in {_ENDINGS}")
    path = Path(path)
    mistakes = Mistakes()
    script = None
    try:
        script = _load(path, mistakes)
    except BrokenFile as broken:
        mistakes.add(broken.message, broken.location if broken.location[0] else None)
    if script is None or mistakes.found:
        raise ScriptError(clean(str(path)), mistakes.listed())
    return script


def refuse_tabs(text: str) -> None:
    """Check that no line of a YAML file is indented with a tab.

    Raises:
        BrokenFile: a line is.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and len(indent) < len(line):
            message = "a tab in the indentation; YAML is indented with spaces, so replace each tab by two"
            raise BrokenFile(message, (number, indent.index("\t") + 1))


def _load(path: Path, mistakes: Mistakes) -> Script | None:
    ending = path.suffix.lower()
    text = read_text(path) if ending in FORMATS or not path.is_file() else ""
    if ending not in FORMATS:
        raise BrokenFile(_unknown_kind(ending), (0, 0))
    module, function = FORMATS[ending]
    nodes_of: Callable[[str, Mistakes], Node] = getattr(import_module(f"coach.scripts.{module}"), function)
    if module == "yaml_script":
        refuse_tabs(text)
    root = nodes_of(without_hidden(text, mistakes), mistakes)
    mistakes.name_fields(root)
    return validate(root, mistakes, clean(path.stem.replace("_", " "), 200))


def _unknown_kind(ending: str) -> str:
    if ending in DOCUMENT_SUFFIXES:
        return not_plain_text(DOCUMENT_SUFFIXES[ending])
    if len(ending) > 1:
        return f"unknown kind of file {ending[:20]!r}; the name of a script ends in {_ENDINGS}"
    return f"the name of this file has no ending; rename it so that it ends in {_ENDINGS}"
