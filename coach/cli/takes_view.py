"""Shows a list of takes: as a table, stacked where narrow, or in a pipe one line for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coach.base.text import length_text
from coach.core.progress.drills import lines_named
from coach.display.kit.writer import shown
from coach.takes.catalogue import stamp_of

if TYPE_CHECKING:
    from coach.takes.catalogue import TakeFacts

_TABLE_FROM: Final = 72
"""From this many columns on a table reads better than stacked rows."""

_SOURCES_FROM: Final = 100
_NAMES_FROM: Final = 150
"""From this many columns on the sources, and the names of the takes, find room beside the rest.

On less the name stands below the script, since it is what other commands take, and says when the take was played.
"""

_WIDEST: Final = 180

_MARKED: Final = {
    "unfinished": "broken off",
    "playing": "being played",
    "unreadable": "report cannot be read",
    "damaged": "journal cannot be read",
    "closed": "may not be opened",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A take's facts as words, empty where there is nothing to say."""

    number: str
    name: str
    when: str
    title: str
    script: str
    source: str
    overall: str
    hits: str
    length: str
    holds: str


def print_takes(takes: Sequence[tuple[int, TakeFacts]], console: Console) -> None:
    """Print each take with its number, in the order given."""
    rows = [_row(number, facts, console) for number, facts in takes]
    if not console.is_terminal:
        _print_plain(rows, console)
    elif console.width >= _TABLE_FROM:
        console.print(_table(rows, console.width))
    else:
        _print_stacked(rows, console)


def _row(number: int, facts: TakeFacts, console: Console) -> _Row:
    def safe(text: str) -> str:
        return shown(text, console.encoding)

    scored = facts.accuracy is not None
    return _Row(
        number=f":{number}",
        name=safe(facts.name),
        when=safe(facts.at[:16].replace("T", " ")),
        title=safe(facts.title or _called(facts)),
        script=safe(_script(facts)),
        source="no camera" if facts.kind == "none" else safe(facts.source),
        overall=f"{facts.accuracy:.0%}" if scored else "",
        hits=f"{facts.hits}/{facts.asked}" if scored else "",
        length="" if facts.length_s is None else length_text(facts.length_s),
        holds=", ".join(_holds(facts)),
    )


def _script(facts: TakeFacts) -> str:
    """The title of the script, and what the user has called the take where that is something else."""
    from coach.takes.naming import slug

    called = _called(facts)
    if not facts.title:
        return called
    return facts.title if called.startswith(slug(facts.title)) else f"{facts.title} ({called})"


def _called(facts: TakeFacts) -> str:
    return facts.name[20:] if stamp_of(facts.name) else facts.name


def _holds(facts: TakeFacts) -> list[str]:
    marked = "broken off" if facts.broken_off else _MARKED.get(facts.state)
    video = ["video"] if facts.recorded else []
    some = [lines_named(facts.lines)] if facts.lines else []
    return [*([marked] if marked else []), *some, *video, *(["evidence"] if facts.evidence else [])]


def _table(rows: list[_Row], width: int) -> Table:
    """On narrow terminals the names stand below the scripts and take the place of the time and the source."""
    beside, names = width >= _SOURCES_FROM, width >= _NAMES_FROM
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", width=min(width, _WIDEST))
    table.add_column("take", justify="right", no_wrap=True, style="bold")
    if beside:
        table.add_column("when", no_wrap=True)
    table.add_column("script", ratio=1, overflow="fold")
    for name in ("overall", "hits", "length"):
        table.add_column(name, justify="right", no_wrap=True)
    if any(row.holds for row in rows):
        table.add_column("", overflow="fold", max_width=12, style="yellow")
    if beside:
        table.add_column("source", overflow="ellipsis", no_wrap=True, style="dim", max_width=24)
    if names:
        table.add_column("name", no_wrap=True, style="dim", overflow="ellipsis", max_width=56)
    for row in rows:
        script = Text(row.script)
        if not beside:
            script = Text(row.title).append(f"\n{_named(row)}", style="dim")
        holds = [row.holds] if any(each.holds for each in rows) else []
        more = [*holds, *([row.source] if beside else []), *([row.name] if names else [])]
        when = [Text(row.when)] if beside else []
        table.add_row(Text(row.number), *when, script, *map(Text, (row.overall, row.hits, row.length, *more)))
    return table


def _named(row: _Row) -> str:
    """The name, and when the take was played where that does not say it."""
    return row.name if stamp_of(row.name) else f"{row.name}, {row.when}"


def _print_stacked(rows: list[_Row], console: Console) -> None:
    for row in rows:
        head = Text(f"{row.number}  ", style="bold")
        head.append(row.title)
        console.print(head)
        figures = (row.overall, f"hits {row.hits}" if row.hits else "", row.length, row.holds)
        for told, style in ((_named(row), ""), (", ".join(part for part in figures if part), "dim")):
            if told:
                console.print(Padding(Text(told, style=style, overflow="fold"), (0, 0, 0, 3), expand=False))


def _print_plain(rows: list[_Row], console: Console) -> None:
    """One row a line of output, never wrapped or cut, so that other programs can read it."""
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*map(_plain, rows), strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(_plain(row), widths, strict=True)]
        console.file.write("  ".join(cells).rstrip() + "\n")


def _plain(row: _Row) -> tuple[str, ...]:
    figures = (row.overall or "-", row.hits or "-", row.length or "-")
    return row.number, row.name, row.when, *figures, row.source or "-", row.script, row.holds
