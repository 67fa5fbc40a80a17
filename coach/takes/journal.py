"""The journal of a take holds all input of the engine, from which the report can be computed again.

The first row is the header. `coach.takes.event_log` defines and writes the other rows.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from coach import __version__
from coach.base.errors import TakeError
from coach.base.events import Command, CommandTaken, NoteGiven, TakeEnded
from coach.base.files import error_reason, first_fault, open_regular
from coach.base.messages import tr
from coach.base.protocols import SourceInfo
from coach.base.settings import Settings
from coach.base.types import Observation
from coach.core.reading.card import ModelCard
from coach.core.script.script import Script
from coach.takes.event_log import LARGEST, SUMS_SINCE, OtherEvent, RowError, RowSums, decode, validate

_log = logging.getLogger(__name__)

JOURNAL_VERSION: Final = 3
"""Version 1 has no weights of faces; all are 1. Version 3 added landmarks and the checksum of each row."""

_MAX_HEADER: Final = 64 << 20
"""Longest header accepted, in bytes; the script in it has at most 5 MB."""

_MAX_ROW: Final = 1 << 20
"""Longest row accepted, in bytes; a reading of 20 faces has 4 KB."""


class JournalHeader(BaseModel):
    """The settings and inputs of a take that a replay needs.

    Attributes:
        created: ISO 8601 start time of the take, with zone.
        card: card of the model; None if nothing is scored.
        measures_per_s: landmarks were read at most this many times per second of the take; 0 is not at all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    journal_version: Literal[1, 2, 3] = 3
    coach_version: str = __version__
    created: str
    script: Script
    settings: Settings
    card: ModelCard | None
    source: SourceInfo
    measures_per_s: float = Field(default=0.0, ge=0, le=1000)

    @field_validator("source")
    @classmethod
    def _check_numbers(cls, source: SourceInfo) -> SourceInfo:
        if not all(0 <= number <= LARGEST for number in (source.width, source.height, source.duration_s or 0)):
            raise ValueError("a number is negative or too large")
        return source

    @field_validator("source")
    @classmethod
    def _replace_undecodable(cls, source: SourceInfo) -> SourceInfo:
        """Replace undecodable bytes, which file names on Linux may have, by question marks."""
        name, path = (text.encode("utf-8", "replace").decode() for text in (source.name, source.path))
        return replace(source, name=name, path=path)


@dataclass(frozen=True)
class Journal:
    """A validated journal; its rows stay on the disk.

    Attributes:
        path: the file, in the folder of its take.
        header: the first row.
        notes: the notes given, in order.
        end: how the take ended; None if the journal has no end.
        last_t: take time of the last row; None without rows.
        damaged: description of the damage of the file, as a clause; or None.
        cut_off: whether the damage is a last row that is not complete.
        damaged_inside: whether rows follow the damage, so that no kill can have made it.
        header_changed: whether the header has another checksum than when it was written.
    """

    path: Path
    header: JournalHeader
    notes: tuple[NoteGiven, ...]
    end: TakeEnded | None
    last_t: float | None
    damaged: str | None
    cut_off: bool
    damaged_inside: bool
    header_changed: bool
    _rows_start: int
    _rows_end: int

    def with_scoring(self, script: Script, settings: Settings, card: ModelCard | None) -> Journal:
        """The same observations and commands with another script, other settings or the card of another model.

        If the take ended because its script was finished, the cause becomes ``source ended``, because another script
        may be longer.
        """
        header = self.header.model_copy(update={"script": script, "settings": settings, "card": card})
        end = self.end
        if end is not None and end.cause == "finished" and script != self.header.script:
            end = replace(end, cause="source ended")
        return replace(self, header=header, end=end)

    @property
    def holds_nothing(self) -> bool:
        """Whether the first row after the header is invalid, rather than cut off by a kill at the start of the take."""
        return self.last_t is None and self.damaged is not None and not self.cut_off

    @property
    def whole_bytes(self) -> int:
        """Number of bytes of header and complete rows; the rest of the file is ignored."""
        return self._rows_end

    def inputs(self) -> Iterator[Observation | Command]:
        """The input of the engine in order, read from the disk lazily; `read_journal` has checked every row.

        Raises:
            TakeError: the file has changed or vanished since its validation.
        """
        try:
            with open_regular(self.path) as file:
                file.seek(self._rows_start)
                left = self._rows_end - self._rows_start
                while left > 0:
                    row = file.readline(_MAX_ROW)
                    left -= len(row) or left  # a file that has become shorter ends here
                    event = decode(row)
                    if isinstance(event, Observation):
                        yield event
                    elif isinstance(event, CommandTaken):
                        yield Command(event.t, event.name)
        except (OSError, RowError) as error:
            raise TakeError(tr("{path}: the journal changed while it was read", path=self.path)) from error


