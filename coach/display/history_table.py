"""A script over its takes on the terminal: what stays low, every line with its curve, and what is not compared."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coach.core.history_words import (
    LAST,
    MOST_TROUBLE,
    legend,
    lines_of,
    percent,
    points,
    remarks,
    span,
    stays_low,
    trend,
    whole,
)
from coach.display.signs import shortened, shown
from coach.display.sparkline import sparkline
from coach.display.writer import Writer

if TYPE_CHECKING:
    from rich.console import Console

    from coach.core.history import History, LineHistory, Point

ONE_ROW: Final = 120
"""From this many columns on, the lines stand in a table; on less their figures are written out below them."""

_CELLS: Final = 20
_HEADINGS: Final = ("first", LAST, "best", "spread")


def print_history(history: History, console: Console) -> None:
    """Print `history` on `console`, at its width."""
    out = Writer(console)
    out.line(history.title, "bold")
    out.line(span(history), "dim")
    out.gap()
    if not history.takes:
        return
    for line in history.trouble[:MOST_TROUBLE]:
        out.labelled("Stays low", f"{stays_low(line)}: {line.text}")
    if history.trouble[MOST_TROUBLE:]:
        out.line(f"So do {lines_of(history.trouble[MOST_TROUBLE:])}.")
    if history.trouble:
        out.gap()
    _print_lines(history, console, out)
    out.gap()
    out.labelled("Whole takes", whole(history))
    for sentence in remarks(history):
        out.line(sentence)
    out.line(legend(history), "dim")


def _print_lines(history: History, console: Console, out: Writer) -> None:
    if console.width >= ONE_ROW:
        console.print(_table(history, console), markup=False, highlight=False)
        return
    for line in history.lines:
        number = f"{line.number:>3} "
        text = shortened(shown(line.text, console.encoding), console.width - len(number), console.encoding)
        out.print(Text(number + text, style="bold"))
        curve = _curve(line, console.encoding)
        out.print(Padding(Text(f"{curve}  {_written_out(line)}".strip()), (0, 0, 0, len(number)), expand=False))


def _table(history: History, console: Console) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, width=console.width)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("line", ratio=1, overflow="fold")
    table.add_column("over time", no_wrap=True)
    for heading in _HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("best take", no_wrap=True)
    table.add_column("trend", no_wrap=True)
    for line in history.lines:
        best = line.best.take.day if line.best else ""
        words = Text(shown(line.text, console.encoding))
        table.add_row(
            str(line.number), words, _curve(line, console.encoding), *_figures(line), best, trend(line.figures)
        )
    return table


def _curve(line: LineHistory, encoding: str) -> str:
    """The line's takes, parted where model, strictness or target changed."""
    rows = [list(run) for _, run in groupby(line.points, key=_held_to)]
    return sparkline([[point.line.accuracy for point in row] for row in rows], encoding, _CELLS)


def _held_to(point: Point) -> tuple[object, str]:
    return point.take.report.measure, point.line.target


def _figures(line: LineHistory) -> list[str]:
    """A figure for each of the headings."""
    figures, best = line.figures, line.best
    shares = (figures.first, figures.latest, best.line.accuracy if best else None)
    return [*map(percent, shares), points(figures.spread)]


def _written_out(line: LineHistory) -> str:
    """The figures in words, for a terminal that has no room for columns."""
    if not line.compared:
        return "nothing to compare yet"
    told = [f"{heading} {figure}" for heading, figure in zip(_HEADINGS, _figures(line), strict=True)]
    return ", ".join([*told, trend(line.figures)])
