"""Ask for consent before the first use of a camera."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

from coach.app.consent import consent_text, keep_consent, recorded_consent
from coach.base.errors import ConsentError
from coach.base.messages import tr
from coach.cli.output import is_yes, with_choice


def ensure_consent(source: str, takes_folder: Path, *, yes: bool) -> None:
    """Ask on the terminal before the camera that `source` names is used.

    Raises:
        ConsentError: see `ensure_camera_consent`.
        SourceError: no camera can have that name.
    """
    from coach.sources.opening import check_camera

    check_camera(source)
    ensure_camera_consent(yes=yes, takes_folder=takes_folder, stdin=sys.stdin, stdout=sys.stdout)


def ensure_camera_consent(*, yes: bool, takes_folder: Path, stdin: TextIO, stdout: TextIO) -> None:
    """Ask whether the camera may be used, unless the user has agreed before.

    Args:
        yes: the user has agreed for this run with ``--yes``; do not ask and store nothing.
        takes_folder: shown in the question.
        stdin: where the answer is read; must be a terminal.
        stdout: where the question is printed; must be a terminal.

    Raises:
        ConsentError: the answer was no, or there is no terminal to ask in.
    """
    if yes or recorded_consent() is not None:
        return
    if not (stdin.isatty() and stdout.isatty()):
        raise ConsentError(
            tr(
                "You have not allowed the camera yet, and there is no terminal to ask in. "
                "Run this once in a terminal, or add --yes if the person in front of the camera agrees."
            )
        )
    stdout.write(consent_text(takes_folder) + with_choice(tr("Allow the camera?")))
    stdout.flush()
    if not is_yes(stdin.readline()):
        raise ConsentError(tr("The camera stays off. A recorded take works without it: --source FILE."))
    why_not = keep_consent()
    if why_not:
        stdout.write(tr("The answer could not be kept ({reason}): you will be asked again.", reason=why_not) + "\n")
