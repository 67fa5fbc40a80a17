"""The report on the terminal: strength first, then notes, then the lines, then the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.core.progress.notes import before_and_now
from coach.core.scoring.feedback import notes_to_show
from coach.core.scoring.report import ENDS
from coach.display.kit.writer import Writer
from coach.display.tables.lines import print_lines, print_times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from coach.core.progress.notes import Own, Placed
    from coach.core.scoring.report import LineReport, ModelReport, Report


def print_own(own: Own, out: Writer) -> None:
    """Print what was noted on the takes before and what became of it, then what was noted on this one."""
    if own.followed or own.notes:
        out.gap()
    for each in own.followed:
        out.quoting("You noted", f"{each.before.take.day}, line {each.now.line.index}, ", each.now.line.text)
        out.detail(each.note.text)
        out.detail(before_and_now(each))
    for here in own.notes:
        out.labelled("Your note", f"{here.where}: {here.note.text}")


def print_notes(take: str, notes: Sequence[Placed], console: Console) -> None:
    """Print the notes on the take called `take`, each with the number by which it is deleted."""
    out = Writer(console)
    out.line(f"{take}: {len(notes)} note{'' if len(notes) == 1 else 's'} of your own", "bold")
    for number, each in enumerate(notes, start=1):
        out.line(f"{number}. {each.where}: {each.note.text}")


_CLAIM: Final = "Read is what the camera reads in the face, not what is behind it."


def print_report(
    report: Report, console: Console, *, take_path: Path | None, more: str, own: Own | None = None
) -> None:
    """Print `report` on `console`, at its width.

    `take_path` is the folder it was saved in, None where it was not; `more` is the command that shows more; `own` are
    the actor's own notes, where there are any.
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
        print_own(own, out)
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
    print_lines(report.lines, console)
    out.gap()
    _print_audience(report.lines, out)
    out.line(_overall(report), "bold")
    out.line(f"{_CLAIM} {model.limit}".strip(), "dim")


def _print_audience(lines: list[LineReport], out: Writer) -> None:
    """What viewers would have read in each line, beside what they read in trained actors."""
    told = [line for line in lines if line.audience]
    for line in told:
        out.labelled(f"Line {line.index}", f"{line.audience}{_asked(line)}.")
    if told:
        out.gap()


def _asked(line: LineReport) -> str:
    """From how many viewers on it would have been a hit, at the take's strictness."""
    if line.asked_share is None or line.verdict == "hit":
        return ""
    return f"; a hit here from {round(line.asked_share * 10)} of 10"


def _print_unwatched(report: Report, out: Writer, console: Console) -> None:
    played = [line for line in report.lines if line.start_s is not None]
    out.line(f"Nothing was watched: no camera, so no line is scored. {len(played)} of {len(report.lines)} played.")
    if played:
        out.gap()
        print_times(played, console)


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
