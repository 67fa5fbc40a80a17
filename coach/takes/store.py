"""The takes folder: makes takes, finds them again, names those that were broken off."""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from coach.errors import TakeError
from coach.files import PRIVATE_FOLDER, why, write_atomically
from coach.takes.journal import JOURNAL_NAME
from coach.takes.lock import is_running
from coach.takes.report_file import REPORT_NAME
from coach.text import clean

PROBE_BYTES: Final = 1 << 20
"""Room that a take of a few minutes needs; with less than this a folder counts as full."""

_PORTS: Final = {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
_RESERVED: Final = _PORTS | {"con", "prn", "aux", "nul"}
"""Names that Windows keeps for devices, in any folder and with any ending."""

_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_")
_MAX_SUFFIX: Final = 1000


class TakeStore:
    """The takes in `folder`; by default in the user's data folder. Nothing is created before it is needed."""

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder is not None
        self.folder = (folder if folder is not None else default_folder()).expanduser().absolute()

    def create(self, title: str, when: datetime) -> Path:
        """A new, empty folder such as ``2026-11-24_13-55-02_waiting-for-news``; two runs at once never get the same.

        Raises:
            TakeError: the takes folder is missing, read-only or full.
        """
        try:
            self._make_folder()
            take = self._make_take(f"{when:%Y-%m-%d_%H-%M-%S}_{slug(title)}")
            _probe(take)
        except OSError as error:
            advice = "make room there or choose another folder with --takes"
            raise TakeError(f"cannot keep a take in {self.folder}: {why(error)}; {advice}") from error
        return take

    def newest(self) -> Path | None:
        """The take that began last and is not being played now, or None."""
        return next((take for take in self._newest_first() if not is_running(take)), None)

    def unfinished(self) -> list[Path]:
        """Takes that were broken off before their report was written, newest first."""
        return [t for t in self._newest_first() if not (t / REPORT_NAME).exists() and not is_running(t)]

    def find(self, name: str) -> Path:
        """The take called `name` in this folder, the newest with `name` in its name, or the take folder at that path.

        Raises:
            TakeError: there is none.
        """
        if _is_plain(name):
            take = self.folder / name
            if _is_take(take) and not take.is_symlink():
                return take
        elsewhere = Path(name).expanduser()
        if _is_path(name) and _is_take(elsewhere):
            return elsewhere.absolute()
        for take in self._newest_first() if _is_plain(name) else ():
            if name.lower() in take.name and not is_running(take):
                return take
        raise TakeError(f"no take {clean(name, 100)!r} in {self.folder}{self._known()}")

    def _known(self) -> str:
        names = [take.name for take in self._newest_first()[:3]]
        return f"; the newest are {clean(', '.join(names))}" if names else "; it holds no takes yet"

    def _newest_first(self) -> list[Path]:
        with suppress(OSError):
            takes = [entry for entry in self.folder.iterdir() if not entry.is_symlink() and _is_take(entry)]
            return sorted(takes, key=_age, reverse=True)
        return []

    def _make_folder(self) -> None:
        # A folder that the user named is only made inside one that exists: a drive that is not mounted, or a slip of
        # the finger, must not send a take to a place where nobody looks for it.
        if not self._given:
            self.folder.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.folder.mkdir(PRIVATE_FOLDER, exist_ok=True)

    def _make_take(self, name: str) -> Path:
        for n in range(1, _MAX_SUFFIX):
            take = self.folder / (name if n == 1 else f"{name}-{n}")
            with suppress(FileExistsError):
                take.mkdir(PRIVATE_FOLDER)
                return take
        raise FileExistsError(0, f"there are already {_MAX_SUFFIX - 1} takes of this second")


def default_folder() -> Path:
    """The folder `coach/takes` where this system keeps a user's data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("coach", appauthor=False)) / "takes"


def slug(title: str) -> str:
    """`title` as 1 to 60 characters of ``a-z``, ``0-9`` and ``-`` that every system takes as a name."""
    plain = unicodedata.normalize("NFKD", title[:500]).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:60].strip("-")
    return f"{words}-take" if words in _RESERVED else words or "take"


def _probe(take: Path) -> None:
    """Fails now rather than in the middle of the run where the disk is full or read-only."""
    probe = take / "probe"
    try:
        write_atomically(probe, bytes(PROBE_BYTES))
        probe.unlink()
    except OSError:
        with suppress(OSError):
            take.rmdir()
        raise


def _is_take(folder: Path) -> bool:
    with suppress(OSError, ValueError):
        return (folder / JOURNAL_NAME).is_file() or (folder / REPORT_NAME).is_file()
    return False


def _is_plain(name: str) -> bool:
    return name not in ("", ".", "..") and not _is_path(name) and "\0" not in name


def _is_path(name: str) -> bool:
    return name in (".", "..") or any(mark in name for mark in (os.sep, os.altsep or os.sep, "/", "\\"))


def _age(take: Path) -> tuple[str, int]:
    """By the time in its name, then (the same second, or renamed by the user) by its journal's last change."""
    stamp = take.name[:19] if _STAMP.match(take.name) else ""
    with suppress(OSError):
        return stamp, (take / JOURNAL_NAME).stat().st_mtime_ns
    return stamp, 0
