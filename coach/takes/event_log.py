"""The rows of a journal: an append-only log of events, one line of JSON each; numbers keep their exact value.

A reading is stored as the raw observation; what the engine derives from it is computed again on replay:

    {"t": 1.5, "see": [[0, [x, y, width, height], [p1, ... p7]]]}      one list per face; a fourth item is its reason
                                                                       or null, a fifth its weight unless that is 1, a
                                                                       sixth its landmarks (`coach.takes.points_text`)
    {"t": 1.6, "see": [], "why": "no face"}
    {"t": 2.0, "row": "line_started", "index": 1, "end": 6.0, "attempt": 1}      every other event, all its fields

Since version 3 a row ends with its checksum, `"sum": "1a2b3c4d"`: the CRC-32 of what precedes it, continued from the
row before; the header has a sum of its own. So a row that was damaged, changed, moved or taken out is told.

A row is passed to the system at once, so a killed run loses none. A thread syncs the file to the disk once a second, so
a power cut loses no more than that, and a slow disk does not delay a rehearsal.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import os
import re
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from coach.base.events import (
    BeatStarted,
    CommandTaken,
    CueDue,
    Event,
    LineEnded,
    LineStarted,
    NoteGiven,
    PartnerStarted,
    Paused,
    PromptGiven,
    Reading,
    Resumed,
    TakeEnded,
    TakeStarted,
)
from coach.base.files import write_all, write_atomically
from coach.base.messages import tr
from coach.base.types import Box, Face, FacePoints, Observation, Probabilities, Reason

if TYPE_CHECKING:
    from coach.takes.journal import JournalHeader

_log = logging.getLogger(__name__)

OtherEvent: TypeAlias = (
    TakeStarted
    | LineStarted
    | LineEnded
    | BeatStarted
    | PartnerStarted
    | CueDue
    | NoteGiven
    | PromptGiven
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
_PointsPlain: TypeAlias = tuple[float, float, float, _Weight, str]
_BY_LENGTH: Final = Field(union_mode="left_to_right")
"""The forms of a face differ in length, so that one fits at most; the usual one is tried first, in half the time."""

_FacePlain: TypeAlias = Annotated[
    tuple[int, _BoxPlain, Probabilities | None, Reason | None, _Weight]
    | tuple[int, _BoxPlain, Probabilities | None, Reason | None, _Weight, _PointsPlain]
    | tuple[int, _BoxPlain, Probabilities | None]
    | tuple[int, _BoxPlain, Probabilities | None, Reason],
    _BY_LENGTH,
]


class _ReadingRow(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    t: float
    see: list[_FacePlain]
    why: Reason | None = None


LARGEST: Final = 10_000_000
"""Largest number in a valid row or report, as seconds four months. Larger ones, of damaged files, would overflow."""

_LEAST_SUM: Final = 0.01
"""Smallest sum of seven shares; they are divided by a sum, and that of a classifier is 1."""


def _check_sum(shares: Probabilities) -> Probabilities:
    if sum(shares) < _LEAST_SUM:
        raise ValueError("the shares are all 0")
    return shares


_Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_Shares: TypeAlias = Annotated[
    tuple[_Share, _Share, _Share, _Share, _Share, _Share, _Share], AfterValidator(_check_sum)
]
_Number: TypeAlias = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
_Count: TypeAlias = Annotated[int, Field(ge=0, le=LARGEST)]
_ValidBox: TypeAlias = tuple[_Number, _Number, _Number, _Number]


def _check_points(plain: _PointsPlain) -> _PointsPlain:
    _points_of(plain)
    return plain


_Size: TypeAlias = Annotated[float, Field(gt=0, le=LARGEST)]
_ValidPoints: TypeAlias = Annotated[tuple[_Number, _Number, _Size, _Weight, str], AfterValidator(_check_points)]
_ValidFace: TypeAlias = Annotated[
    tuple[_Count, _ValidBox, _Shares | None, Reason | None, _Weight]
    | tuple[_Count, _ValidBox, _Shares | None, Reason | None, _Weight, _ValidPoints]
    | tuple[_Count, _ValidBox, _Shares | None]
    | tuple[_Count, _ValidBox, _Shares | None, Reason],
    _BY_LENGTH,
]


class _ValidRow(BaseModel):
    """A reading whose numbers the engine can take; once validated, it is read as a `_ReadingRow`."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    t: _Number
    see: list[_ValidFace]
    why: Reason | None = None


_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

_SEE: Final = b'"see":['
"""Occurs in every reading and in no other row, because quotation marks within texts are escaped."""


_SUM_KEY: Final = b',"sum":"'
_SUM_BYTES: Final = len(b',"sum":"00000000"}\n')
_SUM: Final = re.compile(rb',"sum":"([0-9a-f]{8})"\}\n')
"""The end of a row with a checksum. It occurs in no text, because quotation marks within texts are escaped."""


class RowError(ValueError):
    """An invalid row."""


def encode(event: Event) -> bytes:
    """Encode `event` as one line, including the newline.

    Raises:
        ValueError: a number in it is not finite.
    """
    plain = _reading_to_plain(event.observation) if isinstance(event, Reading) else _to_plain(event)
    return _JSON.encode(plain).encode("utf-8", "replace") + b"\n"


def without_sum(row: bytes) -> bytes:
    """`row` without its checksum, if it has one."""
    content = row.rstrip(b"\n")
    return content[: 1 - _SUM_BYTES] + b"}\n" if content[1 - _SUM_BYTES :].startswith(_SUM_KEY) else row


