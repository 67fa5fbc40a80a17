"""Cache of web videos: each is fetched once and removed when the cache is full, least recently used first.

Each video has its own folder, named by a hash of its address, with the video and ``about.json``. A download goes into
a draft folder, which gets its final name only when the video is complete. So a folder with a final name is complete,
and a draft without a lock was left by a killed run. Each user of a folder holds a shared lock on a file in it.
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
from coach.base.messages import tr

_log = logging.getLogger(__name__)

ABOUT: Final = "about.json"
"""File with the `About` of a video, in its folder; its modification time is that of the last use."""

_IN_USE: Final = "in-use"
"""Lock file in each folder, shared by its users."""

_DRAFT: Final = ".draft-"
"""Prefix of folders that are being written."""

_DELETED: Final = ".gone-"
"""Prefix of folders that are being deleted."""

_KEY: Final = re.compile(r"[0-9a-f]{40}")
"""Names that `cache_key` returns; folders with other names are never touched."""

_TEMPORARY: Final = re.compile(r"\.(draft|gone)-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class About:
    """Metadata of a cached video.

    Attributes:
        file: name of the video file in its folder.
        size: size in bytes; a file of another size is damaged.
        title: title on the site, cleaned; empty if it has none.
        address: address of the video, safe to show.
    """

    file: str
    size: int
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class CachedVideo:
    """A cached video, which is not removed until `lock` is released."""

    path: Path
    about: About
    lock: FileLock


class Draft:
    """A folder to download into, locked while it is written."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self.folder = folder
        self._lock = FileLock(folder / _IN_USE, shared=True)

    def close(self) -> None:
        """Remove the draft unless it was renamed. Safe to call twice."""
        self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rename(self, new: Path) -> None:
        """Give the folder its final name.

        Raises:
            OSError: a folder with that name exists.
        """
        if sys.platform == "win32":
            self._lock.release()  # a folder with an open file cannot be renamed there
        self.folder.rename(new)


class WebCache:
    """The cached videos in `folder`, which is created with the first draft and is private to this user."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> CachedVideo | None:
        """Return the video under `key` and mark it as used now; None if it is missing or damaged."""
        folder = self._folder / key
        try:
            lock = FileLock(folder / _IN_USE, shared=True)
        except OSError:
            return None
        about = _read_about(folder)
        if about is None:
            _log.info("%s is damaged", folder)
            lock.release()
            return None
        with suppress(OSError):
            os.utime(folder / ABOUT)
        return CachedVideo((folder / about.file).absolute(), about, lock)

    def draft(self) -> Draft:
        """Create a folder for a download.

        Raises:
            SourceError: the cache cannot be written.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._new_draft()
        except OSError as error:
            raise unwritable_error(self._folder, error) from error

    def keep(self, draft: Draft, key: str, about: About) -> CachedVideo:
        """Store the finished `draft` under `key` and return the video. If another run was faster, its video is kept.

        Raises:
            SourceError: the cache cannot be written.
        """
        try:
            (draft.folder / ABOUT).write_text(json.dumps(asdict(about)), encoding="utf-8")
            self._store(draft, key)
        except OSError as error:
            raise unwritable_error(self._folder, error) from error
        video = self.find(key)
        if video is None:
            cleared = tr("it was cleared away from {folder} at once. Try again.", folder=self._folder)
            raise SourceError(f"{about.address}: {cleared}")
        return video

    def trim(self, limit_bytes: int) -> None:
        """Remove drafts of killed runs, then the least recently used videos beyond `limit_bytes`, but none in use."""
        with suppress(OSError):
            self._remove_leftovers()
            total = 0
            for _, size, folder in sorted(self._videos(), reverse=True):
                total += size
                if total > limit_bytes and self._drop(folder):
                    total -= size

    def _new_draft(self) -> Draft:
        """Create a draft; a second try, because a concurrent `trim` may remove the first before it is locked."""
        with suppress(OSError):
            return Draft(self._folder / f"{_DRAFT}{secrets.token_hex(8)}")
        return Draft(self._folder / f"{_DRAFT}{secrets.token_hex(8)}")

    def _store(self, draft: Draft, key: str) -> None:
        target = self._folder / key
        for _ in range(2):
            with suppress(OSError):
                draft.rename(target)
                return
            if _read_about(target) is not None:
                return  # another run was faster
            self._drop(target)  # damaged
        draft.rename(target)

    def _videos(self) -> list[tuple[float, int, Path]]:
        """Time of last use, size in bytes and folder of each video."""
        videos = []
        for folder in self._folder.iterdir():
            with suppress(OSError):
                if _KEY.fullmatch(folder.name):
                    size = sum(file.stat().st_size for file in folder.iterdir())
                    videos.append((_last_used(folder), size, folder))
        return videos

    def _drop(self, folder: Path) -> bool:
        """Delete `folder`; False if a process uses it."""
        deleted = self._folder / f"{_DELETED}{secrets.token_hex(8)}"
        if not _rename_unless_used(folder, deleted):
            return False
        shutil.rmtree(deleted, ignore_errors=True)
        _log.debug("removed %s", folder)
        return True

    def _remove_leftovers(self) -> None:
        for folder in self._folder.iterdir():
            kind = _TEMPORARY.fullmatch(folder.name)
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


def unwritable_error(folder: Path, error: OSError) -> SourceError:
    """The error for a cache that cannot be written."""
    why = (error.strerror or str(error)).lower()
    message = tr("web videos cannot be kept here ({reason}). Make room, or set its permissions.", reason=why)
    return SourceError(f"{folder}: {message}")


def _rename_unless_used(folder: Path, new: Path) -> bool:
    """Rename `folder` to `new`; False if a process uses it or it does not exist."""
    with try_exclusive(folder / _IN_USE) as unused, suppress(OSError):
        if unused:
            folder.rename(new)
            return True
    return False


def _read_about(folder: Path) -> About | None:
    """The metadata of the video in `folder`; None if they or the video are missing or damaged."""
    try:
        about = About(**json.loads((folder / ABOUT).read_text(encoding="utf-8")))
        is_complete = Path(about.file).name == about.file and (folder / about.file).stat().st_size == about.size
    except (OSError, ValueError, TypeError):
        return None
    return about if is_complete else None


def _last_used(folder: Path) -> float:
    try:
        return (folder / ABOUT).stat().st_mtime
    except OSError:
        return 0.0  # damaged: removed first
