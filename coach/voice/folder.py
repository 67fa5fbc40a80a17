"""A private folder for the sound files of one session."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = "coach-voice-"


@contextmanager
def sound_folder() -> Iterator[Path]:
    """A new folder that only this user can read, gone afterwards; those that killed sessions left are removed."""
    sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove the sound folders in `parent` whose process is dead."""
    for folder in parent.glob(f"{_PREFIX}[0-9]*-*"):
        if not _in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _in_use(folder: Path) -> bool:
    import psutil

    pid = int(folder.name.removeprefix(_PREFIX).split("-")[0])
    try:
        return bool(psutil.Process(pid).create_time() <= folder.stat().st_mtime + 1)  # else the number was given anew
    except psutil.AccessDenied:
        return True
    except (psutil.NoSuchProcess, OSError):
        return False
