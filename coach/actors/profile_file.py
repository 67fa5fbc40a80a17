"""Reads and writes the file of one actor: JSON with numbers only, checked whole before anything of it is used."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from coach.base.errors import ActorError
from coach.base.files import error_reason, open_regular, write_atomically
from coach.base.messages import tr
from coach.base.text import clean, clean_name
from coach.base.types import EMOTIONS, Emotion
from coach.core.actor.alignment import EXPRESSION_POINTS, POINT_COUNT
from coach.core.actor.examples import ActorProfile, Example, Face, Source
from coach.core.actor.spread import OwnSpread

ACTOR_VERSION: Final = 1

NOBODY: Final = "nobody"
"""What an actor cannot be called, because `--actor nobody` means none."""

MAX_NAME_LENGTH: Final = 60
MAX_EXAMPLES: Final = 500
"""Most examples of an actor: 14 of a calibration, and disputes of years."""

_POINT_BYTES: Final = POINT_COUNT * 3 * 4
_MAX_BYTES: Final = MAX_EXAMPLES * 2 * _POINT_BYTES
"""Largest file. An example takes 4/3 of its bytes in Base64, and some text."""


def check_name(name: str) -> str:
    """Return `name` if an actor can be called so.

    Raises:
        ValueError: it is empty, too long, `NOBODY`, or has characters that cannot be seen.
    """
    if clean(name, MAX_NAME_LENGTH) != name or not any(map(str.isalnum, name)):
        raise ValueError(
            tr("a name is one line of at most {limit} characters, with a letter or a digit", limit=MAX_NAME_LENGTH)
        )
    if name.casefold() == NOBODY:
        raise ValueError(tr("nobody can be called {name}: that name means that no actor is used", name=NOBODY))
    return name


def _check_visible(text: str) -> str:
    if clean(text) != text:
        raise ValueError("must be one line of words that can be seen")
    return text


Text = Annotated[str, Field(max_length=300), AfterValidator(_check_visible)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _FaceRow(_Row):
    """A face: the points as Base64 of little-endian float32, and the log odds."""

    points: Annotated[str, Field(max_length=4 * (_POINT_BYTES + 2) // 3)]
    log_odds: Annotated[tuple[Number, ...], Field(min_length=len(EMOTIONS), max_length=len(EMOTIONS))]


class _ExampleRow(_Row):
    face: _FaceRow
    label: Emotion
    weight: Number
    session: Annotated[int, Field(ge=0, le=1_000_000)]
    source: Source
    origin: Text = ""


class _SpreadRow(_Row):
    relative: Annotated[tuple[Number, ...], Field(max_length=len(EXPRESSION_POINTS))]
    parts: Annotated[int, Field(ge=0, le=1_000_000)]


class _File(_Row):
    actor_version: Literal[1] = 1
    name: Annotated[str, AfterValidator(check_name)]
    made: Text
    models: Annotated[dict[Text, Sha256], Field(max_length=10)]
    examples: Annotated[tuple[_ExampleRow, ...], Field(min_length=1, max_length=MAX_EXAMPLES)]
    rest: _FaceRow | None = None
    spread: _SpreadRow | None = None


class _Version(BaseModel):
    actor_version: int


def read_profile(path: Path) -> ActorProfile:
    """Read the profile in the file at `path`.

    Raises:
        ActorError: the file is missing, unreadable, damaged, foreign or of a newer Coach.
    """
    try:
        with open_regular(path) as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ActorError(
            tr("cannot read the actor's file {path}: {reason}", path=_shown(path), reason=error_reason(error))
        ) from error
    if len(data) > _MAX_BYTES:
        raise _not_ours(path)
    return _parse(path, data)


def write_profile(path: Path, profile: ActorProfile) -> None:
    """Write `profile` to the file at `path`, readable by its owner only; a file there is replaced.

    Raises:
        ActorError: there are too many examples, or the file cannot be written; an old one is unchanged.
    """
    if len(profile.examples) > MAX_EXAMPLES:
        raise ActorError(
            tr(
                "{actor} has {limit} examples already; calibrate anew to start afresh",
                actor=profile.name,
                limit=MAX_EXAMPLES,
            )
        )
    try:
        write_atomically(path, _file_of(profile).model_dump_json().encode("utf-8") + b"\n")
    except OSError as error:
        raise ActorError(
            tr("cannot keep the actor's file {path}: {reason}", path=_shown(path), reason=error_reason(error))
        ) from error


def _parse(path: Path, data: bytes) -> ActorProfile:
    try:
        version = _Version.model_validate_json(data).actor_version
        if version > ACTOR_VERSION:
            raise ActorError(
                tr(
                    "{path}: an actor's file of version {version}; this Coach reads version {supported}",
                    path=_shown(path),
                    version=version,
                    supported=ACTOR_VERSION,
                )
            )
        return _profile_of(_File.model_validate_json(data))
    except (ValidationError, ValueError) as error:
        raise _not_ours(path) from error


def _not_ours(path: Path) -> ActorError:
    return ActorError(
        tr(
            "{path}: damaged, or not an actor's file of Coach; delete it and calibrate again, or put a copy of it "
            "there",
            path=_shown(path),
        )
    )


def _shown(path: Path) -> str:
    return clean_name(str(path))


# --- rows and profile -----------------------------------------------------------------------------------------------


def _file_of(profile: ActorProfile) -> _File:
    return _File(
        name=profile.name,
        made=profile.made,
        models=dict(profile.models),
        examples=tuple(_example_row(example) for example in profile.examples),
        rest=_face_row(profile.rest) if profile.rest else None,
        spread=_spread_row(profile.spread) if profile.spread else None,
    )


def _profile_of(file: _File) -> ActorProfile:
    return ActorProfile(
        name=file.name,
        models=file.models,
        examples=tuple(_example(row) for row in file.examples),
        rest=_face(file.rest) if file.rest else None,
        spread=OwnSpread(np.array(file.spread.relative), file.spread.parts) if file.spread else None,
        made=file.made,
    )


def _example_row(example: Example) -> _ExampleRow:
    return _ExampleRow(
        face=_face_row(example.face),
        label=example.label,
        weight=example.weight,
        session=example.session,
        source=example.source,
        origin=example.origin,
    )


def _example(row: _ExampleRow) -> Example:
    return Example(_face(row.face), row.label, row.weight, row.session, row.source, row.origin)


def _spread_row(spread: OwnSpread) -> _SpreadRow:
    return _SpreadRow(relative=tuple(spread.relative.tolist()), parts=spread.parts)


def _face_row(face: Face) -> _FaceRow:
    data = np.asarray(face.points, "<f4").tobytes()
    return _FaceRow(points=base64.b64encode(data).decode("ascii"), log_odds=tuple(face.log_odds.tolist()))


def _face(row: _FaceRow) -> Face:
    return Face(_points(row.points), np.array(row.log_odds))


def _points(text: str) -> NDArray[np.float32]:
    """Points (478, 3) from Base64. Raises ValueError for anything else, or another number of them."""
    data = np.frombuffer(base64.b64decode(text, validate=True), "<f4")
    return data.astype(np.float32).reshape(POINT_COUNT, 3)