def read_header(path: Path) -> JournalHeader:
    """The header of the journal at `path`.

    Raises:
        TakeError: the file cannot be read, is not a journal or has another version.
    """
    try:
        with open_regular(path) as file:
            return _parse_header(path, file.readline(_MAX_HEADER))
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> TakeError:
    return TakeError(tr("cannot read the journal {path}: {reason}", path=path, reason=error_reason(error)))


def read_journal(path: Path) -> Journal:
    """The journal at `path` up to its last complete row, since a run may be killed at any time.

    Raises:
        TakeError: the journal cannot be read, has no header or has another version.
    """
    try:
        with open_regular(path) as file:
            first = file.readline(_MAX_HEADER)
            header = _parse_header(path, first)
            start = file.tell()
            scan = _Scan(start, _checker(header))
            while scan.add(file.readline(_MAX_ROW)):
                pass
            inside = scan.damaged is not None and bool(file.read(1))
    except OSError as error:
        raise _unreadable(path, error) from error
    if scan.damaged:
        _log.info("%s: %s", path, scan.damaged)
    return Journal(
        path,
        header,
        notes=tuple(scan.notes),
        end=scan.end,
        last_t=scan.last_t,
        damaged=scan.damaged,
        cut_off=scan.cut_off,
        damaged_inside=inside,
        header_changed=_is_changed(header, first),
        _rows_start=start,
        _rows_end=scan.valid_bytes,
    )


def _checker(header: JournalHeader) -> Callable[[bytes], None]:
    """What checks the checksum of each row after the header; it raises RowError."""
    return RowSums().check if header.journal_version >= SUMS_SINCE else _accept


def _accept(row: bytes) -> None:
    """Accept `row` of a version without checksums."""


def _is_changed(header: JournalHeader, row: bytes) -> bool:
    try:
        if header.journal_version >= SUMS_SINCE:
            RowSums().check(row)
    except RowError:
        return True
    return False


class _Scan:
    """Validates the rows of a journal and collects notes, end and times."""

    def __init__(self, header_bytes: int, check: Callable[[bytes], None]) -> None:
        self.valid_bytes = header_bytes
        self._check = check
        self.notes: list[NoteGiven] = []
        self.end: TakeEnded | None = None
        self.last_t: float | None = None
        self.damaged: str | None = None
        self.cut_off = False
        self._rows = 1  # the header

    def add(self, row: bytes) -> bool:
        """Validate the next row; returns False at the end and at the first damage."""
        if not row:
            return False
        self._rows += 1
        try:
            valid = self._validate(row) if row.endswith(b"\n") else None
        except RowError:
            self.damaged = tr("row {row} is damaged or was changed; it and what follows are left out", row=self._rows)
            return False
        if valid is None:
            self.damaged, self.cut_off = tr("row {row} is cut off", row=self._rows), True
            return False
        self.valid_bytes += len(row)
        self._collect(*valid)
        return True

    def _validate(self, row: bytes) -> tuple[float, OtherEvent | None]:
        self._check(row)
        return validate(row)

    def _collect(self, t: float, event: OtherEvent | None) -> None:
        self.last_t = t
        if isinstance(event, NoteGiven):
            self.notes.append(event)
        elif isinstance(event, TakeEnded):
            self.end = event


_SUM: Final = re.compile(rb',\s*"sum":\s*"[0-9a-f]{8}"\s*}\s*\Z')
"""The checksum at the end of a header, also as other programs may have written it."""


class _Version(BaseModel):
    journal_version: int = Field(ge=1)


def _parse_header(path: Path, row: bytes) -> JournalHeader:
    try:
        version = _Version.model_validate_json(row).journal_version
        if version > JOURNAL_VERSION:
            raise TakeError(
                tr(
                    "{path}: journal version {version}, this Coach reads 1 to {supported}; use the Coach that wrote it",
                    path=path,
                    version=version,
                    supported=JOURNAL_VERSION,
                )
            )
        return JournalHeader.model_validate_json(_SUM.sub(b"}", row))
    except ValidationError as error:
        fault = first_fault(error)
        raise TakeError(
            tr("{path}: not a journal of Coach, or its first row is damaged ({fault})", path=path, fault=fault)
        ) from error
