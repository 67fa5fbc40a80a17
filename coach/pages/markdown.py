"""The report of a take as Markdown: the summary, the notes and the table of lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from coach.base.text import clean
from coach.core.analysis.summary import NoteDetails, note_details, summary_sentence
from coach.core.progress.notes import answer_sentence
from coach.core.scoring.reactions import reaction_sentence
from coach.core.scoring.report import (
    END_CAUSE_TEXTS,
    NO_TARGET,
    VERDICT_TEXTS,
    clock_text,
    help_sentences,
    reason_text,
)
from coach.pages.render import of_ten, percent, seconds
from coach.pages.report_page import claims

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from coach.core.progress.notes import AnsweredNote, LocatedNote, TakeNotes
    from coach.core.scoring.report import LineReport, ReactionReport, Report

_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:@])")
"""ASCII punctuation with a meaning in Markdown or one of its dialects; a backslash escapes it."""


def report_markdown(report: Report, own: TakeNotes) -> str:
    """`report` with the actor's `own` notes around its take, as Markdown text."""
    source = "no camera" if report.source.kind == "none" else report.source.name
    parts = [
        f"# {_plain(report.title)}",
        f"{_plain(source)}, {END_CAUSE_TEXTS.get(report.ended, _plain(report.ended))}, {_plain(report.created.at)}",
        f"**{_plain(summary_sentence(report))}**",
        *(f"> {_plain(warning)}" for warning in report.warnings),
        *_notes(note_details(report)),
        *_own_notes(own),
        "## Line by line",
        _table(report.lines),
        *map(_plain, help_sentences(report.lines)),
        *_reactions(report.reactions),
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


def _own_notes(own: TakeNotes) -> list[str]:
    if not (own.answered or own.notes):
        return []
    items = [*map(_answered_note, own.answered), *map(_located_note, own.notes)]
    return ["## Your own notes", "\n".join(f"- {item}" for item in items)]


def _answered_note(answered: AnsweredNote) -> str:
    line = answered.now.line
    where = f"**Line {line.index}, your note of {_plain(answered.before.take.day)}** “{_plain(line.text)}”"
    return f"{where} {_plain(answered.note.text)} {_plain(answer_sentence(answered))}"


def _located_note(located: LocatedNote) -> str:
    where = "A line that is no longer in the script" if located.line is None else f"Line {located.line}"
    return f"**{where}** “{_plain(located.words)}” {_plain(located.note.text)}"


def _reactions(reactions: Sequence[ReactionReport]) -> list[str]:
    if not reactions:
        return []
    items = [
        f"- **{_plain(each.role)} {each.line}** “{_plain(each.text)}” {_plain(reaction_sentence(each))}"
        for each in reactions
    ]
    return ["## While you listened", "\n".join(items)]


def _table(lines: Sequence[LineReport]) -> str:
    header = [_row(heading for heading, _ in _COLUMNS), _row("---" for _ in _COLUMNS)]
    return "\n".join([*header, *(_row(cell(line) for _, cell in _COLUMNS) for line in lines)])


def _top(line: LineReport) -> str:
    return f"{line.top} {percent(line.read.get(line.top))}" if line.top else "–"


def _verdict(line: LineReport) -> str:
    reason = reason_text(line)
    return VERDICT_TEXTS[line.verdict] + (f" ({_plain(reason)})" if reason else "")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """`text` escaped so that Markdown shows it literally, on one line."""
    return _MARKS.sub(r"\\\1", clean(text, 4000))


_COLUMNS: Final[tuple[tuple[str, Callable[[LineReport], str]], ...]] = (
    ("#", lambda line: str(line.index)),
    ("line", lambda line: _plain(line.text)),
    ("wanted", lambda line: _plain(line.target or NO_TARGET)),
    ("read", _top),
    ("accuracy", lambda line: percent(line.accuracy)),
    ("arrival", lambda line: seconds(line.arrival_s)),
    ("hold", lambda line: seconds(line.hold_s)),
    ("bleed", lambda line: seconds(line.bleed_s)),
    ("coverage", lambda line: percent(line.coverage)),
    ("viewers", lambda line: of_ten(line.share)),
    ("verdict", _verdict),
)
"""Heading and cell of each column of the table of lines."""
