"""Loads a script file of any known format, or reports every mistake in it."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

from coach.base.errors import ScriptError, UsageError
from coach.base.messages import mark, tr, tr_n
from coach.base.text import clean, drop_marks, hidden_character
from coach.core.script.script import Script, describe_hidden
from coach.scripts.nodes import BrokenFile, Location, Mistakes, Node, check_count
from coach.scripts.validation import unscored_sentence, validate

MAX_BYTES: Final = 5_000_000
"""Largest script file; a full-length play has a twentieth of it."""

DOCUMENT_SUFFIXES: Final = {
    ".rtf": mark("an RTF document"),
    ".odt": mark("a document of a word processor"),
    **dict.fromkeys((".doc", ".pages"), mark("a document of a word processor")),
}
"""Suffixes of common documents that are not plain text, with their names for messages."""

_DOCUMENT_MARKS: Final = {
    b"%PDF-": mark("a PDF"),
    b"{\\rtf": mark("an RTF document"),
    b"PK\x03\x04": mark("a document of a word processor, or an archive"),
    b"\xd0\xcf\x11\xe0": mark("a document of a word processor"),
}
"""First bytes of such documents, with their names for messages."""

_MAX_HIDDEN: Final = 4
"""Hidden characters listed besides the first in the message about a file."""

WHOLE_FILE: Final = (0, 0)
"""Location of a mistake about the file as a whole; its message names no line."""


_SPACES: Final = dict.fromkeys((0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
"""Translation table that replaces tabs and spaces of any width, also non-breaking ones, with ordinary spaces."""

_SEPARATORS: Final = "\v\x85\u2028\u2029"
"""Characters besides carriage return and form feed that end a line."""


def read_text(path: Path, notify: Callable[[str], None], max_bytes: int = MAX_BYTES) -> str:
    """Read the text of the file at `path`, without invisible marks; every line ends with a newline character.

    A file of more than `max_bytes` is refused. `notify` gets a sentence if the file is not UTF-8, or had invisible
    marks, which are dropped.

    Raises:
        BrokenFile: the file is missing, not a regular file, too large, empty, or its text is not certain.
    """
    text, count = drop_marks(_decode(read_bytes(path, max_bytes), notify))
    if count:
        notify(
            tr_n(
                "{count:,} invisible mark (such as soft hyphens or zero-width spaces) was left out.",
                "{count:,} invisible marks (such as soft hyphens or zero-width spaces) were left out.",
                count,
            )
        )
    text = _end_lines(text, separator=" " if path.suffix.lower() == ".json" else "\n")
    if not text.strip():
        raise BrokenFile(tr("the file is empty"), (1, 1))
    return text


def _end_lines(text: str, separator: str) -> str:
    """Make every line of `text` end with a newline character; the other separators and page breaks become `separator`.

    In JSON that is a space, because such characters may stand inside its texts.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for character in _SEPARATORS:
        text = text.replace(character, separator)
    if "\f" in text:  # pages begin with it; at the start or the end of a line it adds no line
        text = "\n".join(line.strip("\f").replace("\f", separator) for line in text.split("\n"))
    return text


def replace_hidden(text: str, mistakes: Mistakes) -> str:
    """Replace odd spaces and hidden characters in `text` with spaces; report all hidden characters as one mistake."""
    if text.isprintable():
        return text
    text = text.translate(_SPACES)
    lines = text.split("\n")
    found = [place for number, line in enumerate(lines, start=1) for place in _hidden_in(line, number)]
    if not found:
        return text
    (first, location), others = found[0], found[1:]
    found_text = f"{describe_hidden(first)}{_others_text(others)}"
    advice = mark("{characters}; delete them") if others else mark("{characters}; delete it")
    mistakes.add(tr(advice, characters=found_text), location)
    return text.translate({ord(character): " " for character, _ in found})


def _hidden_in(line: str, number: int) -> list[tuple[str, Location]]:
    """The hidden characters of line `number`, each with its location."""
    if line.isprintable():
        return []
    kinds = {character for character in set(line) if hidden_character(character)}
    return [(character, (number, column)) for column, character in enumerate(line, start=1) if character in kinds]


