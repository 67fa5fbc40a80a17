"""Nodes: the values that every script format is parsed into, each with its location in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from coach.base.errors import Mistake
from coach.base.messages import mark, tr, tr_n

Location: TypeAlias = "tuple[int, int]"
"""1-based line and column."""

Value: TypeAlias = "str | float | bool | list[Node] | dict[str, Node] | None"

ReportMistake: TypeAlias = Callable[[str, Location, str], None]
"""Records a mistake, given its message, location and field; parsing continues."""

MAX_DEPTH = 32
"""Deepest nesting of lists and mappings; a script needs four."""

TOO_DEEP: Final = mark("lists or fields inside each other more than {depth} deep; a script needs four")


class BrokenFile(Exception):  # noqa: N818 - never leaves this package
    """A mistake that ends parsing."""

    def __init__(self, message: str, location: Location) -> None:
        self.message = message
        self.location = location
        super().__init__(message)


@dataclass(slots=True)
class Node:
    """One value of a script file.

    Attributes:
        value: the value itself.
        location: start of the value.
        key_location: start of the field's name, for a value in a mapping.
        text_start: start of a one-line text, after its quote; None if its columns cannot be counted.
        reported: whether a mistake in this value was reported; further ones would only repeat it.
    """

    value: Value
    location: Location
    key_location: Location | None = None
    text_start: Location | None = None
    reported: bool = False

    def plain(self) -> object:
        """The value without locations, for pydantic."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        """The node of field or item `step`; None if it is missing."""
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def covers(self, column: int) -> bool:
        """Whether this one-line text includes `column` of its line."""
        if self.reported and column == self.location[1]:  # even if its columns cannot be counted
            return True
        return self.text_start is not None and 0 <= column - self.text_start[1] < len(str(self.value))

    def location_of(self, word: str) -> Location:
        """Location of `word` in this text or in one of its items; otherwise the start of the value."""
        if isinstance(self.value, list):
            texts = (item for item in self.value if isinstance(item.value, str) and word in item.value)
            return next((item.location_of(word) for item in texts), self.location)
        if isinstance(self.value, str) and self.text_start and word in self.value:
            return self.text_start[0], self.text_start[1] + self.value.index(word)
        return self.location


@dataclass(slots=True)
class Mistakes:
    """Collects mistakes: keeps the first thousand in `items` and counts the others in `dropped`."""

    items: list[Mistake] = field(default_factory=list)
    dropped: int = 0

    def add(self, message: str, location: Location | None = None, about: str = "") -> None:
        """Add one mistake at `location` in field `about`."""
        if len(self.items) >= 1000:
            self.dropped += 1
        else:
            line, column = location or (None, None)
            self.items.append(Mistake(message, line, column, about))

    def name_fields(self, root: Node) -> None:
        """Fill in missing field names: the field whose one-line text contains the mistake's location."""
        if all(mistake.field for mistake in self.items):
            return
        texts: dict[int, list[tuple[str, Node]]] = {}
        for name, node in _texts(root, ()):
            texts.setdefault(node.location[0], []).append((name, node))
        for i, mistake in enumerate(self.items):
            on_line = texts.get(mistake.line or 0, [])
            about = next((name for name, node in on_line if node.covers(mistake.column or 0)), "")
            self.items[i] = mistake if mistake.field else replace(mistake, field=about)

    def in_file_order(self) -> list[Mistake]:
        """The mistakes by line and column, without duplicates; a last one gives the number of dropped ones."""
        ordered = sorted(dict.fromkeys(self.items), key=lambda m: (m.line or 0, m.column or 0))
        return (
            [*ordered, Mistake(tr_n("and {count} more mistake", "and {count} more mistakes", self.dropped))]
            if self.dropped
            else ordered
        )


def add_field(fields: dict[str, Node], name: str, node: Node, report: ReportMistake) -> None:
    """Add field `name` to a mapping; a duplicate is a mistake, and the first value is kept."""
    first = fields.setdefault(name, node)
    if first is not node and node.key_location:
        message = tr("field {name} is given twice; delete one", name=repr(name[:40]))
        if first.key_location:
            text = mark("field {name} is given twice, first on line {line}; delete one")
            message = tr(text, name=repr(name[:40]), line=first.key_location[0])
        report(message, node.key_location, name[:40])


def _texts(node: Node, steps: tuple[str | int, ...]) -> Iterator[tuple[str, Node]]:
    """Every scalar below `node`, with the name of its field; `steps` is the path to `node`."""
    if isinstance(node.value, dict):
        for name, child in node.value.items():
            yield from _texts(child, (*steps, name))
    elif isinstance(node.value, list):
        for i, child in enumerate(node.value):
            yield from _texts(child, (*steps, i))
    else:
        yield field_name(steps), node


MAX_ITEMS: Final = 20_000
"""Lines and pauses of one script, in any format; long plays have 3,000."""


def check_count(count: int) -> None:
    """Refuse a script of `count` lines and pauses if no play has so many.

    Raises:
        BrokenFile: there are more than `MAX_ITEMS`.
    """
    if count > MAX_ITEMS:
        raise BrokenFile(tr("more than {limit:,} lines and pauses; long plays have 3,000", limit=MAX_ITEMS), (0, 0))


def check_depth(depth: int, location: Location) -> None:
    """Refuse nesting so deep that it could exhaust memory.

    Raises:
        BrokenFile: `depth` exceeds the limit.
    """
    if depth > MAX_DEPTH:
        raise BrokenFile(tr(TOO_DEEP, depth=MAX_DEPTH), location)


def field_name(steps: Sequence[str | int]) -> str:
    """Name of a field from the steps of its path: ``pace.beat_s``, ``emotion``."""
    names = [step for step in steps if isinstance(step, str)]
    return ".".join(names[1:] if names[:1] == ["lines"] and len(names) > 1 else names)
