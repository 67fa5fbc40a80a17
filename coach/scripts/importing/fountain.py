"""Reads Fountain (fountain.io/syntax, version 1.1) into a draft, in one pass over the lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from coach.base.messages import mark
from coach.scripts.importing.draft import Draft
from coach.scripts.importing.emphasis import plain
from coach.scripts.importing.names import (
    Cue,
    cue_in_capitals,
    is_capitals,
    is_scene,
    is_transition,
    parse_cue,
    without_scene_number,
)

_TITLE_KEYS: Final = frozenset(
    [
        "title",
        "credit",
        "author",
        "authors",
        "source",
        "draft",
        "date",
        "contact",
        "copyright",
        "notes",
        "revision",
        "format",
        "episode",
        "series",
        "font",
        "language",
        "titlu",
        "autor",
        "autori",
    ]
) | {"draft date", "written by", "series title", "episode title", "based on"}
"""Keys of a title page in lower case. A first line with another key is only read as one beside a known key."""

_KEY: Final = re.compile(r"([^\W\d_][^:\n]{0,30}):\s*(.*)")
_EMO: Final = re.compile(r"emo(?:tion)?\s*:\s*(.*)", re.I | re.S)

_CUT: Final = "\ue000"
"""Stands in the text where a comment or the rest of a note was taken out."""

_NOTE: Final = "\ue001"
"""Stands before and after the number of a note that was taken out."""

_NOTE_MARK: Final = re.compile(f"{_NOTE}(\\d+){_NOTE}")
_MAX_DIRECTION_LINES: Final = 5
"""Most lines over which a parenthetical may go."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line without comments; `hollow` if nothing but comments or notes stood on it. `text` keeps marks of notes."""

    number: int
    text: str
    hollow: bool

    @property
    def blank(self) -> bool:
        return not self.hollow and not self.text.strip()


def fountain_draft(text: str) -> Draft:
    """Read the Fountain script in `text`, whose lines end with a newline character."""
    draft = Draft("line")
    text = text.replace(_CUT, " ").replace(_NOTE, " ")
    text = _without_boneyard(text, draft)
    text, notes = _without_notes(text)
    lines = [_line(number, raw) for number, raw in enumerate(text.split("\n"), start=1)]
    first = _read_title_page(lines, draft)
    _Reader(lines[first:], notes, draft).read()
    return draft


def _line(number: int, raw: str) -> _Line:
    text = raw.replace(_CUT, "")
    marked = _CUT in raw or _NOTE in raw
    return _Line(number, text, marked and not _NOTE_MARK.sub("", text).strip())


def _without_boneyard(text: str, draft: Draft) -> str:
    """`text` with a mark on each line of a comment ``/* … */``. One that is never closed is kept as text."""
    pieces, end, number = [], 0, 1
    while (start := text.find("/*", end)) >= 0:
        close = text.find("*/", start + 2)
        number += text.count("\n", end, start)
        if close < 0:
            draft.doubt(mark("a comment that is never closed, read as text"), text[start : start + 60], number)
            break
        body = text[start + 2 : close]
        pieces += [text[end:start], _CUT, f"\n{_CUT}" * body.count("\n")]
        draft.drop(mark("comment"), body, number)
        number += body.count("\n")
        end = close + 2
    return "".join([*pieces, text[end:]])


def _without_notes(text: str) -> tuple[str, list[str]]:
    """`text` with marks in place of the notes ``[[…]]``, and the notes. A note ends at the latest at a blank line."""
    notes: list[str] = []
    paragraphs = re.split(r"(\n[ \t]*\n)", text)
    return "".join(_mark_notes(paragraph, notes) for paragraph in paragraphs), notes


def _mark_notes(paragraph: str, notes: list[str]) -> str:
    pieces, end = [], 0
    while (start := paragraph.find("[[", end)) >= 0 and (close := paragraph.find("]]", start + 2)) >= 0:
        body = paragraph[start + 2 : close].replace(_CUT, "")
        pieces += [paragraph[end:start], f"{_NOTE}{len(notes)}{_NOTE}", f"\n{_CUT}" * body.count("\n")]
        notes.append(body)
        end = close + 2
    return "".join([*pieces, paragraph[end:]])


