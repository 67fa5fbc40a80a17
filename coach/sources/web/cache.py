"""Cache of web videos: each is fetched once and removed when the cache is full, least recently used first.

Each video has its own folder, named by a hash of its address, with the video and ``about.json``. A download goes into
a draft folder, which gets its final name only when the video is complete. So a folder with a final name is complete,
and a draft without a lock was left by a killed run. A folder in use has a shared lock on a file inside.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from coach.base.errors import SourceError
from coach.base.locks import FileLock, try_exclusive

_log = logging.getLogger(__name__)

ABOUT: Final = "about.json"

_IN_USE: Final = "in-use"
"""Lock file in each folder, shared by its users."""

_DRAFT: Final = ".draft-"
_GONE: Final = ".gone-"

_KEY: Final = re.compile(r"[0-9a-f]{40}")
"""Names returned by `cache_key`; other folders are never touched."""

_PASSING: Final = re.compile(r"\.(draft|gone)-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class About:
    """Facts of a cached video.

    Attributes:
        file: its name inside its folder.
        size: in bytes; a file of another size is damaged.
        title: of the site, cleaned; empty if it has none.
        address: where it came from, safe to show.
    """

    file: str
    size: int
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A cached video, which stays until `hold` is released."""

    path: Path
    about: About
    hold: FileLock


class Draft:
    """A folder to download into, locked while it is written."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self.folder = folder
        self._hold = FileLock(folder / _IN_USE, shared=True)

    def close(self) -> None:
        """Remove it, unless it has its final name. Safe to call twice."""
        self._hold.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rename(self, new: Path) -> None:
        """Give the folder its final name.

        Raises:
            OSError: that name exists.
        """
        if sys.platform == "win32":
            self._hold.release()  # a folder with an open file cannot be renamed there
        self.folder.rename(new)


class WebCache:
    """The videos in `folder`, which is created when first needed, private to this user."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> Kept | None:
        """The video under `key`, marked as used now; None if there is none or it is damaged."""
        folder = self._folder / key
        try:
            hold = FileLock(folder / _IN_USE, shared=True)
        except OSError:
            return None
        about = _about(folder)
        if about is None:
            _log.info("%s is damaged", folder)
            hold.release()
            return None
        with suppress(OSError):
            os.utime(folder / ABOUT)
        return Kept((folder / about.file).absolute(), about, hold)

    def draft(self) -> Draft:
        """A new folder for a download.

        Raises:
            SourceError: the cache cannot be written.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._new_draft()
        except OSError as error:
            raise unwritable(self._folder, error) from error

    def keep(self, draft: Draft, key: str, about: About) -> Kept:
        """Store the finished `draft` under `key`. If another run was faster, its video is returned.

        Raises:
            SourceError: the cache cannot be written.
        """
        try:
            (draft.folder / ABOUT).write_text(json.dumps(asdict(about)), encoding="utf-8")
            self._place(draft, key)
        except OSError as error:
            raise unwritable(self._folder, error) from error
        kept = self.find(key)
        if kept is None:
            raise SourceError(f"{about.address}: it was cleared away from {self._folder} at once. Try again.")
        return kept

    def trim(self, limit_bytes: int) -> None:
        """Remove least recently used videos until at most `limit_bytes` are left, but none in use.

        Drafts of killed runs are removed too.
        """
        with suppress(OSError):
            self._sweep()
            total = 0
            for _, size, folder in sorted(self._kept(), reverse=True):
                total += size
                if total > limit_bytes and self._drop(folder):
                    total -= size

    def _new_draft(self) -> Draft:
        """Try twice: a concurrent `trim` may remove the folder before it is locked."""
        with suppress(OSError):
            return Draft(self._folder / f"{_DRAFT}{secrets.token_hex(8)}")
        return Draft(self._folder / f"{_DRAFT}{secrets.token_hex(8)}")

    def _place(self, draft: Draft, key: str) -> None:
        place = self._folder / key
        for _ in range(2):
            with suppress(OSError):
                draft.rename(place)
                return
            if _about(place) is not None:
                return  # another run was faster
            self._drop(place)  # damaged
        draft.rename(place)

    def _kept(self) -> list[tuple[float, int, Path]]:
        """Time of last use, bytes and folder of each video."""
        found = []
        for folder in self._folder.iterdir():
            with suppress(OSError):
                if _KEY.fullmatch(folder.name):
                    size = sum(file.stat().st_size for file in folder.iterdir())
                    found.append((_last_used(folder), size, folder))
        return found

    def _drop(self, folder: Path) -> bool:
        gone = self._folder / f"{_GONE}{secrets.token_hex(8)}"
        if not _moved_unless_used(folder, gone):
            return False
        shutil.rmtree(gone, ignore_errors=True)
        _log.debug("cleared away %s", folder)
        return True

    def _sweep(self) -> None:
        for folder in self._folder.iterdir():
            kind = _PASSING.fullmatch(folder.name)
            if kind is not None and kind[1] == "draft":
                self._drop(folder)
            elif kind is not None:
                shutil.rmtree(folder, ignore_errors=True)


def cache_key(address: str, item: int | None) -> str:
    """The folder name for item `item` (1-based; None for a single video) of `address`."""
    return hashlib.sha256(f"{item or ''}\n{address}".encode()).hexdigest()[:40]


def default_folder() -> Path:
    """The cache folder of this user."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("coach", appauthor=False)) / "web"


def unwritable(folder: Path, error: OSError) -> SourceError:
    """The error for a cache that cannot be written."""
    why = (error.strerror or str(error)).lower()
    return SourceError(f"{folder}: web videos cannot be kept here ({why}). Make room, or set its permissions.")


def _moved_unless_used(folder: Path, new: Path) -> bool:
    """Rename `folder` to `new`; False if a process uses it or it is gone."""
    with try_exclusive(folder / _IN_USE) as free, suppress(OSError):
        if free:
            folder.rename(new)
            return True
    return False


def _about(folder: Path) -> About | None:
    try:
        about = About(**json.loads((folder / ABOUT).read_text(encoding="utf-8")))
        whole = Path(about.file).name == about.file and (folder / about.file).stat().st_size == about.size
    except (OSError, ValueError, TypeError):
        return None
    return about if whole else None


def _last_used(folder: Path) -> float:
    try:
        return (folder / ABOUT).stat().st_mtime
    except OSError:
        return 0.0  # damaged: removed first
