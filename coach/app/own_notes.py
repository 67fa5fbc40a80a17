"""The actor's own notes: create one on a line of a take, and collect those of recent takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import TakeError, UsageError
from coach.base.messages import tr
from coach.base.text import clean
from coach.takes.contents import RECENT_TAKES, takes_with_notes

if TYPE_CHECKING:
    from coach.core.progress.history import LineHistory
    from coach.core.progress.notes import LocatedNote, OwnNote, TakeNotes
    from coach.core.progress.past_takes import PastLine
    from coach.core.scoring.report import Report
    from coach.core.script.script import Script


def own_notes_of(take: Path, report: Report, notify: Callable[[str], None]) -> TakeNotes:
    """The notes on the take in folder `take`, and the earlier notes on its lines.

    Args:
        take: the folder.
        report: of the take.
        notify: gets a sentence about notes that cannot be read.
    """
    from coach.core.progress.notes import TakeNotes, answered_notes, locate_notes
    from coach.takes.past_takes import script_in
    from coach.takes.store import TakeStore

    notes: tuple[LocatedNote, ...] = ()
    try:
        takes = TakeStore(take.parent).takes()
        recent = takes[takes.index(take) :][: RECENT_TAKES + 1] if take in takes else [take]
        noted = _notes_by_take(recent, notify)
        notes = locate_notes(noted.pop(take.name, ()), report.lines)
        before = answered_notes(_lines(script_in(take), recent), take.name, noted) if noted else ()
    except TakeError as error:
        notify(str(error))
        return TakeNotes(notes)
    return TakeNotes(notes, before)


def open_notes(script: Script, takes: Sequence[Path], notify: Callable[[str], None]) -> list[tuple[int, OwnNote]]:
    """The notes on lines of `script` that have not been rehearsed since.

    Args:
        script: the script.
        takes: folders of takes, newest first.
        notify: gets a sentence about notes that cannot be read.

    Returns:
        Pairs of line number and note.
    """
    from coach.core.progress.notes import open_notes

    recent = takes[:RECENT_TAKES]
    noted = _notes_by_take(recent, notify)
    return list(open_notes(_lines(script, recent), noted)) if noted else []


def _notes_by_take(takes: Sequence[Path], notify: Callable[[str], None]) -> dict[str, tuple[OwnNote, ...]]:
    """The notes of each take that has any, by the name of the take."""
    from coach.takes.notes import read_notes

    found = {}
    for take in takes_with_notes(takes):
        try:
            found[take.name] = read_notes(take)
        except TakeError as error:
            notify(str(error))
    return found


def _lines(script: Script, takes: Sequence[Path]) -> list[LineHistory]:
    from coach.core.progress.history import line_histories, takes_of
    from coach.takes.past_takes import past_in

    return line_histories(script, takes_of(script, past_in(takes).takes), None)


def new_note(take: Path, line: int, text: str, notify: Callable[[str], None]) -> OwnNote:
    """Create a note with `text` on line number `line` of `take`. This does not store it.

    Raises:
        TakeError: the take has no report and none can be made.
        UsageError: there is no such line, or the text is empty or too long.
    """
    from coach.app.review import report_of
    from coach.core.progress.notes import MAX_LINE_LENGTH, MAX_NOTE_LENGTH, OwnNote

    lines = {each.index: each.text for each in report_of(take, notify).lines}
    if line not in lines:
        raise UsageError(
            tr("this take has lines {first}-{last}, found {line}", first=min(lines), last=max(lines), line=line)
        )
    text = clean(text, 2 * MAX_NOTE_LENGTH)
    if not text:
        raise UsageError(tr("a note needs words"))
    if len(text) > MAX_NOTE_LENGTH:
        raise UsageError(
            tr("a note has at most {limit} characters, found {length} or more", limit=MAX_NOTE_LENGTH, length=len(text))
        )
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    return OwnNote(line=line, words=lines[line][:MAX_LINE_LENGTH], text=text, at=at)


def report_lines(take: Path) -> Sequence[PastLine]:
    """The lines of the take's report; empty if it cannot be read, so that the notes can still be listed."""
    from coach.takes.past_takes import past_take

    with suppress(OSError, ValueError):
        return past_take(take).report.lines
    return ()
