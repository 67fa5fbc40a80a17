"""The words that were heard in a take: keeps them, compares them with the lines, and finds what to drill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import TakeError
from coach.base.messages import tr_n
from coach.base.text import clean
from coach.core.progress.drills import DrillPlan, DrillTask
from coach.core.progress.line_identity import normalise
from coach.core.rehearsal.spoken_words import compare_words
from coach.core.scoring.report import LineReport, Report, WordReport, WordsReport
from coach.takes.report_file import load_report
from coach.takes.words_file import SaidLine, TakeWords, read_words, write_words

if TYPE_CHECKING:
    from coach.app.history import ScriptTakes
    from coach.base.settings import Strictness
    from coach.listening.line_words import LineWords
    from coach.takes.store import TakeStore

TAKES_HEARD: Final = 20
"""Newest takes of a script that are searched for slips."""


def keep_words(take: Path, heard: LineWords, notify: Callable[[str], None]) -> TakeWords | None:
    """Keep in folder `take` what was heard; None if that was nothing, or if it cannot be kept."""
    if not heard.heard:
        return None
    lines = {index: SaidLine(said=clean(each.said, 20_000), whole=each.whole) for index, each in heard.heard.items()}
    words = TakeWords(by=heard.recogniser.name, sha256=heard.recogniser.sha256, lines=lines)
    try:
        write_words(take, words)
    except TakeError as error:
        notify(str(error))
    return words


def with_words(report: Report, words: TakeWords | None) -> Report:
    """`report` with the comparison of what was said, at the strictness of the report."""
    if words is None:
        return report
    asked = report.settings.get("strictness", "standard")
    strictness: Strictness = "gentle" if asked == "gentle" else "strict" if asked == "strict" else "standard"
    lines = [_with_words(line, words, strictness) for line in report.lines]
    return report.model_copy(update={"lines": lines})


def with_kept_words(report: Report, take: Path) -> Report:
    """`report` with the words that were kept in folder `take`; without them if they cannot be read."""
    try:
        return with_words(report, read_words(take))
    except TakeError as error:
        return report.model_copy(update={"warnings": [*report.warnings, f"{clean(str(error))}."]})


def _with_words(line: LineReport, words: TakeWords, strictness: Strictness) -> LineReport:
    said = words.lines.get(line.index)
    if said is None:
        return line
    pieces = compare_words(line.text, said.said, strictness, whole=said.whole)
    compared = [WordReport(kind=piece.kind, wanted=piece.wanted, said=piece.said) for piece in pieces]
    report = WordsReport(said=said.said, whole=said.whole, by=words.by, pieces=compared)
    return line.model_copy(update={"words": report})


def slip_plan(found: ScriptTakes, store: TakeStore, limit: int) -> DrillPlan:
    """The lines with most slips when they were heard last, at most `limit`."""
    slips = _last_slips(found, store)
    numbers = {normalise(line.text): number for number, line in enumerate(found.script.spoken, 1)}
    tasks = [
        DrillTask(
            numbers[text],
            found.script.spoken[numbers[text] - 1].text,
            tr_n("{count} slip last time", "{count} slips last time", count),
        )
        for text, count in sorted(slips.items(), key=lambda item: (-item[1], numbers.get(item[0], 0)))
        if count and text in numbers
    ]
    return DrillPlan(tuple(tasks[:limit]), max(len(tasks) - limit, 0), None)


def _last_slips(found: ScriptTakes, store: TakeStore) -> dict[str, int]:
    """Slips of each line, by its words, in the newest take in which it was heard."""
    slips: dict[str, int] = {}
    for take in found.takes[: -TAKES_HEARD - 1 : -1]:
        try:
            report = load_report(store.folder / take.name / "report.json")
        except TakeError:
            continue
        for line in report.lines:
            if line.words is not None:
                slips.setdefault(normalise(line.text), line.words.slips)
    return slips
