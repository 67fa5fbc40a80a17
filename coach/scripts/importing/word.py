"""Reads documents of Word (.docx) into a draft.

A .docx is a zip of XML files. They are read here and not with python-docx, because that leaves out tracked insertions,
text boxes and content controls, and words would be lost.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element as XmlElement

from coach.base.messages import mark, tr
from coach.scripts.importing.draft import MAX_BYTES, MAX_TEXT_BYTES, Draft
from coach.scripts.importing.fountain import add_cue, add_scene
from coach.scripts.importing.names import numbered_scene, parse_cue
from coach.scripts.importing.plain_text import Row, plain_draft
from coach.scripts.importing.xml_events import unpacks_to_too_much, xml_events
from coach.scripts.load import read_bytes
from coach.scripts.nodes import BrokenFile

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY: Final = "word/document.xml"

_OTHER_PARTS: Final = {
    "word/comments": mark("comment"),
    "word/footnotes": mark("footnote"),
    "word/endnotes": mark("endnote"),
    "word/header": mark("header"),
    "word/footer": mark("footer"),
}
"""Beginnings of the names of parts whose text is left out, with what they are."""

_STYLES: Final = {
    "character": "role",
    "dialogue": "words",
    "dialog": "words",
    "parenthetical": "direction",
    "sceneheading": "scene",
    "slugline": "scene",
    "action": "action",
    "lyrics": "sung",
    "transition": "transition",
    "title": "title",
}
"""Styles of screenplay templates, in lower case without spaces, and what their paragraphs are."""

_TWIPS_PER_CHARACTER: Final = 144.0
"""Twentieths of a point in a character of a typewriter face at ten characters an inch."""


def read_word(path: Path, _: Callable[[str], None]) -> Draft:
    """Read the document at `path`; its places are the numbers of the paragraphs.

    Raises:
        BrokenFile: this is no document of Word, or it unpacks to too much.
    """
    draft = Draft("paragraph")
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(path, MAX_BYTES))) as archive:
            _check_sizes(archive)
            with archive.open(_BODY) as body:
                paragraphs = list(_paragraphs(xml_events(body), draft))
            _read_others(archive, draft)
    except KeyError:
        raise BrokenFile(tr("this is a zip, but no document of Word; save it as .docx"), (0, 0)) from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        message = mark("this is no readable document of Word ({reason}); open it there and save it again as .docx")
        raise BrokenFile(tr(message, reason=error), (0, 0)) from None
    if any(kind in ("role", "words") for _, kind in paragraphs):
        _add_styled(paragraphs, draft)
    else:
        plain_draft(_without_title(paragraphs, draft), draft)
    return draft


def _check_sizes(archive: zipfile.ZipFile) -> None:
    """Refuse an archive whose parts unpack to more than a script can need.

    `zipfile` reads no more of a part than its stated size, so that a wrong statement does not help.
    """
    if sum(info.file_size for info in archive.infolist() if info.filename.endswith(".xml")) > MAX_TEXT_BYTES:
        raise unpacks_to_too_much()


def _read_others(archive: zipfile.ZipFile, draft: Draft) -> None:
    for name in archive.namelist():
        about = next((about for start, about in _OTHER_PARTS.items() if name.startswith(start)), None)
        if about and name.endswith(".xml"):
            with archive.open(name) as part:
                for row, _ in list(_paragraphs(xml_events(part), draft)):
                    draft.drop(about, row.text, 0)


def _paragraphs(events: Iterator[tuple[str, XmlElement]], draft: Draft) -> Iterator[tuple[Row, str]]:
    """The rows of a part, each with its kind by the style, which is empty for ordinary ones.

    A text box lies within a paragraph; its own paragraphs come first.
    """
    number, gap = 0, True
    texts: list[list[str]] = []
    in_properties = 0
    indents: list[tuple[float, str]] = []
    for event, element in events:
        tag = element.tag
        if tag == f"{_W}p":
            if event == "start":
                texts.append([])
                indents.append((0.0, ""))
                continue
            pieces, (indent, style) = "".join(texts.pop()).split("\n"), indents.pop()
            number += 1
            for piece in pieces:
                text = " ".join(piece.split())
                yield Row(number, text, indent, gap), _STYLES.get(style, "")
                gap = not text
            element.clear()
        elif tag == f"{_W}pPr":
            in_properties += 1 if event == "start" else -1
        elif event == "end" and texts:
            if in_properties:
                indents[-1] = _with_property(element, indents[-1])
            else:
                texts[-1].append(_text_of(element, draft, number + 1))


def _with_property(element: XmlElement, known: tuple[float, str]) -> tuple[float, str]:
    """Indent and style of a paragraph, after one of its properties was read."""
    indent, style = known
    if element.tag == f"{_W}pStyle":
        style = "".join(element.get(f"{_W}val", "").lower().split()).replace("-", "").replace("_", "")
    elif element.tag == f"{_W}ind":
        value = element.get(f"{_W}left") or element.get(f"{_W}start") or "0"
        indent = float(value) / _TWIPS_PER_CHARACTER if value.lstrip("-").isdigit() else 0.0
    elif element.tag == f"{_W}jc" and element.get(f"{_W}val") == "center":
        indent = max(indent, 20.0)
    return indent, style


def _text_of(element: XmlElement, draft: Draft, number: int) -> str:
    """The text that an element within a paragraph stands for. Words deleted with tracked changes are listed."""
    if element.tag == f"{_W}t":
        return element.text or ""
    if element.tag == f"{_W}delText":
        draft.drop(mark("deleted with tracked changes"), element.text or "", number)
    return {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}.get(element.tag, "")


def _without_title(paragraphs: list[tuple[Row, str]], draft: Draft) -> list[Row]:
    """The rows that are not blank, without the first one in the style of titles, which becomes the title."""
    rows = []
    for row, kind in paragraphs:
        if kind == "title" and row.text and not draft.title:
            draft.title = row.text
        elif row.text:
            rows.append(row)
    return rows


def _add_styled(paragraphs: list[tuple[Row, str]], draft: Draft) -> None:
    """Add paragraphs that the styles of a screenplay template tell apart."""
    for row, kind in paragraphs:
        cue = parse_cue(row.text) if kind == "role" else None
        if cue:
            add_cue(draft, cue, row.place)
        elif kind == "title" and not draft.title:
            draft.title = row.text
        elif kind == "transition":
            draft.drop(mark("transition"), row.text, row.place)
        elif kind == "direction":
            draft.add("direction", row.text.removeprefix("(").removesuffix(")"), row.place)
        elif kind == "scene":
            heading, number = numbered_scene(row.text)
            add_scene(draft, (heading or row.text, number), row.place)
        elif kind == "words":
            draft.add("words", row.text, row.place)
        elif kind == "sung":
            draft.add("sung", row.text, row.place)
        else:
            draft.add("action", row.text, row.place)
