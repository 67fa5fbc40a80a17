"""The report on the terminal: the strongest moment, the notes, the lines, then the whole take.

The lines are a table where the terminal is wide enough, in two rows each or stacked where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from coach.core.scoring.feedback import notes_to_show
from coach.core.scoring.report import ENDS, NOTHING, VERDICTS, clock_text, reason_of
from coach.display.kit.writer import (
    VERDICT_STYLES,
    Signs,
    Writer,
    columns,
    overflow_for,
    shown,
    signs_for,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from coach.core.progress.notes import Own, Placed
    from coach.core.scoring.report import LineReport, ModelReport, Report, Verdict

ONE_ROW: Final = 112
"""From this many columns on, the figures of a line are beside its text."""

TWO_ROWS: Final = 79
"""From this many columns on, the figures of a line are in columns below it; on fewer they are written out."""

_WIDTHS: Final = (18, 14, 6, 9, 7, 9)
"""Columns of the two-row form before the verdict: target, read, accuracy, arrival, hold, coverage."""

_CLAIM: Final = "Read is what the camera reads in the face, not what is behind it."


def _print_own(own: Own, out: Writer) -> None:
    """Print the actor's notes on earlier takes with what followed, then the notes on this take."""
    from coach.core.progress.notes import before_and_now

    if own.followed or own.notes:
        out.gap()
    for each in own.followed:
        out.quoting("You noted", f"{each.before.take.day}, line {each.now.line.index}, ", each.now.line.text)
        out.detail(each.note.text)
        out.detail(before_and_now(each))
    for here in own.notes:
        out.labelled("Your note", f"{here.where}: {here.note.text}")


def print_notes(take: str, notes: Sequence[Placed], console: Console) -> None:
    """Print the notes on the take called `take`, each with its number, by which it can be deleted."""
    out = Writer(console)
    out.line(f"{take}: {len(notes)} note{'' if len(notes) == 1 else 's'} of your own", "bold")
    for number, each in enumerate(notes, start=1):
        out.line(f"{number}. {each.where}: {each.note.text}")


def print_report(
    report: Report, console: Console, *, take_path: Path | None, more: str, own: Own | None = None
) -> None:
    """Print a report.

    Args:
        report: of the take.
        console: to print on, at its width.
        take_path: the folder of the take; None where it was not saved.
        more: the command that shows more.
        own: the actor's own notes; None for none.
    """
    out = Writer(console)
    out.line(f"{report.title}", "bold")
    source = "no camera" if report.source.kind == "none" else report.source.name
    strictness = f", {report.settings['strictness']}" if report.model and "strictness" in report.settings else ""
    out.line(f"{source}, {ENDS.get(report.ended, report.ended)}{strictness}", "dim")
    out.gap()
    if report.model:
        _print_read(report, report.model, out, console)
    else:
        _print_unwatched(report, out, console)
    if own is not None:
        _print_own(own, out)
    for warning in report.warnings:
        out.labelled("Warning", warning)
    out.gap()
    out.whole(f"Saved in {take_path}" if take_path else "Not saved.")
    out.whole(f"More: {more}")


def _print_read(report: Report, model: ModelReport, out: Writer, console: Console) -> None:
    strength = report.strength
    if strength is None:
        out.labelled("Strongest moment", "none yet, nothing stayed on target long enough.")
    else:
        out.moment("Strongest moment", strength, _text(report, strength.line))
    for note in notes_to_show(report.notes):
        out.moment("Note", note, _text(report, note.line))
    out.gap()
    _print_lines(report.lines, console)
    out.gap()
    _print_audience(report.lines, out)
    out.line(_overall(report), "bold")
    out.line(f"{_CLAIM} {model.limit}".strip(), "dim")


def _print_audience(lines: list[LineReport], out: Writer) -> None:
    """Print what viewers would have read in each line, compared with trained actors."""
    compared = [line for line in lines if line.audience]
    for line in compared:
        out.labelled(f"Line {line.index}", f"{line.audience}{_asked(line)}.")
    if compared:
        out.gap()


