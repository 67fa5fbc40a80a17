"""Reads and writes `approved.json` of a takes folder: which take of a line the actor approved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach.base.errors import TakeError
from coach.base.files import error_reason, open_regular, write_atomically
from coach.base.messages import tr
from coach.takes.contents import hold_lock

APPROVED_NAME: Final = "approved.json"
_LOCK_NAME: Final = "approved.lock"
_MAX_APPROVED: Final = 10_000
_MAX_BYTES: Final = 8 << 20

_Text = Annotated[str, Field(max_length=2000)]


class Approved(BaseModel):
    """An approved performance of a line.

    Attributes:
        title: title of the script.
        text: words of the line.
        take: name of the take's folder.
        line: number of the line in that take.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Text
    text: _Text
    take: _Text
    line: int = Field(ge=1, le=1_000_000)

    def is_of(self, title: str, text: str) -> bool:
        """Whether this is the same line of the same script; spaces and capitals make no difference."""
        return (_key(self.title), _key(self.text)) == (_key(title), _key(text))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    approved_version: Literal[1] = 1
    approved: tuple[Approved, ...] = Field(max_length=_MAX_APPROVED)


def read_approved(takes: Path) -> tuple[Approved, ...]:
    """The approved performances in the takes folder, oldest first; empty without a file.

    Raises:
        TakeError: the file cannot be read, is damaged or of a newer Coach.
    """
    path = takes / APPROVED_NAME
    try:
        with open_regular(path) as file:
            return _File.model_validate_json(file.read(_MAX_BYTES)).approved
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise TakeError(tr("cannot read {path}: {reason}", path=path, reason=error_reason(error))) from error
    except ValidationError as error:
        raise TakeError(tr("{path}: damaged, or of a newer Coach; mend or delete that file", path=path)) from error


def change_approved(
    takes: Path, change: Callable[[tuple[Approved, ...]], tuple[Approved, ...]]
) -> tuple[Approved, ...]:
    """Apply `change` to the approved performances under a lock; returns the new ones.

    Raises:
        TakeError: they cannot be read or written, or another process holds the lock.
    """
    with hold_lock(takes / _LOCK_NAME):
        approved = change(read_approved(takes))
        path = takes / APPROVED_NAME
        try:
            if approved:
                write_atomically(path, _File(approved=approved).model_dump_json(indent=1).encode("utf-8") + b"\n")
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise TakeError(tr("cannot keep {path}: {reason}", path=path, reason=error_reason(error))) from error
    return approved


def _key(text: str) -> str:
    return " ".join(text.casefold().split())
