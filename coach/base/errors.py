"""The errors a user can meet, drawn as a tree. Each carries one message that says what, where and what to do.

    CoachError               exit 1: the user can mend it
    ├── UsageError           exit 2: the command does not make sense
    ├── ScriptError          a script file with mistakes, all of them listed
    ├── SourceError          camera, video, picture or folder that cannot be read
    ├── ModelError           a model file or its card is missing, damaged or does not fit
    ├── TakeError            a takes folder or a take that cannot be read or written
    ├── OutputError          a recording, log, graph or picture that cannot be written where it was asked for
    ├── VoiceError           speech that cannot be rendered
    ├── ConsentError         the camera was not allowed
    └── MissingLibraryError  a system library that a package needs

Anything else that reaches the command line is a bug (exit 3); Ctrl-C is exit 130.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

INTERRUPTED: Final = 130
"""The exit code after Ctrl-C or SIGTERM."""


class CoachError(Exception):
    """An expected error; its text is the whole message for the user."""

    exit_code = 1


class UsageError(CoachError):
    """The command line asks for something that does not make sense."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a script file.

    Attributes:
        line, column: 1-based place in the file; None where the mistake is about the file as a whole.
        field: the field it is about, such as ``emotion`` or ``pace.beat_s``; empty where there is none.
        message: what was found and what is allowed.
    """

    message: str
    line: int | None = None
    column: int | None = None
    field: str = ""


class ScriptError(CoachError):
    """A script that cannot be used, with every mistake found in it."""

    def __init__(self, path: str, mistakes: list[Mistake]) -> None:
        self.path = path
        self.mistakes = mistakes
        super().__init__("\n".join(self._line(mistake) for mistake in mistakes))

    def _line(self, mistake: Mistake) -> str:
        place = ":".join(str(part) for part in (self.path, mistake.line, mistake.column) if part is not None)
        field = f"{mistake.field}: " if mistake.field else ""
        return f"{place}: {field}{mistake.message}"


class SourceError(CoachError):
    """A camera, video, picture or folder that cannot be read."""


class ModelError(CoachError):
    """A model or its card is missing, damaged, unsafe or does not fit."""


class TakeError(CoachError):
    """A take or the takes folder cannot be read or written."""


class OutputError(CoachError):
    """A recording, log, graph or picture cannot be written where it was asked for."""


class VoiceError(CoachError):
    """Speech cannot be rendered."""


class ConsentError(CoachError):
    """The camera may not be used."""


class MissingLibraryError(CoachError):
    """A system library is missing; the message names the package that brings it."""
