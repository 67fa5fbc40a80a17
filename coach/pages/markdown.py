"""The report of a take as Markdown: the verdict, the notes and the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from coach.base.text import clean
from coach.core.analysis.summary import NoteDetails, note_details, summary_sentence
from coach.core.progress.notes import answer_sentence
from coach.core.scoring.report import END_CAUSES, NO_TARGET, VERDICTS, clock_text, reason_text
from coach.pages.render import percent, seconds, tens
from coach.pages.report_page import claims

if TYPE_CHECKING:
    from coach.core.progress.notes import AnsweredNote, LocatedNote, TakeNotes
    from coach.core.scoring.report import LineReport, Report

_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:@])")
"""ASCII punctuation with a meaning in Markdown or one of its dialects; a backslash before it removes that."""

_HEADS: Final = (
    "#",
    "line",
    "wanted",
    "read",
    "accuracy",
    "arrival",
    "hold",
    "bleed",
    "coverage",
    "viewers",
    "verdict",
)


def report_markdown(report: Report, own: TakeNotes) -> str:
    """`report` with the actor's `own` notes around its take, as Markdown text."""
    source = "no camera" if report.source.kind == "none" else report.source.name
    parts = [
        f"# {_plain(report.title)}",
        f"{_plain(source)}, {END_CAUSES.get(report.ended, _plain(report.ended))}, {_plain(report.created.at)}",
        f"**{_plain(summary_sentence(report))}**",
        *(f"> {_plain(warning)}" for warning in report.warnings),
        *_notes(note_details(report)),
        *_own(own),
        "## Line by line",
        "\n".join([_row(_HEADS), _row(["---"] * len(_HEADS)), *(_row(_cells(line)) for line in report.lines)]),
        "## How to read this",
        "*The camera reads* a face. It cannot know what is behind it.",
        *map(_plain, claims(report)),
    ]
    return "\n\n".join(parts) + "\n"


def _notes(notes: list[NoteDetails]) -> list[str]:
    if not notes:
        return []
    items = [f"{number}. {_note(note)}" for number, note in enumerate(notes, 1)]
    return ["## Notes", "\n".join(items)]


def _note(note: NoteDetails) -> str:
    instead = (
        f" The camera read {note.instead[0]} {percent(note.instead[1])} over the whole line." if note.instead else ""
    )
    drill = f" *Next:* {_plain(note.drill)}" if note.drill else ""
    where = f"**Line {note.line}, {_plain(clock_text(note.t))}** “{_plain(note.text)}”"
    return f"{where} {_plain(note.evidence)}{instead}{drill}"


def _own(own: TakeNotes) -> list[str]:
    if not (own.answered or own.notes):
        return []
    items = [*map(_followed, own.answered), *map(_noted, own.notes)]
    return ["## Your own notes", "\n".join(f"- {each}" for each in items)]


def _followed(each: AnsweredNote) -> str:
    line = each.now.line
    where = f"**Line {line.index}, your note of {_plain(each.before.take.day)}** “{_plain(line.text)}”"
    return f"{where} {_plain(each.note.text)} {_plain(answer_sentence(each))}"


def _noted(here: LocatedNote) -> str:
    where = "A line that is no longer in the script" if here.line is None else f"Line {here.line}"
    return f"**{where}** “{_plain(here.words)}” {_plain(here.note.text)}"


def _cells(line: LineReport) -> list[str]:
    top = f"{line.top} {percent(line.read.get(line.top))}" if line.top else "–"
    reason = reason_text(line)
    return [
        str(line.index),
        _plain(line.text),
        _plain(line.target or NO_TARGET),
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
