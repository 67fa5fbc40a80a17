"""Loads a script file of any known format, or lists everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from coach.base.errors import ScriptError, UsageError
from coach.base.text import clean
from coach.core.script.script import Script
from coach.scripts.json_nodes import json_nodes
from coach.scripts.nodes import BrokenFile, Mistakes, Node
from coach.scripts.reading import DOCUMENTS, not_plain, read_text, without_hidden
from coach.scripts.tagged_nodes import tagged_nodes
from coach.scripts.validating import validated
from coach.scripts.yaml_nodes import refuse_tabs, yaml_nodes

_FORMATS: Final[dict[str, Callable[[str, Mistakes], Node]]] = {
    ".yaml": yaml_nodes,
    ".yml": yaml_nodes,
    ".json": json_nodes,
    ".txt": tagged_nodes,
    ".md": tagged_nodes,
}

_ENDINGS: Final = f"{', '.join([*_FORMATS][:-1])} or {[*_FORMATS][-1]}"


def load_script(path: str | Path) -> Script:
    """The script in the file at `path`: ``.yaml``, ``.yml``, ``.json``, or plain tagged text as ``.txt`` or ``.md``.

    A script without a title is called after its file.

    Raises:
        ScriptError: with every mistake found, each with its line and column.
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
        mistakes.add(broken.message, broken.place if broken.place[0] else None)
    if script is None or mistakes.found:
        raise ScriptError(clean(str(path)), mistakes.listed())
    return script


def _load(path: Path, mistakes: Mistakes) -> Script | None:
    parse = _FORMATS.get(path.suffix.lower())
    text = read_text(path) if parse or not path.is_file() else ""
    if parse is None:
        raise BrokenFile(_unknown_kind(path.suffix.lower()), (0, 0))
    if parse is yaml_nodes:
        refuse_tabs(text)
    root = parse(without_hidden(text, mistakes), mistakes)
    mistakes.name_fields(root)
    return validated(root, mistakes, clean(path.stem.replace("_", " "), 200))


def _unknown_kind(ending: str) -> str:
    if ending in DOCUMENTS:
        return not_plain(DOCUMENTS[ending])
    if len(ending) > 1:
        return f"unknown kind of file {ending[:20]!r}; the name of a script ends in {_ENDINGS}"
    return f"the name of this file has no ending; rename it so that it ends in {_ENDINGS}"
