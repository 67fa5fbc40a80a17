"""Makes a script from a draft: lines with their roles and emotions, pauses, scenes and actions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from coach.base.messages import mark
from coach.base.text import clean
from coach.core.script.script import Script, names_in
from coach.scripts.importing.draft import Draft, Element
from coach.scripts.importing.lexicon import Direction, Lexicon
from coach.scripts.importing.report import ImportReport, TagUse

Choose = Callable[[str, str, str], "Direction | None"]
"""Asks the actor what a direction means, given the direction, who speaks, and the words that follow. None: unknown."""

_MAX_TEXT: Final = 2000
"""Most characters of a line or an action of a script."""

_MAX_DIRECTION: Final = 200
"""Most characters of the directions of a line; longer ones become an action before it."""

_MAX_ROLE: Final = 200
"""Most characters of the name of a role."""

_INLINE: Final = re.compile(r"\[([^\[\]]{1,200})\]|\(([^()]{1,200})\)")
_HASH: Final = re.compile(r"(?<!\S)#([^\W\d][\w-]{1,40})(?=[\s.,;!?]|$)")
_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’»)]*\s")

_LOOK_AHEAD: Final = 10
"""Elements after a direction in which its words are looked for."""

_Fields = dict[str, Any]


def assemble(
    draft: Draft, lexicon: Lexicon, title: str, role: str | None = None, choose: Choose | None = None
) -> ImportReport:
    """Make the script and the report of `draft`.

    Args:
        draft: what the file holds.
        lexicon: what directions ask for.
        title: title of the script if the draft has none.
        role: the actor's part, spelt as in the draft; None for every line.
        choose: asks what the unknown directions of the actor's lines mean; None leaves these lines unscored.

    Raises:
        ValidationError: the draft has no words to say.
    """
    assembly = _Assembly(draft, lexicon, role, choose)
    fields = {"title": clean(draft.title or title, 200) or "Untitled", "lines": list(assembly.items())}
    script = Script.model_validate({**fields, **({"role": role} if role else {})})
    return ImportReport(script, draft, tuple(assembly.tags.values()))


class _Assembly:
    """Turns elements into items of a script.

    Attributes:
        tags: the directions met so far, by their words in lower case and whether they were kept in the words.
    """

    def __init__(self, draft: Draft, lexicon: Lexicon, role: str | None, choose: Choose | None) -> None:
        self.tags: dict[tuple[str, bool], TagUse] = {}
        self._draft = draft
        self._lexicon = lexicon
        self._own = role
        self._choose = choose
        self._answers: dict[str, Direction] = {}
        self._spellings: dict[str, str] = {}
        self._index = 0
        self._role: str | None = None
        self._target: _Fields = {}
        self._directions: list[str] = []
        self._unknown: list[tuple[str, int]] = []
        self._words: list[str] = []

    def items(self) -> Iterator[_Fields]:
        """The items of the script in order."""
        for index, element in enumerate(self._draft.elements):
            self._index = index
            yield from self._items_of(element)
        yield from self._end_speech()

    def _items_of(self, element: Element) -> Iterator[_Fields]:
        if element.kind in ("words", "sung"):
            yield from self._say(element)
        elif element.kind in ("direction", "tag"):
            yield from self._direct(element.text, element.place, self._role, keep=element.kind == "direction")
        else:
            yield from self._end_speech()
            if element.kind == "role":
                self._role = self._spell(element)
            else:
                yield from ({str(element.kind): text} for text in split_text(element.text))

    def _spell(self, element: Element) -> str:
        """The name of a role as it was first spelt, shortened if a script cannot hold it."""
        name = clean(element.text, _MAX_ROLE)
        if name != element.text:
            self._draft.doubt(mark("a very long name, shortened"), element.text, element.place)
        return self._spellings.setdefault(name.casefold(), name)

    # Words.

    def _say(self, element: Element) -> Iterator[_Fields]:
        """Add the words of `element`, with the tags between them. A hash tag counts for all words of the element."""
        text = element.text
        for match in _HASH.finditer(element.text):
            word = _hashed_words(match)
            if self._lexicon.meaning(word).unknown:
                self._note_use(match[0], "", element.place, kept=True)
            else:
                yield from self._direct(word, element.place, self._role, keep=False)
        if "#" in text:
            text = _HASH.sub(
                lambda match: match[0] if self._lexicon.meaning(_hashed_words(match)).unknown else " ", text
            )
        if element.kind == "sung":
            yield from self._flush()
            self._directions.append("sung")
        end = 0
        for match in _INLINE.finditer(text):
            if match[2] and self._lexicon.meaning(match[2]).unknown:
                self._note_use(match[0], "", element.place, kept=True)
                continue
            self._add_words(text[end : match.start()])
            end = match.end()
            yield from self._direct(match[1] or match[2], element.place, self._role, keep=bool(match[2]))
        self._add_words(text[end:])
        if element.kind == "sung" or self._role is None:
            yield from self._flush()

    def _add_words(self, text: str) -> None:
        if text.strip():
            self._words.append(text.strip())

    def _flush(self) -> Iterator[_Fields]:
        """The words so far as a line, or as several if they are too long for one."""
        words, self._words = " ".join(self._words), []
        if not words:
            return
        for text, place in self._unknown:
            self._note_use(text, "", place)
        self._unknown = []
        direction, self._directions = ", ".join(self._directions), []
        if len(direction) > _MAX_DIRECTION:
            yield from ({"action": f"({text})"} for text in split_text(direction, _MAX_TEXT - 2))
            direction = ""
        for text in split_text(words):
            line = {"text": text, "role": self._role, **self._target, "direction": direction or None}
            yield {name: value for name, value in line.items() if value is not None}

    def _end_speech(self) -> Iterator[_Fields]:
        yield from self._flush()
        for direction, place in self._unknown:
            self._draft.doubt(mark("a direction with no words after it, kept as action"), direction, place)
        for direction in self._directions:
            yield from ({"action": f"({text})"} for text in split_text(direction, _MAX_TEXT - 2))
        self._role, self._target, self._directions, self._unknown = None, {}, [], []

    # Directions.

    def _direct(self, text: str, place: int, role: str | None, *, keep: bool) -> Iterator[_Fields]:
        """Follow a direction from here to the next one of the speech; `keep` its words with the line."""
        yield from self._flush()
        meaning = self._meaning(text, role)
        if meaning.unknown:
            self._unknown.append((text, place))
        else:
            self._note_use(text, str(meaning), place)
        if meaning.unknown or meaning.own_way or meaning.emotion:
            self._target = _target_of(meaning)
        if meaning.beats:
            yield {"beats": meaning.beats}
        only_pause = meaning.beats and not (meaning.emotion or meaning.delivery or meaning.unknown)
        if (keep or meaning.unknown or meaning.delivery) and not only_pause:
            self._directions.append(text)

    def _meaning(self, text: str, role: str | None) -> Direction:
        meaning = self._lexicon.meaning(text)
        own = self._own is None or role is None or self._own.casefold() in map(str.casefold, names_in(role))
        words = self._following_words() if meaning.unknown and self._choose is not None and own else ""
        if self._choose is None or not words:
            return meaning
        key = text.casefold()
        if key not in self._answers:
            self._answers[key] = self._choose(text, role or "", words) or meaning
        return self._answers[key]

    def _following_words(self) -> str:
        """The words of the speech from the current element on, to show an actor what a direction is about."""
        for element in self._draft.elements[self._index : self._index + _LOOK_AHEAD]:
            if element.kind in ("words", "sung"):
                return element.text
            if element.kind not in ("direction", "tag"):
                break
        return ""

    def _note_use(self, text: str, meaning: str, place: int, *, kept: bool = False) -> None:
        use = self.tags.setdefault((text.casefold(), kept), TagUse(text, meaning, kept))
        use.places.append(place)


def _hashed_words(match: re.Match[str]) -> str:
    return match[1].replace("_", " ").replace("-", " ")


def _target_of(meaning: Direction) -> _Fields:
    """Fields of a line that say what it asks for; none if that is not known."""
    if meaning.unknown:
        return {}
    return {"mode": "own way"} if meaning.own_way else {"emotion": meaning.emotion, "intensity": meaning.intensity}


def split_text(text: str, limit: int = _MAX_TEXT) -> Iterator[str]:
    """`text` in pieces of at most `limit` characters, cut after a sentence, else at a space."""
    while len(text) > limit:
        ends = [match.end() for match in _SENTENCE_END.finditer(text[:limit])]
        cut = ends[-1] if ends else text[:limit].rfind(" ") + 1 or limit
        yield text[:cut].strip()
        text = text[cut:].strip()
    if text:
        yield text
