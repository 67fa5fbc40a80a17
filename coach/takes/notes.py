"""Reads and writes `notes.json` of a take, the actor's own notes on its lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach.base.errors import TakeError
from coach.base.files import error_reason, open_regular, write_atomically
from coach.base.messages import tr
from coach.core.progress.notes import MAX_LINE_LENGTH, MAX_NOTE_LENGTH, MAX_NOTES_PER_TAKE, OwnNote
from coach.takes.contents import NOTES_NAME, hold_lock

LOCK_NAME: Final = "notes.lock"
NOTES_VERSION: Final = 1
_MAX_BYTES: Final = MAX_NOTES_PER_TAKE * (MAX_NOTE_LENGTH + MAX_LINE_LENGTH) * 16


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    notes_version: Literal[1] = 1
    notes: tuple[OwnNote, ...] = Field(max_length=MAX_NOTES_PER_TAKE)


class _Version(BaseModel):
    notes_version: int


def read_notes(take: Path) -> tuple[OwnNote, ...]:
    """The notes on the take in folder `take`, oldest first; empty without a file.

    Raises:
        TakeError: the file cannot be read, is damaged or of a newer Coach.
    """
    path = take / NOTES_NAME
    try:
        with open_regular(path) as file:
            return _parse(path, file.read(_MAX_BYTES))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise TakeError(tr("cannot read the notes {path}: {reason}", path=path, reason=error_reason(error))) from error


def change_notes(take: Path, change: Callable[[tuple[OwnNote, ...]], tuple[OwnNote, ...]]) -> tuple[OwnNote, ...]:
    """Apply `change` to the notes on the take in folder `take` under a lock; returns the new notes.

    Raises:
        TakeError: the notes cannot be read or written, or another process holds the lock.
    """
    with hold_lock(take / LOCK_NAME):
        notes = change(read_notes(take))
        write_notes(take, notes)
    return notes


def write_notes(take: Path, notes: tuple[OwnNote, ...]) -> None:
    """Replace the notes on the take in folder `take`; the file is removed if `notes` is empty.

    Raises:
        TakeError: there are too many notes, or they cannot be written; the old ones stay.
    """
    path = take / NOTES_NAME
    if len(notes) > MAX_NOTES_PER_TAKE:
        raise TakeError(
            tr(
                "{take} has {limit} notes already; delete some with `coach note TAKE --delete N`",
                take=take.name,
                limit=MAX_NOTES_PER_TAKE,
            )
        )
    try:
        if notes:
            write_atomically(path, _File(notes=notes).model_dump_json(indent=2).encode("utf-8") + b"\n")
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise TakeError(
            tr("cannot keep the notes in {path}: {reason}", path=path, reason=error_reason(error))
        ) from error


def _parse(path: Path, data: bytes) -> tuple[OwnNote, ...]:
    try:
        version = _Version.model_validate_json(data).notes_version
        if version > NOTES_VERSION:
            raise TakeError(
                tr(
                    "{path}: notes version {version}; this Coach reads version {supported}",
                    path=path,
                    version=version,
                    supported=NOTES_VERSION,
                )
            )
        return _File.model_validate_json(data).notes
    except ValidationError as error:
        raise TakeError(tr("{path}: damaged, not notes of Coach; mend or delete that file", path=path)) from error
