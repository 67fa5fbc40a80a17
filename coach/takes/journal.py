"""The journal of a take: all input of the engine, from which the report can be computed again.

The first row is the header. `coach.takes.event_log` defines and writes the other rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from coach import __version__
from coach.base.errors import TakeError
from coach.base.events import Command, CommandTaken, NoteGiven, TakeEnded
from coach.base.files import error_reason, first_fault, open_regular
from coach.base.protocols import SourceInfo
from coach.base.settings import Settings
from coach.base.types import Observation
from coach.core.reading.card import ModelCard
from coach.core.script.script import Script
from coach.takes.event_log import OtherEvent, RowError, decode, glance

_log = logging.getLogger(__name__)

JOURNAL_VERSION: Final = 2
"""Version 1 has no weights of faces; they are read as 1."""

_CUT_OFF: Final = "is cut off"
_MAX_HEADER: Final = 64 << 20
_MAX_ROW: Final = 1 << 20
"""Longest rows accepted, in bytes; a script has at most 5 MB, a reading of 20 faces 4 KB."""


class JournalHeader(BaseModel):
    """The settings and inputs of a take that a replay needs.

    Attributes:
        created: ISO 8601 time with zone at which the take began.
        card: of the model; None if nothing is scored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    journal_version: Literal[1, 2] = 2
    coach_version: str = __version__
    created: str
    script: Script
    settings: Settings
    card: ModelCard | None
    source: SourceInfo

    @field_validator("source")
    @classmethod
    def _readable(cls, source: SourceInfo) -> SourceInfo:
        """File names on Linux may have undecodable bytes, which become question marks."""
        name, path = (text.encode("utf-8", "replace").decode() for text in (source.name, source.path))
        return SourceInfo(
            source.kind, name, source.live, path, source.sha256, source.width, source.height, source.duration_s
        )


@dataclass(frozen=True)
class Journal:
    """A journal, validated to its end; its rows stay on the disk.

    Attributes:
        path: the file, in the folder of its take.
        header: its first row.
        notes: the notes given, in order.
        end: how the take ended; None if it did not.
        last_t: take time of the last row; None if there is none.
        damaged: the fault of the file, or None.
    """

    path: Path
    header: JournalHeader
    notes: tuple[NoteGiven, ...]
    end: TakeEnded | None
    last_t: float | None
    damaged: str | None
    _begins: int
    _ends: int

    def scored_with(self, script: Script, settings: Settings, card: ModelCard | None) -> Journal:
        """The same input with another script, other settings or the card of another model.

        Another script may be longer than the one played; then the take ends as a recording does.
        """
        header = self.header.model_copy(update={"script": script, "settings": settings, "card": card})
        end = self.end
        if end is not None and end.cause == "finished" and script != self.header.script:
            end = replace(end, cause="source ended")
        return replace(self, header=header, end=end)

    @property
    def holds_nothing(self) -> bool:
        """Whether its first row is damaged. A first row truncated by a kill does not count: that take never began."""
        return self.last_t is None and self.damaged is not None and not self.damaged.endswith(_CUT_OFF)

    @property
    def whole_bytes(self) -> int:
        """Bytes of complete rows from the beginning; the rest is ignored."""
        return self._ends

    def inputs(self) -> Iterator[Observation | Command]:
        """The input of the engine in order, read from the disk lazily.

        Raises:
            TakeError: the file has changed or vanished since it was validated.
        """
        try:
            with open_regular(self.path) as file:
                file.seek(self._begins)
                while file.tell() < self._ends:
                    event = decode(file.readline(_MAX_ROW))
                    if isinstance(event, Observation):
                        yield event
                    elif isinstance(event, CommandTaken):
                        yield Command(event.t, event.name)
        except (OSError, RowError) as error:
            raise TakeError(f"{self.path}: the journal changed while it was read") from error


def read_header(path: Path) -> JournalHeader:
    """The first row of the journal at `path`.

    Raises:
        TakeError: it cannot be read, is no journal or has another version.
    """
    try:
        with open_regular(path) as file:
            return _header(path, file.readline(_MAX_HEADER))
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> TakeError:
    return TakeError(f"cannot read the journal {path}: {error_reason(error)}")


def read_journal(path: Path) -> Journal:
    """The journal at `path` up to its last complete row, since a run may be killed at any time.

    Raises:
        TakeError: it cannot be read, has no header or has another version.
    """
    try:
        with open_regular(path) as file:
            header = _header(path, file.readline(_MAX_HEADER))
            begins = file.tell()
            scan = _Scan(begins)
            while scan.take(file.readline(_MAX_ROW)):
                pass
    except OSError as error:
        raise _unreadable(path, error) from error
    if scan.damaged:
        _log.info("%s: %s", path, scan.damaged)
    return Journal(path, header, tuple(scan.notes), scan.end, scan.last_t, scan.damaged, begins, scan.ends)


class _Scan:
    """Validates the rows of a journal and collects notes, end and times."""

    def __init__(self, begins: int) -> None:
        self.ends = begins
        self.notes: list[NoteGiven] = []
        self.end: TakeEnded | None = None
        self.last_t: float | None = None
        self.damaged: str | None = None
        self._rows = 1

    def take(self, row: bytes) -> bool:
        """Check the next row; False at the end and at the first damage."""
        if not row:
            return False
        self._rows += 1
        try:
            seen = glance(row) if row.endswith(b"\n") else None
        except RowError:
            self.damaged = f"row {self._rows} is damaged; it and what follows are left out"
            return False
        if seen is None:
            self.damaged = f"row {self._rows} {_CUT_OFF}"
            return False
        self.ends += len(row)
        self._keep(*seen)
        return True

    def _keep(self, t: float, event: OtherEvent | None) -> None:
        self.last_t = t
        if isinstance(event, NoteGiven):
            self.notes.append(event)
        elif isinstance(event, TakeEnded):
            self.end = event


class _Version(BaseModel):
    journal_version: int = Field(ge=1)


def _header(path: Path, row: bytes) -> JournalHeader:
    try:
        version = _Version.model_validate_json(row).journal_version
        if version > JOURNAL_VERSION:
            known = f"this Coach reads 1 to {JOURNAL_VERSION}"
            raise TakeError(f"{path}: journal version {version}, {known}; use the Coach that wrote it")
        return JournalHeader.model_validate_json(row)
    except ValidationError as error:
        what = f"not a journal of Coach, or its first row is damaged ({first_fault(error)})"
        raise TakeError(f"{path}: {what}") from error
