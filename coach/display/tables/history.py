"""The history of a script and its drill plan on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coach.base.messages import mark, tr, tr_n
from coach.core.progress.drills import passage_text
from coach.core.progress.history_texts import (
    MAX_TROUBLE,
    NO_VALUE,
    SPLIT_CURVE_NOTE,
    change_sentences,
    full_takes_text,
    history_remarks,
    legend,
    line_trend_text,
    lines_text,
    percent_text,
    takes_text,
    trouble_text,
)
from coach.display.kit.writer import Writer, safe_text, shorten, signs_for, writable

if TYPE_CHECKING:
    from rich.console import Console

    from coach.core.progress.drills import DrillPlan
    from coach.core.progress.history import History, HistoryEntry, LineHistory

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
"""Characters of a curve, for shares from 0 to 1."""

_DIGITS: Final = "0123456789"
"""Tenths, for an encoding without blocks: 7 is 70 to 79 %."""

Tick = float | None
"""A share, 0 to 1; None if there is no value."""

MIN_TABLE_WIDTH: Final = 120
"""Minimum terminal width, in columns, for a table; on a narrower one the figures are written out below each line."""

_MAX_CURVE_WIDTH: Final = 20
"""Maximum length of a curve in cells."""

_HEADINGS: Final = (mark("first"), mark("newest"), mark("best"))


def sparkline(rows: Sequence[Sequence[Tick]], encoding: str, cells: int) -> str:
    """The newest values of `rows` (oldest first) in at most `cells`; ``|`` separates rows, ``·`` is a missing value."""
    curve = "|".join("".join(_character(share, encoding) for share in row) for row in rows if row)
    return curve[-cells:].removeprefix("|")


def _character(share: Tick, encoding: str) -> str:
    steps = _BLOCKS if writable(_BLOCKS, encoding) == _BLOCKS else _DIGITS
    if share is None:
        return "·" if steps is _BLOCKS else "."
    return steps[min(int(share * len(steps)), len(steps) - 1)]


def print_history(history: History, console: Console) -> None:
    """Print `history` on `console`, at its width."""
    out = Writer(console)
    out.line(history.title, "bold")
    out.line(takes_text(history), "dim")
    out.gap()
    if not history.takes:
        return
    changes = change_sentences(history)
    for sentence in changes:
        out.line(sentence)
    if changes:
        out.gap()
    for line in history.trouble_spots[:MAX_TROUBLE]:
        out.labelled(tr("Needs work"), f"{trouble_text(line)}: {line.text}")
    if history.trouble_spots[MAX_TROUBLE:]:
        out.line(tr("Also: {lines}.", lines=lines_text(history.trouble_spots[MAX_TROUBLE:])))
    if history.trouble_spots:
        out.gap()
    _print_lines(history, console, out)
    out.gap()
    out.labelled(tr("Whole takes"), full_takes_text(history))
    for sentence in history_remarks(history):
        out.line(sentence)
    if any("|" in _curve(line, console.encoding) for line in history.lines):
        out.line(tr(SPLIT_CURVE_NOTE), "dim")
    out.line(legend(history), "dim")


def _print_lines(history: History, console: Console, out: Writer) -> None:
    if console.width >= MIN_TABLE_WIDTH:
        console.print(_table(history, console), markup=False, highlight=False)
        return
    encoding = console.encoding
    for line in history.lines:
        number = f"{line.number:>3} "
        text = shorten(safe_text(line.text, encoding), console.width - len(number), encoding)
        out.print(Text(number + text, style="bold"))
        text = f"{_curve(line, encoding)}  {_figures_text(history, line, encoding)}".strip()
        out.print(Padding(Text(text), (0, 0, 0, len(number)), expand=False))


def _table(history: History, console: Console) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, width=console.width)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column(tr("line"), ratio=1, overflow="fold")
    table.add_column(tr("over time"), no_wrap=True)
    for heading in _HEADINGS:
        table.add_column(tr(heading), justify="right", no_wrap=True)
    table.add_column(tr("best take"), no_wrap=True)
    table.add_column(tr("trend"), no_wrap=True)
    encoding = console.encoding
    for line in history.lines:
        best = line.best.take.day if line.best else ""
        text = Text(safe_text(line.text, encoding))
        figures = _figures(line, encoding)
        table.add_row(str(line.number), text, _curve(line, encoding), *figures, best, line_trend_text(history, line))
    return table


def _curve(line: LineHistory, encoding: str) -> str:
    """The curve of a line over its takes, separated where the model or the target changed.

    It has bars for compared takes only, so that the figures beside it are those of its first and last bar.
    """
    rows = [list(group) for _, group in groupby(line.entries, key=_comparison_key)]
    shares = [[entry.line.accuracy if entry.comparable else None for entry in row] for row in rows]
    return sparkline(shares, encoding, _MAX_CURVE_WIDTH)


def _comparison_key(entry: HistoryEntry) -> tuple[object, str]:
    return entry.take.report.model, entry.line.target


def _figures(line: LineHistory, encoding: str) -> list[str]:
    """The figures of `_HEADINGS`, with a dash that `encoding` can write."""
    newest, best = (entry.line.accuracy if entry else None for entry in (line.newest, line.best))
    shares = (line.trend.first, newest, best)
    dash = signs_for(encoding).none
    return [figure.replace(NO_VALUE, dash) for figure in map(percent_text, shares)]


def _figures_text(history: History, line: LineHistory, encoding: str) -> str:
    """The figures as a sentence, for a terminal too narrow for columns."""
    if not line.comparable:
        return tr("nothing to compare yet")
    parts = [f"{tr(heading)} {figure}" for heading, figure in zip(_HEADINGS, _figures(line, encoding), strict=True)]
    return ", ".join([*parts, line_trend_text(history, line)])


def print_plan(title: str, plan: DrillPlan, console: Console) -> None:
    """Print `plan` for the script `title`: each line with its reason, then the passages."""
    out = Writer(console)
    out.line(title, "bold")
    if not plan.tasks:
        out.line(tr("Nothing is due today."))
    for task in plan.tasks:
        out.labelled(tr("Line {number}", number=task.line), task.reason)
        out.detail(task.text)
    if plan.remaining:
        due = tr_n("{count} more line is due.", "{count} more lines are due.", plan.remaining)
        more = tr("--count shows more.")
        out.line(f"{due} {more}")
    if plan.next_due:
        line, day = plan.next_due
        out.line(tr("Next: line {number} on {day}.", number=line, day=day.isoformat()))
    if plan.passages:
        passages = tr(", then ").join(passage_text(passage) for passage in plan.passages)
        out.labelled(tr("To play"), f"{passages}.")
