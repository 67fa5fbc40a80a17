"""Private folders for one run, which the next run removes if a killed one has left them."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """Create a folder readable by this user only and remove it afterwards; first remove those of killed runs.

    Args:
        prefix: begins its name, such as ``coach-voice-``.
    """
    folder = new_scratch_folder(prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_scratch_folder(prefix: str) -> Path:
    """Like `scratch_folder`; the caller removes it."""
    sweep(Path(tempfile.gettempdir()), prefix)
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))


def sweep(parent: Path, prefix: str) -> None:
    """Remove the scratch folders with `prefix` in `parent` whose process is dead."""
    for folder in parent.glob(f"{prefix}*"):
        owner = re.fullmatch(rf"{re.escape(prefix)}(\d{{1,9}})-\w+", folder.name)
        if owner and not _in_use(folder, int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)  # does not follow links


def _in_use(folder: Path, pid: int) -> bool:
    """Whether the process `pid` that created `folder` is alive."""
    import psutil

    try:
        return bool(psutil.Process(pid).create_time() <= folder.stat().st_mtime + 1)  # else the id was reused
    except psutil.AccessDenied:
        return True
    except (psutil.NoSuchProcess, OSError):
        return False