def _others_text(hidden: list[tuple[str, Location]]) -> str:
    """The part of the message about the other hidden characters of a file."""
    listed = [
        tr(", {character} on line {line}, column {column}", character=describe_hidden(c), line=line, column=column)
        for c, (line, column) in hidden[:_MAX_HIDDEN]
    ]
    unlisted = len(hidden) - len(listed)
    return "".join(listed) + (tr(" and {count} more", count=unlisted) if unlisted else "")


def read_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Read the regular file at `path`, of at most `max_bytes`.

    Raises:
        BrokenFile: the file is missing, not a regular file, or too large.
    """
    try:
        status = path.stat()
        _refuse_special(path, status.st_mode)
        if status.st_size > max_bytes:
            raise BrokenFile(_too_large(status.st_size, max_bytes), WHOLE_FILE)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise BrokenFile(tr("no such file; is the name spelt right?"), WHOLE_FILE) from None
    except PermissionError:
        message = tr("you have no permission to read this file; check its permissions")
        raise BrokenFile(message, WHOLE_FILE) from None
    except (OSError, ValueError) as error:
        message = tr("cannot be read: {reason}", reason=getattr(error, "strerror", None) or error)
        raise BrokenFile(message, WHOLE_FILE) from None
    if len(data) > max_bytes:
        raise BrokenFile(_too_large(len(data), max_bytes), WHOLE_FILE)
    return data


def _refuse_special(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        example = clean(str(path / "monologue.yaml"))
        raise BrokenFile(tr("this is a folder; name a script inside it, such as {file}", file=example), WHOLE_FILE)
    if not stat.S_ISREG(mode):
        raise BrokenFile(tr("this is not a regular file but a pipe, socket or device"), WHOLE_FILE)


def _too_large(size: int, max_bytes: int) -> str:
    return tr("the file has {size:.1f} MB; a script may have {limit:.0f} MB", size=size / 1e6, limit=max_bytes / 1e6)


def _not_plain_text(document: str) -> str:
    """Message about a file that is a `document`, such as ``a PDF``, instead of plain text."""
    advice = mark("this is {document}; save the script as plain text (.txt), or as .docx, .fdx or .pdf")
    return tr(advice, document=tr(document))


def _decode(data: bytes, notify: Callable[[str], None]) -> str:
    document = next((name for mark, name in _DOCUMENT_MARKS.items() if data.startswith(mark)), None)
    if document:
        raise BrokenFile(_not_plain_text(document), WHOLE_FILE)
    try:
        if b"\x00" not in data[:4096]:
            return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    from coach.scripts.encodings import decode_other

    text, encoding = decode_other(data)
    notify(tr("The file is saved as {encoding}. If letters look wrong, save it as UTF-8.", encoding=encoding))
    return text


FORMATS: Final = {
    ".yaml": ("yaml_script", "yaml_nodes"),
    ".yml": ("yaml_script", "yaml_nodes"),
    ".json": ("json_script", "json_nodes"),
    ".txt": ("tagged_text", "tagged_nodes"),
    ".md": ("tagged_text", "tagged_nodes"),
}
"""Parser of each suffix: a module of this package and its function that parses a text into nodes."""

IMPORTED: Final = (".fountain", ".spmd", ".fdx", ".pdf", ".docx")
"""Suffixes of the scripts of other programs, which `coach.scripts.importing` reads."""

_PLAIN: Final = (".txt", ".md")
"""Suffixes of plain text, which is tagged text, or a scene."""

_MAYBE_NAMES: Final = re.compile(r"^[ \t]*(?:[^\W\d_][^:\n\[\]]{0,60}:[ \t]|[^a-z\n\[\]]{2,60}$)", re.M)
"""Rows that may begin with a name and a colon, or be a name in capitals."""


def _suffixes_text() -> str:
    *others, last = [*FORMATS, *IMPORTED]
    return tr("{endings} or {last}", endings=", ".join(others), last=last)


def _discard(_: str) -> None:
    """Discard a notice."""


def load_script(path: str | Path, notify: Callable[[str], None] = _discard, role: str | None = None) -> Script:
    """Load the script at `path`: ``.yaml``, ``.yml``, ``.json``, or tagged text as ``.txt`` or ``.md``.

    Scripts of other programs, such as ``.fountain``, are imported. So is plain text in which several people speak, or
    of which a `role` is chosen, because tagged text has none. A script without a title is named after its file.

    Args:
        path: the file.
        notify: gets a sentence about what was understood but is not as it should be, such as another encoding.
        role: the actor's part, whatever its capitals; None for that of the script, or for every line.

    Raises:
        ScriptError: the file has mistakes; all are listed, with line and column.
        UsageError: `path` is empty, or the script has no such role.
    """
    if not str(path):
        raise UsageError(tr("no script was named; name a file that ends in {endings}", endings=_suffixes_text()))
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in IMPORTED or (suffix in _PLAIN and (role is not None or _is_scene(path))):
        return _import(path, notify, role)
    mistakes = Mistakes()
    script = None
    try:
        script = _load(path, mistakes, lambda sentence: notify(f"{clean(path.name)}: {sentence}"))
    except BrokenFile as broken:
        mistakes.add(broken.message, None if broken.location == WHOLE_FILE else broken.location)
    if script is None or mistakes.items:
        raise ScriptError(clean(str(path)), mistakes.in_file_order())
    if role is None:
        return script
    choose: Callable[[Script, str], Script] = import_module("coach.scripts.roles").with_role
    return choose(script, role)


def _is_scene(path: Path) -> bool:
    """Whether several people speak in the plain text at `path`; False if it cannot be read."""
    try:
        text = read_text(path, _discard)
    except BrokenFile:
        return False
    if len(_MAYBE_NAMES.findall(text)) < 2:  # so that most scripts do not load the import
        return False
    is_scene: Callable[[str], bool] = import_module("coach.scripts.importing.plain_text").is_scene_text
    try:
        return is_scene(text)
    except BrokenFile:
        return False


def _import(path: Path, notify: Callable[[str], None], role: str | None) -> Script:
    """Import a script of another program. The modules for that are loaded only here."""
    report = import_module("coach.scripts.importing").import_script(path, role=role, notify=notify)
    notify(tr("{file}: {summary}. `coach import` lists them.", file=clean(path.name), summary=report.summary()))
    script: Script = report.script
    return script


def _refuse_tabs(text: str) -> None:
    """Refuse tabs in the indentation of a YAML file.

    Raises:
        BrokenFile: a line is indented with a tab.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and len(indent) < len(line):
            message = tr("a tab in the indentation; YAML is indented with spaces, so replace each tab by two")
            raise BrokenFile(message, (number, indent.index("\t") + 1))


