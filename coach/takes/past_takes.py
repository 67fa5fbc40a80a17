"""Reads past takes for history and comparison, and schedules when their lines are due again.

Spaced repetition uses FSRS, the scheduler of Anki (https://github.com/open-spaced-repetition/py-fsrs), with its default
weights. Nothing is stored: the schedule is computed from the takes each time, in milliseconds for a thousand takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from coach.base.errors import TakeError
from coach.base.files import error_reason, open_regular, read_regular
from coach.base.messages import tr
from coach.core.progress.drills import Rating, ReviewState, reviews_of
from coach.core.progress.history import LineHistory
from coach.core.progress.past_takes import PastReport, PastTake
from coach.core.script.script import Script
from coach.takes.catalogue import started_at
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME, SCRIPT_NAME, is_running
from coach.takes.journal import read_journal
from coach.takes.report_file import MAX_BYTES
from coach.takes.rescored_file import load_rescored


@dataclass(frozen=True, slots=True)
class Past:
    """The past takes of some folders.

    Attributes:
        takes: takes with a report, in the requested order.
        unfinished: names of takes that ended without a report.
        unreadable: names of takes whose report is damaged or of a newer Coach.
    """

    takes: tuple[PastTake, ...]
    unfinished: tuple[str, ...]
    unreadable: tuple[str, ...]


def past_in(folders: Iterable[Path]) -> Past:
    """The takes in `folders`, except one that is being played now."""
    takes, unfinished, unreadable = [], [], []
    for folder in folders:
        try:
            takes.append(past_take(folder))
        except FileNotFoundError:
            if not is_running(folder):
                unfinished.append(folder.name)
        except (OSError, ValueError):
            unreadable.append(folder.name)
    return Past(tuple(takes), tuple(unfinished), tuple(unreadable))


def past_take(folder: Path) -> PastTake:
    """The take in `folder` with the lines of its report.

    Raises:
        OSError: the report does not exist or cannot be read.
        ValueError: the report is damaged, too large, or of a newer Coach, or the start of the take is unknown.
    """
    with open_regular(folder / REPORT_NAME) as file:
        report = PastReport.model_validate_json(file.read(MAX_BYTES))
    return PastTake(folder.name, _start_of(folder), report)


def _start_of(folder: Path) -> datetime:
    started = started_at(folder)
    if started is None:
        raise ValueError(tr("nothing says when {take} was played", take=folder.name))
    return started


def script_in(folder: Path) -> Script:
    """The script of the take in `folder` with which its report was scored: the played one, or the one of a rescoring.

    Raises:
        TakeError: the script cannot be read.
    """
    number = _rescoring_number(folder)
    if number is not None:
        return load_rescored(folder, number).script
    try:
        return Script.model_validate_json(read_regular(folder / SCRIPT_NAME))
    except (OSError, ValidationError) as error:
        if (folder / JOURNAL_NAME).exists():
            return read_journal(folder / JOURNAL_NAME).header.script
        reason = error_reason(error) if isinstance(error, OSError) else tr("it is damaged")
        raise TakeError(
            tr("cannot read the script of the take {take}: {reason}", take=folder.name, reason=reason)
        ) from error


def _rescoring_number(folder: Path) -> int | None:
    with suppress(OSError, ValueError):
        return past_take(folder).report.created.rescored
    return None


LONGEST_DAYS: Final = 14
"""Longest interval: even a line that always goes well is due after this many days."""

_RATINGS: Final[dict[Rating, int]] = {"again": 1, "hard": 2, "good": 3, "easy": 4}
"""Ratings in FSRS."""


def memory_of(lines: Iterable[LineHistory], now: datetime) -> dict[int, ReviewState]:
    """Retention of each of `lines` at `now`, by number; lines never rehearsed are left out."""
    reviews = {line.number: reviews_of(line) for line in lines if line.number is not None}
    return {number: _memory(number, of_line, now) for number, of_line in reviews.items() if of_line}


def _memory(number: int, reviews: Sequence[tuple[datetime, Rating]], now: datetime) -> ReviewState:
    from fsrs import Card, Rating, Scheduler

    # No learning steps of minutes: a failed line is due the next day, since a take takes longer than a flash card.
    # No fuzzing: the same takes give the same plan.
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=LONGEST_DAYS, enable_fuzzing=False)
    card = Card(card_id=number)  # without an id it would sleep to make one from the clock
    for time, rating in reviews:
        card, _ = scheduler.review_card(card, Rating(_RATINGS[rating]), time.astimezone(timezone.utc))
    return ReviewState(card.due, scheduler.get_card_retrievability(card, now.astimezone(timezone.utc)))
