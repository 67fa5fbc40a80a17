"""What every script format is read into: values that remember where in the file they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from coach.base.errors import Mistake

Location: TypeAlias = "tuple[int, int]"
"""1-based line and column."""

Value: TypeAlias = "str | float | bool | list[Node] | dict[str, Node] | None"

ReportMistake: TypeAlias = Callable[[str, Location, str], None]
"""Takes a mistake's message, place and field; the reading goes on."""

MAX_DEPTH = 32
"""Lists and mappings inside each other; a script needs four."""

TOO_DEEP = f"lists or fields inside each other more than {MAX_DEPTH} deep; a script needs four"


class BrokenFile(Exception):  # noqa: N818 - never leaves this package
    """A mistake after which the rest of the file cannot be understood."""

    def __init__(self, message: str, place: Location) -> None:
        self.message = message
        self.place = place
        super().__init__(message)


@dataclass(slots=True)
class Node:
    """One value of a script file.

    Attributes:
        place: where the value begins.
        key: where the name of its field stands, for the values of a mapping.
        raw_at: where the characters of a one-line text begin (behind its quote); None where columns cannot be counted.
        spoiled: a mistake was already reported about it; further ones would only repeat it.
    """

    value: Value
    place: Location
    key: Location | None = None
    raw_at: Location | None = None
    spoiled: bool = False

    def plain(self) -> object:
        """The value without places, as pydantic takes it."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        """The value of field or item `step`, or None."""
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def holds(self, column: int) -> bool:
        """Whether this is a text on one line that stands at `column` of it."""
        if self.spoiled and column == self.place[1]:
            return True
        return self.raw_at is not None and 0 <= column - self.raw_at[1] < len(str(self.value))

    def place_of(self, word: str) -> Location:
        """Where `word` stands inside this text or one of its items; else where the value begins."""
        if isinstance(self.value, list):
            texts = (item for item in self.value if isinstance(item.value, str) and word in item.value)
            return next((item.place_of(word) for item in texts), self.place)
        if isinstance(self.value, str) and self.raw_at and word in self.value:
            return self.raw_at[0], self.raw_at[1] + self.value.index(word)
        return self.place


@dataclass(slots=True)
class Mistakes:
    """Collects mistakes; of a file that is wrong from end to end it keeps the first thousand and counts the others."""

    found: list[Mistake] = field(default_factory=list)
    dropped: int = 0

    def add(self, message: str, place: Location | None = None, about: str = "") -> None:
        """Note one mistake at `place` about field `about`."""
        if len(self.found) >= 1000:
            self.dropped += 1
        else:
            line, column = place or (None, None)
            self.found.append(Mistake(message, line, column, about))

    def name_fields(self, root: Node) -> None:
        """Give each mistake that names no field the field in whose one-line text it stands."""
        if all(mistake.field for mistake in self.found):
            return
        texts: dict[int, list[tuple[str, Node]]] = {}
        for name, node in _texts(root, ()):
            texts.setdefault(node.place[0], []).append((name, node))
        for i, mistake in enumerate(self.found):
            near = texts.get(mistake.line or 0, [])
            about = next((name for name, node in near if node.holds(mistake.column or 0)), "")
            self.found[i] = mistake if mistake.field else replace(mistake, field=about)

    def listed(self) -> list[Mistake]:
        """Each mistake once, in the order of the file."""
        ordered = sorted(dict.fromkeys(self.found), key=lambda m: (m.line or 0, m.column or 0))
        return [*ordered, Mistake(f"and {self.dropped} more mistakes")] if self.dropped else ordered


def add_field(fields: dict[str, Node], name: str, node: Node, report: ReportMistake) -> None:
    """Add field `name` to a mapping; a second one of the same name is a mistake and the first is kept."""
    first = fields.setdefault(name, node)
    if first is not node and node.key:
        seen = f", first on line {first.key[0]}" if first.key else ""
        report(f"field {name[:40]!r} is given twice{seen}; delete one", node.key, name[:40])


def _texts(node: Node, steps: tuple[str | int, ...]) -> Iterator[tuple[str, Node]]:
    """Every text in and under `node`, with the name of its field."""
    if isinstance(node.value, dict):
        for name, child in node.value.items():
            yield from _texts(child, (*steps, name))
    elif isinstance(node.value, list):
        for i, child in enumerate(node.value):
            yield from _texts(child, (*steps, i))
    else:
        yield field_name(steps), node


def check_depth(depth: int, place: Location) -> None:
    """Refuse nesting that no script needs and that could exhaust memory.

    Raises:
        BrokenFile: `depth` is over the limit.
    """
    if depth > MAX_DEPTH:
        raise BrokenFile(TOO_DEEP, place)


def field_name(steps: Sequence[str | int]) -> str:
    """The name of a field from the steps that lead to it: ``pace.beat_s``, ``emotion``."""
    names = [step for step in steps if isinstance(step, str)]
    return ".".join(names[1:] if names[:1] == ["lines"] and len(names) > 1 else names)