def _asked(line: LineReport) -> str:
    """The number of viewers that makes a hit at the strictness of the take; empty for a hit."""
    if line.asked_share is None or line.verdict == "hit":
        return ""
    return f"; a hit here from {round(line.asked_share * 10)} of 10"


def _print_unwatched(report: Report, out: Writer, console: Console) -> None:
    played = [line for line in report.lines if line.start_s is not None]
    out.line(f"Nothing was watched: no camera, so no line is scored. {len(played)} of {len(report.lines)} played.")
    if played:
        out.gap()
        _print_times(played, console)


def _text(report: Report, index: int) -> str:
    return next((line.text for line in report.lines if line.index == index), "")


def _overall(report: Report) -> str:
    overall = report.overall
    counts = (
        f"{_count(overall.hits, 'hit')}, {_count(overall.partials, 'partial')}, "
        f"{_count(overall.misses, 'miss', 'misses')}, {overall.not_scored} not scored."
    )
    if overall.accuracy is None:
        return f"Overall: nothing could be scored. {counts}"
    share = _scored_share(report.lines, overall.scored_s)
    return f"Overall: {overall.accuracy:.0%} accurate over {overall.scored_s:.1f} s scored, {share}. {counts}"


def _scored_share(lines: list[LineReport], scored_s: float) -> str:
    played = sum(line.played_s for line in lines if line.targets)
    return f"{min(scored_s / played, 1):.0%} of the time played" if played > 0 else "of no time played"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


@dataclass(frozen=True, slots=True)
class _Cells:
    """The figures of a line as words."""

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


def _print_lines(lines: Sequence[LineReport], console: Console) -> None:
    rows = [_cells(line, console.encoding) for line in lines]
    if console.width >= ONE_ROW:
        console.print(_table(rows, console.width), markup=False, highlight=False)
        return
    printed = _in_two_rows(rows, console) if console.width >= TWO_ROWS else _stacked(rows)
    for row in printed:
        row.truncate(console.width, overflow=overflow_for(console.encoding))
        console.print(row, markup=False, highlight=False, no_wrap=True)


def _print_times(lines: Sequence[LineReport], console: Console) -> None:
    """Print the times of lines that were played without a camera."""
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
        target=shown(line.target, encoding) or NOTHING,
        read=f"{line.top} {line.read[line.top]:.0%}" if line.top in line.read else none,
        accuracy=none if line.accuracy is None else f"{line.accuracy:.0%}",
        arrival=none if line.arrival_s is None else f"{line.arrival_s:.1f} s",
        hold=f"{line.hold_s:.1f} s" if line.hold_s else none,
        coverage=f"{line.coverage:.0%}",
        verdict=_verdict(line.verdict, signs),
        reason=shown(reason_of(line), encoding),
    )


def _verdict(verdict: Verdict, signs: Signs) -> Text:
    return Text(f"{signs.verdict(verdict)} {VERDICTS[verdict]}", style=VERDICT_STYLES[verdict])


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


def _in_two_rows(rows: Sequence[_Cells], console: Console) -> list[Text]:
    headings = ("target", "read", "acc.", "arrival", "hold", "coverage")
    heading = columns(headings, _WIDTHS, console.encoding).append("verdict")
    heading.stylize("bold")
    printed = [heading]
    for cells in rows:
        figures = (cells.target, cells.read, cells.accuracy, cells.arrival, cells.hold, cells.coverage)
        reason = f" ({cells.reason})" if cells.reason else ""
        words = Text(f"{cells.index:>3} {cells.text}", style="bold")
        words.truncate(max(8, console.width - len(reason)), overflow=overflow_for(console.encoding))
        figures_row = columns(figures, _WIDTHS, console.encoding).append_text(cells.verdict)
        printed += [words.append(reason, style="not bold"), figures_row]
    return printed


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
