"""A take scored again, on the terminal: what was scored with what, and per line what it was and what it is now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coach.core.audience import in_tens
from coach.core.matching import match_lines
from coach.display.signs import shortened, shown, signs_for, writable
from coach.display.wording import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from coach.core.report import LineReport, Report

TABLE_FROM: Final = 72
"""From this many columns on there is room for a table; on less the lines are written out."""

MOST_LEFT_OUT: Final = 5
"""So many lines that only the old script has are named."""


@dataclass(frozen=True, slots=True)
class _Row:
    index: int
    text: str
    target: str
    played: str
    accuracy: str
    viewers: str
    verdict: str


def print_same(name: str, console: Console) -> None:
    """Print that the take called `name` has the report it had."""
    _head(name, console)
    _say(console, "The report is the same as before; nothing was written.")


def print_rescoring(name: str, before: Report, after: Report, kept: str, console: Console) -> None:
    """Print `after` of the take called `name`, line by line beside `before`, which is kept in the file `kept`."""
    _head(name, console)
    pairs = match_lines([line.text for line in before.lines], [line.text for line in after.lines])
    partners = {there: before.lines[here] for here, there in pairs.items()}
    rows = [_row(partners.get(place), line, console) for place, line in enumerate(after.lines)]
    if console.width >= TABLE_FROM:
        console.print(_table(rows, console), markup=False, highlight=False)
    else:
        _print_stacked(rows, console)
    gone = [line for place, line in enumerate(before.lines) if place not in pairs]
    for line in gone[:MOST_LEFT_OUT]:
        words = shortened(shown(line.text, console.encoding), max(console.width - 40, 20), console.encoding)
        _say(console, f'No longer in the script: line {line.index}, "{words}"')
    if len(gone) > MOST_LEFT_OUT:
        _say(console, f"No longer in the script: {len(gone) - MOST_LEFT_OUT} lines more")
    _say(console, _overall(before, after, console))
    for warning in after.warnings:
        if warning not in before.warnings:
            _say(console, shown(warning, console.encoding, 1000))
    _say(console, f"The report before is kept beside it as {kept}.")


def _head(name: str, console: Console) -> None:
    console.print(Text(shown(name, console.encoding), style="bold"), soft_wrap=True, highlight=False)


def _row(old: LineReport | None, new: LineReport, console: Console) -> _Row:
    none = signs_for(console.encoding).none

    def both(words: Callable[[LineReport], str]) -> str:
        return words(new) if old is None else _change(words(old), words(new), console)

    return _Row(
        index=new.index,
        text=("" if old else "new: ") + shown(new.text, console.encoding),
        target=both(lambda line: shown(line.target, console.encoding) or none),
        played=both(lambda line: f"{line.played_s:.1f} s" if line.played_s else none),
        accuracy=both(lambda line: none if line.accuracy is None else f"{line.accuracy:.0%}"),
        viewers=both(lambda line: none if line.share is None else in_tens(line.share).removesuffix(" viewers")),
        verdict=both(lambda line: _verdict(line, none)),
    )


def _verdict(line: LineReport, none: str) -> str:
    if line.verdict != "not_scored":
        return VERDICTS[line.verdict]
    return f"{none} ({line.reason})" if line.reason else none


def _change(old: str, new: str, console: Console) -> str:
    if old == new:
        return new
    arrow = "→" if writable("→", console.encoding) == "→" else "->"
    return f"{old} {arrow} {new}"


def _table(rows: Sequence[_Row], console: Console) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, width=min(console.width, 120))
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("line", ratio=1, overflow="ellipsis", no_wrap=True)
    for heading in ("asked", "played", "accuracy", "viewers", "verdict"):
        table.add_column(heading, max_width=16)
    for row in rows:
        cells = (row.text, row.target, row.played, row.accuracy, row.viewers, row.verdict)
        table.add_row(str(row.index), *(Text(cell) for cell in cells))
    return table


def _print_stacked(rows: Sequence[_Row], console: Console) -> None:
    for row in rows:
        _say(console, f"{row.index} {row.text}")
        _say(
            console,
            f"  asked {row.target}, played {row.played}, accuracy {row.accuracy}, viewers {row.viewers}: {row.verdict}",
        )


def _overall(before: Report, after: Report, console: Console) -> str:
    old, new = before.overall, after.overall
    if before.model is None and after.model is None:
        return "Nothing was watched: no camera, so no line is scored."
    accuracy = _change(_share(old.accuracy), _share(new.accuracy), console)
    counts = (
        (old.hits, new.hits, "hit" if new.hits == 1 else "hits"),
        (old.partials, new.partials, "partial"),
        (old.misses, new.misses, "miss" if new.misses == 1 else "misses"),
        (old.not_scored, new.not_scored, "not scored"),
    )
    told = [f"{_change(str(was), str(now), console)} {word}" for was, now, word in counts]
    return f"Overall: {accuracy}; {', '.join(told)}."


def _share(accuracy: float | None) -> str:
    return "nothing scored" if accuracy is None else f"{accuracy:.0%} accurate"


def _say(console: Console, text: str) -> None:
    """A sentence that keeps its indent where it goes on in the next row."""
    words = text.lstrip(" ")
    indented = Padding(Text(words), (0, 0, 0, len(text) - len(words)), expand=False)
    console.print(indented, markup=False, highlight=False)
