"""Reads rows of plain text into a draft: of a text file, of a document, or of the pages of a PDF.

Two forms are known, and the one with more names in the file is read: ``NAME: words``, and a name in capitals above its
words. A file without names is a monologue, and each of its rows is a line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coach.base.messages import mark, tr
from coach.scripts.importing.draft import Draft, Element
from coach.scripts.importing.fountain import add_cue, add_scene
from coach.scripts.importing.names import (
    Cue,
    cue_in_capitals,
    is_act,
    is_capitals,
    is_scene,
    is_transition,
    numbered_scene,
    parse_cue,
)

_NAMED: Final = re.compile(r"([^\W_][^:()\[\]]{0,40}?(?:\s*\([^()]{1,40}\)){0,3})\s*:(?=\s|[\[(])\s*(.*)")
_HEADER: Final = re.compile(r"\[title:\s*([^\[\]]{1,200})\]\s*", re.I)
_BREAK: Final = re.compile(
    r"(?:\d{1,4}[A-Z]{0,2}\s+)?\(?(?:MORE|CONTINUED|CONT['’]D)\)?\s?:?(?:\s?\(\d{1,3}\))?(?:\s+\d{1,4}[A-Z]{0,2})?",
    re.I,
)
"""What programs write where a page breaks a speech or a scene, with the number of the scene on one side or both."""

_MAX_NAME_WORDS: Final = 5
_MAX_DIRECTION_ROWS: Final = 5
_LONG_ACTION: Final = 1500
"""Characters from which an action is not joined with the row below; a script holds 2000."""

_INDENTED: Final = 4.0
"""Characters further right than the margin from which a row counts as indented."""

_MARGIN_SHARE: Final = 0.05
"""Share of the rows that must begin at a place for it to be the margin."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not blank.

    Attributes:
        place: the line, paragraph or page that it comes from.
        text: its text, stripped.
        indent: characters from the left edge to the text.
        gap: whether a blank row, or space as high as one, is above it.
    """

    place: int
    text: str
    indent: float = 0.0
    gap: bool = False


def text_rows(text: str) -> list[Row]:
    """The rows of a text file, whose lines end with a newline character."""
    rows, gap = [], True
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.expandtabs().rstrip()
        if line:
            rows.append(Row(number, line.strip(), len(line) - len(line.lstrip()), gap))
        gap = not line
    return rows


_TAGGED_TEXT: Final = re.compile(
    r"[\[［【]\s*(?:(?:cue|language|pace)\s*[:：]|[^\[\]\n]{0,60}?(?:\d\s*s\b|\d:\d|\bpause\b|\bbeats?\b))", re.I
)
"""What only tagged text has: cues, and tags with times or pauses. An import would leave them out."""


def is_scene_text(text: str) -> bool:
    """Whether several people speak in `text`, rather than one actor in tagged text.

    At least two have names, one of them speaks twice, or each row is a speech, and on the average a speech has no more
    than three rows.
    """
    if _TAGGED_TEXT.search(text):
        return False
    draft = Draft("line")
    plain_draft(text_rows(text), draft)
    speakers = [element.text for element in draft.elements if element.kind == "role"]
    rows = sum(element.kind == "words" for element in draft.elements)
    names = len(set(speakers))
    return names > 1 and (len(speakers) > names or len(speakers) == rows) and 3 * len(speakers) >= rows


_NAMELESS: Final = mark("a paragraph without a name after a speech, read as action")


def plain_draft(rows: Sequence[Row], draft: Draft) -> None:
    """Add what `rows` say to `draft`."""
    named = _speakers(rows)
    by_colon = sum(_named(row.text, named) is not None for row in rows)
    layout = _Layout(rows)
    by_capitals = sum(layout.cue(number)[0] is not None for number in range(len(rows)))
    if max(by_colon, by_capitals) == 0:
        _read_monologue(rows, draft)
    elif by_colon >= by_capitals:
        _NamedReader(draft, named).read(rows)
    else:
        _CapitalsReader(draft, layout).read(rows)


def _read_monologue(rows: Sequence[Row], draft: Draft) -> None:
    draft.doubt(mark("no names were found"), tr("each row is a line of yours"), 0)
    if any(row.text[0] == "[" and not _HEADER.fullmatch(row.text) for row in rows):
        about = mark("this looks like tagged text, which `coach rehearse` reads as it is")
        draft.doubt(about, tr("times and cues within tags are not imported"), 0)
    for row in rows:
        title = _HEADER.fullmatch(row.text)
        if title:
            draft.title = title[1].strip()
        elif is_scene(row.text):
            draft.add("scene", row.text, row.place)
        elif is_act(row.text):
            draft.add("action", row.text, row.place)
        elif _in_parentheses(row.text):
            draft.add("direction", row.text[1:-1], row.place)
        else:
            draft.add("words", row.text, row.place)


def _in_parentheses(text: str) -> bool:
    return text[:1] == "(" and text[-1:] == ")" and "(" not in text[1:] and ")" not in text[:-1]


# NAME: words


def _speakers(rows: Sequence[Row]) -> frozenset[str]:
    """The names before colons: those in capitals, and others that come twice or more."""
    counts: Counter[str] = Counter()
    for row in rows:
        match = _NAMED.match(row.text)
        cue = parse_cue(match[1]) if match else None
        if (
            cue
            and _may_be_name(cue.name)
            and not is_scene(row.text)
            and not is_transition(match[1] + ":" if match else "")
        ):
            counts[cue.name] += 1
    return frozenset(name for name, count in counts.items() if count > 1 or is_capitals(name))


def _may_be_name(name: str) -> bool:
    words = name.split()
    return (
        len(words) <= _MAX_NAME_WORDS and not words[0][0].islower() and not any(c in name for c in '.!?;,"“”…')
    ) or (is_capitals(name) and len(words) <= _MAX_NAME_WORDS)


def _named(text: str, names: frozenset[str]) -> tuple[Cue, str] | None:
    """The name before the colon of a row and the words behind it; None if the row has no known name."""
    match = _NAMED.match(text)
    cue = parse_cue(match[1]) if match else None
    return (cue, match[2]) if match and cue and cue.name in names else None


class _NamedReader:
    def __init__(self, draft: Draft, names: frozenset[str]) -> None:
        self._draft = draft
        self._names = names
        self._in_speech = False

    def read(self, rows: Sequence[Row]) -> None:
        """Read all rows."""
        for row in rows:
            named = _named(row.text, self._names)
            if named:
                self._in_speech = True
                add_cue(self._draft, named[0], row.place)
                self._add_words(named[1], row.place)
            elif title := _HEADER.fullmatch(row.text):
                self._draft.title = title[1].strip()
            elif self._in_speech and not row.gap:
                self._continue(row)
            else:
                self._read_outside(row)

    def _continue(self, row: Row) -> None:
        """Read a row directly below a speech: it belongs to it, unless it is a paragraph of its own."""
        if is_scene(row.text) or is_act(row.text) or is_transition(row.text):
            self._read_outside(row)
        elif self._draft.unit == "paragraph" and not _in_parentheses(row.text):
            self._draft.doubt(_NAMELESS, row.text, row.place)
            self._read_outside(row)
        else:
            self._add_words(row.text, row.place)

    def _read_outside(self, row: Row) -> None:
        self._in_speech = False
        add_outside(self._draft, row)

    def _add_words(self, text: str, place: int) -> None:
        if _in_parentheses(text):
            self._draft.add("direction", text[1:-1], place)
        else:
            self._draft.add("words", text, place)


def _action_before(draft: Draft) -> Element | None:
    """The action that a row below it may go on with; None if there is none, or it is long already."""
    last = draft.elements[-1] if draft.elements else None
    return last if last and last.kind == "action" and len(last.text) < _LONG_ACTION else None


def add_outside(draft: Draft, row: Row) -> None:
    """Add a row outside a speech: a scene heading, a transition, which is dropped, or an action."""
    scene, number = numbered_scene(row.text)
    if scene:
        add_scene(draft, (scene, number), row.place)
    elif is_transition(row.text) and is_capitals(row.text):
        draft.drop(mark("transition"), row.text, row.place)
    elif not row.gap and draft.unit != "paragraph" and (before := _action_before(draft)) is not None:
        draft.elements.pop()
        draft.add("action", f"{before.text} {row.text}", before.place)
    else:
        draft.add("action", row.text, row.place)


# A name in capitals above its words


class _Layout:
    """Tells by capitals, gaps and indents which rows are names."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.has_gaps = any(row.gap for row in rows[1:])
        # The number of a scene stands left of where everything else begins.
        counts = Counter(
            round(row.indent) for row in rows if not (row.text[0].isdigit() and numbered_scene(row.text)[0])
        )
        common = [indent for indent, count in counts.items() if count >= _MARGIN_SHARE * len(rows)]
        self.margin = min(common, default=0)
        self._cues = [self._find(number) for number in range(len(rows))]
        known = {cue.name for cue, _ in self._cues if cue}
        self._without_gap = {number for number in range(1, len(rows)) if self._is_known(number, known)}
        names = [row for row, (cue, _) in zip(rows, self._cues, strict=True) if cue]
        self.indents = 2 * sum(self.is_indented(row) for row in names) >= len(names) > 0

    def is_indented(self, row: Row) -> bool:
        """Whether a row begins clearly further right than the margin."""
        return row.indent > self.margin + _INDENTED

    def cue(self, number: int) -> tuple[Cue | None, str]:
        """The name in row `number`, or why its capitals are none; see `cue_in_capitals`."""
        cue, why_not = self._cues[number]
        if number in self._without_gap:
            cue, why_not = parse_cue(self.rows[number].text), mark("a name without a blank row above it")
        if cue and self.indents and not self.is_indented(self.rows[number]):
            return None, mark("capitals at the margin, where no names are, read as action")
        return cue, why_not

    def _is_known(self, number: int, names: set[str]) -> bool:
        """Whether row `number` has a name of the file and stands directly below other words and above further ones."""
        row, below = self.rows[number], self.rows[number + 1 : number + 2]
        cue = parse_cue(row.text) if self.has_gaps and not row.gap and is_capitals(row.text.partition("(")[0]) else None
        return cue is not None and cue.name in names and bool(below) and not below[0].gap

    def _find(self, number: int) -> tuple[Cue | None, str]:
        row = self.rows[number]
        below = self.rows[number + 1] if number + 1 < len(self.rows) else None
        if below is None or (self.has_gaps and (below.gap or not row.gap)) or _BREAK.fullmatch(row.text):
            return None, ""
        cue, why_not = cue_in_capitals(row.text.rstrip("^ ").removeprefix("@"))
        if cue and not self.has_gaps and (is_scene(below.text) or cue_in_capitals(below.text)[0]):
            return None, ""
        return cue, why_not


