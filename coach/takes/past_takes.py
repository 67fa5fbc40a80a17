"""The past takes of a folder, read for what is compared between takes; one that is damaged never hides the others."""

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
from coach.core.progress.drills import Rating, ReviewState, reviews_of
from coach.core.progress.history import LineHistory
from coach.core.progress.past_takes import PastReport, PastTake
from coach.core.script.script import Script
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME, SCRIPT_NAME
from coach.takes.journal import read_journal
from coach.takes.lock import is_running
from coach.takes.report_file import MAX_BYTES
from coach.takes.rescored_file import load_rescored

_YEARS: Final = range(1970, 3000)
"""Times outside are damage; sums with them would overflow."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a folder holds of the past.

    Attributes:
        takes: those with a report, in the order they were asked for.
        unfinished: names of takes that were broken off and have no report yet.
        unreadable: names of takes whose report is damaged or of a later Coach.
    """

    takes: tuple[PastTake, ...]
    unfinished: tuple[str, ...]
    unreadable: tuple[str, ...]


def past_in(folders: Iterable[Path]) -> Past:
    """The takes in `folders`; one that is being played now has no past yet."""
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
    """The take in `folder`, with what its report says of its lines.

    Raises:
        OSError: there is none, or it cannot be read.
        ValueError: it is damaged, too large, or of a later Coach.
    """
    with open_regular(folder / REPORT_NAME) as file:
        report = PastReport.model_validate_json(file.read(MAX_BYTES))
    return PastTake(folder.name, _when(folder.name, report.created.at), report)


def _when(name: str, at: str) -> datetime:
    """The time in the name of a take, as the clock on the wall showed it; in a name without one that of its report.

    Raises:
        ValueError: neither is a time.
    """
    with suppress(ValueError):
        return _here(datetime.strptime(name[:19], "%Y-%m-%d_%H-%M-%S"))  # noqa: DTZ007  names have no zone
    return _here(datetime.fromisoformat(at))


def _here(when: datetime) -> datetime:
    """`when` where the user is; one without a zone is of the user's."""
    if when.year not in _YEARS:
        raise ValueError(f"no take was played in {when.year}")
    return when.astimezone()


def script_in(folder: Path) -> Script:
    """The script that the report of the take in `folder` is about: as it was played, or scored again with.

    Raises:
        TakeError: it cannot be read.
    """
    rescored = _rescored(folder)
    if rescored is not None:
        return load_rescored(folder, rescored).script
    try:
        return Script.model_validate_json(read_regular(folder / SCRIPT_NAME))
    except (OSError, ValidationError) as error:
        if (folder / JOURNAL_NAME).exists():
            return read_journal(folder / JOURNAL_NAME).header.script
        reason = error_reason(error) if isinstance(error, OSError) else "it is damaged"
        raise TakeError(f"cannot read the script of the take {folder.name}: {reason}") from error


def _rescored(folder: Path) -> int | None:
    with suppress(OSError, ValueError):
        return past_take(folder).report.created.rescored
    return None


LONGEST_DAYS: Final = 14
"""A line that always goes well comes again after so many days all the same: actors rehearse for weeks."""

_RATINGS: Final[dict[Rating, int]] = {"again": 1, "hard": 2, "good": 3, "easy": 4}


def memory_of(lines: Iterable[LineHistory], now: datetime) -> dict[int, ReviewState]:
    """How well each of `lines` is kept at `now`, by its number; lines that were never rehearsed are left out."""
    found = {line.number: reviews_of(line) for line in lines if line.number is not None}
    return {number: _memory(number, rehearsed, now) for number, rehearsed in found.items() if rehearsed}


def _memory(number: int, rehearsed: Sequence[tuple[datetime, Rating]], now: datetime) -> ReviewState:
    from fsrs import Card, Rating, Scheduler

    # No steps of minutes: what went wrong comes again tomorrow, since a take is more than one look at a flash card.
    # No dice either: the same takes give the same plan.
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=LONGEST_DAYS, enable_fuzzing=False)
    card = Card(card_id=number)  # without a number it would wait for the clock to make one
    for when, grade in rehearsed:
        card, _ = scheduler.review_card(card, Rating(_RATINGS[grade]), when.astimezone(timezone.utc))
    return ReviewState(card.due, scheduler.get_card_retrievability(card, now.astimezone(timezone.utc)))
