"""The common form that every imported format becomes, before it is made into a script.

A draft is a list of elements in the order of the file. A ``role`` element begins a speech. The ``words``, ``sung`` and
``direction`` elements after it belong to that speech, until a scene, an action or another role comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from coach.base.messages import mark, tr
from coach.base.text import drop_marks, hidden_character
from coach.core.script.script import describe_hidden
from coach.scripts.nodes import BrokenFile

Kind = Literal["scene", "action", "role", "direction", "tag", "words", "sung"]
"""What an element is: a ``direction`` is a parenthetical without its parentheses, a ``tag`` the text of an emotion tag
such as ``fear 0.3-0.8``, and ``sung`` are the words of a song."""

MAX_BYTES: Final = 20_000_000
"""Largest file that is imported. A screenplay in Final Draft has about 1 MB, a PDF of one less than 2 MB."""

MAX_TEXT_BYTES: Final = 50_000_000
"""Most text or XML that a file may unpack to; a packed file that holds more is refused."""


MAX_ELEMENTS: Final = 200_000
"""Most elements of a script; all plays of Shakespeare together have about 110,000 lines of verse."""


@dataclass(frozen=True, slots=True)
class Element:
    """A piece of a file; `place` is the 1-based line, paragraph or page that it comes from."""

    kind: Kind
    text: str
    place: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a person should look at: `text`, from `place`, and `about`, what was done with it and why.

    `about` is a message that was marked, or translated, for the user's language.
    """

    about: str
    text: str
    place: int


@dataclass(slots=True)
class Draft:
    """What a file holds.

    Attributes:
        unit: what the places count: ``line``, ``paragraph`` or ``page``.
        title: the title; empty if the file does not say it.
        elements: what becomes the script, in order.
        dropped: what does not become part of the script.
        doubts: what could have been read in another way.
    """

    unit: Literal["line", "paragraph", "page"]
    title: str = ""
    elements: list[Element] = field(default_factory=list)
    dropped: list[Remark] = field(default_factory=list)
    doubts: list[Remark] = field(default_factory=list)

    def add(self, kind: Kind, text: str, place: int) -> None:
        """Add an element, unless `text` is blank. Hidden characters in it become spaces and are listed.

        Raises:
            BrokenFile: there are more elements than any script has.
        """
        if len(self.elements) >= MAX_ELEMENTS:
            raise BrokenFile(
                tr("more than {limit:,} lines and actions; no script is so long", limit=MAX_ELEMENTS), (0, 0)
            )
        text = " ".join(text.split())
        if not text.isprintable():
            text = self._visible(text, place)
        if text:
            self.elements.append(Element(kind, text, place))

    def _visible(self, text: str, place: int) -> str:
        text = drop_marks(text)[0]
        while (hidden := hidden_character(text)) is not None:
            self.dropped.append(Remark(mark("hidden character"), describe_hidden(hidden), place))
            text = text.replace(hidden, " ")
        return " ".join(text.split())

    def drop(self, about: str, text: str, place: int) -> None:
        """List `text` as dropped, unless it is blank."""
        text = " ".join(text.split())
        if text:
            self.dropped.append(Remark(about, text, place))

    def doubt(self, about: str, text: str, place: int) -> None:
        """List `text` as something to look at."""
        self.doubts.append(Remark(about, " ".join(text.split()), place))