def decode(row: bytes) -> Observation | OtherEvent:
    """Decode the event of a row, with or without its checksum; of a reading only the observation is stored.

    Raises:
        RowError: the row is truncated, damaged or unknown.
    """
    row = without_sum(row)
    try:
        if _SEE in row:  # true for nearly every row; pydantic parses it in half the time of json
            return _observation(_ReadingRow.model_validate_json(row))
        plain = json.loads(row)
        event = _READERS[plain.pop("row")].validate_python(plain)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ValidationError) as error:
        raise RowError(type(error).__name__) from error
    if not all(math.isfinite(value) for value in _fields(event).values() if isinstance(value, float)):
        raise RowError("a number that is not finite")
    return event


def validate(row: bytes) -> tuple[float, OtherEvent | None]:
    """Validate a row and its numbers, in half the time of `decode`; returns its time and event, None for a reading.

    Raises:
        RowError: the row is truncated, damaged or unknown, or a number in it is impossible.
    """
    row = without_sum(row)
    if _SEE not in row:
        event = decode(row)
        if isinstance(event, Observation):
            return event.t, None
        if not all(abs(value) <= LARGEST for value in _fields(event).values() if isinstance(value, (int, float))):
            raise RowError("a number that is too large")
        return event.t, event
    try:
        return _ValidRow.model_validate_json(row).t, None
    except ValidationError as error:
        raise RowError(type(error).__name__) from error


def _fields(event: OtherEvent) -> dict[str, Any]:
    return {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}


def _to_plain(event: OtherEvent) -> dict[str, Any]:
    fields = _fields(event)
    return {"t": fields.pop("t"), "row": _NAMES[type(event)], **fields}


def _reading_to_plain(observation: Observation) -> dict[str, Any]:
    faces = []
    for face in observation.faces:
        items: list[Any] = [face.track, [face.box.x, face.box.y, face.box.width, face.box.height], face.probabilities]
        if face.points is not None:
            from coach.takes.points_text import points_to_plain

            items += (face.reason, face.weight, points_to_plain(face.points))
        elif face.weight != 1.0:
            items += (face.reason, face.weight)
        elif face.reason is not None:
            items.append(face.reason)
        faces.append(items)
    plain: dict[str, Any] = {"t": observation.t, "see": faces}
    return plain if observation.reason is None else {**plain, "why": observation.reason}


def _observation(row: _ReadingRow) -> Observation:
    return Observation(row.t, tuple(_face(*face) for face in row.see), row.why)


def _face(
    track: int,
    box: _BoxPlain,
    probabilities: Probabilities | None,
    reason: Reason | None = None,
    weight: float = 1.0,
    points: _PointsPlain | None = None,
) -> Face:
    return Face(track, Box(*box), probabilities, reason, weight, _points_of(points) if points else None)


def _points_of(plain: _PointsPlain) -> FacePoints:
    """The landmarks; raises ValueError if they are damaged."""
    from coach.takes.points_text import points_of  # most takes have none

    return points_of(*plain)


class RowSums:
    """The running checksum of the rows after the header; one of its own signs the header."""

    def __init__(self) -> None:
        self._sum = 0

    def sign(self, row: bytes) -> bytes:
        """The next `row`, which is one JSON object in a line, with its checksum."""
        self._sum = zlib.crc32(row[:-2], self._sum)
        return b'%b,"sum":"%08x"}\n' % (row[:-2], self._sum)

    def check(self, row: bytes) -> None:
        """Check the next row.

        Raises:
            RowError: it has no checksum, or another one.
        """
        found = _SUM.fullmatch(row[-_SUM_BYTES:])
        self._sum = zlib.crc32(row[:-_SUM_BYTES], self._sum)
        if found is None or int(found[1], 16) != self._sum:
            raise RowError("another checksum")


SUMS_SINCE: Final = 3
"""The first version of journals whose rows have checksums."""

SYNC_EVERY_S: Final = 1.0
"""Longest time between two syncs in seconds."""

_CLOSE_S: Final = 5.0
"""How long `close` waits for a blocked disk, in seconds."""


class JournalWriter:
    """Appends events to a new journal, whose first row is `header`.

    Attributes:
        trouble: the error that stopped the writing, or None.
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
            OSError: the journal cannot be written.
        """
        first = header.model_dump_json().encode() + b"\n"
        self._sums = RowSums() if header.journal_version >= SUMS_SINCE else None
        write_atomically(path, RowSums().sign(first) if self._sums else first)
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
        row = encode(event) if self._sums is None else self._sums.sign(encode(event))
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
            raise TimeoutError(0, tr("the disk does not answer"))
        os.close(self._handle)
        if self.trouble is not None:
            raise self.trouble

    def _keep_syncing(self) -> None:
        closing = False
        while not closing:
            self._wake.wait(self._every_s)
            self._wake.clear()
            # This must be read before the last sync, which then covers everything written before `close`.
            closing = self._closing
            self._sync_rows()

    def _sync_rows(self) -> None:
        size = self._size
        if size == self._synced or self.trouble is not None:
            return
        try:
            self._sync(self._handle)
            # A deleted or moved file still accepts writes, which would be lost silently.
            self._path.stat()
        except OSError as error:
            _log.warning("%s cannot be synced: %s", self._path, error)
            self.trouble = error
            return
        self._synced = size
