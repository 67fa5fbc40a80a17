"""JSON parser that produces nodes. That of the standard library has no locations, drops duplicates and accepts NaN."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from itertools import accumulate
from typing import Final

from coach.base.messages import mark, tr
from coach.scripts.nodes import BrokenFile, Location, Mistakes, Node, Value, add_field, check_depth

_SPACES: Final = re.compile(r"[ \n\r\t]*")
_NUMBER_PATTERN: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])", re.ASCII)
_WORD_PATTERN: Final = re.compile(r"[-+\w.]+")
_STRING_DECODER: Final = json.JSONDecoder()
_LITERALS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


def json_nodes(text: str, mistakes: Mistakes) -> Node:
    """Parse the JSON value in `text`.

    Raises:
        BrokenFile: `text` is not JSON, or nested too deeply.
    """
    return _Reader(text, mistakes).document()


class _Reader:
    def __init__(self, text: str, mistakes: Mistakes) -> None:
        self._text = text
        self._report = mistakes.add
        self._position = 0
        self._line_starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def document(self) -> Node:
        """Parse the file, which must be one value."""
        root = self._value(0)
        if self._peek():
            raise self._broken_file(tr("there is text after the end of the script; there may be a bracket too many"))
        return root

    def _location(self, position: int) -> Location:
        line = bisect_right(self._line_starts, position)
        return line, position - self._line_starts[line - 1] + 1

    def _broken_file(self, message: str, position: int | None = None) -> BrokenFile:
        return BrokenFile(message, self._location(self._position if position is None else position))

    def _peek(self) -> str:
        """Skip white space and return the next character, empty at the end of the file."""
        space = _SPACES.match(self._text, self._position)
        self._position = space.end() if space else self._position
        return self._text[self._position : self._position + 1]

    def _value(self, depth: int) -> Node:
        first = self._peek()
        location = self._location(self._position)
        check_depth(depth, location)
        if first == "{":
            return Node(self._fields(depth), location)
        if first == "[":
            return Node(self._items(depth), location)
        if first == '"':
            text_start = location[0], location[1] + 1
            return Node(self._string(), location, text_start=text_start)
        return self._number_or_literal(location)

    def _string(self) -> str:
        begin = self._position
        try:
            text, self._position = _STRING_DECODER.raw_decode(self._text, begin)
        except json.JSONDecodeError as error:
            if "Unterminated" in error.msg or "control" in error.msg:
                raise self._broken_file(tr("a quote is opened here and not closed on its line"), begin) from None
            message = tr("unknown letter behind a backslash; write \\\\ for a backslash")
            raise self._broken_file(message, min(error.pos, len(self._text))) from None
        return str(text)

    def _number_or_literal(self, location: Location) -> Node:
        number = _NUMBER_PATTERN.match(self._text, self._position)
        if number:
            self._position = number.end()
            return Node(float(number[0]), location)
        word = _WORD_PATTERN.match(self._text, self._position)
        if word is None:
            raise self._broken_file(self._expected_message())
        if word[0] not in _LITERALS:
            return self._unknown_word(word, location)
        self._position = word.end()
        return Node(_LITERALS[word[0]], location)

    def _unknown_word(self, word: re.Match[str], location: Location) -> Node:
        message = tr("expected a number, or text in double quotes, found {word}", word=word[0][:40])
        self._report(message, location)
        self._position = word.end()
        return Node(word[0], location, reported=True)

    def _expected_message(self) -> str:
        character = self._peek()
        if not character:
            return tr("the file ends in the middle; a bracket is not closed")
        message = {
            "'": mark("expected a value, found {character}; use double quotes"),
            "/": mark("expected a value, found {character}; JSON has no comments"),
        }.get(character, mark("expected a value, found {character}"))
        return tr(message, character=repr(character))

    def _items(self, depth: int) -> Value:
        items: list[Node] = []
        bracket = self._skip_bracket()
        while self._peek() != "]":
            items.append(self._value(depth + 1))
            self._skip_comma("]", bracket)
        self._position += 1
        return items

    def _fields(self, depth: int) -> Value:
        fields: dict[str, Node] = {}
        bracket = self._skip_bracket()
        while self._peek() != "}":
            key_location = self._location(self._position)
            name = self._field_name(bracket)
            node = self._value(depth + 1)
            node.key_location = key_location
            add_field(fields, name, node, self._report)
            self._skip_comma("}", bracket)
        self._position += 1
        return fields

    def _skip_bracket(self) -> int:
        """Skip an opening bracket and return its position, for messages."""
        self._position += 1
        return self._position - 1

    def _field_name(self, bracket: int) -> str:
        """Parse a field name and its colon; `bracket` is the position of the opening bracket."""
        character = self._peek()
        if not character:
            raise self._broken_file(tr("this bracket is never closed"), bracket)
        if character != '"':
            message = mark("expected the name of a field in double quotes, found {character}")
            raise self._broken_file(tr(message, character=repr(character)))
        name = self._string()
        if self._peek() != ":":
            raise self._broken_file(tr("a colon is missing behind the field {name}", name=repr(name[:40])))
        self._position += 1
        return name

    def _skip_comma(self, end: str, bracket: int) -> None:
        """Skip the comma between two values; a trailing comma is a mistake, but parsing continues."""
        character = self._peek()
        if character == ",":
            position = self._position
            self._position += 1
            if self._peek() == end:
                self._report(tr("a comma too many before {bracket}", bracket=end), self._location(position))
        elif not character:
            raise self._broken_file(tr("this bracket is never closed"), bracket)
        elif character != end:
            message = tr(
                "a comma is missing before {character}, or {bracket} is", character=repr(character), bracket=end
            )
            raise self._broken_file(message)
