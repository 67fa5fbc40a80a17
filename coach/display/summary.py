"""The report on the terminal: strength first, then notes, then the lines, then the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.padding import Padding
from rich.text import Text

from coach.display.line_table import print_lines
from coach.display.signs import shown
from coach.display.wording import ENDS, Meaning, clock_text
from coach.text import clean

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console, RenderableType

    from coach.core.report import LineReport, Note, Report

MOST_NOTES: Final = 3
"""More than three are not kept in mind; the rest stand in the JSON."""

_CLAIM: Final[dict[Meaning, str]] = {
    "label": "Read is what the camera reads in the face, not what is behind it.",
    "viewers": "Read is what most viewers would have read in the face, not what is behind it.",
}


def print_report(report: Report, console: Console, *, take_path: Path | None, more: str) -> None:
    """Print `report` on `console`, at its width.

    `take_path` is the folder it was saved in, None where it was not; `more` is the command that shows more.
    """
    out = _Writer(console)
    out.line(f"{report.title}", "bold")
    source = "no camera" if report.source.kind == "none" else report.source.name
    out.line(f"{source}, {ENDS.get(report.ended, report.ended)}", "dim")
    out.gap()
    out.labelled("Strongest moment", *_strength(report))
    for text in _notes(report):
        out.labelled("Note", *text)
    out.gap()
    print_lines(report.lines, console)
    out.gap()
    out.line(_overall(report), "bold")
    if report.model:
        out.line(_CLAIM[report.model.meaning], "dim")
    for warning in report.warnings:
        out.labelled("Warning", warning)
    out.gap()
    out.whole(f"Saved in {take_path}" if take_path else "Not saved.")
    out.whole(f"More: {more}")


class _Writer:
    """Writes text from outside as plain text, whatever is in it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def gap(self) -> None:
        self._print(Text())

    def line(self, text: str, style: str = "") -> None:
        self._print(Text(self._own(text), style=style))

    def labelled(self, label: str, text: str, detail: str = "") -> None:
        self._print(Text(f"{label}: ", style="bold").append(self._own(text), style="not bold"))
        if detail:
            self._print(Padding(Text(self._own(detail)), (0, 0, 0, 2), expand=False))

    def whole(self, text: str) -> None:
        """One line however long, so that it can be copied."""
        self._console.print(Text(self._own(text, 4096)), soft_wrap=True, markup=False, highlight=False)

    def _own(self, text: str, limit: int = 1000) -> str:
        return shown(text, self._console.encoding, limit)

    def _print(self, text: RenderableType) -> None:
        self._console.print(text, markup=False, highlight=False)


def _strength(report: Report) -> list[str]:
    strength = report.strength
    if strength is None:
        return ["none yet, nothing stayed on target long enough."]
    return [_place(report, strength.t, strength.line), strength.text]


def _notes(report: Report) -> list[list[str]]:
    return [[_place(report, note.t, note.line), note.text] for note in notes_to_show(report.notes)]


def _place(report: Report, t: float, index: int) -> str:
    """When and on which line: ``00:08.0 line 2, "What if nobody comes?"``."""
    text = next((line.text for line in report.lines if line.index == index), "")
    return f'{clock_text(t)} line {index}, "{clean(text, 48)}"'


def notes_to_show(notes: list[Note]) -> list[Note]:
    """At most three: those that came with the report, filled up with those given live, in the order of the take."""
    after = [note for note in notes if note.kind == "after"]
    told = {note.line for note in after}
    live = [note for note in notes if note.kind == "live" and note.line not in told]
    return sorted([*after, *live][:MOST_NOTES], key=lambda note: note.t)


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