class _CapitalsReader:
    def __init__(self, draft: Draft, layout: _Layout) -> None:
        self._draft = draft
        self._layout = layout
        self._name = ""
        self._in_speech = False
        self._has_words = False
        self._broken = False

    def read(self, rows: Sequence[Row]) -> None:
        """Read all rows."""
        number = 0
        while number < len(rows):
            row = rows[number]
            number += 1
            cue, why_not = self._layout.cue(number - 1)
            if why_not and not is_transition(row.text):
                self._draft.doubt(why_not, row.text, row.place)
            if _BREAK.fullmatch(row.text):
                self._broken = self._in_speech
                self._draft.drop(mark("mark of a page break"), row.text, row.place)
            elif cue:
                self._start(cue, row)
            elif self._in_speech and self._belongs(row):
                number += self._add(rows, number)
            else:
                self._in_speech = self._broken = False
                add_outside(self._draft, row)

    def _start(self, cue: Cue, row: Row) -> None:
        goes_on = self._broken and cue.continued and cue.name == self._name
        self._in_speech, self._has_words, self._broken = True, goes_on and self._has_words, False
        self._name = cue.name
        if goes_on:
            self._draft.drop(mark("name repeated after a page break"), row.text, row.place)
        else:
            add_cue(self._draft, cue, row.place)

    def _belongs(self, row: Row) -> bool:
        """Whether a row that is no name goes on with the speech."""
        if numbered_scene(row.text)[0] or (is_transition(row.text) and is_capitals(row.text)):
            return False
        if self._layout.has_gaps:
            at_margin = self._layout.indents and self._has_words and not self._layout.is_indented(row)
            return not (row.gap or at_margin)
        if not self._has_words or _in_parentheses(row.text):
            return True
        self._draft.doubt(_NAMELESS, row.text, row.place)
        return False

    def _add(self, rows: Sequence[Row], number: int) -> int:
        """Add the row before `number`; return how many further rows a parenthetical that it opens goes on for."""
        row = rows[number - 1]
        if row.text[:1] == "(" and ")" not in row.text:
            for count, below in enumerate(rows[number : number + _MAX_DIRECTION_ROWS], start=1):
                if below.gap or "(" in below.text:
                    break
                if below.text.endswith(")"):
                    joined = " ".join(each.text for each in rows[number - 1 : number + count])
                    self._draft.add("direction", joined[1:-1], row.place)
                    return count
        if _in_parentheses(row.text):
            self._draft.add("direction", row.text[1:-1], row.place)
        else:
            self._has_words = True
            self._draft.add("words", row.text, row.place)
        return 0
