"""A rescored take on the terminal, with every line before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from coach.base.messages import mark, tr, tr_n
from coach.core.progress.line_identity import match_lines
from coach.core.scoring.evidence import tenths
from coach.core.scoring.report import VERDICT_TEXTS, reason_word
from coach.core.script.targets import target_words
from coach.display.kit.writer import (
    columns,
    fitting_widths,
    indent_paragraph,
    overflow_for,
    safe_text,
    shorten,
    signs_for,
    writable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from coach.core.scoring.report import LineReport, Overall, Report

MIN_TABLE_WIDTH: Final = 112
"""Minimum terminal width, in columns, for the figures of a line beside its text."""

MIN_TWO_ROWS_WIDTH: Final = 79
"""Minimum terminal width, in columns, for the figures in columns below the line; on a narrower one they are stacked."""

_HEADINGS: Final = (mark("wanted"), mark("played"), mark("accuracy"), mark("viewers"))
_WIDTHS: Final = (17, 14, 11, 13)
"""Widths of the columns of the two-row form before the verdict, in cells."""

MAX_TABLE_WIDTH: Final = 130
"""Maximum width of the table, in columns."""

MAX_REMOVED_LINES: Final = 5
"""Maximum number of removed lines that are named."""


@dataclass(frozen=True, slots=True)
class _Row:
    """The texts of a line before and after."""

    index: int
    text: str
    target: str
    played: str
    accuracy: str
    viewers: str
    verdict: str
    reason: str


def print_same(name: str, console: Console) -> None:
    """Print that the report of the take called `name` did not change."""
    _head(name, console)
    _say(console, tr("Nothing changed, so nothing was written."))


def print_rescoring(
    name: str, reports: tuple[Report, Report], remarks: Sequence[str], old_file: str, console: Console
) -> None:
    """Print every line of a take before and after rescoring.

    Args:
        name: name of the take.
        reports: the old and the new report.
        remarks: sentences about the differences.
        old_file: name of the file with the old report.
        console: console to print on, at its width.
    """
    before, after = reports
    _head(name, console)
    pairs = match_lines([line.text for line in before.lines], [line.text for line in after.lines])
    partners = {new: before.lines[old] for old, new in pairs.items()}
    rows = [_row(partners.get(place), line, console) for place, line in enumerate(after.lines)]
    _print_rows(rows, console)
    removed = [line for place, line in enumerate(before.lines) if place not in pairs]
    for line in removed[:MAX_REMOVED_LINES]:
        text = shorten(safe_text(line.text, console.encoding), max(console.width - 40, 20), console.encoding)
        _say(console, tr('No longer in the script: line {number}, "{words}"', number=line.index, words=text))
    if len(removed) > MAX_REMOVED_LINES:
        more = tr_n("{count} more line", "{count} more lines", len(removed) - MAX_REMOVED_LINES)
        _say(console, tr("No longer in the script: {lines}", lines=more))
    _say(console, _overall(before, after, console))
    for remark in remarks:
        _say(console, safe_text(remark, console.encoding, 1000))
    _say(console, tr("The old report is kept as {file}.", file=old_file))


def _head(name: str, console: Console) -> None:
    console.print(Text(safe_text(name, console.encoding), style="bold"), soft_wrap=True, highlight=False)


def _row(old: LineReport | None, new: LineReport, console: Console) -> _Row:
    none = signs_for(console.encoding).none
    text = safe_text(new.text, console.encoding)

    def both(text_of: Callable[[LineReport], str]) -> str:
        return text_of(new) if old is None else _change(text_of(old), text_of(new), console)

    return _Row(
        index=new.index,
        text=text if old else tr("new: {words}", words=text),
        target=both(lambda line: safe_text(target_words(line.target), console.encoding) or none),
        played=_drop_repeated(both(lambda line: f"{line.played_s:.1f} s" if line.played_s else none), " s"),
        accuracy=both(lambda line: none if line.accuracy is None else f"{line.accuracy:.0%}"),
        viewers=_drop_repeated(
            both(lambda line: none if line.share is None else tr("{count} of 10", count=tenths(line.share))),
            tr("{count} of 10", count=""),
        ),
        verdict=both(lambda line: tr(VERDICT_TEXTS[line.verdict])),
        reason=safe_text(reason_word(new.reason), console.encoding) if new.verdict == "not_scored" else "",
    )


def _drop_repeated(text: str, unit: str) -> str:
    """`text` with only the last `unit`: ``4 → 6 of 10`` for ``4 of 10 → 6 of 10``."""
    return text.replace(unit, "", text.count(unit) - 1)


def _change(old: str, new: str, console: Console) -> str:
    if old == new:
        return new
    arrow = "→" if writable("→", console.encoding) == "→" else "->"
    return f"{old} {arrow} {new}"


def _print_rows(rows: Sequence[_Row], console: Console) -> None:
    if console.width >= MIN_TABLE_WIDTH:
        console.print(_table(rows, console), markup=False, highlight=False)
    elif console.width >= MIN_TWO_ROWS_WIDTH:
        _print_in_two_rows(rows, console)
    else:
        _print_stacked(rows, console)


def _table(rows: Sequence[_Row], console: Console) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, width=min(console.width, MAX_TABLE_WIDTH))
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column(tr("line"), ratio=1, overflow="fold")
    for heading in (*_HEADINGS, "verdict"):
        table.add_column(tr(heading), max_width=22, overflow="fold")
    for row in rows:
        text = Text(row.text).append(_reason(row), style="dim")
        table.add_row(str(row.index), text, *(Text(cell) for cell in (*_figures(row), row.verdict)))
    return table


def _print_in_two_rows(rows: Sequence[_Row], console: Console) -> None:
    headings = [*map(tr, _HEADINGS)]
    widths = fitting_widths(headings, _WIDTHS)
    printed = [columns(headings, widths, console.encoding).append(tr("verdict"))]
    printed[0].stylize("bold")
    for row in rows:
        width = max(8, console.width - 4 - cell_len(_reason(row)))
        line = Text(f"{row.index:>3} {shorten(row.text, width, console.encoding)}", style="bold")
        figures = columns(_figures(row), widths, console.encoding).append(row.verdict)
        printed += [line.append(_reason(row), style="not bold"), figures]
    for text in printed:
        text.truncate(console.width, overflow=overflow_for(console.encoding))
        console.print(text, markup=False, highlight=False, no_wrap=True)


def _figures(row: _Row) -> tuple[str, str, str, str]:
    return row.target, row.played, row.accuracy, row.viewers


def _reason(row: _Row) -> str:
    return f" ({row.reason})" if row.reason else ""


def _print_stacked(rows: Sequence[_Row], console: Console) -> None:
    for row in rows:
        _say(console, f"{row.index} {row.text}{_reason(row)}")
        wanted = tr("wanted {target}", target=row.target)
        accuracy = tr("accuracy {accuracy}, {viewers} viewers", accuracy=row.accuracy, viewers=row.viewers)
        _say(console, f"  {row.verdict}, {wanted}")
        _say(console, f"  {accuracy}")
        _say(console, "  " + tr("played {time}", time=row.played))


def _overall(before: Report, after: Report, console: Console) -> str:
    old, new = before.overall, after.overall
    if before.model is None and after.model is None:
        return tr("There was no camera, so no line is scored.")
    accuracy = _change(_share(old.accuracy), _share(new.accuracy), console)
    hits, partials, misses, others = (
        _change(str(was), str(now), console) for was, now in zip(_counts(old), _counts(new), strict=True)
    )
    parts = [
        tr_n("{change} hit", "{change} hits", new.hits, change=hits),
        tr_n("{change} partial", "{change} partial", new.partials, change=partials),
        tr_n("{change} miss", "{change} misses", new.misses, change=misses),
        tr_n("{change} not scored", "{change} not scored", new.not_scored, change=others),
    ]
    return tr("Overall: {accuracy}; {counts}.", accuracy=accuracy, counts=", ".join(parts))


def _counts(overall: Overall) -> tuple[int, int, int, int]:
    return overall.hits, overall.partials, overall.misses, overall.not_scored


def _share(accuracy: float | None) -> str:
    return tr("nothing scored") if accuracy is None else tr("on target {share:.0%}", share=accuracy)


def _say(console: Console, text: str) -> None:
    console.print(indent_paragraph(text), markup=False, highlight=False)
