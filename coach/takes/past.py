"""The past takes of a folder, read for what is compared between takes; one that is damaged never hides the others."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from coach.core.past import YEARS, PastReport, PastTake
from coach.core.script import Script
from coach.errors import TakeError
from coach.files import why
from coach.takes.journal import JOURNAL_NAME, read_journal
from coach.takes.lock import is_running
from coach.takes.report_file import MAX_BYTES, REPORT_NAME

SCRIPT_NAME: Final = "script.json"


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
        except (OSError, ValidationError):
            unreadable.append(folder.name)
    return Past(tuple(takes), tuple(unfinished), tuple(unreadable))


def past_take(folder: Path) -> PastTake:
    """The take in `folder`, with what its report says of its lines.

    Raises:
        OSError: there is none, or it cannot be read.
        ValidationError: it is damaged, too large, or of a later Coach.
    """
    with (folder / REPORT_NAME).open("rb") as file:
        report = PastReport.model_validate_json(file.read(MAX_BYTES))
    return PastTake(folder.name, _began(folder.name) or report.created.at.astimezone(), report)


def _began(name: str) -> datetime | None:
    """The time in the name of a take, as the clock on the wall showed it."""
    with suppress(ValueError):
        stamp = datetime.strptime(name[:19], "%Y-%m-%d_%H-%M-%S")  # noqa: DTZ007  the next line gives it its zone
        return stamp.astimezone() if stamp.year in YEARS else None
    return None


def script_in(folder: Path) -> Script:
    """The script as the take in `folder` played it.

    Raises:
        TakeError: neither its copy nor its journal can be read.
    """
    try:
        return Script.model_validate_json((folder / SCRIPT_NAME).read_bytes())
    except (OSError, ValidationError) as error:
        if (folder / JOURNAL_NAME).exists():
            return read_journal(folder / JOURNAL_NAME).header.script
        reason = why(error) if isinstance(error, OSError) else "it is damaged"
        raise TakeError(f"cannot read the script of the take {folder.name}: {reason}") from error
