"""The lines of a report as a table where the terminal is wide enough, in two rows or stacked where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from coach.core.scoring.report import NO_TARGET, VERDICTS, clock_text, reason_text
from coach.display.kit.writer import Signs, overflow_for, shown, signs_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, OverflowMethod

    from coach.core.scoring.report import LineReport, Verdict

ONE_ROW: Final = 112
"""From this many columns on, a line's text stands beside its figures."""

TWO_ROWS: Final = 79
"""From this many columns on, its figures stand in columns below it; on less they are written out."""

_STYLES: Final[dict[Verdict, str]] = {"hit": "green", "partial": "yellow", "miss": "red", "not_scored": "dim"}

_WIDTHS: Final = (18, 14, 6, 9, 7, 9)
"""Columns of the two-row form up to the verdict: target, read, accuracy, arrival, hold, coverage."""


@dataclass(frozen=True, slots=True)
class _Cells:
    """A line's figures as words."""

    index: str
    text: str
    target: str
    read: str
    accuracy: str
    arrival: str
    hold: str
    coverage: str
    verdict: Text
    reason: str


def print_lines(lines: Sequence[LineReport], console: Console) -> None:
    """Print every line with its figures, in order."""
    rows = [_cells(line, console.encoding) for line in lines]
    if console.width >= ONE_ROW:
        console.print(_table(rows, console.width), markup=False, highlight=False)
        return
    overflow = overflow_for(console.encoding)
    printed = _in_two_rows(rows, console.width, overflow) if console.width >= TWO_ROWS else _stacked(rows)
    for row in printed:
        row.truncate(console.width, overflow=overflow)
        console.print(row, markup=False, highlight=False, no_wrap=True)


def print_times(lines: Sequence[LineReport], console: Console) -> None:
    """Print lines that nobody watched, each with when it was played."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("from", justify="right", no_wrap=True)
    table.add_column("to", justify="right", no_wrap=True)
    table.add_column("line", overflow="fold")
    for line in lines:
        times = ("" if t is None else clock_text(t) for t in (line.start_s, line.end_s))
        table.add_row(str(line.index), *times, Text(shown(line.text, console.encoding)))
    console.print(table, markup=False, highlight=False)


def _cells(line: LineReport, encoding: str) -> _Cells:
    signs = signs_for(encoding)
    none = signs.none
    return _Cells(
        index=str(line.index),
        text=shown(line.text, encoding),
        target=shown(line.target, encoding) or NO_TARGET,
        read=f"{line.top} {line.read[line.top]:.0%}" if line.top in line.read else none,
        accuracy=none if line.accuracy is None else f"{line.accuracy:.0%}",
        arrival=none if line.arrival_s is None else f"{line.arrival_s:.1f} s",
        hold=f"{line.hold_s:.1f} s" if line.hold_s else none,
        coverage=f"{line.coverage:.0%}",
        verdict=_verdict(line.verdict, signs),
        reason=shown(reason_text(line), encoding),
    )


def _verdict(verdict: Verdict, signs: Signs) -> Text:
    return Text(f"{signs.verdict(verdict)} {VERDICTS[verdict]}", style=_STYLES[verdict])


def _table(rows: Sequence[_Cells], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, width=width)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("line", ratio=1, overflow="fold")
    table.add_column("target", max_width=22, overflow="fold")
    table.add_column("read", no_wrap=True)
    for heading in ("acc.", "arrival", "hold", "coverage"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for cells in rows:
        words = Text(cells.text).append(f" ({cells.reason})" if cells.reason else "", style="dim")
        figures = (cells.read, cells.accuracy, cells.arrival, cells.hold, cells.coverage)
        table.add_row(cells.index, words, Text(cells.target), *figures, cells.verdict)
    return table


def _in_two_rows(rows: Sequence[_Cells], width: int, overflow: OverflowMethod) -> list[Text]:
    heading = _columns(("target", "read", "acc.", "arrival", "hold", "coverage"), Text("verdict"), overflow)
    heading.stylize("bold")
    printed = [heading]
    for cells in rows:
        figures = (cells.target, cells.read, cells.accuracy, cells.arrival, cells.hold, cells.coverage)
        reason = f" ({cells.reason})" if cells.reason else ""
        words = Text(f"{cells.index:>3} {cells.text}", style="bold")
        words.truncate(max(8, width - len(reason)), overflow=overflow)
        printed += [words.append(reason, style="not bold"), _columns(figures, cells.verdict, overflow)]
    return printed


def _columns(words: tuple[str, ...], verdict: Text, overflow: OverflowMethod) -> Text:
    row = Text(" " * 4)
    for word, width in zip(words, _WIDTHS, strict=True):
        cell = Text(word)
        cell.truncate(width - 1, overflow=overflow, pad=True)
        row.append_text(cell).append(" ")
    return row.append_text(verdict)


def _stacked(rows: Sequence[_Cells]) -> list[Text]:
    printed = []
    for cells in rows:
        head = Text(f"{cells.index} ", style="bold").append_text(cells.verdict)
        printed += [
            head.append(f"  {cells.text}", style="default"),
            Text(f"  asked {cells.target}, read {cells.read}"),
            Text(f"  accuracy {cells.accuracy}, coverage {cells.coverage}"),
            Text(f"  arrival {cells.arrival}, hold {cells.hold}"),
        ]
        if cells.reason:
            printed.append(Text(f"  {cells.reason}"))
    return printed
