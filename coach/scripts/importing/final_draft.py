"""Reads Final Draft files (.fdx), which are XML, into a draft."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element as XmlElement

from coach.base.messages import mark, tr
from coach.scripts.importing.draft import MAX_BYTES, Draft
from coach.scripts.importing.fountain import add_cue, add_scene
from coach.scripts.importing.names import numbered_scene, parse_cue
from coach.scripts.importing.xml_events import xml_events
from coach.scripts.load import read_bytes
from coach.scripts.nodes import BrokenFile

_ACTIONS: Final = frozenset(
    {"Action", "General", "Shot", "Cast List", "Cold Opening", "New Act", "End of Act", "Show/Ep. Title"}
)
"""Types of paragraphs that are kept as actions."""

_LEFT_OUT: Final = {
    "ScriptNote": mark("note"),
    "OmittedScene": mark("omitted scene"),
    "TitlePage": mark("title page"),
    "HeaderAndFooter": mark("header or footer"),
    "Outline 1": mark("outline"),
}
"""Elements whose paragraphs are no part of the script, with what they are."""


def read_final_draft(path: Path, _: Callable[[str], None]) -> Draft:
    """Read the Final Draft script at `path`; its places are the numbers of the paragraphs.

    Raises:
        BrokenFile: this is no Final Draft file, or it cannot be read.
    """
    reader = _Reader()
    for event, element in xml_events(io.BytesIO(read_bytes(path, MAX_BYTES))):
        if event == "start":
            reader.start(element)
        else:
            reader.end(element)
    if not reader.is_final_draft:
        raise BrokenFile(tr("this is XML, but no script of Final Draft"), (0, 0))
    return reader.draft


class _Reader:
    """Collects paragraphs while the file is parsed.

    Attributes:
        draft: what was read so far.
        is_final_draft: whether the file says that it is one.
    """

    def __init__(self) -> None:
        self.draft = Draft("paragraph")
        self.is_final_draft = False
        self._paragraphs: list[XmlElement] = []
        self._outside: list[str] = []
        self._number = 0
        self._dual = 0

    def start(self, element: XmlElement) -> None:
        """Take the start of an element, whose attributes are known and whose text is not."""
        if element.tag == "FinalDraft":
            self.is_final_draft = True
        elif element.tag == "Paragraph":
            self._paragraphs.append(element)
        elif element.tag == "DualDialogue":
            self._dual += 1
        elif element.tag in _LEFT_OUT:
            self._outside.append(_LEFT_OUT[element.tag])

    def end(self, element: XmlElement) -> None:
        """Take the end of an element, which is complete now."""
        if element.tag == "Paragraph":
            self._paragraphs.pop()
            self._add(element)
            element.clear()
        elif element.tag == "DualDialogue":
            self._dual -= 1
        elif element.tag in _LEFT_OUT:
            self._outside.pop()
            element.clear()

    def _add(self, paragraph: XmlElement) -> None:
        text = "".join(run.text or "" for run in paragraph if run.tag == "Text")
        if self._outside:
            if self._outside[-1] == "title page" and not self.draft.title:
                self.draft.title = " ".join(text.split())
            else:
                self.draft.drop(self._outside[-1], text, self._number)
            return
        self._number += 1
        self._add_typed(paragraph.get("Type", "General"), text, [run for run in paragraph if run.tag == "Text"])

    def _add_typed(self, kind: str, text: str, runs: list[XmlElement]) -> None:
        draft, number = self.draft, self._number
        if any("Strikeout" in run.get("Style", "") and (run.text or "").strip() for run in runs):
            draft.doubt(mark("words that are struck out, kept"), text, number)
        if kind == "Character":
            self._add_cue(text)
        elif kind == "Dialogue":
            draft.add("words", text, number)
        elif kind in ("Singing", "Lyrics"):
            draft.add("sung", text, number)
        elif kind == "Parenthetical":
            draft.add("direction", text.strip().removeprefix("(").removesuffix(")"), number)
        elif kind == "Scene Heading":
            heading, inside = numbered_scene(text.strip())
            add_scene(draft, (heading or text, inside), number)
        elif kind == "Transition" or kind.startswith("Outline"):
            draft.drop(kind.lower(), text, number)
        else:
            if kind not in _ACTIONS and text.strip():
                about = tr("paragraph of the unknown type {kind}, kept as action", kind=kind[:40])
                draft.doubt(about, text, number)
            draft.add("action", text, number)

    def _add_cue(self, text: str) -> None:
        cue = parse_cue(text.strip())
        if cue is None:
            self.draft.add("role", text, self._number)
            return
        if self._dual:
            about = mark("said at the same time as another; here one comes after the other")
            self.draft.doubt(about, text, self._number)
        add_cue(self.draft, cue, self._number)
