"""Log files of the command line: one for each bug, and with ``--debug`` one with all log messages."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from datetime import datetime, timezone
from pathlib import Path

from coach import __version__


def start_debug_log() -> Path | None:
    """Write all log messages to a new file in the user's log folder; return None if it cannot be written."""
    path = _new_path("debug")
    if path is None:
        return None
    try:
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    package = logging.getLogger("coach")
    package.setLevel(logging.DEBUG)
    package.addHandler(handler)
    package.info(_head())
    return path


def write_bug_log(error: Exception) -> Path | None:
    """Write the traceback of `error` to a new file in the user's log folder; return None if it cannot be written."""
    path = _new_path("bug")
    if path is None:
        return None
    try:
        text = f"{_head()}\n\n" + "".join(traceback.format_exception(error))
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError:
        return None
    return path


def _head() -> str:
    now = datetime.now(timezone.utc)
    return f"coach {__version__}, Python {sys.version}, {sys.platform}, {now.isoformat(timespec='seconds')}"


def _new_path(kind: str) -> Path | None:
    from platformdirs import user_log_path

    try:
        folder = user_log_path("coach", appauthor=False, ensure_exists=True)
    except OSError:
        return None
    return folder / f"{kind}-{datetime.now(timezone.utc):%Y-%m-%d_%H-%M-%S}-{os.getpid()}.log"
