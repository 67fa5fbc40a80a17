"""A take scored again: what with in `rescored-N.json`, and the report before it as `report-N.json`. Nothing is lost."""

from __future__ import annotations

import itertools
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach import __version__
from coach.base.errors import TakeError
from coach.base.events import Command, CommandTaken, Reading, TakeEnded
from coach.base.files import error_reason, open_regular, read_regular, write_atomically
from coach.base.settings import Settings
from coach.core.reading.card import ModelCard
from coach.core.script.script import Script
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME
from coach.takes.event_log import JournalWriter
from coach.takes.journal import JournalHeader
from coach.takes.report_file import write_report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coach.base.types import Observation
    from coach.core.scoring.report import Report

_MAX_BYTES: Final = 64 << 20
_KEPT: Final = re.compile(r"report-([0-9]{1,6})\.json")


class RescoredWith(BaseModel):
    """What stands in `rescored-N.json`: everything that the report of that number was made from.

    Attributes:
        at: ISO 8601 time with zone of the scoring.
        card: of the model; None where nothing is scored.
        signal: the file of the take that holds what was seen: its journal, or where the recording was read anew by
            another model ``signal-N.jsonl``, a journal as well.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rescored_version: Literal[1] = 1
    coach_version: str = __version__
    at: str
    script: Script
    settings: Settings
    card: ModelCard | None
    signal: str = Field(default=JOURNAL_NAME, pattern=r"^(journal|signal-\d{1,6})\.jsonl$")


def next_number(take: Path) -> int:
    """The first number that no file of an earlier scoring of the take in folder `take` has."""
    names = (kept_report, rescored_name, signal_name)
    return next(n for n in itertools.count(1) if not any((take / name(n)).exists() for name in names))


def first_report(take: Path) -> Path | None:
    """The report of the take in folder `take` as it was played; None where it was never scored again."""
    kept = {int(found[1]): path for path in take.glob("report-*.json") if (found := _KEPT.fullmatch(path.name))}
    return kept[min(kept)] if kept else None


def kept_report(number: int) -> str:
    """The file with the report that scoring `number` took the place of."""
    return f"report-{number}.json"


def rescored_name(number: int) -> str:
    """The file with what scoring `number` was made from."""
    return f"rescored-{number}.json"


def signal_name(number: int) -> str:
    """The file with what another model saw in the recording."""
    return f"signal-{number}.jsonl"


def discard_signal(take: Path, number: int) -> None:
    """Remove what was read anew for scoring `number`, which is not kept."""
    with suppress(OSError):
        (take / signal_name(number)).unlink(missing_ok=True)


def keep_rescored(take: Path, number: int, report: Report, scored: RescoredWith | None) -> Path:
    """Make `report` the report of the take, the old one becoming `report-N.json`, and give the path of the old one.

    The last step is the one that counts: whatever breaks it off, the take has its old report or its new one, and
    beside it what that one was made from.

    Args:
        take: the folder.
        number: from `next_number`.
        report: the new one; `created.rescored` is `number` where `scored` is given.
        scored: what it was made from; None where that is the take's own journal and nothing else.

    Raises:
        TakeError: the folder cannot be written.
    """
    old = take / kept_report(number)
    try:
        if scored is not None:
            text = scored.model_dump_json(indent=2, exclude_none=True) + "\n"
            write_atomically(take / rescored_name(number), text.encode("utf-8", "replace"))
        write_atomically(old, read_regular(take / REPORT_NAME))
        write_report(take / REPORT_NAME, report)
    except OSError as error:
        raise TakeError(f"cannot keep the new report in {take}: {error_reason(error)}; the old one stays") from error
    return old


def load_rescored(take: Path, number: int) -> RescoredWith:
    """What the report of scoring `number` was made from.

    Raises:
        TakeError: it cannot be read, is damaged or of another version.
    """
    path = take / rescored_name(number)
    try:
        with open_regular(path) as file:
            return RescoredWith.model_validate_json(file.read(_MAX_BYTES))
    except OSError as error:
        raise TakeError(f"cannot read {path}: {error_reason(error)}; `coach rescore` makes it again") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"][:4])
        raise TakeError(f"{path}: damaged or of another version of Coach ({place}: {first['msg']})") from error


def write_signal(path: Path, header: JournalHeader, inputs: Iterable[Observation | Command], end: TakeEnded) -> None:
    """Write what was seen and commanded as a journal at `path`, whole or not at all.

    Raises:
        TakeError: it cannot be written.
    """
    try:
        writer = JournalWriter(path, header)
        try:
            for item in inputs:
                writer.write(_event(item))
            writer.write(end)
        finally:
            writer.close()
    except BaseException as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise TakeError(f"cannot write {path}: {error_reason(error)}") from error
        raise


def _event(item: Observation | Command) -> Reading | CommandTaken:
    if isinstance(item, Command):
        return CommandTaken(item.t, item.name)
    return Reading(item.t, item, None, None, None, None)
