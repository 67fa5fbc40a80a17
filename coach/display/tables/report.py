"""All figures of a report on the terminal: what works, what to change, the lines, then the whole take.

Depending on the width of the terminal, the lines are a table, in two rows each, or stacked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rich import box
from rich.table import Table
from rich.text import Text

from coach.base.messages import mark, tr
from coach.core.scoring.evidence import tenths
from coach.core.scoring.feedback import no_strength_text, notes_to_show, strength_sentence
from coach.core.scoring.norms import limit_text
from coach.core.scoring.report import NO_TARGET, VERDICT_TEXTS, help_sentences, reason_text, reason_word
from coach.core.scoring.word_texts import words_sentence
from coach.core.script.targets import target_words
from coach.display.kit.writer import (
    VERDICT_STYLES,
    Signs,
    Writer,
    columns,
    fitting_widths,
    overflow_for,
    safe_text,
    signs_for,
)
from coach.display.tables.summary import READ_NOTE, counts_text, print_reactions, print_unwatched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from coach.core.scoring.report import LineReport, ModelReport, Report, Verdict

_DECIDED: Final = {"viewers": mark("viewers"), "own": mark("your own examples"), "both": mark("both")}
"""Which question decided a verdict."""

MIN_TABLE_WIDTH: Final = 112
"""Minimum terminal width, in columns, for the figures of a line beside its text."""

MIN_TWO_ROWS_WIDTH: Final = 79
"""Minimum terminal width, in columns, for the figures in columns below the line; on a narrower one they are stacked."""


def print_details(report: Report, out: Writer, console: Console) -> None:
    """Print all figures of a report."""
    out.gap()
    if report.model:
        _print_watched(report, report.model, out, console)
    else:
        print_unwatched(report, out, console)
        print_words(report.lines, out)
    out.gap()


def _print_watched(report: Report, model: ModelReport, out: Writer, console: Console) -> None:
    strength = report.strength
    if strength is None:
        none_yet = tr("no line has come across for long enough yet.")
        out.labelled(tr("Works"), no_strength_text(report, none_yet))
    else:
        out.moment(tr("Works"), strength.t, strength.line, _line_text(report, strength.line))
        out.detail(strength_sentence(report, strength))
    for note in notes_to_show(report.notes):
        out.moment(tr("Change"), note.t, note.line, _line_text(report, note.line))
        out.detail(note.text)
    out.gap()
    _print_lines(report.lines, console)
    for sentence in help_sentences(report.lines):
        out.line(sentence)
    out.gap()
    _print_audience(report.lines, out)
    for line in report.lines:
        if line.own:
            decided = tr("decided by {question}", question=tr(_DECIDED[line.own.decided]))
            out.labelled(_line_label(line), f"{line.own.text} ({decided}).")
    print_words(report.lines, out)
    print_reactions(report, out)
    out.line(_overall(report), "bold")
    limit = limit_text(model.limit) if model.meaning == "viewers" else ""
    out.line(f"{tr(READ_NOTE)} {limit}".strip(), "dim")


def print_words(lines: Sequence[LineReport], out: Writer) -> None:
    """Print what was said otherwise than written, line by line."""
    for line in lines:
        if line.words:
            out.labelled(_line_label(line), words_sentence(line.words))


def _print_audience(lines: list[LineReport], out: Writer) -> None:
    """Print the viewers' reading of each line, compared with trained actors."""
    compared = [line for line in lines if line.audience]
    for line in compared:
        out.labelled(_line_label(line), f"{line.audience}{_hit_threshold(line)}.")
    if compared:
        out.gap()


def _hit_threshold(line: LineReport) -> str:
    """The number of viewers that makes a hit at the strictness of the take; empty for a hit."""
    if line.asked_share is None or line.verdict == "hit":
        return ""
    needed = tenths(line.asked_share)
    if line.share is not None and tenths(line.share) >= needed and line.reason:
        return tr("; you need {count}, but {reason}", count=needed, reason=reason_word(line.reason))
    return tr("; you need {count}", count=needed)


def _line_text(report: Report, index: int) -> str:
    return next((line.text for line in report.lines if line.index == index), "")


def _overall(report: Report) -> str:
    overall = report.overall
    if overall.accuracy is None:
        return tr("Overall: no line could be scored. {counts}.", counts=counts_text(overall))
    return tr(
        "Overall: on target {accuracy:.0%} of the {seconds:.1f} s scored, {share}. {counts}.",
        accuracy=overall.accuracy,
        seconds=overall.scored_s,
        share=_scored_share(report.lines, overall.scored_s),
        counts=counts_text(overall),
    )


def _scored_share(lines: list[LineReport], scored_s: float) -> str:
    played_s = sum(line.played_s for line in lines if line.targets)
    if played_s <= 0:
        return tr("of no time played")
    return tr("{share:.0%} of the time played", share=min(scored_s / played_s, 1))


