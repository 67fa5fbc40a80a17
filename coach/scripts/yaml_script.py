"""YAML parser that produces nodes from parser events: no anchors, tags or implicit types; every node has a location."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Protocol

import yaml

from coach.base.messages import mark, tr
from coach.scripts.nodes import MAX_DEPTH, TOO_DEEP, BrokenFile, Location, Mistakes, Node, add_field, check_depth

_MAX_EVENTS: Final = 400_000
"""Parser events of one file, about one per value."""

# libyaml is five times faster; without it the pure Python parser gives the same events.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Mark(Protocol):
    """Position in the text; libyaml and the pure Python parser use different classes for it."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


_NULLS: Final = frozenset({"", "~", "null"})
"""Plain scalars without a value."""

_MESSAGES: Final[tuple[tuple[str, bool, str], ...]] = (
    # Pattern of the parser's message; whether to report the start of its context; our message. The first match counts.
    ("nesting depth", False, TOO_DEEP),  # libyaml reads ahead and has its own limit
    ("quoted scalar.*(end of stream|document)", True, mark("a quote is opened here and never closed")),
    (
        "unknown escape",
        False,
        mark("unknown letter behind a backslash; write \\\\ for a backslash, or use single quotes"),
    ),
    (
        "mapping values are not allowed",
        False,
        mark("a colon inside text without quotes, or a wrong indentation; put the text in double quotes"),
    ),
    (
        "entries are not allowed",
        False,
        mark("a list begins on its own line; if this is text that begins with -, put the text in double quotes"),
    ),
    (
        "block scalar",
        False,
        mark("nothing may follow | or > on its line; if it begins a text, put the text in double quotes"),
    ),
    (
        "scanning an (alias|anchor)",
        True,
        mark("text that begins with * or & needs quotes; put the text in double quotes"),
    ),
    ("(tag|directive)", True, mark("text that begins with ! or % needs quotes; put the text in double quotes")),
    ("could not find expected ':'", True, mark("a colon is missing between the name of a field and its value")),
    (
        "',' or '[]}]'|flow (mapping|sequence|node)",
        True,
        mark("a bracket is opened here and not closed, or a comma or a quote is missing inside it"),
    ),
    (
        "<?document start>?",
        False,
        mark("this does not belong to the script before it; there may be a bracket too many"),
    ),
    (
        "(block end|expected key|'-' indicator)",
        False,
        mark(
            "wrong indentation, or words behind a closing quote or bracket; fields of one line begin in the same column"
        ),
    ),
)


_NO_ANCHORS: Final = mark(
    "anchors (&) and aliases (*) are not used in scripts; if this is text, put the text in double quotes"
)
_NO_TAGS: Final = mark("tags (!) are not used in scripts; if this is text, put the text in double quotes")


def yaml_nodes(text: str, mistakes: Mistakes) -> Node:
    """Parse the YAML document in `text`; scalars become strings, or None if empty or ``null``.

    Raises:
        BrokenFile: `text` is not YAML, has several documents, or is nested too deeply or too long.
    """
    reader = _Reader(text, mistakes)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        raise _broken_file(error, text) from None
    except yaml.YAMLError as error:
        raise BrokenFile(tr("not valid YAML: {reason}", reason=str(error)[:200]), (1, 1)) from None


class _Reader:
    def __init__(self, text: str, mistakes: Mistakes) -> None:
        self._report = mistakes.add
        self._events = self._limit_count(yaml.parse(text, Loader=_LOADER))

    def document(self) -> Node:
        """Parse the only document; a second one is a mistake."""
        root = Node(None, (1, 1))
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    message = tr("a second document begins here (---); a file holds one script")
                    raise BrokenFile(message, _location(event))
                root = self._node(next(self._events), 0)
        return root

    def _limit_count(self, events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
        for count, event in enumerate(events):
            if count > _MAX_EVENTS:
                message = tr("more than {limit:,} values; this is not a script", limit=_MAX_EVENTS)
                raise BrokenFile(message, _location(event))
            yield event

    def _node(self, event: yaml.Event, depth: int) -> Node:
        location = _location(event)
        check_depth(depth, location)
        if isinstance(event, yaml.ScalarEvent):
            node = _scalar(event, location)
        elif isinstance(event, yaml.MappingStartEvent):
            node = Node(self._fields(depth), location)
        elif isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
                items.append(self._node(item, depth + 1))
            node = Node(items, location)
        else:
            node = Node(None, location)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._report_node(node, tr(_NO_ANCHORS))
        if getattr(event, "tag", None):
            self._report_node(node, tr(_NO_TAGS))
        return node

    def _fields(self, depth: int) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            value.key_location = name.location
            if isinstance(name.value, str):
                add_field(fields, name.value, value, self._report)
            elif not name.reported:
                self._report(tr("the name of a field must be a word"), name.location)
        return fields

    def _report_node(self, node: Node, message: str) -> None:
        if not node.reported:
            self._report(message, node.location)
        node.reported = True


def _scalar(event: yaml.ScalarEvent, location: Location) -> Node:
    plain = not event.style
    if plain and event.value in _NULLS:
        return Node(None, location)
    one_line = event.start_mark is None or event.end_mark is None or event.start_mark.line == event.end_mark.line
    return Node(event.value, location, text_start=(location[0], location[1] + (not plain)) if one_line else None)


def _location(event: yaml.Event) -> Location:
    return _location_of(event.start_mark)


def _location_of(mark: _Mark | None) -> Location:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _broken_file(error: yaml.MarkedYAMLError, text: str) -> BrokenFile:
    """The parser's `error` with our message."""
    location = _location_of(error.problem_mark or error.context_mark)
    problem = f"{error.context or ''} {error.problem or ''}"
    if "cannot start any token" in problem:
        message = mark("text that begins with {character} needs quotes; put the text in double quotes")
        return BrokenFile(tr(message, character=repr(_character(text, location))), location)
    for pattern, from_context, message in _MESSAGES:
        if re.search(pattern, problem, re.DOTALL):
            if from_context and error.context_mark:
                location = _location_of(error.context_mark)
            return BrokenFile(tr(message, depth=MAX_DEPTH), location)
    return BrokenFile(tr("not valid YAML: {reason}", reason=problem.strip()[:200]), location)


def _character(text: str, location: Location) -> str:
    line = text.split("\n")[location[0] - 1]
    return line[location[1] - 1 : location[1]] or " "
