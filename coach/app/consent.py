"""Consent to the use of the camera: the text of the question, and the stored answer."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from coach.base.messages import mark, tr
from coach.base.text import clean

TEXT_VERSION: Final = 5
"""Increment this when the promises in the texts below change. Everybody is then asked again."""

_TEXT: Final = mark("""\
The coach is about to use your camera.
  What happens  Each picture is read on this computer and then forgotten.
                Nothing is ever sent anywhere.
  What is kept  Numbers only, of a rehearsal: what the camera read, moment by
                moment, with your script and the report. With --measures,
                --actor and `coach calibrate` also points of your face, which
                can tell who you are. Of the camera in the mirror nothing (a
                video from the web stays in a cache).
                Pictures only where you ask for them (--record, --evidence,
                --output, and in the mirror the keys v and s), and sound only
                in the videos of --record (--no-sound leaves it out).
  Where         {takes}
  Delete it     Remove that folder, or one take's folder in it. Nothing else
                of your rehearsals is kept. `coach actors` deletes what is
                known of a face.
  For whom      For people who choose it for themselves. In the European Union
                it is prohibited to judge pupils, staff or applicants with it.
  This answer   {file}
                Remove it to be asked again.
""")
"""The question in a terminal."""

_PAGE_TEXT: Final = mark("""\
What happens: Each picture is read on this computer and then forgotten. Nothing is ever sent anywhere.

What is kept: Numbers only, of a rehearsal: what the camera read, moment by moment, with your script and the report. \
If you also measure the face by its points, rehearse as an actor, or let the coach learn your face, also points of \
your face, which can tell who you are. Of the camera in the mirror nothing (a video from the web stays in a cache). \
Pictures only where you ask for them: a video of a take, pictures of its moments, a snapshot or a video of the \
mirror. Sound only in the videos of a take, and you can leave it out.

Where: {takes}

Delete it: Erase a take on its page, or remove that folder or one take's folder in it. Nothing else of your \
rehearsals is kept. The page Actors deletes what is known of a face.

For whom: People who choose it for themselves. In the European Union it is prohibited to judge pupils, staff or \
applicants with it.

This answer: {file}. Remove it to be asked again.
""")
"""The question on a page of the studio: the same promises, in the words of its pages."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A stored answer.

    Attributes:
        given_at: time of the answer, ISO 8601 in UTC.
        text_version: version of the text that the user agreed to.
    """

    given_at: str
    text_version: int


def consent_file() -> Path:
    """The file of the answer, in the user's configuration folder."""
    from platformdirs import user_config_path

    return user_config_path("coach", appauthor=False) / "consent.json"


def recorded_consent(file: Path | None = None) -> Consent | None:
    """Read the stored answer; None if it is missing, unreadable, or refers to an older text."""
    try:
        kept = json.loads((file or consent_file()).read_text(encoding="utf-8"))
        consent = Consent(given_at=str(kept["given_at"]), text_version=int(kept["text_version"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return consent if consent.text_version == TEXT_VERSION else None


def consent_text(takes_folder: Path) -> str:
    """The text that a terminal shows before the first use of the camera."""
    return _filled(_TEXT, takes_folder)


def page_consent_text(takes_folder: Path) -> str:
    """The text that a page shows before the first use of the camera; a line is a paragraph."""
    return _filled(_PAGE_TEXT, takes_folder)


def _filled(text: str, takes_folder: Path) -> str:
    return tr(text, takes=clean(str(takes_folder)), file=clean(str(consent_file())))


def keep_consent() -> str:
    """Store the consent atomically.

    Returns:
        The reason why it could not be stored, empty on success. After a failure the user is only asked again.
    """
    file = consent_file()
    consent = Consent(datetime.now(timezone.utc).isoformat(timespec="seconds"), TEXT_VERSION)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(asdict(consent)) + "\n", encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        return error.strerror or str(error)
    return ""
