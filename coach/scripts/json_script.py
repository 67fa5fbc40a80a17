"""JSON parser that makes nodes. The standard library's has no locations, drops duplicate fields and accepts NaN."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from itertools import accumulate
from typing import Final

from coach.scripts.nodes import BrokenFile, Location, Mistakes, Node, Value, add_field, check_depth

_SPACE: Final = re.compile(r"[ \n\r\t]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])", re.ASCII)
_WORD: Final = re.compile(r"[-+\w.]+")
_STRINGS: Final = json.JSONDecoder()
_LITERALS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


def json_nodes(text: str, mistakes: Mistakes) -> Node:
    """Parse the JSON value in `text`.

    Raises:
        BrokenFile: it is not JSON, or nested too deeply.
    """
    return _Reader(text, mistakes).document()


class _Reader:
    def __init__(self, text: str, mistakes: Mistakes) -> None:
        self._text = text
        self._report = mistakes.add
        self._at = 0
        self._starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def document(self) -> Node:
        """Parse the whole file, which is one value."""
        root = self._value(0)
        if self._peek():
            raise self._broken("nothing may follow the end of the script; look for a bracket too many")
        return root

    def _location(self, at: int) -> Location:
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1

    def _broken(self, message: str, at: int | None = None) -> BrokenFile:
        return BrokenFile(message, self._location(self._at if at is None else at))

    def _peek(self) -> str:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._text[self._at : self._at + 1]

    def _value(self, depth: int) -> Node:
        first = self._peek()
        location = self._location(self._at)
        check_depth(depth, location)
        if first == "{":
            return Node(self._fields(depth), location)
        if first == "[":
            return Node(self._items(depth), location)
        if first == '"':
            raw_at = location[0], location[1] + 1
            return Node(self._string(), location, text_start=raw_at)
        return self._bare(location)

    def _string(self) -> str:
        begin = self._at
        try:
            text, self._at = _STRINGS.raw_decode(self._text, begin)
        except json.JSONDecodeError as error:
            if "Unterminated" in error.msg or "control" in error.msg:
                raise self._broken("a quote is opened here and not closed on its line", begin) from None
            message = "unknown letter behind a backslash; write \\\\ for a backslash"
            raise self._broken(message, min(error.pos, len(self._text))) from None
        return str(text)

    def _bare(self, location: Location) -> Node:
        number = _NUMBER.match(self._text, self._at)
        if number:
            self._at = number.end()
            return Node(float(number[0]), location)
        word = _WORD.match(self._text, self._at)
        if word is None:
            raise self._broken(self._expected())
        if word[0] not in _LITERALS:
            return self._strange(word, location)
        self._at = word.end()
        return Node(_LITERALS[word[0]], location)

    def _strange(self, word: re.Match[str], location: Location) -> Node:
        self._report(f"expected a number, or text in double quotes, found {word[0][:40]}", location)
        self._at = word.end()
        return Node(word[0], location, reported=True)

    def _expected(self) -> str:
        found = self._peek()
        if not found:
            return "the file ends in the middle; a bracket is not closed"
        hint = {"'": "; use double quotes", "/": "; JSON has no comments"}.get(found, "")
        return f"expected a value, found {found!r}{hint}"

    def _items(self, depth: int) -> Value:
        items: list[Node] = []
        opened = self._open()
        while self._peek() != "]":
            items.append(self._value(depth + 1))
            self._comma("]", opened)
        self._at += 1
        return items

    def _fields(self, depth: int) -> Value:
        fields: dict[str, Node] = {}
        opened = self._open()
        while self._peek() != "}":
            key = self._location(self._at)
            name = self._name(opened)
            node = self._value(depth + 1)
            node.key_location = key
            add_field(fields, name, node, self._report)
            self._comma("}", opened)
        self._at += 1
        return fields

    def _open(self) -> int:
        self._at += 1
        return self._at - 1

    def _name(self, opened: int) -> str:
        found = self._peek()
        if not found:
            raise self._broken("this bracket is never closed", opened)
        if found != '"':
            raise self._broken(f"expected the name of a field in double quotes, found {found!r}")
        name = self._string()
        if self._peek() != ":":
            raise self._broken(f"a colon is missing behind the field {name[:40]!r}")
        self._at += 1
        return name

    def _comma(self, end: str, opened: int) -> None:
        """Skip the comma between two values; a trailing comma is a mistake, but parsing goes on."""
        found = self._peek()
        if found == ",":
            at = self._at
            self._at += 1
            if self._peek() == end:
                self._report(f"a comma too many before {end}", self._location(at))
        elif not found:
            raise self._broken("this bracket is never closed", opened)
        elif found != end:
            raise self._broken(f"a comma is missing before {found!r}, or {end} is")
