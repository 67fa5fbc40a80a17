"""The report of an import: what the script has, what was understood, and everything that was left out or doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from coach.base.messages import mark, tr, tr_n
from coach.base.text import clean, join_with_and
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
            tr_n("{count:,} scene", "{count:,} scenes", len(self.scenes)): len(self.scenes),
            tr("{lines} of {roles}", lines=_lines_text(len(lines)), roles=_roles_text(self.script)): len(lines),
            _unknown_text(len(self.unknown)): len(self.unknown),
            tr_n("{count:,} piece left out", "{count:,} pieces left out", len(self.draft.dropped)): len(
                self.draft.dropped
            ),
        }
        return ", ".join(text for text, count in counts.items() if count)

    def rows(self) -> Iterator[str]:
        """The whole report, row by row, without hidden characters."""
        yield f"{clean(self.script.title)}: {self.summary()}."
        yield from _section(tr("Scenes"), [f"{n}  {clean(text)}" for n, text in enumerate(self.scenes, start=1)])
        yield from _section(tr("Roles"), self._role_rows())
        known = [tag for tag in self.tags if tag.meaning]
        yield from _section(tr("Directions understood"), [self._tag_row(tag) for tag in known])
        yield from _section(
            tr("Directions not understood; their lines are not scored"), [self._tag_row(tag) for tag in self.unknown]
        )
        kept = [tag for tag in self.tags if tag.kept]
        yield from _section(tr("In parentheses, kept in the words"), [self._tag_row(tag) for tag in kept])
        yield from _section(tr("Left out"), self._remark_rows(self.draft.dropped))
        yield from _section(tr("To look at"), self._remark_rows(self.draft.doubts))

    def _role_rows(self) -> list[str]:
        roles, own = self.roles, self.script.role
        width = max((len(role.name) for role in roles), default=0)
        rows = []
        for role in roles:
            yours = own is not None and own.casefold() in map(str.casefold, names_in(role.name))
            words = tr_n("{count:,} word", "{count:,} words", role.words)
            mine = "  " + tr("yours") if yours else ""
            rows.append(f"{clean(role.name):<{width}}  {_lines_text(role.lines):>12}  {words:>12}{mine}")
        if self.never_alone:
            names = clean(join_with_and(self.never_alone))
            count = len(self.never_alone)
            rows.append(tr_n("{names} never speaks alone.", "{names} never speak alone.", count, names=names))
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
            f"{tr(about)}: {clean(text, 2000)}{f' ({self._places(places)})' if any(places) else ''}"
            for (about, text), places in sorted(grouped.items(), key=lambda item: item[0][0])
        ]

    def _places(self, places: list[int]) -> str:
        numbers = [str(place) for place in dict.fromkeys(places) if place]
        if len(numbers) > _MAX_PLACES:
            numbers = [*numbers[:_MAX_PLACES], tr("{count} more", count=len(numbers) - _MAX_PLACES)]
        one, many = _UNITS[self.draft.unit]
        return tr(many if len(numbers) > 1 else one, places=join_with_and(numbers))


_UNITS: Final = {
    "line": (mark("line {places}"), mark("lines {places}")),
    "paragraph": (mark("paragraph {places}"), mark("paragraphs {places}")),
    "page": (mark("page {places}"), mark("pages {places}")),
}
"""Where something stands in the file, at one place and at several."""


def _lines_text(count: int) -> str:
    return tr_n("{count:,} line", "{count:,} lines", count)


def _roles_text(script: Script) -> str:
    return tr_n("{count:,} role", "{count:,} roles", len(script.role_names))


def _unknown_text(count: int) -> str:
    return tr_n("{count:,} direction not understood", "{count:,} directions not understood", count)


def _section(title: str, rows: list[str]) -> list[str]:
    return ["", title, *(f"  {row}" for row in rows)] if rows else []
