"""Reads YAML into nodes, from parser events: no anchors, no tags, no surprises in types, every value with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Protocol

import yaml

from coach.scripts.nodes import TOO_DEEP, BrokenFile, Mistakes, Node, Place, check_depth, put

_MOST_EVENTS: Final = 400_000

# libyaml is five times faster; where it is missing the pure parser gives the same events.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Mark(Protocol):
    """Where the parser is; both parsers have their own class for it."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


_NOTHING: Final = frozenset({"", "~", "null"})

_QUOTE = "put the text in double quotes"
_PLAIN_WORDS: Final[tuple[tuple[str, bool, str], ...]] = (
    # what the parser says, whether the place that it started from tells more, what we say
    ("nesting depth", False, TOO_DEEP),  # libyaml looks ahead and has a limit of its own
    ("quoted scalar.*(end of stream|document)", True, "a quote is opened here and never closed"),
    ("unknown escape", False, "unknown letter behind a backslash; write \\\\ for a backslash, or use single quotes"),
    ("mapping values are not allowed", False, f"a colon inside text without quotes, or a wrong indentation; {_QUOTE}"),
    ("entries are not allowed", False, f"a list begins on its own line; if this is text that begins with -, {_QUOTE}"),
    ("block scalar", False, f"nothing may follow | or > on its line; if it begins a text, {_QUOTE}"),
    ("scanning an (alias|anchor)", True, f"text that begins with * or & needs quotes; {_QUOTE}"),
    ("(tag|directive)", True, f"text that begins with ! or % needs quotes; {_QUOTE}"),
    ("could not find expected ':'", True, "a colon is missing between the name of a field and its value"),
    (
        "',' or '[]}]'|flow (mapping|sequence)",
        True,
        "a bracket is opened here and not closed, or a comma or a quote is missing inside it",
    ),
    ("<?document start>?", False, "this does not belong to the script before it; look for a bracket too many"),
    (
        "(block end|expected key|'-' indicator)",
        False,
        "wrong indentation, or words behind a closing quote or bracket; fields of one line begin in the same column",
    ),
)


def yaml_nodes(text: str, mistakes: Mistakes) -> Node:
    """The nodes of the one document in `text`; every scalar is a text, or None where it is left empty or ``null``.

    Raises:
        BrokenFile: it is no YAML, or nested or long beyond any script.
    """
    reader = _Reader(text, mistakes)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        raise _in_plain_words(error, text) from None
    except yaml.YAMLError as error:
        raise BrokenFile(f"not valid YAML: {str(error)[:200]}", (1, 1)) from None


class _Reader:
    def __init__(self, text: str, mistakes: Mistakes) -> None:
        self._report = mistakes.add
        self._events = self._counted(yaml.parse(text, Loader=_LOADER))

    def document(self) -> Node:
        """The first document; a second one is a mistake."""
        root = Node(None, (1, 1))
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise BrokenFile("a second document begins here (---); a file holds one script", _place(event))
                root = self._node(next(self._events), 0)
        return root

    def _counted(self, events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
        for count, event in enumerate(events):
            if count > _MOST_EVENTS:
                raise BrokenFile(f"more than {_MOST_EVENTS:,} values; this is no script", _place(event))
            yield event

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = _place(event)
        check_depth(depth, place)
        if isinstance(event, yaml.ScalarEvent):
            node = _scalar(event, place)
        elif isinstance(event, yaml.MappingStartEvent):
            node = Node(self._fields(depth), place)
        elif isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
                items.append(self._node(item, depth + 1))
            node = Node(items, place)
        else:
            node = Node(None, place)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._spoil(node, f"anchors (&) and aliases (*) are not used in scripts; if this is text, {_QUOTE}")
        if getattr(event, "tag", None):
            self._spoil(node, f"tags (!) are not used in scripts; if this is text, {_QUOTE}")
        return node

    def _fields(self, depth: int) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            value.key = name.place
            if isinstance(name.value, str):
                put(fields, name.value, value, self._report)
            elif not name.spoiled:
                self._report("the name of a field must be a word", name.place)
        return fields

    def _spoil(self, node: Node, message: str) -> None:
        if not node.spoiled:
            self._report(message, node.place)
        node.spoiled = True


def _scalar(event: yaml.ScalarEvent, place: Place) -> Node:
    plain = not event.style
    if plain and event.value in _NOTHING:
        return Node(None, place)
    one_line = event.start_mark is None or event.end_mark is None or event.start_mark.line == event.end_mark.line
    return Node(event.value, place, raw_at=(place[0], place[1] + (not plain)) if one_line else None)


def _place(event: yaml.Event) -> Place:
    return _marked(event.start_mark)


def _marked(mark: _Mark | None) -> Place:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _in_plain_words(error: yaml.MarkedYAMLError, text: str) -> BrokenFile:
    place = _marked(error.problem_mark or error.context_mark)
    said = f"{error.context or ''} {error.problem or ''}"
    if "cannot start any token" in said:
        return BrokenFile(f"text that begins with {_character(text, place)!r} needs quotes; {_QUOTE}", place)
    for pattern, from_context, message in _PLAIN_WORDS:
        if re.search(pattern, said, re.DOTALL):
            if from_context and error.context_mark:
                place = _marked(error.context_mark)
            return BrokenFile(message, place)
    return BrokenFile(f"not valid YAML: {said.strip()[:200]}", place)


def _character(text: str, place: Place) -> str:
    line = text.split("\n")[place[0] - 1]
    return line[place[1] - 1 : place[1]] or " "
