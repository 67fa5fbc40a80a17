"""Files of rescored takes: the new inputs in `rescored-N.json`, the previous report in `report-N.json`."""

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
from coach.base.messages import tr
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
_OLD_REPORT: Final = re.compile(r"report-([0-9]{1,6})\.json")


class RescoredWith(BaseModel):
    """`rescored-N.json`: the inputs of rescoring N.

    Attributes:
        at: ISO 8601 time with zone of the rescoring.
        card: card of the model; None if nothing is scored.
        signal: the file with the observations: the take's journal, or ``signal-N.jsonl`` in the same format if another
            model classified the recording.
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
    """The first number not used by a rescoring of the take in folder `take`."""
    names = (old_report_name, rescored_name, signal_name)
    return next(n for n in itertools.count(1) if not any((take / name(n)).exists() for name in names))


def first_report(take: Path) -> Path | None:
    """The original report of the take in folder `take`; None if it was never rescored."""
    reports = {
        int(match[1]): path for path in take.glob("report-*.json") if (match := _OLD_REPORT.fullmatch(path.name))
    }
    return reports[min(reports)] if reports else None


def old_report_name(number: int) -> str:
    """Name of the report that rescoring `number` replaced."""
    return f"report-{number}.json"


def rescored_name(number: int) -> str:
    """Name of the file with the inputs of rescoring `number`."""
    return f"rescored-{number}.json"


def signal_name(number: int) -> str:
    """Name of the file with the observations of another model."""
    return f"signal-{number}.jsonl"


def discard_signal(take: Path, number: int) -> None:
    """Remove the observations for rescoring `number`, which was given up."""
    with suppress(OSError):
        (take / signal_name(number)).unlink(missing_ok=True)


def keep_rescored(take: Path, number: int, report: Report, inputs: RescoredWith | None) -> Path:
    """Make `report` the report of the take; the old one becomes `report-N.json`, whose path is returned.

    The report is replaced last: after an interruption the take has its old or its new report, with the inputs of it.

    Args:
        take: folder of the take.
        number: number of the rescoring, from `next_number`.
        report: new report; if `inputs` is given, its `created.rescored` is `number`.
        inputs: inputs of the report; None if they are those of the take's own journal.

    Raises:
        TakeError: the folder cannot be written.
    """
    old = take / old_report_name(number)
    try:
        if inputs is not None:
            text = inputs.model_dump_json(indent=2, exclude_none=True) + "\n"
            write_atomically(take / rescored_name(number), text.encode("utf-8", "replace"))
        write_atomically(old, read_regular(take / REPORT_NAME))
        write_report(take / REPORT_NAME, report)
    except OSError as error:
        raise TakeError(
            tr(
                "cannot keep the new report in {take}: {reason}; the old one stays",
                take=take,
                reason=error_reason(error),
            )
        ) from error
    return old


def load_rescored(take: Path, number: int) -> RescoredWith:
    """The inputs of rescoring `number`.

    Raises:
        TakeError: the inputs cannot be read, are damaged or have another version.
    """
    path = take / rescored_name(number)
    try:
        with open_regular(path) as file:
            return RescoredWith.model_validate_json(file.read(_MAX_BYTES))
    except OSError as error:
        raise TakeError(
            tr("cannot read {path}: {reason}; `coach rescore` makes it again", path=path, reason=error_reason(error))
        ) from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(key) for key in first["loc"][:4])
        raise TakeError(
            tr(
                "{path}: damaged or of another version of Coach ({field}: {problem})",
                path=path,
                field=field,
                problem=first["msg"],
            )
        ) from error


def write_signal(path: Path, header: JournalHeader, inputs: Iterable[Observation | Command], end: TakeEnded) -> None:
    """Write observations and commands as a journal to `path`; it is removed again if writing fails.

    Raises:
        TakeError: the file cannot be written.
    """
    try:
        writer = JournalWriter(path, header)
        try:
            for item in inputs:
                writer.write(_event(item))
            writer.write(end)
        finally:
            writer.close()
    except BaseException as error:  # also Ctrl-C leaves no partial file
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise TakeError(tr("cannot write {path}: {reason}", path=path, reason=error_reason(error))) from error
        raise


def _event(item: Observation | Command) -> Reading | CommandTaken:
    if isinstance(item, Command):
        return CommandTaken(item.t, item.name)
    return Reading(item.t, item, None, None, None, None)
