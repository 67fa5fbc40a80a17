"""The takes as pages list them, and as addresses name them: by an id, never by a path."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from coach.app.review import has_measures
from coach.base.errors import TakeError
from coach.base.messages import mark, tr, tr_n
from coach.base.text import length_text
from coach.core.progress.drills import passage_text
from coach.core.scoring.report import NO_TARGET, VERDICT_TEXTS
from coach.core.script.targets import target_words

if TYPE_CHECKING:
    from pathlib import Path

    from coach.app.report import TakeReport
    from coach.takes.catalogue import TakeFacts
    from coach.takes.store import TakeStore

MAX_ROWS: Final = 500
"""Takes on the page; `coach takes` lists older ones."""

_STATES: Final = {
    "unfinished": mark("not finished; opening it makes its report"),
    "playing": mark("is being played"),
    "unreadable": mark("its report cannot be read"),
    "damaged": mark("its journal cannot be read"),
    "closed": mark("you have no permission to read it"),
}


@dataclass(frozen=True, slots=True)
class TakeRow:
    """A take in the list; `figures` are what is known of it, in words."""

    id: str
    title: str
    when: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a take.

    Attributes:
        index: its number.
        text: its words.
        target: what it asks for.
        emotion: the first emotion that it asks for; empty for none.
        verdict: ``hit``, ``partial``, ``miss`` or ``not_scored``.
        verdict_text: the verdict in words.
        notes: the user's own notes, with the number of each.
        can_approve: whether the take has the landmarks that an approval needs.
    """

    index: int
    text: str
    target: str
    emotion: str
    verdict: str
    verdict_text: str
    notes: tuple[tuple[int, str], ...]
    can_approve: bool


def id_of(take: Path) -> str:
    """16 hexadecimal digits that name the take in folder `take`."""
    return hashlib.sha256(take.name.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def take_with(store: TakeStore, take_id: str) -> Path:
    """The folder of the take with this id.

    Raises:
        HTTPException: there is no such take.
    """
    take = next((take for take in store.takes() if id_of(take) == take_id), None)
    if take is None:
        raise HTTPException(404, tr("There is no such take any more."))
    return take


def take_rows(store: TakeStore) -> list[TakeRow]:
    """The newest takes."""
    return [_row(store, facts) for facts in store.facts()[:MAX_ROWS]]


def _row(store: TakeStore, facts: TakeFacts) -> TakeRow:
    figures = []
    if facts.accuracy is not None:
        figures = [
            tr_n("{hits} of {count} line", "{hits} of {count} lines", facts.asked, hits=facts.hits),
            tr("{share:.0%} overall", share=facts.accuracy),
        ]
    if facts.length_s is not None:
        figures.append(length_text(facts.length_s))
    if facts.lines:
        figures.append(passage_text(facts.lines))
    if facts.broken_off:
        figures.append(tr("ended early"))
    if facts.recorded:
        figures.append(tr("video"))
    if facts.state in _STATES:
        figures.append(tr(_STATES[facts.state]))
    when = facts.at[:16].replace("T", " ")
    return TakeRow(id_of(store.folder / facts.name), facts.title or facts.name, when, tuple(figures))


def line_rows(report: TakeReport) -> list[LineRow]:
    """The lines of a take."""
    can_approve = has_measures(report.take)
    notes = _notes_by_line(report)
    return [
        LineRow(
            line.index,
            line.text,
            target_words(line.target) or tr(NO_TARGET),
            line.targets[0] if line.targets else "",
            line.verdict,
            tr(VERDICT_TEXTS[line.verdict]),
            tuple(notes.get(line.index, ())),
            can_approve and bool(line.targets),
        )
        for line in report.report.lines
    ]


def _notes_by_line(report: TakeReport) -> dict[int, list[tuple[int, str]]]:
    from coach.takes.notes import read_notes

    found: dict[int, list[tuple[int, str]]] = {}
    try:
        notes = read_notes(report.take)
    except TakeError:
        return found  # the report says so
    for number, note in enumerate(notes, start=1):
        found.setdefault(note.line, []).append((number, note.text))
    return found
