"""One event as one row of a journal: a line of JSON, exact to the last bit of every number.

A reading is kept as what was seen, raw; what the engine made of it is computed again when the journal is replayed:

    {"t": 1.5, "see": [[0, [x, y, width, height], [p1, ... p7]]]}      one list per face; a fourth item is its reason
                                                                       or null, a fifth its weight where that is not 1
    {"t": 1.6, "see": [], "why": "no face"}
    {"t": 2.0, "row": "line_started", "index": 1, "end": 6.0, "attempt": 1}      every other event, all its fields
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from typing import Annotated, Any, Final, TypeAlias

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
from coach.base.types import Box, Face, Observation, Probabilities, Reason

Told: TypeAlias = (
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
"""Every event but a reading."""

_TOLD: Final[tuple[type[Told], ...]] = Told.__args__
_NAMES: Final = {event: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", event.__name__).lower() for event in _TOLD}
_READERS: Final[dict[str, TypeAdapter[Told]]] = {name: TypeAdapter(event) for event, name in _NAMES.items()}

_BoxPlain: TypeAlias = tuple[float, float, float, float]
_Weight: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_FacePlain: TypeAlias = (
    tuple[int, _BoxPlain, Probabilities | None]
    | tuple[int, _BoxPlain, Probabilities | None, Reason]
    | tuple[int, _BoxPlain, Probabilities | None, Reason | None, _Weight]
)


class _Seen(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    t: float
    see: list[_FacePlain]
    why: Reason | None = None


_SEE: Final = b'"see":['
"""Stands in every row of a reading, and in no other: there a quotation mark inside a text has a backslash before it."""


class RowError(ValueError):
    """A row that no journal writer has written."""


def encode(event: Event) -> bytes:
    """`event` as one line, its end included.

    Raises:
        ValueError: a number in it is not finite.
    """
    plain = _see(event.observation) if isinstance(event, Reading) else _tell(event)
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def decode(row: bytes) -> Observation | Told:
    """The event of a row, readings as the observation alone.

    Raises:
        RowError: it is cut, damaged or unknown.
    """
    try:
        if _SEE in row:  # nearly every row; read without Python's own JSON in half the time
            return _observation(_Seen.model_validate_json(row))
        plain = json.loads(row)
        event = _READERS[plain.pop("row")].validate_python(plain)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ValidationError) as error:
        raise RowError(type(error).__name__) from error
    if not all(math.isfinite(value) for value in _fields(event).values() if isinstance(value, float)):
        raise RowError("a number that is not finite")
    return event


def glance(row: bytes) -> tuple[float, Told | None]:
    """The time of a row and its event, None of a reading; it is checked as much as `decode` does, in half the time.

    Raises:
        RowError: it is cut, damaged or unknown.
    """
    if _SEE not in row:
        event = decode(row)
        return event.t, None if isinstance(event, Observation) else event
    try:
        return _Seen.model_validate_json(row).t, None
    except ValidationError as error:
        raise RowError(type(error).__name__) from error


def _fields(event: Told) -> dict[str, Any]:
    return {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}


def _tell(event: Told) -> dict[str, Any]:
    fields = _fields(event)
    return {"t": fields.pop("t"), "row": _NAMES[type(event)], **fields}


def _see(observation: Observation) -> dict[str, Any]:
    plain: dict[str, Any] = {"t": observation.t, "see": [_plain(face) for face in observation.faces]}
    return plain if observation.reason is None else {**plain, "why": observation.reason}


def _plain(face: Face) -> list[Any]:
    box = [face.box.x, face.box.y, face.box.width, face.box.height]
    row: list[Any] = [face.track, box, face.probabilities]
    if face.weight != 1.0:
        return [*row, face.reason, face.weight]
    return row if face.reason is None else [*row, face.reason]


def _observation(seen: _Seen) -> Observation:
    return Observation(seen.t, tuple(_face(*face) for face in seen.see), seen.why)


def _face(
    track: int,
    box: _BoxPlain,
    probabilities: Probabilities | None,
    reason: Reason | None = None,
    weight: float = 1.0,
) -> Face:
    return Face(track, Box(*box), probabilities, reason, weight)
