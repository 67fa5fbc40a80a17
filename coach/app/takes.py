"""Find, erase and recover takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from coach.app.review import report_from_journal
from coach.base.errors import TakeError
from coach.base.files import error_reason
from coach.base.messages import tr
from coach.base.text import clean_name
from coach.takes.archive_import import clear_import_drafts
from coach.takes.catalogue import facts_of
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME, hold_take, is_running
from coach.takes.erasing import NotErased, erase_store_files, erase_take
from coach.takes.journal import read_journal
from coach.takes.remains import Remains, lacks_report, remains_of
from coach.takes.report_file import write_report
from coach.takes.store import TakeStore


def named_takes(store: TakeStore, names: Sequence[str]) -> list[Path]:
    """Find the takes called `names`, in that order, without duplicates.

    Raises:
        TakeError: there is no such take, or it is being played.
    """
    takes = list(dict.fromkeys(store.find(name) for name in names))
    for take in takes:
        if is_running(take):
            raise TakeError(
                tr("the take {take} is still being played; wait until it has ended", take=clean_name(take.name))
            )
    return takes


def takes_before(takes: Sequence[Path], day: date) -> list[Path]:
    """Those of `takes` that were played before `day`. Takes without a known day are left out."""
    return [take for take in takes if "" < facts_of(take).day < day.isoformat()]


def erase_takes(store: TakeStore, takes: Sequence[Path], *, everything: bool = False) -> NotErased:
    """Erase `takes`; with `everything` also the coach's own files in the takes folder.

    Returns:
        What was not erased.
    """
    left = sum((erase_take(take) for take in takes), start=NotErased())
    clear_import_drafts(store.folder)
    if everything:
        return left + erase_store_files(store.folder)
    store.facts()  # removes them from the catalogue
    return left


def recover_take(take: Path) -> Remains | None:
    """Make the report of an unfinished take.

    Returns:
        What remains of the take; None if it already has a report.

    Raises:
        TakeError: its journal cannot be read, or the report cannot be stored.
    """
    if not lacks_report(take):
        return None
    journal = read_journal(take / JOURNAL_NAME)
    try:
        with hold_take(take):  # also removes the lock file of the killed run
            write_report(take / REPORT_NAME, report_from_journal(take, journal))
        return remains_of(take, journal)
    except OSError as error:
        raise TakeError(
            tr("the report of {take} cannot be kept: {reason}", take=clean_name(take.name), reason=error_reason(error))
        ) from error