def _read_title_page(lines: list[_Line], draft: Draft) -> int:
    """Read the title page, if the file begins with one, and return the index of the line after it."""
    start = next((i for i, line in enumerate(lines) if not line.blank and not line.hollow), len(lines))
    end = next((i for i in range(start, len(lines)) if lines[i].blank), len(lines))
    heads = [match for line in lines[start:end] if not line.text[:1].isspace() and (match := _KEY.match(line.text))]
    unindented = [line for line in lines[start:end] if not line.text[:1].isspace() and not line.hollow]
    if len(heads) != len(unindented) or not any(head[1].strip().lower() in _TITLE_KEYS for head in heads):
        return 0
    key, title = "", []
    for line in lines[start:end]:
        head = None if line.text[:1].isspace() else _KEY.match(line.text)
        key, value = (head[1].strip().lower(), head[2]) if head else (key, line.text)
        if key in ("title", "titlu"):
            title.append(plain(_NOTE_MARK.sub("", value)).strip())
        else:
            draft.drop(mark("title page"), plain(_NOTE_MARK.sub("", line.text)), line.number)
    draft.title = " ".join(" ".join(title).split())
    return end


class _Reader:
    """Reads lines one after the other; a speech goes on until a blank line."""

    def __init__(self, lines: list[_Line], notes: list[str], draft: Draft) -> None:
        self._lines = lines
        self._notes = notes
        self._draft = draft
        self._after_blank = True
        self._in_speech = False
        self._action: list[str] = []
        self._action_at = 0
        self._tags: list[tuple[str, int]] = []
        self._names: set[str] = set()

    def read(self) -> None:
        """Read all lines."""
        index = 0
        while index < len(self._lines):
            line = self._lines[index]
            index += 1
            if line.blank:
                self._end_block(line)
            elif line.hollow:
                self._add_text("words", line)
                self._after_blank = self._after_blank or not self._in_speech
            elif self._in_speech:
                index += self._read_speech(line, index)
            else:
                self._read_outside(line, self._has_words_below(index))
                self._after_blank = False
        self._flush_action()
        for tag, number in self._tags:
            self._draft.drop(mark("tag without a speech after it"), tag, number)

    def _end_block(self, line: _Line) -> None:
        if self._in_speech and len(line.text) > 1:  # two spaces keep a speech going
            return
        self._flush_action()
        self._in_speech, self._after_blank = False, True

    def _has_words_below(self, index: int) -> bool:
        while index < len(self._lines) and self._lines[index].hollow:
            index += 1
        return index < len(self._lines) and bool(self._lines[index].text.strip())

    def _flush_action(self) -> None:
        self._draft.add("action", " ".join(self._action), self._action_at)
        self._action = []

    # Inside a speech.

    def _read_speech(self, line: _Line, following: int) -> int:
        """Read a line of a speech; return how many of the lines after it belong to it, if it opens a parenthesis."""
        text = line.text.strip()
        if text in self._names:
            about = mark("a name without a blank line above, read as words of the speech")
            self._draft.doubt(about, text, line.number)
        if text.startswith("(") and ")" not in text:
            count = self._lines_to_close(following)
            if count:
                joined = " ".join([text, *(each.text.strip() for each in self._lines[following : following + count])])
                self._add_text("words", _Line(line.number, joined, False))
                return count
        if text.startswith("~"):
            self._add_text("sung", _Line(line.number, text[1:], False))
        else:
            self._add_text("words", line)
        return 0

    def _lines_to_close(self, following: int) -> int:
        """Number of lines after which a parenthesis closes; 0 if it does not within the speech."""
        for count, line in enumerate(self._lines[following : following + _MAX_DIRECTION_LINES], start=1):
            if line.blank or "(" in line.text:
                return 0
            if ")" in line.text:
                return count if line.text.rstrip().endswith(")") else 0
        return 0

    def _add_text(self, kind: str, line: _Line) -> None:
        """Add the words of `line` with the notes between them. A line in parentheses is a direction."""
        for number, piece in enumerate(_NOTE_MARK.split(line.text)):
            if number % 2:
                self._add_note(self._notes[int(piece)], line.number)
                continue
            text = plain(piece).strip()
            whole = text.startswith("(") and text.endswith(")") and "(" not in text[1:] and ")" not in text[:-1]
            if whole:
                self._draft.add("direction", text[1:-1], line.number)
            else:
                self._draft.add("sung" if kind == "sung" else "words", text, line.number)

    def _add_note(self, note: str, number: int) -> None:
        emotion = _EMO.fullmatch(note.strip())
        if emotion and self._in_speech:
            self._draft.add("tag", emotion[1], number)
        elif emotion:
            self._tags.append((emotion[1], number))  # for the speech that follows
        else:
            self._draft.drop(mark("note"), note, number)

    # Outside a speech.

    def _read_outside(self, line: _Line, words_below: bool) -> None:
        text = line.text.strip()
        for number in _NOTE_MARK.findall(text):
            self._add_note(self._notes[int(number)], line.number)
        text = _NOTE_MARK.sub("", text).strip()
        if not (self._read_forced(text, line.number) or self._read_block(text, line.number, words_below)):
            self._add_action(plain(text), line.number)

    def _read_forced(self, text: str, number: int) -> bool:
        """Read a line that says by its first character what it is; False if it does not."""
        first = text[:1]
        if first == "!":
            self._add_action(plain(text[1:]), number)
        elif first == "#":
            self._draft.drop(mark("section"), text.lstrip("#"), number)
        elif first == "=":
            is_break = set(text) == {"="} and len(text) > 2
            self._draft.drop(mark("page break") if is_break else mark("synopsis"), text, number)
        elif first == ">":
            self._read_arrow(text, number)
        elif first == "~":
            self._add_action(plain(text[1:]), number)
        elif first == "." and text[1:2].isalnum() and self._after_blank:
            add_scene(self._draft, without_scene_number(text[1:]), number)
        else:
            return False
        return True

    def _read_arrow(self, text: str, number: int) -> None:
        if text.endswith("<"):
            self._add_action(plain(text[1:-1]), number)
        else:
            self._draft.drop(mark("transition"), plain(text[1:]), number)

    def _read_block(self, text: str, number: int, words_below: bool) -> bool:
        """Read a line that its capitals and the blank line before it make a heading, a transition or a name."""
        if not self._after_blank:
            if words_below and cue_in_capitals(plain(text))[0]:
                self._draft.doubt(mark("capitals without a blank line above, read as action"), text, number)
            return False
        if is_scene(text):
            add_scene(self._draft, without_scene_number(text), number)
        elif is_transition(text) and is_capitals(text):
            self._draft.drop(mark("transition"), text, number)
        else:
            cue = self._cue(text, number) if words_below else None
            if cue is None:
                return False
            self._start_speech(cue, number)
        return True

    def _cue(self, text: str, number: int) -> Cue | None:
        dual = text.endswith("^")
        text = plain(text.rstrip("^ "))
        cue, why_not = (parse_cue(text[1:]), "") if text.startswith("@") else cue_in_capitals(text)
        if why_not:
            self._draft.doubt(why_not, text, number)
        if cue and dual:
            about = mark("said at the same time as the speech before; here one comes after the other")
            self._draft.doubt(about, text, number)
        return cue

    def _start_speech(self, cue: Cue, number: int) -> None:
        self._flush_action()
        self._in_speech = True
        self._names.add(cue.name)
        add_cue(self._draft, cue, number)
        for tag, place in self._tags:
            self._draft.add("tag", tag, place)
        self._tags = []

    def _add_action(self, text: str, number: int) -> None:
        if not self._action:
            self._action_at = number
        self._action.append(text)


def add_scene(draft: Draft, numbered: tuple[str, str], place: int) -> None:
    """Add a scene heading to `draft`, and list its number as left out."""
    heading, number = numbered
    draft.add("scene", plain(heading), place)
    draft.drop(mark("scene number"), number, place)


def add_cue(draft: Draft, cue: Cue, place: int) -> None:
    """Add a name to `draft`, with its extensions as directions of the speech."""
    draft.add("role", cue.name, place)
    for extension in cue.extensions:
        draft.add("direction", extension, place)
