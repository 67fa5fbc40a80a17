"""A private folder for the sound files of one session."""

from __future__ import annotations

import os
import re
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
    for folder in parent.glob(f"{_PREFIX}*"):
        owner = re.fullmatch(rf"{_PREFIX}(\d{{1,9}})-\w+", folder.name)
        if owner and not _in_use(folder, int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)  # which refuses links


def _in_use(folder: Path, pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).create_time() <= folder.stat().st_mtime + 1)  # else the number was given anew
    except psutil.AccessDenied:
        return True
    except (psutil.NoSuchProcess, OSError):
        return False
