"""Gathers an actor's own notes from the takes beside a take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import TakeError

if TYPE_CHECKING:
    from coach.core.progress.history import LineHistory
    from coach.core.progress.notes import Own, OwnNote, Placed
    from coach.core.scoring.report import Report
    from coach.core.script.script import Script

RECENT: Final = 100
"""So many takes before are looked through: a note that nobody followed for longer is history."""


def own_of(take: Path, report: Report, notify: Callable[[str], None]) -> Own:
    """The notes on the take in folder `take`, whose report is `report`, and those before on lines that it plays.

    `notify` is told of notes that cannot be read; a report does not wait for them.
    """
    from coach.core.progress.notes import Own, followed, placed
    from coach.takes.past_takes import script_in
    from coach.takes.store import TakeStore

    notes: tuple[Placed, ...] = ()
    try:
        takes = TakeStore(take.parent).takes()
        recent = takes[takes.index(take) :][: RECENT + 1] if take in takes else [take]
        noted = _noted(recent, notify)
        notes = placed(noted.pop(take.name, ()), report.lines)
        before = followed(_lines(script_in(take), recent), take.name, noted) if noted else ()
    except TakeError as error:
        notify(str(error))
        return Own(notes)
    return Own(notes, before)


def open_notes(script: Script, takes: Sequence[Path], notify: Callable[[str], None]) -> list[tuple[int, OwnNote]]:
    """The notes on lines of `script` that none of `takes`, newest first, has answered; with the line's number."""
    from coach.core.progress.notes import still_open

    recent = takes[:RECENT]
    noted = _noted(recent, notify)
    return list(still_open(_lines(script, recent), noted)) if noted else []


def _noted(takes: Sequence[Path], notify: Callable[[str], None]) -> dict[str, tuple[OwnNote, ...]]:
    """The notes on each of `takes` that has any, by its name."""
    from coach.takes.contents import NOTES_NAME
    from coach.takes.notes import read_notes

    found = {}
    for take in takes:
        if (take / NOTES_NAME).exists():
            try:
                found[take.name] = read_notes(take)
            except TakeError as error:
                notify(str(error))
    return found


def _lines(script: Script, takes: Sequence[Path]) -> list[LineHistory]:
    from coach.core.progress.history import line_histories, takes_of
    from coach.takes.past_takes import past_in

    return line_histories(script, takes_of(script, past_in(takes).takes), None)
