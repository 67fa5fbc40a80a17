"""The report of a take as Markdown: the summary, the notes and the table of lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr
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
    source_text,
)
from coach.core.script.targets import target_words
from coach.pages.explanations import claims
from coach.pages.render import of_ten, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from coach.core.progress.notes import AnsweredNote, LocatedNote, TakeNotes
    from coach.core.scoring.report import LineReport, ReactionReport, Report

_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:@])")
"""ASCII punctuation with a meaning in Markdown or one of its dialects; a backslash escapes it."""


def report_markdown(report: Report, own: TakeNotes) -> str:
    """`report` with the actor's `own` notes around its take, as Markdown text."""
    ended = tr(END_CAUSE_TEXTS.get(report.ended, report.ended))
    parts = [
        f"# {_plain(report.title)}",
        ", ".join(map(_plain, (source_text(report.source), ended, report.created.at))),
        f"**{_plain(summary_sentence(report))}**",
        *(f"> {_plain(warning)}" for warning in report.warnings),
        *_notes(note_details(report)),
        *_own_notes(own),
        _heading(tr("Line by line")),
        _table(report.lines),
        *map(_plain, help_sentences(report.lines)),
        *_reactions(report.reactions),
        _heading(tr("How to read this")),
        tr("*The camera reads* a face. It cannot know what is behind it."),
        *map(_plain, claims(report)),
    ]
    return "\n\n".join(parts) + "\n"


def _notes(notes: list[NoteDetails]) -> list[str]:
    if not notes:
        return []
    items = [f"{number}. {_note(note)}" for number, note in enumerate(notes, 1)]
    return [_heading(tr("Notes")), "\n".join(items)]


def _note(note: NoteDetails) -> str:
    where = tr("Line {number}, {time}", number=note.line, time=clock_text(note.t))
    parts = [_quoted(where, note.text), _plain(note.evidence)]
    if note.instead:
        emotion, share = tr(note.instead[0]), percent(note.instead[1])
        parts.append(tr("The camera read {emotion} {share} over the whole line.", emotion=emotion, share=share))
    if note.drill:
        parts.append(tr("*Next:* {drill}", drill=_plain(note.drill)))
    return " ".join(parts)


def _own_notes(own: TakeNotes) -> list[str]:
    if not (own.answered or own.notes):
        return []
    items = [*map(_answered_note, own.answered), *map(_located_note, own.notes)]
    return [_heading(tr("Your own notes")), "\n".join(f"- {item}" for item in items)]


def _answered_note(answered: AnsweredNote) -> str:
    line = answered.now.line
    where = tr("Line {number}, your note of {day}", number=line.index, day=answered.before.take.day)
    return f"{_quoted(where, line.text)} {_plain(answered.note.text)} {_plain(answer_sentence(answered))}"


def _located_note(located: LocatedNote) -> str:
    gone = located.line is None
    where = tr("A line that is no longer in the script") if gone else tr("Line {number}", number=located.line)
    return f"{_quoted(where, located.words)} {_plain(located.note.text)}"


def _reactions(reactions: Sequence[ReactionReport]) -> list[str]:
    if not reactions:
        return []
    items = [
        f"- {_quoted(f'{each.role} {each.line}', each.text)} {_plain(reaction_sentence(each))}" for each in reactions
    ]
    return [_heading(tr("While you listened")), "\n".join(items)]


def _table(lines: Sequence[LineReport]) -> str:
    header = [_row(tr(heading) for heading, _ in _COLUMNS), _row("---" for _ in _COLUMNS)]
    return "\n".join([*header, *(_row(cell(line) for _, cell in _COLUMNS) for line in lines)])


def _top(line: LineReport) -> str:
    return f"{tr(line.top)} {percent(line.read.get(line.top))}" if line.top else "–"


def _verdict(line: LineReport) -> str:
    reason = reason_text(line)
    return tr(VERDICT_TEXTS[line.verdict]) + (f" ({_plain(reason)})" if reason else "")


def _heading(text: str) -> str:
    return f"## {_plain(text)}"


def _quoted(where: str, words: str) -> str:
    """`words` in quotation marks, after the place where they stand."""
    return " ".join([f"**{_plain(where)}**", tr("“{text}”", text=_plain(words))])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """`text` escaped so that Markdown shows it literally, on one line."""
    return _MARKS.sub(r"\\\1", clean(text, 4000))


_COLUMNS: Final[tuple[tuple[str, Callable[[LineReport], str]], ...]] = (
    ("#", lambda line: str(line.index)),
    (mark("line"), lambda line: _plain(line.text)),
    (mark("wanted"), lambda line: _plain(target_words(line.target) or tr(NO_TARGET))),
    (mark("read"), _top),
    (mark("accuracy"), lambda line: percent(line.accuracy)),
    (mark("arrival"), lambda line: seconds(line.arrival_s)),
    (mark("hold"), lambda line: seconds(line.hold_s)),
    (mark("bleed"), lambda line: seconds(line.bleed_s)),
    (mark("coverage"), lambda line: percent(line.coverage)),
    (mark("viewers"), lambda line: of_ten(line.share)),
    (mark("verdict"), _verdict),
)
"""Heading and cell of each column of the table of lines."""
