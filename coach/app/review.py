"""A take that is over, read from its folder: its report, and what the report rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coach.app.replay import PlayedTake
from coach.base.errors import TakeError
from coach.base.files import error_reason
from coach.core.analysis.moments import MomentsBuilder, TakeMoments
from coach.core.scoring.report import Report
from coach.core.scoring.verdict import Judge
from coach.takes.catalogue import refuse_closed
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME
from coach.takes.journal import Journal, JournalHeader, read_journal
from coach.takes.lock import is_running
from coach.takes.report_file import load_report, write_report
from coach.takes.rescored_file import first_report, load_rescored

NO_REPORT: Final = "The take had no report; this one was made from its journal."


def _ignore(sentence: str) -> None:
    """Tell nobody."""


def report_of(take: Path, notify: Callable[[str], None] = _ignore) -> Report:
    """The report of the take in folder `take`; one that was broken off gets its report now.

    `notify` is told where that cannot be kept, on a disk that is full or read-only.

    Raises:
        TakeError: it is still being played, may not be opened, or neither report nor journal can be read.
    """
    refuse_closed(take)
    path = take / REPORT_NAME
    if path.exists():
        return load_report(path)
    if is_running(take):
        raise TakeError(f"the take {take.name} is still being played; its report comes when it ends")
    report = report_from(take, read_journal(take / JOURNAL_NAME))
    try:
        write_report(path, report)
    except OSError as error:
        notify(f"The report could not be kept in {take} ({error_reason(error)}).")
    return report


@dataclass(frozen=True, slots=True)
class Review:
    """What a report rests on.

    Attributes:
        header: what the take was played with, or scored again with.
        moments: what was asked and what the camera read, moment by moment.
        judge: what the take is judged by, the actor's baseline included.
    """

    header: JournalHeader
    moments: TakeMoments
    judge: Judge


def review_of(take: Path) -> Review:
    """What the report of the take in folder `take` rests on, from its journal.

    Raises:
        TakeError: the journal is missing or cannot be read.
    """
    builder = MomentsBuilder()
    played = PlayedTake.of(journal_of(take))
    judge = played.replay(builder, notes=False).judge()
    return Review(played.header, builder.moments(), judge)


def journal_of(take: Path) -> Journal:
    """The journal that the report of the take in folder `take` stands on.

    That is the take's own; of one that was scored again, under the script, settings and card it was scored with.

    Raises:
        TakeError: it is missing or cannot be read.
    """
    refuse_closed(take)
    path = take / REPORT_NAME
    number = load_report(path).created.rescored if path.exists() else None
    if number is None:
        return read_journal(take / JOURNAL_NAME)
    scored = load_rescored(take, number)
    return read_journal(take / scored.signal).with_scoring(scored.script, scored.settings, scored.card)


def as_played(take: Path) -> tuple[Report, Journal]:
    """The report and the journal of the take in folder `take` as it was played, however often it was scored again.

    Raises:
        TakeError: as `report_of`.
    """
    journal = read_journal(take / JOURNAL_NAME)
    first = first_report(take)
    report = load_report(first) if first else report_of(take)
    return (report if report.created.rescored is None else report_from(take, journal)), journal


def report_from(take: Path, journal: Journal) -> Report:
    """The report of the take in folder `take`, computed from its `journal` as when it was played."""
    report = PlayedTake.of(journal).report(take.name)
    created = report.created.model_copy(update={"at": journal.header.created})
    return report.model_copy(update={"created": created, "warnings": [*report.warnings, _what_is_kept(journal)]})


def _what_is_kept(journal: Journal) -> str:
    damage = f" In its journal {journal.damaged}." if journal.damaged else ""
    if journal.end is not None:
        return NO_REPORT + damage
    if journal.holds_nothing:
        return f"Nothing of what was played can be read.{damage}"
    if journal.last_t is None:
        return f"The take was broken off before it began; nothing of it was kept.{damage}"
    return f"The take was broken off; it was kept until {max(journal.last_t, 0.0):.1f} s.{damage}"
