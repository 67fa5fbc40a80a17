"""Parser of plain tagged text that produces nodes: one script line per line of the file, after its tag."""

from __future__ import annotations

import re
from typing import Final

from coach.base.messages import mark, tr
from coach.scripts.nodes import Location, Mistakes, Node, check_count
from coach.scripts.tags import parse_named, parse_pace, parse_pause, parse_target_tag, report_malformed_pause

_SKIPPED: Final = re.compile(r"\s*(#+(\s.*)?)?$")
_OPENING: Final = frozenset("[［【")
"""A set, because an empty string is in every string."""
_TAG: Final = re.compile(r"[\[［【]([^\[\]［］【】]*)[\]］】]")
_IN_PARENTHESES: Final = re.compile(r"[(（]([^()（）]{1,40})[)）]")
_MARK: Final = re.compile(r"(?:\d{1,4}[.):]?|\*)\s+|[-+•–—>]\s*")
_NAME: Final = re.compile(r"([^\W\d_][\w.'’ -]{0,40}?)\s*[:：]\s*(?=[\[［【(（])")
_MAX_NAME_WORDS: Final = 3
"""Maximum words of a name before a tag."""

_MAX_LINE_LENGTH: Final = 5000
"""Maximum characters in a line of the file: room for the longest text, the longest cue and tags."""

_HEADERS: Final = ("title", "language", "pace")
_TAG_NAMES: Final = ("cue", *_HEADERS)


def tagged_nodes(text: str, mistakes: Mistakes) -> Node:
    """Parse the script in `text`, with the same structure as YAML. A mistake in one line does not hide others."""
    reader = _Reader(mistakes)
    for number, line in enumerate(text.split("\n"), start=1):
        if not _SKIPPED.match(line):
            reader.parse_line(number, line)
            check_count(reader.count)
    return reader.script()


