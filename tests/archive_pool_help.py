"""Work for pools of workers, in a module that their processes can import quickly."""

from __future__ import annotations

import os
import signal
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from coach.archive.work import Done

if TYPE_CHECKING:
    from coach.archive.work import Job


def play_part(job: Job) -> Done:
    """Do what the name of the file says, and leave a mark for each attempt.

    ``dies`` kills the worker each time, ``dies-once`` the first time, ``fails`` and ``fails-once`` give a reason.
    """
    path = Path(job.path)
    attempt = len(list(path.parent.glob(f"{path.name}.*")))
    path.with_name(f"{path.name}.{attempt}").write_text(f"{os.getpid()} {threading.get_ident()}")
    part = path.stem.partition("_")[0]
    if part == "dies" or (part == "dies-once" and attempt == 0):
        os.kill(os.getpid(), signal.SIGKILL)
    return Done("it is damaged" if part == "fails" or (part == "fails-once" and attempt == 0) else "")


def cut_part(job: Job) -> Done:
    """Cut the recording into three pieces, and do with the middle one what `play_part` does with a file."""
    if job.piece == 1:
        return play_part(job)
    path = Path(job.path)
    path.with_name(f"{path.name}-other.{uuid.uuid4()}").touch()
    return Done(pieces=() if job.joins or job.piece is not None else (0, 1, 2))


def attempts(path: Path) -> list[str]:
    """The process and thread of each attempt at `path`."""
    return [mark.read_text() for mark in sorted(path.parent.glob(f"{path.name}.*"))]