def _line_label(line: LineReport) -> str:
    return tr("Line {number}", number=line.index)


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure of a line, with its place in the three layouts.

    Attributes:
        heading: heading of its column.
        text: returns the figure of a line, writable in an encoding; empty if there is none.
        justify: alignment in the table.
        cells: width of its column in the two-row form.
        label: name in the stacked form.
        stacked_row: row in the stacked form, below the head.
        wrap_at: width in the table at which it wraps; None if it never wraps.
    """

    heading: str
    text: Callable[[LineReport, str], str]
    justify: Literal["left", "right"]
    cells: int
    label: str
    stacked_row: int
    wrap_at: int | None = None


def _target(line: LineReport, encoding: str) -> str:
    return safe_text(target_words(line.target), encoding) or tr(NO_TARGET)


def _read(line: LineReport, _encoding: str) -> str:
    return f"{tr(line.top)} {line.read[line.top]:.0%}" if line.top in line.read else ""


def _accuracy(line: LineReport, _encoding: str) -> str:
    return "" if line.accuracy is None else f"{line.accuracy:.0%}"


def _arrival(line: LineReport, _encoding: str) -> str:
    return "" if line.arrival_s is None else f"{line.arrival_s:.1f} s"


def _hold(line: LineReport, _encoding: str) -> str:
    return f"{line.hold_s:.1f} s" if line.hold_s else ""


def _coverage(line: LineReport, _encoding: str) -> str:
    return f"{line.coverage:.0%}"


_FIGURES: Final = (
    _Figure(mark("wanted"), _target, "left", 18, mark("wanted"), stacked_row=0, wrap_at=22),
    _Figure(mark("read"), _read, "left", 14, mark("read"), stacked_row=0),
    _Figure(mark("acc."), _accuracy, "right", 6, mark("accuracy"), stacked_row=1),
    _Figure(mark("arrival"), _arrival, "right", 9, mark("arrival"), stacked_row=2),
    _Figure(mark("hold"), _hold, "right", 7, mark("hold"), stacked_row=2),
    _Figure(mark("coverage"), _coverage, "right", 9, mark("coverage"), stacked_row=1),
)
"""All figures of a line, from left to right."""


@dataclass(frozen=True, slots=True)
class _Row:
    """The texts of a line; `figures` are in the order of `_FIGURES`."""

    index: str
    text: str
    figures: tuple[str, ...]
    verdict: Text
    reason: str


def _print_lines(lines: Sequence[LineReport], console: Console) -> None:
    rows = [_row(line, console.encoding) for line in lines]
    if console.width >= MIN_TABLE_WIDTH:
        console.print(_table(rows, console.width), markup=False, highlight=False)
        return
    texts = _in_two_rows(rows, console) if console.width >= MIN_TWO_ROWS_WIDTH else _stacked(rows)
    for text in texts:
        text.truncate(console.width, overflow=overflow_for(console.encoding))
        console.print(text, markup=False, highlight=False, no_wrap=True)


def _row(line: LineReport, encoding: str) -> _Row:
    signs = signs_for(encoding)
    return _Row(
        index=str(line.index),
        text=safe_text(line.text, encoding),
        figures=tuple(figure.text(line, encoding) or signs.none for figure in _FIGURES),
        verdict=_verdict(line.verdict, signs),
        reason=safe_text(reason_text(line), encoding),
    )


def _verdict(verdict: Verdict, signs: Signs) -> Text:
    return Text(f"{signs.verdict(verdict)} {tr(VERDICT_TEXTS[verdict])}", style=VERDICT_STYLES[verdict])


def _table(rows: Sequence[_Row], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, width=width)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column(tr("line"), ratio=1, overflow="fold")
    for figure in _FIGURES:
        wraps = figure.wrap_at is not None
        table.add_column(
            tr(figure.heading),
            justify=figure.justify,
            max_width=figure.wrap_at,
            no_wrap=not wraps,
            overflow="fold" if wraps else "ellipsis",
        )
    table.add_column(tr("verdict"), no_wrap=True)
    for row in rows:
        text = Text(row.text).append(f" ({row.reason})" if row.reason else "", style="dim")
        table.add_row(row.index, text, *map(Text, row.figures), row.verdict)
    return table


def _in_two_rows(rows: Sequence[_Row], console: Console) -> list[Text]:
    headings = [tr(figure.heading) for figure in _FIGURES]
    widths = fitting_widths(headings, [figure.cells for figure in _FIGURES])
    head = columns(headings, widths, console.encoding).append(tr("verdict"))
    head.stylize("bold")
    texts = [head]
    for row in rows:
        reason = f" ({row.reason})" if row.reason else ""
        line = Text(f"{row.index:>3} {row.text}", style="bold")
        line.truncate(max(8, console.width - len(reason)), overflow=overflow_for(console.encoding))
        figures = columns(row.figures, widths, console.encoding).append_text(row.verdict)
        texts += [line.append(reason, style="not bold"), figures]
    return texts


def _stacked(rows: Sequence[_Row]) -> list[Text]:
    texts = []
    for row in rows:
        head = Text(f"{row.index} ", style="bold").append_text(row.verdict)
        texts += [head.append(f"  {row.text}", style="default"), *_stacked_figures(row)]
        if row.reason:
            texts.append(Text(f"  {row.reason}"))
    return texts


def _stacked_figures(row: _Row) -> Iterator[Text]:
    """The figures with their labels, in the rows of the stacked form."""
    figures = list(zip(_FIGURES, row.figures, strict=True))
    for number in sorted({figure.stacked_row for figure in _FIGURES}):
        parts = [f"{tr(figure.label)} {text}" for figure, text in figures if figure.stacked_row == number]
        yield Text(f"  {', '.join(parts)}")