class _Reader:
    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        self._headers: dict[str, Node] = {}
        self._items: list[Node] = []
        self._cues: list[Node] = []
        self._tag: dict[str, Node] | None = None
        self._tag_location: Location = (1, 1)

    @property
    def count(self) -> int:
        """How many lines and pauses there are so far."""
        return len(self._items)

    def parse_line(self, number: int, line: str) -> None:
        """Parse one line of the file that is neither blank nor a comment."""
        self._tag = None
        if len(line) > _MAX_LINE_LENGTH:
            self._add_unparsable(
                tr(
                    "this line has {count} characters; at most {limit} are read",
                    count=len(line),
                    limit=_MAX_LINE_LENGTH,
                ),
                (number, 1),
            )
            return
        offset = self._parse_prefix(number, line)
        if offset is None:
            return
        location = number, offset + 1
        text = line[offset:].rstrip()
        if text:
            self._add_line(Node(text, location, text_start=location))
        elif self._tag is not None:
            message = tr("a tag without words; write the words behind it, or [pause 2s] for silence")
            self._mistakes.add(message, self._tag_location, "tag")

    def script(self) -> Node:
        """The parsed script: headers and items so far."""
        if self._cues:
            self._mistakes.add(tr("a cue with no line after it"), self._cues[0].location, "cue")
        return Node({**self._headers, "lines": Node(self._items, (1, 1))}, (1, 1))

    def _parse_prefix(self, number: int, line: str) -> int | None:
        """Parse the tags and beats before the text; return the text's offset, or None after an unclosed bracket."""
        offset = _end_of_marks(line)
        while True:
            offset += len(line[offset:]) - len(line[offset:].lstrip())
            pause = _pause_in_parentheses(line, number, offset)
            if pause:
                beat, offset = pause
                self._items.append(beat)
            elif line[offset : offset + 1] in _OPENING:
                tag = _TAG.match(line, offset)
                if tag is None:
                    self._add_unclosed(line, number, offset)
                    return None
                self._add_tag(tag[1], (number, offset + 2))
                offset = tag.end()
            else:
                return offset

    def _add_unclosed(self, line: str, number: int, offset: int) -> None:
        """Report the tag that opens at `offset` of `line` and is not closed, or holds another bracket."""
        inner = re.search(r"[\[［【]", line[offset + 1 :])
        closing = re.search(r"[\]］】]", line[offset + 1 :])
        if inner and closing:
            found = _TAG.match(line, offset + 1 + inner.start())
            advice = mark(
                "{bracket} stands inside this tag; write round brackets inside a tag, and close each tag with ]"
            )
            message = tr(advice, bracket=repr(found[0][:40]) if found else tr("a bracket"))
        else:
            message = tr("this bracket is not closed; a tag ends with ]")
        self._add_unparsable(message, (number, offset + 1), "tag")

    def _add_unparsable(self, message: str, location: Location, field: str = "text") -> None:
        """Add a mistake and an item for a line that cannot be parsed, so that it still counts as a line."""
        self._mistakes.add(message, location, field)
        self._items.append(Node(None, location, reported=True))

    def _add_tag(self, body: str, location: Location) -> None:
        pause = parse_pause(body, location)
        if pause:
            self._items.append(pause)
            return
        named = parse_named(body, location, _TAG_NAMES, self._mistakes)
        if named:
            self._add_named(*named)
            return
        if report_malformed_pause(body, location, self._mistakes):
            self._items.append(Node("beat", location))
            return
        if self._tag is not None:
            message = tr("a second tag; a line has one tag, which may hold several emotions as in [fear, surprise]")
            self._mistakes.add(message, location, "tag")
        self._tag = parse_target_tag(body, location, self._mistakes)
        self._tag_location = location[0], location[1] - 1

    def _add_named(self, name: str, value: Node) -> None:
        if name == "cue":
            self._cues.append(value)
        elif name in _HEADERS:
            self._add_header(name, value)

    def _add_header(self, name: str, value: Node) -> None:
        if self._items:
            message = tr("the {name} stands before the first line of the script", name=name)
            self._mistakes.add(message, value.location, name)
        elif name in self._headers:
            self._mistakes.add(tr("the {name} is given twice; delete one", name=name), value.location, name)
        self._headers[name] = parse_pace(value, self._mistakes) if name == "pace" else value

    def _add_line(self, text: Node) -> None:
        tag = {"mode": Node("untracked", text.location)} if self._tag is None else self._tag
        fields = {"text": text, **tag}
        if self._cues:
            fields["cue"], self._cues = _join(self._cues), []
        self._items.append(Node(fields, text.location if self._tag is None else self._tag_location))


def _end_of_marks(line: str) -> int:
    """Offset of the tag or pause behind what may stand before it: a number, a bullet, a name; 0 if none follows."""
    offset = len(line) - len(line.lstrip())
    while mark := _MARK.match(line, offset):
        offset = mark.end()
    name = _NAME.match(line, offset)
    if name and _is_name(name[1]):
        offset = name.end()
    is_tag = line[offset : offset + 1] in _OPENING or _pause_in_parentheses(line, 1, offset)
    return offset if is_tag else 0


def _is_name(text: str) -> bool:
    """Whether `text` may be the name of a character: up to three words, none of which begins in lower case."""
    words = text.split()
    return len(words) <= _MAX_NAME_WORDS and not any(word[0].islower() for word in words)


def _pause_in_parentheses(line: str, number: int, offset: int) -> tuple[Node, int] | None:
    """The pause at `offset` of `line`, such as ``(beat)``, and the offset of its end; None if there is none."""
    match = _IN_PARENTHESES.match(line, offset)
    pause = parse_pause(match[1], (number, offset + 2)) if match else None
    return (pause, match.end()) if match and pause else None


def _join(cues: list[Node]) -> Node:
    """Join consecutive cues into one."""
    text = " ".join(str(cue.value) for cue in cues)
    text_start = cues[0].text_start if len(cues) == 1 else None
    return Node(text, cues[0].location, text_start=text_start, reported=any(cue.reported for cue in cues))
