"""A take that is over, read again from its folder: its report, and the arc behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coach.base.errors import TakeError
from coach.base.events import EndCause, TakeEnded
from coach.base.files import why
from coach.base.protocols import EventSink
from coach.base.settings import Settings
from coach.core.analysis.moments import Arc, ArcBuilder
from coach.core.scoring.baseline import RestSink
from coach.core.scoring.report import Report
from coach.core.scoring.scorer import Scorer
from coach.session import created_now, play_again, source_report, timeline_for
from coach.takes.catalogue import refuse_closed
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME
from coach.takes.journal import Journal, JournalHeader, read_journal
from coach.takes.lock import is_running
from coach.takes.report_file import load_report, write_report
from coach.takes.rescored_file import first_report, load_rescored

BROKEN_OFF: Final[EndCause] = "interrupted"
"""How a killed run counts as having ended."""

NO_REPORT: Final = "The take had no report; this one was made from its journal."


def _in_silence(sentence: str) -> None:
    """Tells nobody."""


def report_of(take: Path, notify: Callable[[str], None] = _in_silence) -> Report:
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
        notify(f"The report could not be kept in {take} ({why(error)}).")
    return report


@dataclass(frozen=True, slots=True)
class Review:
    """What stands behind a report.

    Attributes:
        header: what the take was played with, or scored again with.
        arc: what was asked and what the camera read, moment by moment.
        rest: log odds of the actor's face at rest; empty where the model does not speak for viewers.
    """

    header: JournalHeader
    arc: Arc
    rest: tuple[float, ...]


def review_of(take: Path) -> Review:
    """What stands behind the report of the take in folder `take`, from its journal.

    Raises:
        TakeError: the journal is missing or cannot be read.
    """
    journal, builder = journal_of(take), ArcBuilder()
    header = journal.header
    rest = RestSink(timeline_for(header.script, header.settings, live=header.source.live), header.card)
    _play_again(journal, _silent(header.settings), [builder, rest])
    return Review(header, builder.arc(), rest.odds)


def arc_of(take: Path) -> Arc:
    """The arc of the take in folder `take`, from its journal.

    Raises:
        TakeError: the journal is missing or cannot be read.
    """
    return review_of(take).arc


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
    return read_journal(take / scored.signal).scored_with(scored.script, scored.settings, scored.card)


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
    report = replayed(take, journal)
    created = report.created.model_copy(update={"at": journal.header.created})
    return report.model_copy(update={"created": created, "warnings": [*report.warnings, _what_is_kept(journal)]})


def score_of(journal: Journal, sinks: Sequence[EventSink] = (), *, notes: bool = True) -> Scorer:
    """The scorer after what the take's engine was given once more; `sinks` are told every event as well.

    Without `notes` none is given live, which changes nothing else and takes less time.
    """
    header = journal.header
    scorer = Scorer(timeline_for(header.script, header.settings, live=header.source.live), header.settings, header.card)
    _play_again(journal, header.settings if notes else _silent(header.settings), [scorer, *sinks])
    return scorer


def _silent(settings: Settings) -> Settings:
    return settings.model_copy(update={"coach": "off"})


def _play_again(journal: Journal, settings: Settings, sinks: Sequence[EventSink]) -> None:
    header, end = journal.header, end_of(journal)
    play_again(header.script, settings, header.card, header.source, journal.inputs(), (end.t, end.cause), sinks)


def replayed(take: Path, journal: Journal, sinks: Sequence[EventSink] = ()) -> Report:
    """What the take's engine was given once more; `sinks` are told every event."""
    scorer = score_of(journal, sinks)
    return scorer.report(created_now(take.name), source_report(journal.header.source), scorer.unreached())


def end_of(journal: Journal) -> TakeEnded:
    """How a take ended; one that was broken off ends where its journal does."""
    return journal.end or TakeEnded(0.0 if journal.last_t is None else journal.last_t, BROKEN_OFF)


def _what_is_kept(journal: Journal) -> str:
    damage = f" In its journal {journal.damaged}." if journal.damaged else ""
    if journal.end is not None:
        return NO_REPORT + damage
    if journal.holds_nothing:
        return f"Nothing of what was played can be read.{damage}"
    if journal.last_t is None:
        return f"The take was broken off before it began; nothing of it was kept.{damage}"
    return f"The take was broken off; it was kept until {max(journal.last_t, 0.0):.1f} s.{damage}"