def _load(path: Path, mistakes: Mistakes, notify: Callable[[str], None]) -> Script | None:
    suffix = path.suffix.lower()
    text = read_text(path, notify) if suffix in FORMATS or not path.is_file() else ""
    if suffix not in FORMATS:
        raise BrokenFile(_unknown_format(suffix), WHOLE_FILE)
    module, function = FORMATS[suffix]
    parse: Callable[[str, Mistakes], Node] = getattr(import_module(f"coach.scripts.{module}"), function)
    if module == "yaml_script":
        _refuse_tabs(text)
    root = parse(replace_hidden(text, mistakes), mistakes)
    items = root.value.get("lines") if isinstance(root.value, dict) else None
    if items is not None and isinstance(items.value, list):
        check_count(len(items.value))
    mistakes.name_fields(root)
    script = validate(root, mistakes, clean(path.stem.replace("_", " "), 200))
    unscored = unscored_sentence(root, script) if script else ""
    if unscored:
        notify(unscored)
    return script


def _unknown_format(suffix: str) -> str:
    if suffix in DOCUMENT_SUFFIXES:
        return _not_plain_text(DOCUMENT_SUFFIXES[suffix])
    if len(suffix) > 1:
        kind, endings = repr(suffix[:20]), _suffixes_text()
        return tr("unknown kind of file {kind}; the name of a script ends in {endings}", kind=kind, endings=endings)
    return tr("the name of this file has no ending; rename it so that it ends in {endings}", endings=_suffixes_text())
