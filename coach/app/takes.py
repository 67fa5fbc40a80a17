"""Takes that a user names, erases or recovers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from coach.app.review import report_from
from coach.base.errors import TakeError
from coach.base.files import error_reason
from coach.base.text import clean_name
from coach.takes.archive_import import clear_import_drafts
from coach.takes.catalogue import facts_of
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME
from coach.takes.erasing import Left, erase_store_files, erase_take
from coach.takes.journal import read_journal
from coach.takes.lock import is_running
from coach.takes.remains import Remains, lacks_report, remains_of
from coach.takes.report_file import write_report
from coach.takes.store import TakeStore


def named_takes(store: TakeStore, names: Sequence[str]) -> list[Path]:
    """The takes that `names` mean, each once, in order.

    Raises:
        TakeError: one of them is none, or is being played.
    """
    takes = list(dict.fromkeys(store.find(name) for name in names))
    for take in takes:
        if is_running(take):
            raise TakeError(f"the take {clean_name(take.name)} is still being played; wait until it has ended")
    return takes


def takes_before(takes: Sequence[Path], day: date) -> list[Path]:
    """Those of `takes` that began before `day`, where that is known."""
    return [take for take in takes if "" < facts_of(take).day < day.isoformat()]


def erase_takes(store: TakeStore, takes: Sequence[Path], *, everything: bool = False) -> Left:
    """Erase `takes`, and with `everything` also what the takes folder itself holds; what stayed."""
    left = sum((erase_take(take) for take in takes), start=Left())
    clear_import_drafts(store.folder)
    if everything:
        return left + erase_store_files(store.folder)
    store.facts()  # the catalogue, too, forgets them
    return left


def recover_take(take: Path) -> Remains | None:
    """Make the report of a take that was broken off; what there is of it. None where it has its report already.

    Raises:
        TakeError: its journal cannot be read, or the report cannot be kept.
    """
    if not lacks_report(take):
        return None
    journal = read_journal(take / JOURNAL_NAME)
    try:
        write_report(take / REPORT_NAME, report_from(take, journal))
        return remains_of(take, journal)
    except OSError as error:
        raise TakeError(f"the report of {clean_name(take.name)} cannot be kept: {error_reason(error)}") from error
