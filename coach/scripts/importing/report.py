"""The report of an import: what the script has, what was understood, and everything that was left out or doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from coach.base.text import clean, count_text, join_with_and
from coach.core.script.script import Line, Scene, Script, names_in
from coach.core.script.timeline import count_words
from coach.scripts.importing.draft import Draft, Remark

_MAX_PLACES: Final = 12
"""Places of the same text that are listed; further ones are counted."""


@dataclass(slots=True)
class TagUse:
    """A direction or tag as it is written, with its `meaning` (empty if nothing knows it) and the places it is at.

    `kept` means that it stands in parentheses within the words and is kept there.
    """

    text: str
    meaning: str
    kept: bool = False
    places: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RoleCount:
    """How many lines a role has in the script, and how many words they have."""

    name: str
    lines: int
    words: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """A script made from a file of another program, and how.

    Attributes:
        script: the script.
        draft: what the file holds, with what was dropped and what was doubtful.
        tags: the directions and tags, in the order in which they first appear.
    """

    script: Script
    draft: Draft
    tags: tuple[TagUse, ...]

    @property
    def scenes(self) -> tuple[str, ...]:
        """The headings of the scenes, in order."""
        return tuple(item.scene for item in self.script.lines if isinstance(item, Scene))

    @property
    def roles(self) -> tuple[RoleCount, ...]:
        """The roles in the order in which they first speak."""
        lines: Counter[str] = Counter()
        words: Counter[str] = Counter()
        for item in self.script.lines:
            if isinstance(item, Line) and item.role is not None:
                lines[item.role] += 1
                words[item.role] += round(count_words(item.text))
        return tuple(RoleCount(name, lines[name], words[name]) for name in lines)

    @property
    def never_alone(self) -> tuple[str, ...]:
        """Names that speak only together with others."""
        alone = {role.casefold() for role in self.script.role_names}
        joined = [name for role in self.script.role_names for name in names_in(role)[1:]]
        return tuple(dict.fromkeys(name for name in joined if name.casefold() not in alone))

    @property
    def unknown(self) -> tuple[TagUse, ...]:
        """The directions that nothing knows; their lines are not scored."""
        return tuple(tag for tag in self.tags if not tag.meaning and not tag.kept)

    def summary(self) -> str:
        """The report in one sentence."""
        lines = [item for item in self.script.lines if isinstance(item, Line)]
        counts = {
            count_text(len(self.scenes), "scene"): len(self.scenes),
            f"{count_text(len(lines), 'line')} of {count_text(len(self.script.role_names), 'role')}": len(lines),
            f"{count_text(len(self.unknown), 'direction')} not understood": len(self.unknown),
            f"{count_text(len(self.draft.dropped), 'piece')} left out": len(self.draft.dropped),
        }
        return ", ".join(text for text, count in counts.items() if count)

    def rows(self) -> Iterator[str]:
        """The whole report, row by row, without hidden characters."""
        yield f"{clean(self.script.title)}: {self.summary()}."
        yield from _section("Scenes", [f"{n}  {clean(text)}" for n, text in enumerate(self.scenes, start=1)])
        yield from _section("Roles", self._role_rows())
        known = [tag for tag in self.tags if tag.meaning]
        yield from _section("Directions understood", [self._tag_row(tag) for tag in known])
        yield from _section(
            "Directions not understood; their lines are not scored", [self._tag_row(tag) for tag in self.unknown]
        )
        kept = [tag for tag in self.tags if tag.kept]
        yield from _section("In parentheses, kept in the words", [self._tag_row(tag) for tag in kept])
        yield from _section("Left out", self._remark_rows(self.draft.dropped))
        yield from _section("To look at", self._remark_rows(self.draft.doubts))

    def _role_rows(self) -> list[str]:
        roles, own = self.roles, self.script.role
        width = max((len(role.name) for role in roles), default=0)
        rows = []
        for role in roles:
            yours = own is not None and own.casefold() in map(str.casefold, names_in(role.name))
            counts = f"{count_text(role.lines, 'line'):>12}  {count_text(role.words, 'word'):>12}"
            rows.append(f"{clean(role.name):<{width}}  {counts}{'  yours' if yours else ''}")
        if self.never_alone:
            speak = "speaks" if len(self.never_alone) == 1 else "speak"
            rows.append(f"{clean(join_with_and(self.never_alone))} never {speak} alone.")
        return rows

    def _tag_row(self, tag: TagUse) -> str:
        meaning = f" = {tag.meaning}" if tag.meaning else ""
        return f"{clean(tag.text)}{meaning} ({self._places(tag.places)})"

    def _remark_rows(self, remarks: Iterable[Remark]) -> list[str]:
        """One row for each reason and text, with all its places."""
        grouped: dict[tuple[str, str], list[int]] = {}
        for remark in remarks:
            grouped.setdefault((remark.about, remark.text), []).append(remark.place)
        return [
            f"{about}: {clean(text, 2000)}{f' ({self._places(places)})' if any(places) else ''}"
            for (about, text), places in sorted(grouped.items(), key=lambda item: item[0][0])
        ]

    def _places(self, places: list[int]) -> str:
        numbers = [str(place) for place in dict.fromkeys(places) if place]
        if len(numbers) > _MAX_PLACES:
            numbers = [*numbers[:_MAX_PLACES], f"{len(numbers) - _MAX_PLACES} more"]
        return f"{self.draft.unit}{'s' if len(numbers) > 1 else ''} {join_with_and(numbers)}"


def _section(title: str, rows: list[str]) -> list[str]:
    return ["", title, *(f"  {row}" for row in rows)] if rows else []
