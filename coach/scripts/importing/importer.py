"""Imports a script file: chooses the reader of its format, and makes the script and the report."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from coach.base.errors import Mistake, ScriptError
from coach.base.messages import tr
from coach.base.text import clean, clean_name
from coach.core.script.script import names_in
from coach.scripts.importing.assemble import Choose, assemble
from coach.scripts.importing.draft import Draft
from coach.scripts.importing.lexicon import Lexicon
from coach.scripts.importing.report import ImportReport
from coach.scripts.nodes import BrokenFile
from coach.scripts.roles import find_role

Notify = Callable[[str], None]

FORMATS: Final = {
    ".fountain": ("text_file", "read_fountain"),
    ".spmd": ("text_file", "read_fountain"),
    ".fdx": ("final_draft", "read_final_draft"),
    ".pdf": ("pdf", "read_pdf"),
    ".docx": ("word", "read_word"),
    ".txt": ("text_file", "read_plain"),
    ".md": ("text_file", "read_plain"),
    ".text": ("text_file", "read_plain"),
}
"""Reader of each suffix: a module of this package and its function from a path to a draft."""


def import_script(
    path: Path,
    *,
    role: str | None = None,
    lexicon: Path | None = None,
    choose: Choose | None = None,
    notify: Notify = lambda _: None,
) -> ImportReport:
    """Import the script at `path`.

    Args:
        path: a file that ends as one of `FORMATS`.
        role: the actor's part; None makes every line theirs.
        lexicon: file with the user's own words for directions.
        choose: asks what an unknown direction means; None leaves its lines unscored.
        notify: gets sentences about the encoding of the file.

    Raises:
        ScriptError: the file cannot be imported, or the lexicon has mistakes.
        UsageError: the script has no such role.
    """
    words = Lexicon(lexicon)
    try:
        draft = _read(path, notify)
        return assemble(draft, words, path.stem.replace("_", " "), _find_role(role, draft), choose)
    except BrokenFile as broken:
        line, column = broken.location if broken.location != (0, 0) else (None, None)
        raise ScriptError(clean(str(path)), [Mistake(broken.message, line, column)]) from None
    except ValidationError as error:
        message = str(error.errors(include_url=False, include_input=False)[0]["msg"])
        raise ScriptError(
            clean(str(path)), [Mistake(tr("no script could be made: {reason}", reason=message))]
        ) from None


def _read(path: Path, notify: Notify) -> Draft:
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(FORMATS)
        message = tr(
            "scripts are imported from files that end in {endings}; save the script as one of them", endings=known
        )
        raise BrokenFile(message, (0, 0))
    module, function = FORMATS[suffix]
    read: Callable[[Path, Notify], Draft] = getattr(import_module(f"coach.scripts.importing.{module}"), function)
    draft = read(path, lambda sentence: notify(f"{clean_name(path.name)}: {sentence}"))
    if not any(element.kind in ("words", "sung") for element in draft.elements):
        raise BrokenFile(tr("no words to say were found; is this a script?"), (0, 0))
    return draft


def _find_role(wanted: str | None, draft: Draft) -> str | None:
    """The role that the user wants, spelt as in the draft."""
    if wanted is None:
        return None
    names = [name for element in draft.elements if element.kind == "role" for name in names_in(element.text)]
    return find_role(wanted, names)
