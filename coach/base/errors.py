"""The errors a user can meet, as a tree. The message of each says what is wrong, where, and what to do.

    CoachError               exit 1: the user can fix it
    ├── UsageError           exit 2: the command does not make sense
    ├── ScriptError          a script file has mistakes; all are listed
    ├── SourceError          a camera, video, picture or folder cannot be read
    ├── ModelError           a model file or its card is missing, damaged or does not fit
    ├── TakeError            a take or the takes folder cannot be read or written
    ├── ActorError           the file or the folder of actors cannot be read or written
    ├── OutputError          a recording, log, graph or picture cannot be written to the requested path
    ├── VoiceError           speech cannot be rendered
    ├── ConsentError         the user did not allow the camera
    └── MissingLibraryError  a system library that a package needs is missing

Any other exception that reaches the command line is a bug (exit 3). Ctrl-C exits 130.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C or SIGTERM."""


class CoachError(Exception):
    """An expected error; its text is the whole message for the user."""

    exit_code = 1


class UsageError(CoachError):
    """The command does not make sense."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a script file.

    Attributes:
        message: what the file has and what is allowed.
        line, column: 1-based location in the file; None for a mistake about the file as a whole.
        field: name of the field, such as ``emotion`` or ``pace.beat_s``; empty if the mistake is not about one.
    """

    message: str
    line: int | None = None
    column: int | None = None
    field: str = ""


class ScriptError(CoachError):
    """A script cannot be used; `mistakes` lists all its mistakes."""

    def __init__(self, path: str, mistakes: list[Mistake]) -> None:
        self.path = path
        self.mistakes = mistakes
        super().__init__("\n".join(self._text(mistake) for mistake in mistakes))

    def _text(self, mistake: Mistake) -> str:
        location = ":".join(str(part) for part in (self.path, mistake.line, mistake.column) if part is not None)
        field = f"{mistake.field}: " if mistake.field else ""
        return f"{location}: {field}{mistake.message}"


class SourceError(CoachError):
    """A camera, video, picture or folder cannot be read."""


class ModelError(CoachError):
    """A model file or its card is missing, damaged, unsafe or does not fit."""


class TakeError(CoachError):
    """A take or the takes folder cannot be read or written."""


class ActorError(CoachError):
    """An actor's file or the folder of actors cannot be read or written."""


class OutputError(CoachError):
    """A recording, log, graph or picture cannot be written to the requested path."""


class VoiceError(CoachError):
    """Speech cannot be rendered."""


class ConsentError(CoachError):
    """The user did not allow the camera."""


class MissingLibraryError(CoachError):
    """A system library is missing; the message names the package to install."""
