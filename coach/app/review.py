"""Read a finished take from its folder: its report, and the moments and judge behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.app.actors import own_judge_of
from coach.app.replay import PlayedTake, face_builder
from coach.base.errors import TakeError
from coach.base.files import error_reason
from coach.base.messages import mark, tr
from coach.core.analysis.moments import MomentsBuilder, TakeMoments
from coach.core.scoring.report import Report
from coach.core.scoring.verdict import Judge
from coach.takes.catalogue import require_access
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME, WORDS_NAME, is_running
from coach.takes.journal import Journal, JournalHeader, read_header, read_journal
from coach.takes.report_file import load_report, write_report
from coach.takes.rescored_file import first_report, load_rescored

if TYPE_CHECKING:
    from coach.core.face.take import FaceTake

NO_REPORT: Final = mark("The take had no report; this one was made from its journal.")


def _discard(sentence: str) -> None:
    """Discard a sentence."""


def report_of(take: Path, notify: Callable[[str], None] = _discard) -> Report:
    """The report of the take in folder `take`. If it has none, its report is made from the journal and stored.

    `notify` gets a sentence if the new report cannot be stored.

    Raises:
        TakeError: the take is still being played, may not be opened, or neither report nor journal can be read.
    """
    require_access(take)
    path = take / REPORT_NAME
    if path.exists():
        return load_report(path)
    if is_running(take):
        raise TakeError(tr("the take {take} is still being played; its report comes when it ends", take=take.name))
    report = report_from_journal(take, read_journal(take / JOURNAL_NAME))
    try:
        write_report(path, report)
    except OSError as error:
        notify(tr("The report could not be kept in {take} ({reason}).", take=take, reason=error_reason(error)))
    return report


@dataclass(frozen=True, slots=True)
class Review:
    """The data behind a report.

    Attributes:
        header: script, settings and model of the take, or of its rescoring.
        moments: target and reading, moment by moment.
        judge: gives the verdicts, with the actor's baseline.
        damage: a sentence about damage in the journal; empty if it is whole.
        face: the landmarks of the take; None if none were read.
    """

    header: JournalHeader
    moments: TakeMoments
    judge: Judge
    damage: str = ""
    face: FaceTake | None = None


def review_of(take: Path) -> Review:
    """The data behind the report of the take in folder `take`, replayed from its journal.

    Raises:
        TakeError: the journal is missing or cannot be read.
    """
    builder = MomentsBuilder()
    journal = journal_of(take)
    played = PlayedTake.of(journal)
    face = face_builder(played.header)
    judge = played.replay(builder, *([face] if face else []), notes=False).judge()
    moments = builder.moments()
    return Review(played.header, moments, judge, damage_sentence(journal), face.take() if face else None)


class NewestReview:
    """Keeps the review that was made last, because each page of one take needs it, and hours are replayed for seconds.

    Only one is kept: that of a take of two hours has some 60 MB. Threads may share it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[object, Review] | None = None

    def of(self, take: Path) -> Review:
        """As `review_of`, but journal and report are read again only if they have changed.

        Raises:
            TakeError: as `review_of`.
        """
        with self._lock:
            state = take, *(_state_of(take / name) for name in (JOURNAL_NAME, REPORT_NAME))
            if self._kept is None or self._kept[0] != state:
                self._kept = None  # so that never two are in memory
                self._kept = state, review_of(take)
            return self._kept[1]

    def drop(self) -> None:
        """Keep none any more, as after the take was erased."""
        with self._lock:
            self._kept = None


def _state_of(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever the file at `path` is written; None if it cannot be read."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def has_measures(take: Path) -> bool:
    """Whether the journal of the take in folder `take` may hold landmarks; only its first row is read."""
    try:
        return read_header(take / JOURNAL_NAME).measures_per_s > 0
    except TakeError:
        return False


def journal_of(take: Path) -> Journal:
    """The journal behind the report of the take in folder `take`.

    For a rescored take it has the script, settings and card of the rescoring.

    Raises:
        TakeError: the journal is missing or cannot be read.
    """
    require_access(take)
    path = take / REPORT_NAME
    number = load_report(path).created.rescored if path.exists() else None
    if number is None:
        return read_journal(take / JOURNAL_NAME)
    scored = load_rescored(take, number)
    return read_journal(take / scored.signal).with_scoring(scored.script, scored.settings, scored.card)


def as_played(take: Path) -> tuple[Report, Journal]:
    """The original report and journal of the take in folder `take`, before any rescoring.

    Raises:
        TakeError: as `report_of`.
    """
    journal = read_journal(take / JOURNAL_NAME)
    first = first_report(take)
    report = load_report(first) if first else report_of(take)
    return (report if report.created.rescored is None else report_from_journal(take, journal)), journal


def report_from_journal(take: Path, journal: Journal) -> Report:
    """Compute the report of the take in folder `take` from its `journal`, as after playing."""
    header = journal.header
    report = PlayedTake.of(journal).report(take.name, own=own_judge_of(header.settings, header.card))
    if (take / WORDS_NAME).exists():
        from coach.app.line_words import with_kept_words

        report = with_kept_words(report, take)
    created = report.created.model_copy(update={"at": journal.header.created})
    return report.model_copy(update={"created": created, "warnings": [*report.warnings, _recovery_warning(journal)]})


def damage_sentence(journal: Journal) -> str:
    """A sentence about damage within a journal; empty if it is whole, or only cut off by a kill."""
    if journal.damaged_inside:
        return tr("In the journal of this take {damaged}.", damaged=journal.damaged)
    return tr("The first row of this take's journal was changed after the take.") if journal.header_changed else ""


def _recovery_warning(journal: Journal) -> str:
    sentences = [_recovered_text(journal)]
    if journal.header_changed:
        sentences.append(tr("The first row of its journal was changed after the take."))
    if journal.damaged:
        sentences.append(tr("In its journal {damaged}.", damaged=journal.damaged))
    return " ".join(sentences)


def _recovered_text(journal: Journal) -> str:
    """How much of a take without a report its journal has kept."""
    if journal.end is not None:
        return tr(NO_REPORT)
    if journal.holds_nothing:
        return tr("Nothing of what was played can be read.")
    if journal.last_t is None:
        return tr("The take stopped before it began; nothing was kept.")
    until = max(journal.last_t, 0.0)
    if journal.damaged_inside:
        return tr("The journal of this take is damaged; this report is about the take up to {t:.1f} s.", t=until)
    return tr("The take stopped early; it was kept up to {t:.1f} s.", t=until)
