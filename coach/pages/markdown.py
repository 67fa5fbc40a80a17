"""The report of a take as Markdown: the verdict, the notes and the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from coach.base.text import clean
from coach.core.analysis.summary import ToldNote, told_notes, verdict_sentence
from coach.core.progress.notes import before_and_now
from coach.core.scoring.report import ENDS, NOTHING, VERDICTS, clock_text, reason_of
from coach.pages.render import percent, seconds, tens
from coach.pages.report_page import claims

if TYPE_CHECKING:
    from coach.core.progress.notes import Followed, Own, Placed
    from coach.core.scoring.report import LineReport, Report

_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:@])")
"""ASCII punctuation with a meaning in Markdown or one of its dialects; a backslash before it removes that."""

_HEADS: Final = ("#", "line", "asked", "read", "accuracy", "arrival", "hold", "bleed", "coverage", "viewers", "verdict")


def report_markdown(report: Report, own: Own) -> str:
    """`report` with the actor's `own` notes around its take, as Markdown text."""
    source = "no camera" if report.source.kind == "none" else report.source.name
    parts = [
        f"# {_plain(report.title)}",
        f"{_plain(source)}, {ENDS.get(report.ended, _plain(report.ended))}, {_plain(report.created.at)}",
        f"**{_plain(verdict_sentence(report))}**",
        *(f"> {_plain(warning)}" for warning in report.warnings),
        *_notes(told_notes(report)),
        *_own(own),
        "## Line by line",
        "\n".join([_row(_HEADS), _row(["---"] * len(_HEADS)), *(_row(_cells(line)) for line in report.lines)]),
        "## How to read this",
        "*The camera reads* a face; it cannot know what is behind it.",
        *map(_plain, claims(report)),
    ]
    return "\n\n".join(parts) + "\n"


def _notes(notes: list[ToldNote]) -> list[str]:
    if not notes:
        return []
    items = [f"{number}. {_note(note)}" for number, note in enumerate(notes, 1)]
    return ["## Notes", "\n".join(items)]


def _note(note: ToldNote) -> str:
    instead = f" The camera read {note.instead[0]} ({percent(note.instead[1])})." if note.instead else ""
    drill = f" *Next:* {_plain(note.drill)}" if note.drill else ""
    where = f"**Line {note.line}, {_plain(clock_text(note.t))}** “{_plain(note.text)}”"
    return f"{where} {_plain(note.evidence)}{instead}{drill}"


def _own(own: Own) -> list[str]:
    if not (own.followed or own.notes):
        return []
    items = [*map(_followed, own.followed), *map(_noted, own.notes)]
    return ["## Your own notes", "\n".join(f"- {each}" for each in items)]


def _followed(each: Followed) -> str:
    line = each.now.line
    where = f"**Line {line.index}, noted on the take of {_plain(each.before.take.day)}** “{_plain(line.text)}”"
    return f"{where} {_plain(each.note.text)} {_plain(before_and_now(each))}"


def _noted(here: Placed) -> str:
    where = "A line that is gone" if here.line is None else f"Line {here.line}"
    return f"**{where}** “{_plain(here.words)}” {_plain(here.note.text)}"


def _cells(line: LineReport) -> list[str]:
    top = f"{line.top} {percent(line.read.get(line.top))}" if line.top else "–"
    reason = reason_of(line)
    return [
        str(line.index),
        _plain(line.text),
        _plain(line.target or NOTHING),
        top,
        percent(line.accuracy),
        seconds(line.arrival_s),
        seconds(line.hold_s),
        seconds(line.bleed_s),
        percent(line.coverage),
        tens(line.share),
        VERDICTS[line.verdict] + (f" ({_plain(reason)})" if reason else ""),
    ]


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """`text` escaped so that Markdown shows it literally, on one line."""
    return _MARKS.sub(r"\\\1", clean(text, 4000))
