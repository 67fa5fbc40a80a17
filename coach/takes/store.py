"""The takes folder: creates, finds and renames takes, and migrates the folder to the current version.

Each migration step is idempotent, and the version is written atomically after its step, so that a run killed at any
time leaves a folder that the next run can migrate. Journals and reports have versions of their own.
"""

from __future__ import annotations

import logging
import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, Field, ValidationError

from coach.base.errors import TakeError
from coach.base.files import PRIVATE_FOLDER_MODE, error_reason, open_regular, write_atomically
from coach.base.messages import tr
from coach.base.text import clean
from coach.takes.catalogue import (
    TakeFacts,
    TakeFolder,
    is_inaccessible,
    is_take,
    list_takes,
    require_access,
    scan_takes,
)
from coach.takes.contents import VERSION_NAME, is_running, is_temporary
from coach.takes.naming import MAX_SUFFIX, move_take, names_from, slug, stamp_of, to_portable

if TYPE_CHECKING:
    from coach.takes.archive_import import Imported

_log = logging.getLogger(__name__)

PROBE_BYTES: Final = 1 << 20
"""Free space that a take of a few minutes needs; a disk with less counts as full."""

_NUMBER: Final = re.compile(r":([1-9]\d{0,5})")


class TakeStore:
    """The takes in `folder`, by default in the user's data folder. Nothing is created before it is needed."""

    def __init__(self, folder: Path | None = None) -> None:
        self._is_default = folder is None
        self.folder = (folder if folder is not None else default_folder()).expanduser().absolute()

    def create(self, title: str, when: datetime) -> Path:
        """Create an empty folder such as ``2026-11-24_13-55-02_waiting-for-news``, unique even among concurrent runs.

        Raises:
            TakeError: the takes folder is missing, read-only, full, or written by a newer Coach.
        """
        refuse_newer(self.folder)
        try:
            self._make_folder()
            take = self._make_take(f"{when:%Y-%m-%d_%H-%M-%S}_{slug(title)}")
            self._prepare(take)
        except OSError as error:
            raise TakeError(
                tr(
                    "cannot keep a take in {folder}: {reason}; make room there or choose another folder with --takes",
                    folder=self.folder,
                    reason=error_reason(error),
                )
            ) from error
        return take

    def newest(self) -> Path | None:
        """The newest take that is not being played now; None if there is none."""
        return next((take for take in self.takes() if not is_running(take)), None)

    def unfinished(self) -> list[Path]:
        """Takes that ended without a report, newest first. Without permission to read a take, nobody knows that."""
        without_report = [take.path for take in self._scan() if not take.has_report]
        return [take for take in without_report if not is_inaccessible(str(take)) and not is_running(take)]

    def takes(self) -> list[Path]:
        """All takes, newest first, including one being played; their numbers count from 1 in this order."""
        return [take.path for take in self._scan()]

    def facts(self) -> list[TakeFacts]:
        """The facts of each take, in the order of `takes`."""
        refuse_newer(self.folder)
        return list_takes(self.folder)

    def erasable(self) -> list[Path]:
        """Every folder of the coach in the takes folder, newest first, including those of runs killed early.

        Raises:
            TakeError: the takes folder was written by a newer Coach.
        """
        refuse_newer(self.folder)
        from coach.takes.erasing import erasable

        return erasable(self.folder)

    def find(self, name: str) -> Path:
        """The take that `name` refers to.

        Tried in order: the name of a take in this folder, the path of a take folder, ``:N`` for the Nth newest, and
        the newest take with `name` as a part of its name.

        Raises:
            TakeError: no take matches, the take cannot be opened, or the takes folder was written by a newer Coach.
        """
        take = self._by_name(name) or _by_path(name) or self._by_number(name) or self._by_substring(name)
        if take is None:
            raise self._unknown(clean(name, 100))
        require_access(take)
        return take

    def rename(self, take: Path, title: str) -> Path:
        """Rename `take` to its start time and `title`, converted to a portable name.

        Raises:
            TakeError: the take is being played or cannot be renamed, or no character of `title` is usable in a name.
        """
        if is_running(take):
            raise TakeError(
                tr("the take {take} is still being played; rename it when it has ended", take=clean(take.name))
            )
        if not to_portable(title):
            raise TakeError(tr("{title!r} has no letters and no digits; a name needs some", title=clean(title, 100)))
        stamp = stamp_of(take.name)
        name = f"{stamp}_{slug(title)}" if stamp else slug(title)
        if name == take.name:
            return take
        try:
            self.migrate_if_exists()
            return move_take(take, take.parent, name)
        except OSError as error:
            raise TakeError(
                tr("cannot rename {take}: {reason}", take=clean(str(take)), reason=error_reason(error))
            ) from error

    def import_archive(self, archive: Path) -> Imported:
        """Import the takes of `archive`; see `import_takes`.

        Raises:
            TakeError: the archive cannot be imported, or the takes folder cannot be written.
        """
        from coach.takes.archive_import import import_takes

        try:
            refuse_newer(self.folder)
            self._make_folder()
            self.migrate_if_exists()
            return import_takes(archive.expanduser().absolute(), self.folder)
        except OSError as error:
            raise TakeError(
                tr("cannot import into {folder}: {reason}", folder=self.folder, reason=error_reason(error))
            ) from error

    def migrate_if_exists(self) -> None:
        """Migrate the takes folder if it exists; call this before a change in it.

        Raises:
            OSError: the folder cannot be written.
            TakeError: the folder was written by a newer Coach.
        """
        refuse_newer(self.folder)
        if self.folder.is_dir():
            migrate(self.folder)

    def _by_name(self, name: str) -> Path | None:
        if not _is_plain(name):
            return None
        refuse_newer(self.folder)
        take = self.folder / name
        return take if is_take(take) and not take.is_symlink() else None

    def _by_number(self, name: str) -> Path | None:
        number = _NUMBER.fullmatch(name)
        return next(iter(self.takes()[int(number[1]) - 1 :]), None) if number else None

    def _by_substring(self, name: str) -> Path | None:
        part = unicodedata.normalize("NFC", name).lower()
        takes = self.takes() if _is_plain(name) else ()
        return next((take for take in takes if part in take.name and not is_running(take)), None)

    def _unknown(self, name: str) -> TakeError:
        values = {"name": name, "folder": self.folder}
        newest = clean(", ".join(take.name for take in self.takes()[:3]))
        if newest:
            return TakeError(tr("no take {name!r} in {folder}; the newest are {newest}", newest=newest, **values))
        return TakeError(tr("no take {name!r} in {folder}; it holds no takes yet", **values))

    def _scan(self) -> list[TakeFolder]:
        refuse_newer(self.folder)
        return scan_takes(self.folder)

    def _make_folder(self) -> None:
        # The parent of a folder named by the user must exist: after a typo or with an unmounted drive, a take must not
        # be written to a place where nobody looks for it.
        if self._is_default:
            self.folder.parent.mkdir(PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
        self.folder.mkdir(PRIVATE_FOLDER_MODE, exist_ok=True)

    def _prepare(self, take: Path) -> None:
        """Check for free space and migrate the folder, so that a full or read-only disk fails now.

        It removes `take` then.
        """
        try:
            _probe(take)
            migrate(self.folder)
        except OSError:
            with suppress(OSError):
                take.rmdir()
            raise

    def _make_take(self, name: str) -> Path:
        for take in map(self.folder.joinpath, names_from(name)):
            with suppress(FileExistsError):
                take.mkdir(PRIVATE_FOLDER_MODE)
                return take
        raise FileExistsError(0, tr("there are already {limit} takes of this second", limit=MAX_SUFFIX - 1))


def default_folder() -> Path:
    """The folder `coach/takes` in this system's folder for user data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("coach", appauthor=False)) / "takes"


def _probe(take: Path) -> None:
    """Check for `PROBE_BYTES` of free space by writing them."""
    probe = take / "probe"
    write_atomically(probe, bytes(PROBE_BYTES))
    probe.unlink()


def _by_path(name: str) -> Path | None:
    if not _is_path(name):
        return None
    take = Path(name).expanduser().absolute()
    require_access(take)
    return take if is_take(take) else None


def _is_plain(name: str) -> bool:
    return name not in ("", ".", "..") and not _is_path(name) and "\0" not in name


def _is_path(name: str) -> bool:
    return name in (".", "..") or any(separator in name for separator in (os.sep, os.altsep or os.sep, "/", "\\"))


STORE_VERSION: Final = 2
"""Version 1 has no version file and may contain drafts of killed runs."""

_MAX_BYTES: Final = 10_000


class _Version(BaseModel):
    store_version: int = Field(ge=1)


def version_of(folder: Path) -> int:
    """The version of the takes folder `folder`; 1 if it has no readable version file."""
    with suppress(OSError, ValidationError), open_regular(folder / VERSION_NAME) as file:
        return _Version.model_validate_json(file.read(_MAX_BYTES)).store_version
    return 1


def refuse_newer(folder: Path) -> None:
    """Check that this Coach supports the version of the takes folder `folder`.

    Raises:
        TakeError: a newer Coach wrote the folder, and this one could damage it.
    """
    version = version_of(folder)
    if version > STORE_VERSION:
        raise TakeError(
            tr(
                "the takes folder {folder} has version {version}, and this Coach knows versions 1 to {known}; "
                "update Coach, or choose another folder with --takes",
                folder=folder,
                version=version,
                known=STORE_VERSION,
            )
        )


def migrate(folder: Path) -> None:
    """Migrate the takes folder `folder` to the current version.

    Raises:
        OSError: the folder cannot be written; finished steps stay.
    """
    for version in range(version_of(folder), STORE_VERSION):
        _log.info("bringing %s from version %d to %d", folder, version, version + 1)
        _STEPS[version](folder)
        text = _Version(store_version=version + 1).model_dump_json() + "\n"
        write_atomically(folder / VERSION_NAME, text.encode())


def _clear_drafts(folder: Path) -> None:
    """Remove the temporary files of killed runs; they are hidden and may contain recordings.

    A take that this user has no permission to read keeps them, and does not keep anybody from rehearsing.
    """
    for take in scan_takes(folder):
        if is_inaccessible(str(take.path)):
            _log.warning("the drafts in %s are not removed: no permission", take.path)
        elif not is_running(take.path):
            _clear(take.path)


def _clear(take: Path) -> None:
    with os.scandir(take) as entries:
        for entry in entries:
            if is_temporary(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    Path(entry.path).unlink()


_STEPS: Final[Mapping[int, Callable[[Path], None]]] = {1: _clear_drafts}
"""Migration steps by the version from which they start."""
