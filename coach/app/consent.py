"""Asks once, before a camera is first used, and keeps the answer in the user's configuration folder."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final, TextIO

from coach.base.errors import ConsentError
from coach.base.text import clean

if TYPE_CHECKING:
    from pathlib import Path

TEXT_VERSION: Final = 3
"""Counts up when the text below changes in what it promises; then everybody is asked again."""

_TEXT: Final = """\
The coach is about to use your camera.
  What happens  Each picture is read on this computer and then forgotten.
                Nothing is ever sent anywhere.
  What is kept  Numbers only, of a rehearsal: what the camera read, moment by
                moment, with your script and the report. Of the camera in the
                mirror nothing (a video from the web stays in a cache).
                Pictures only where you ask for them (--record, --evidence,
                --output, and in the mirror the keys v and s), and never sound.
  Where         {takes}
  Delete it     Remove that folder, or one take's folder in it. Nothing else
                of your rehearsals is kept.
  This answer   {file}
                Remove it to be asked again.
"""


@dataclass(frozen=True, slots=True)
class Consent:
    """A kept answer.

    Attributes:
        given_at: when, as ISO 8601 in UTC.
        text_version: of the text that was agreed to.
    """

    given_at: str
    text_version: int


def consent_file() -> Path:
    """Where the answer is kept."""
    from platformdirs import user_config_path

    return user_config_path("coach", appauthor=False) / "consent.json"


def recorded_consent(file: Path | None = None) -> Consent | None:
    """Read the kept answer; None where there is none, it cannot be read, or it was given to an older text."""
    try:
        kept = json.loads((file or consent_file()).read_text(encoding="utf-8"))
        consent = Consent(given_at=str(kept["given_at"]), text_version=int(kept["text_version"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return consent if consent.text_version == TEXT_VERSION else None


def ensure_camera_consent(*, yes: bool, takes_folder: Path, stdin: TextIO, stdout: TextIO) -> None:
    """Return where the camera may be used; ask first where it was never allowed.

    Args:
        yes: allowed for this run by ``--yes``; nothing is asked and nothing kept.
        takes_folder: where takes are kept, to be told.
        stdin: where the answer comes from; must be a terminal.
        stdout: where to ask; must be a terminal.

    Raises:
        ConsentError: the answer was no, or there is nobody to ask.
    """
    if yes or recorded_consent() is not None:
        return
    if not (stdin.isatty() and stdout.isatty()):
        raise ConsentError(
            "The camera was never allowed, and there is no terminal to ask in. "
            "Run this once in a terminal, or add --yes if the person in front of the camera agrees."
        )
    stdout.write(_TEXT.format(takes=clean(str(takes_folder)), file=clean(str(consent_file()))))
    if not _answered_yes(stdin, stdout):
        raise ConsentError("The camera stays off. A recorded take works without it: --source FILE.")
    _keep(stdout)


def _answered_yes(stdin: TextIO, stdout: TextIO) -> bool:
    stdout.write("May it? [y/N] ")
    stdout.flush()
    return stdin.readline().strip().lower() in ("y", "yes")


def _keep(stdout: TextIO) -> None:
    """Write the answer as a whole or not at all; a folder that cannot be written only means being asked again."""
    file = consent_file()
    consent = Consent(datetime.now(timezone.utc).isoformat(timespec="seconds"), TEXT_VERSION)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(asdict(consent)) + "\n", encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        stdout.write(f"The answer could not be kept ({error.strerror}): you will be asked again.\n")
