"""The rows of a journal: an append-only log of events, one line of JSON each, exact to the last bit of every number.

A reading is kept as the raw observation; what the engine derives from it is computed again on replay:

    {"t": 1.5, "see": [[0, [x, y, width, height], [p1, ... p7]]]}      one list per face; a fourth item is its reason
                                                                       or null, a fifth its weight unless that is 1
    {"t": 1.6, "see": [], "why": "no face"}
    {"t": 2.0, "row": "line_started", "index": 1, "end": 6.0, "attempt": 1}      every other event, all its fields

A row is handed to the system at once, so a killed run loses none. A thread syncs the file to the disk at least once a
second, so a power cut loses no more, and a slow disk does not hold up a rehearsal.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import os
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from coach.base.events import (
    BeatStarted,
    CommandTaken,
    CueDue,
    Event,
    LineEnded,
    LineStarted,
    NoteGiven,
    Paused,
    Reading,
    Resumed,
    TakeEnded,
    TakeStarted,
)
from coach.base.files import write_all, write_atomically
from coach.base.types import Box, Face, Observation, Probabilities, Reason

if TYPE_CHECKING:
    from coach.takes.journal import JournalHeader

_log = logging.getLogger(__name__)

OtherEvent: TypeAlias = (
    TakeStarted
    | LineStarted
    | LineEnded
    | BeatStarted
    | CueDue
    | NoteGiven
    | Paused
    | Resumed
    | CommandTaken
    | TakeEnded
)
"""Every event except readings."""

_OTHER_EVENTS: Final[tuple[type[OtherEvent], ...]] = OtherEvent.__args__
_NAMES: Final = {event: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", event.__name__).lower() for event in _OTHER_EVENTS}
_READERS: Final[dict[str, TypeAdapter[OtherEvent]]] = {name: TypeAdapter(event) for event, name in _NAMES.items()}

_BoxPlain: TypeAlias = tuple[float, float, float, float]
_Weight: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_FacePlain: TypeAlias = (
    tuple[int, _BoxPlain, Probabilities | None]
    | tuple[int, _BoxPlain, Probabilities | None, Reason]
    | tuple[int, _BoxPlain, Probabilities | None, Reason | None, _Weight]
)


class _ReadingRow(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    t: float
    see: list[_FacePlain]
    why: Reason | None = None


_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

_SEE: Final = b'"see":['
"""Part of every reading and of no other row, because quotation marks within texts are escaped."""


class RowError(ValueError):
    """An invalid row."""


def encode(event: Event) -> bytes:
    """`event` as one line, including the newline.

    Raises:
        ValueError: a number in it is not finite.
    """
    plain = _plain_reading(event.observation) if isinstance(event, Reading) else _plain(event)
    return _JSON.encode(plain).encode("utf-8", "replace") + b"\n"


def decode(row: bytes) -> Observation | OtherEvent:
    """The event of a row; of a reading only the observation.

    Raises:
        RowError: it is truncated, damaged or unknown.
    """
    try:
        if _SEE in row:  # nearly every row; pydantic parses it in half the time of json
            return _observation(_ReadingRow.model_validate_json(row))
        plain = json.loads(row)
        event = _READERS[plain.pop("row")].validate_python(plain)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ValidationError) as error:
        raise RowError(type(error).__name__) from error
    if not all(math.isfinite(value) for value in _fields(event).values() if isinstance(value, float)):
        raise RowError("a number that is not finite")
    return event


def glance(row: bytes) -> tuple[float, OtherEvent | None]:
    """The time of a row and its event, None for a reading; validates like `decode` in half the time.

    Raises:
        RowError: it is truncated, damaged or unknown.
    """
    if _SEE not in row:
        event = decode(row)
        return event.t, None if isinstance(event, Observation) else event
    try:
        return _ReadingRow.model_validate_json(row).t, None
    except ValidationError as error:
        raise RowError(type(error).__name__) from error


def _fields(event: OtherEvent) -> dict[str, Any]:
    return {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}


def _plain(event: OtherEvent) -> dict[str, Any]:
    fields = _fields(event)
    return {"t": fields.pop("t"), "row": _NAMES[type(event)], **fields}


def _plain_reading(observation: Observation) -> dict[str, Any]:
    faces = []
    for face in observation.faces:
        row: list[Any] = [face.track, [face.box.x, face.box.y, face.box.width, face.box.height], face.probabilities]
        if face.weight != 1.0:
            row += (face.reason, face.weight)
        elif face.reason is not None:
            row.append(face.reason)
        faces.append(row)
    plain: dict[str, Any] = {"t": observation.t, "see": faces}
    return plain if observation.reason is None else {**plain, "why": observation.reason}


def _observation(seen: _ReadingRow) -> Observation:
    return Observation(seen.t, tuple(_face(*face) for face in seen.see), seen.why)


def _face(
    track: int,
    box: _BoxPlain,
    probabilities: Probabilities | None,
    reason: Reason | None = None,
    weight: float = 1.0,
) -> Face:
    return Face(track, Box(*box), probabilities, reason, weight)


SYNC_EVERY_S: Final = 1.0
_CLOSE_S: Final = 5.0
"""How long `close` waits for a disk that does not answer."""


class JournalWriter:
    """Appends events to a new journal, whose first row is `header`.

    Attributes:
        trouble: why nothing more is written; None if all is well.
    """

    def __init__(
        self,
        path: Path,
        header: JournalHeader,
        *,
        sync: Callable[[int], None] = os.fsync,
        sync_every_s: float = SYNC_EVERY_S,
    ) -> None:
        """Create the journal atomically with its header, so that no journal lacks one.

        Raises:
            OSError: it cannot be written.
        """
        write_atomically(path, header.model_dump_json().encode() + b"\n")
        self._path = path
        self._sync = sync
        self._every_s = sync_every_s
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        self._size = os.fstat(self._handle).st_size
        self._synced = self._size
        self.trouble: OSError | None = None
        self._wake = threading.Event()
        self._closing = False
        self._syncer = threading.Thread(target=self._keep_syncing, name="journal", daemon=True)
        self._syncer.start()

    def write(self, event: Event) -> None:
        """Append `event`. After a failure nothing more is written, because a journal with a gap would replay wrongly.

        Raises:
            OSError: the disk is full or gone, now or since the last call; earlier rows are safe.
        """
        if self.trouble is not None:
            raise self.trouble
        row = encode(event)
        try:
            written = os.write(self._handle, row)
            if written < len(row):
                write_all(self._handle, row[written:])
        except OSError as error:
            self.trouble = error
            with suppress(OSError):
                os.ftruncate(self._handle, self._size)
            raise
        self._size += len(row)
        if isinstance(event, (LineStarted, LineEnded, NoteGiven, TakeEnded)):
            self._wake.set()

    def close(self) -> None:
        """Sync and close the file. Safe to call twice.

        Raises:
            OSError: the last rows could not be synced.
        """
        if self._closing:
            return
        self._closing = True
        self._wake.set()
        self._syncer.join(_CLOSE_S)
        if self._syncer.is_alive():
            raise TimeoutError(0, "the disk does not answer")
        os.close(self._handle)
        if self.trouble is not None:
            raise self.trouble

    def _keep_syncing(self) -> None:
        closing = False
        while not closing:
            self._wake.wait(self._every_s)
            self._wake.clear()
            # Read before the last sync, which then covers everything written before `close`.
            closing = self._closing
            self._sync_rows()

    def _sync_rows(self) -> None:
        size = self._size
        if size == self._synced or self.trouble is not None:
            return
        try:
            self._sync(self._handle)
            # A deleted or moved file still takes writes, which would be lost silently.
            self._path.stat()
        except OSError as error:
            _log.warning("%s cannot be synced: %s", self._path, error)
            self.trouble = error
            return
        self._synced = size
