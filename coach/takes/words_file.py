"""Reads and writes `words.json` of a take: what was heard of each line, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach.base.errors import TakeError
from coach.base.files import error_reason, open_regular, write_atomically
from coach.base.messages import tr
from coach.takes.contents import WORDS_NAME

_MAX_BYTES: Final = 16 << 20
_MAX_SAID: Final = 20_000

_Line = Annotated[int, Field(ge=1, le=1_000_000)]


class SaidLine(BaseModel):
    """What was heard of a line; `whole` as in `coach.listening.recognisers.Heard`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: str = Field(max_length=_MAX_SAID)
    whole: bool


class TakeWords(BaseModel):
    """The words of a take.

    Attributes:
        by: the program and the model that recognised them.
        sha256: SHA-256 of the model; empty for one that comes with its program.
        lines: what was heard, by number of the line.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    words_version: Literal[1] = 1
    by: str = Field(max_length=500)
    sha256: str = Field(max_length=64)
    lines: dict[_Line, SaidLine]


def read_words(take: Path) -> TakeWords | None:
    """The words of the take in folder `take`; None if nobody listened for them.

    Raises:
        TakeError: the file cannot be read, is damaged or of a newer Coach.
    """
    path = take / WORDS_NAME
    try:
        with open_regular(path) as file:
            return TakeWords.model_validate_json(file.read(_MAX_BYTES))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TakeError(tr("cannot read the words {path}: {reason}", path=path, reason=error_reason(error))) from error
    except ValidationError as error:
        raise TakeError(tr("{path} is damaged, or of a newer Coach", path=path)) from error


def write_words(take: Path, words: TakeWords) -> None:
    """Write the words of the take in folder `take`.

    Raises:
        TakeError: they cannot be written.
    """
    path = take / WORDS_NAME
    try:
        write_atomically(path, words.model_dump_json(indent=2).encode("utf-8") + b"\n")
    except OSError as error:
        raise TakeError(
            tr("cannot keep the words in {path}: {reason}", path=path, reason=error_reason(error))
        ) from error
