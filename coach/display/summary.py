"""The report on the terminal: strength first, then notes, then the lines, then the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.padding import Padding
from rich.text import Text

from coach.core.story import notes_to_show
from coach.display.line_table import print_lines, print_times
from coach.display.signs import shortened, shown
from coach.display.wording import ENDS, clock_text

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console, RenderableType

    from coach.core.report import LineReport, ModelReport, Note, Report, Strength

SHORTEST_QUOTE: Final = 20
"""Cells; where less is left beside its number, a line is quoted on a row of its own."""

INDENT: Final = 2

_CLAIM: Final = "Read is what the camera reads in the face, not what is behind it."


def print_report(report: Report, console: Console, *, take_path: Path | None, more: str) -> None:
    """Print `report` on `console`, at its width.

    `take_path` is the folder it was saved in, None where it was not; `more` is the command that shows more.
    """
    out = _Writer(console)
    out.line(f"{report.title}", "bold")
    source = "no camera" if report.source.kind == "none" else report.source.name
    out.line(f"{source}, {ENDS.get(report.ended, report.ended)}", "dim")
    out.gap()
    if report.model:
        _print_read(report, report.model, out, console)
    else:
        _print_unwatched(report, out, console)
    for warning in report.warnings:
        out.labelled("Warning", warning)
    out.gap()
    out.whole(f"Saved in {take_path}" if take_path else "Not saved.")
    out.whole(f"More: {more}")


def _print_read(report: Report, model: ModelReport, out: _Writer, console: Console) -> None:
    strength = report.strength
    if strength is None:
        out.labelled("Strongest moment", "none yet, nothing stayed on target long enough.")
    else:
        out.moment("Strongest moment", strength, _text(report, strength.line))
    for note in notes_to_show(report.notes):
        out.moment("Note", note, _text(report, note.line))
    out.gap()
    print_lines(report.lines, console)
    out.gap()
    _print_audience(report.lines, out)
    out.line(_overall(report), "bold")
    out.line(f"{_CLAIM} {model.limit}".strip(), "dim")


def _print_audience(lines: list[LineReport], out: _Writer) -> None:
    """What viewers would have read in each line, beside what they read in trained actors."""
    told = [line for line in lines if line.audience]
    for line in told:
        out.labelled(f"Line {line.index}", f"{line.audience}.")
    if told:
        out.gap()


def _print_unwatched(report: Report, out: _Writer, console: Console) -> None:
    played = [line for line in report.lines if line.start_s is not None]
    out.line(f"Nothing was watched: no camera, so no line is scored. {len(played)} of {len(report.lines)} played.")
    if played:
        out.gap()
        print_times(played, console)


class _Writer:
    """Writes text from outside as plain text, whatever is in it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def gap(self) -> None:
        self._print(Text())

    def line(self, text: str, style: str = "") -> None:
        self._print(Text(self._own(text), style=style))

    def labelled(self, label: str, text: str) -> None:
        self._print(Text(f"{label}: ", style="bold").append(self._own(text), style="not bold"))

    def moment(self, label: str, said: Note | Strength, line: str) -> None:
        """When and on which line, quoted as far as the row is wide, and what is said of it."""
        place = f"{clock_text(said.t)} line {said.line}, "
        left = self._console.width - cell_len(f"{label}: {place}")
        if left >= SHORTEST_QUOTE:
            self.labelled(label, place + self._quoted(line, left))
        else:
            self.labelled(label, place)
            self._detail(self._quoted(line, self._console.width - INDENT))
        self._detail(said.text)

    def _quoted(self, text: str, cells: int) -> str:
        return f'"{shortened(self._own(text), cells - 2, self._console.encoding)}"'

    def _detail(self, text: str) -> None:
        self._print(Padding(Text(self._own(text)), (0, 0, 0, INDENT), expand=False))

    def whole(self, text: str) -> None:
        """One line however long, so that it can be copied."""
        self._console.print(Text(self._own(text, 4096)), soft_wrap=True, markup=False, highlight=False)

    def _own(self, text: str, limit: int = 1000) -> str:
        return shown(text, self._console.encoding, limit)

    def _print(self, text: RenderableType) -> None:
        self._console.print(text, markup=False, highlight=False)


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
