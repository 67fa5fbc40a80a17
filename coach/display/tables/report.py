"""All figures of a report on the terminal: what works, what to change, the lines, then the whole take.

Depending on the width of the terminal, the lines are a table, in two rows each, or stacked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rich import box
from rich.table import Table
from rich.text import Text

from coach.core.scoring.evidence import tenths
from coach.core.scoring.feedback import no_strength_text, notes_to_show, strength_sentence
from coach.core.scoring.norms import limit_text
from coach.core.scoring.report import NO_TARGET, VERDICT_TEXTS, help_sentences, reason_text
from coach.core.scoring.word_texts import words_sentence
from coach.display.kit.writer import (
    VERDICT_STYLES,
    Signs,
    Writer,
    columns,
    overflow_for,
    safe_text,
    signs_for,
)
from coach.display.tables.summary import READ_NOTE, counts_text, print_reactions, print_unwatched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from coach.core.scoring.report import LineReport, ModelReport, Report, Verdict

_DECIDED: Final = {"viewers": "viewers", "own": "your own examples", "both": "both"}
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
        out.labelled("Works", no_strength_text(report, "no line has come across for long enough yet."))
    else:
        out.moment("Works", strength.t, strength.line, _line_text(report, strength.line))
        out.detail(strength_sentence(report, strength))
    for note in notes_to_show(report.notes):
        out.moment("Change", note.t, note.line, _line_text(report, note.line))
        out.detail(note.text)
    out.gap()
    _print_lines(report.lines, console)
    for sentence in help_sentences(report.lines):
        out.line(sentence)
    out.gap()
    _print_audience(report.lines, out)
    for line in report.lines:
        if line.own:
            out.labelled(f"Line {line.index}", f"{line.own.text} (decided by {_DECIDED[line.own.decided]}).")
    print_words(report.lines, out)
    print_reactions(report, out)
    out.line(_overall(report), "bold")
    limit = limit_text(model.limit) if model.meaning == "viewers" else ""
    out.line(f"{READ_NOTE} {limit}".strip(), "dim")


def print_words(lines: Sequence[LineReport], out: Writer) -> None:
    """Print what was said otherwise than written, line by line."""
    for line in lines:
        if line.words:
            out.labelled(f"Line {line.index}", words_sentence(line.words))


def _print_audience(lines: list[LineReport], out: Writer) -> None:
    """Print the viewers' reading of each line, compared with trained actors."""
    compared = [line for line in lines if line.audience]
    for line in compared:
        out.labelled(f"Line {line.index}", f"{line.audience}{_hit_threshold(line)}.")
    if compared:
        out.gap()


def _hit_threshold(line: LineReport) -> str:
    """The number of viewers that makes a hit at the strictness of the take; empty for a hit."""
    if line.asked_share is None or line.verdict == "hit":
        return ""
    return f"; you need {tenths(line.asked_share)}{_but(line)}"


def _but(line: LineReport) -> str:
    """Why enough viewers were not enough for a hit; empty if they were too few."""
    enough = line.share is not None and tenths(line.share) >= tenths(line.asked_share or 0.0)
    return f", but {line.reason}" if enough and line.reason else ""


def _line_text(report: Report, index: int) -> str:
    return next((line.text for line in report.lines if line.index == index), "")


def _overall(report: Report) -> str:
    overall = report.overall
    if overall.accuracy is None:
        return f"Overall: no line could be scored. {counts_text(overall)}."
    share = _scored_share(report.lines, overall.scored_s)
    return (
        f"Overall: on target {overall.accuracy:.0%} of the {overall.scored_s:.1f} s scored, {share}. "
        f"{counts_text(overall)}."
    )


def _scored_share(lines: list[LineReport], scored_s: float) -> str:
    played_s = sum(line.played_s for line in lines if line.targets)
    return f"{min(scored_s / played_s, 1):.0%} of the time played" if played_s > 0 else "of no time played"


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
    return safe_text(line.target, encoding) or NO_TARGET


def _read(line: LineReport, _encoding: str) -> str:
    return f"{line.top} {line.read[line.top]:.0%}" if line.top in line.read else ""


def _accuracy(line: LineReport, _encoding: str) -> str:
    return "" if line.accuracy is None else f"{line.accuracy:.0%}"


def _arrival(line: LineReport, _encoding: str) -> str:
    return "" if line.arrival_s is None else f"{line.arrival_s:.1f} s"


def _hold(line: LineReport, _encoding: str) -> str:
    return f"{line.hold_s:.1f} s" if line.hold_s else ""


def _coverage(line: LineReport, _encoding: str) -> str:
    return f"{line.coverage:.0%}"


_FIGURES: Final = (
    _Figure("wanted", _target, "left", 18, "wanted", stacked_row=0, wrap_at=22),
    _Figure("read", _read, "left", 14, "read", stacked_row=0),
    _Figure("acc.", _accuracy, "right", 6, "accuracy", stacked_row=1),
    _Figure("arrival", _arrival, "right", 9, "arrival", stacked_row=2),
    _Figure("hold", _hold, "right", 7, "hold", stacked_row=2),
    _Figure("coverage", _coverage, "right", 9, "coverage", stacked_row=1),
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
    return Text(f"{signs.verdict(verdict)} {VERDICT_TEXTS[verdict]}", style=VERDICT_STYLES[verdict])


def _table(rows: Sequence[_Row], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, width=width)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("line", ratio=1, overflow="fold")
    for figure in _FIGURES:
        wraps = figure.wrap_at is not None
        table.add_column(
            figure.heading,
            justify=figure.justify,
            max_width=figure.wrap_at,
            no_wrap=not wraps,
            overflow="fold" if wraps else "ellipsis",
        )
    table.add_column("verdict", no_wrap=True)
    for row in rows:
        text = Text(row.text).append(f" ({row.reason})" if row.reason else "", style="dim")
        table.add_row(row.index, text, *map(Text, row.figures), row.verdict)
    return table


def _in_two_rows(rows: Sequence[_Row], console: Console) -> list[Text]:
    widths = [figure.cells for figure in _FIGURES]
    head = columns([figure.heading for figure in _FIGURES], widths, console.encoding).append("verdict")
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
        parts = [f"{figure.label} {text}" for figure, text in figures if figure.stacked_row == number]
        yield Text(f"  {', '.join(parts)}")
