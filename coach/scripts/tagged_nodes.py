"""Reads plain tagged text into nodes: one line of the script per line of the file, its tag in front."""

from __future__ import annotations

import re
from typing import Final

from coach.scripts.nodes import Mistakes, Node, Place
from coach.scripts.tags import named_in, pace_in, pause_in, target_in

_SKIPPED: Final = re.compile(r"\s*(#+(\s.*)?)?$")
_BEAT: Final = re.compile(r"\((?:beat|(\d+)\s+beats)\)", re.I)
_LONGEST: Final = 5000
"""Characters of a line of the file: its longest text, its longest cue, and tags of any size."""

_HEADERS: Final = ("title", "language", "pace")
_NAMES: Final = ("cue", *_HEADERS)


def tagged_nodes(text: str, mistakes: Mistakes) -> Node:
    """The script in `text`, in the same shape as one read from YAML. Mistakes in one line do not hide the others."""
    reader = _Reader(mistakes)
    for number, line in enumerate(text.split("\n"), start=1):
        if not _SKIPPED.match(line):
            reader.take(number, line)
    return reader.script()


class _Reader:
    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        self._headers: dict[str, Node] = {}
        self._items: list[Node] = []
        self._cues: list[Node] = []
        self._tag: dict[str, Node] | None = None
        self._tag_place: Place = (1, 1)

    def take(self, number: int, line: str) -> None:
        """One line of the file that is neither blank nor skipped."""
        self._tag = None
        if len(line) > _LONGEST:
            self._spoilt(f"this line has {len(line)} characters; at most {_LONGEST} are read", (number, 1))
            return
        at = self._front(number, line)
        if at is None:
            return
        place = number, at + 1
        words = line[at:].rstrip()
        if words:
            self._speak(Node(words, place, raw_at=place))
        elif self._tag is not None:
            message = "a tag without words; write the words behind it, or [pause 2s] for silence"
            self._mistakes.add(message, self._tag_place, "tag")

    def script(self) -> Node:
        """Everything taken so far."""
        if self._cues:
            self._mistakes.add("a cue with no line after it", self._cues[0].place, "cue")
        return Node({**self._headers, "lines": Node(self._items, (1, 1))}, (1, 1))

    def _front(self, number: int, line: str) -> int | None:
        """Take the tags and beats in front; where the words begin, or None where a bracket is left open."""
        at = 0
        while True:
            at += len(line[at:]) - len(line[at:].lstrip())
            beat = _BEAT.match(line, at)
            if beat:
                self._items.append(_beats(beat, (number, at + 1)))
                at = beat.end()
            elif line[at : at + 1] == "[":
                body = re.match(r"[^\[\]]*(?=\])", line[at + 1 :])
                if body is None:
                    self._spoilt("this bracket is not closed; a tag ends with ]", (number, at + 1), "tag")
                    return None
                self._take_tag(body[0], (number, at + 2))
                at += body.end() + 2
            else:
                return at

    def _spoilt(self, message: str, place: Place, field: str = "text") -> None:
        """Note a line of the script that cannot be read, so that it still counts as one."""
        self._mistakes.add(message, place, field)
        self._items.append(Node(None, place, spoiled=True))

    def _take_tag(self, body: str, place: Place) -> None:
        named = named_in(body, place, _NAMES, self._mistakes)
        if named:
            self._take_named(*named)
            return
        pause = pause_in(body, place, self._mistakes)
        if pause:
            self._items.append(pause)
            return
        if self._tag is not None:
            message = "a second tag; a line has one, and accepts several emotions as [fear, surprise]"
            self._mistakes.add(message, place, "tag")
        self._tag = target_in(body, place, self._mistakes)
        self._tag_place = place[0], place[1] - 1

    def _take_named(self, name: str, value: Node) -> None:
        if name == "cue":
            self._cues.append(value)
        elif name in _HEADERS:
            self._take_header(name, value)

    def _take_header(self, name: str, value: Node) -> None:
        if self._items:
            self._mistakes.add(f"the {name} stands before the first line of the script", value.place, name)
        elif name in self._headers:
            self._mistakes.add(f"the {name} is given twice; delete one", value.place, name)
        self._headers[name] = pace_in(value, self._mistakes) if name == "pace" else value

    def _speak(self, text: Node) -> None:
        tag = {"mode": Node("untracked", text.place)} if self._tag is None else self._tag
        fields = {"text": text, **tag}
        if self._cues:
            fields["cue"], self._cues = _joined(self._cues), []
        self._items.append(Node(fields, text.place if self._tag is None else self._tag_place))


def _beats(beat: re.Match[str], place: Place) -> Node:
    if beat[1] is None:
        return Node("beat", place)
    return Node({"beats": Node(beat[1], (place[0], place[1] + 1))}, place)


def _joined(cues: list[Node]) -> Node:
    """Cues in a row are said as one."""
    words = " ".join(str(cue.value) for cue in cues)
    raw_at = cues[0].raw_at if len(cues) == 1 else None
    return Node(words, cues[0].place, raw_at=raw_at, spoiled=any(cue.spoiled for cue in cues))
