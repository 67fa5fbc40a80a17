"""The folder of actors: reads, keeps, renames and deletes them, and remembers who was used last with a camera."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from coach.actors.profile_file import check_name, read_profile, write_profile
from coach.base.errors import ActorError, UsageError
from coach.base.files import PRIVATE_FOLDER_MODE, error_reason, open_regular, write_atomically
from coach.base.locks import FileLock
from coach.base.messages import tr
from coach.base.text import clean, clean_name, join_with_and

if TYPE_CHECKING:
    from coach.core.actor.examples import ActorProfile

_LOCK_NAME: Final = "actors.lock"
_LAST_NAME: Final = "last-used.json"
_LOCK_TIMEOUT_S: Final = 10.0
"""Longest wait for a change by another process, which takes milliseconds."""

_ACTOR_FILE: Final = re.compile(r"actor-[0-9a-f]{16}\.json")
_DRAFT: Final = re.compile(r"\.(actor-[0-9a-f]{16}|last-used)\.json\.[0-9a-f]{12}\.tmp")
_MAX_BYTES: Final = 1000


class _Last(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str


class ActorStore:
    """The actors in `folder`, by default in the user's data folder. Nothing is created before an actor is kept.

    Upper and lower case make no difference in a name.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder if folder is not None else default_folder()).expanduser().absolute()

    def files(self) -> list[Path]:
        """The file of each actor, sorted; empty without the folder.

        Raises:
            ActorError: the folder cannot be read.
        """
        try:
            names = [path for path in self.folder.iterdir() if _ACTOR_FILE.fullmatch(path.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ActorError(
                tr("cannot read the actors in {folder}: {reason}", folder=self._shown, reason=error_reason(error))
            ) from error
        return sorted(names)

    def path_of(self, name: str) -> Path:
        """The file of the actor called `name`. Its name is a hash, so that every name is possible on every system."""
        digest = hashlib.sha256(_key(name).encode("utf-8", "surrogatepass")).hexdigest()
        return self.folder / f"actor-{digest[:16]}.json"

    def read(self, name: str) -> ActorProfile:
        """The actor called `name`.

        Raises:
            ActorError: there is no such actor, or the file is damaged or foreign.
        """
        path = self.path_of(name)
        if not path.exists():
            raise self._unknown(clean(name, 100))
        return self.read_file(path)

    def read_file(self, path: Path) -> ActorProfile:
        """The actor in `path`, one of `files`.

        Raises:
            ActorError: the file is damaged or foreign, or is in the place of another actor.
        """
        profile = read_profile(path)
        if self.path_of(profile.name) != path:
            raise ActorError(
                tr(
                    "{path}: a copy in the place of another actor; move it elsewhere and run `coach actors import` "
                    "on it to get {name!r}",
                    path=clean_name(str(path)),
                    name=clean(profile.name),
                )
            )
        return profile

    def keep(self, profile: ActorProfile) -> None:
        """Keep `profile`; an actor of that name is replaced.

        Raises:
            ActorError: the file cannot be written.
            UsageError: nobody can have that name.
        """
        with self._changing():
            write_profile(self.path_of(_checked(profile.name)), profile)

    def change(self, name: str, change: Callable[[ActorProfile], ActorProfile]) -> ActorProfile:
        """Apply `change` to the actor called `name` under a lock, and return the result. The name must stay.

        Raises:
            ActorError: there is no such actor, or the file cannot be read or written.
        """
        with self._changing():
            profile = change(self.read(name))
            write_profile(self.path_of(name), profile)
        return profile

    def rename(self, name: str, new: str) -> ActorProfile:
        """Rename an actor, and return it with its new name.

        Raises:
            ActorError: there is no such actor, the new name is taken, or a file cannot be changed.
            UsageError: nobody can have the new name.
        """
        with self._changing():
            profile = replace(self.read(name), name=_checked(new))
            old_path, path = self.path_of(name), self.path_of(new)
            if path != old_path and path.exists():
                raise ActorError(tr("there is an actor {new!r} already; delete that one first", new=clean(new)))
            write_profile(path, profile)
            if _key(self.last_used()) == _key(name):
                self._write_last(new)
            if path != old_path:
                _unlink(old_path)
        return profile

    def delete(self, name: str) -> None:
        """Delete the actor called `name`, whatever state the file is in.

        Raises:
            ActorError: there is no such actor, or the file cannot be deleted.
        """
        with self._changing():
            path, was_last = self.path_of(name), _key(self.last_used()) == _key(name)
            if not path.exists():
                self.read(name)  # says which actors there are
            _unlink(path)
            if was_last:
                _unlink(self.folder / _LAST_NAME)

    def remember(self, name: str) -> None:
        """Remember that the actor called `name` was used last. Only for cameras: a recording may show anybody.

        Raises:
            ActorError: it cannot be written.
        """
        with self._changing():
            self._write_last(name)

    def last_used(self) -> str:
        """The actor used last with a camera; empty if none is known, or it was deleted."""
        with suppress(OSError, ValidationError), open_regular(self.folder / _LAST_NAME) as file:
            name = _Last.model_validate_json(file.read(_MAX_BYTES)).name
            return name if self.path_of(name).exists() else ""
        return ""

    def erase(self) -> tuple[str, ...]:
        """Erase every file of the coach in the folder, and the folder unless it has others.

        Returns:
            Paths that could not be erased, with the system's reason.
        """
        failed = []
        for path in self.all_files():
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                failed.append(f"{path} ({error_reason(error)})")
        with suppress(OSError):
            self.folder.rmdir()
        return tuple(failed)

    def all_files(self) -> list[Path]:
        """Every file of the coach in the folder, for erasing."""
        with suppress(OSError):
            names = (_LAST_NAME, _LOCK_NAME)
            return sorted(
                path
                for path in self.folder.iterdir()
                if path.name in names or _ACTOR_FILE.fullmatch(path.name) or _DRAFT.fullmatch(path.name)
            )
        return []

    @property
    def _shown(self) -> str:
        return clean_name(str(self.folder))

    def _unknown(self, name: str) -> ActorError:
        values = {"name": name, "folder": self._shown}
        names = []
        for path in self.files()[:10]:
            with suppress(ActorError):
                names.append(repr(self.read_file(path).name))
        if names:
            return ActorError(
                tr("no actor {name!r} in {folder}; there is {known}", known=join_with_and(names), **values)
            )
        return ActorError(tr("no actor {name!r} in {folder}; `coach calibrate NAME` makes one", **values))

    def _write_last(self, name: str) -> None:
        try:
            write_atomically(self.folder / _LAST_NAME, _Last(name=name).model_dump_json().encode("utf-8") + b"\n")
        except OSError as error:
            raise ActorError(
                tr("cannot remember the actor in {folder}: {reason}", folder=self._shown, reason=error_reason(error))
            ) from error

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Cross-process lock for changes in the folder, which is created."""
        try:
            self.folder.mkdir(PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
            lock = FileLock(self.folder / _LOCK_NAME, timeout_s=_LOCK_TIMEOUT_S)
        except BlockingIOError:
            busy = tr("another coach is at work in {folder}; try again when it is done", folder=self._shown)
            raise ActorError(busy) from None
        except OSError as error:
            raise ActorError(
                tr("cannot write to {folder}: {reason}", folder=self._shown, reason=error_reason(error))
            ) from error
        try:
            yield
        finally:
            lock.release()


def default_folder() -> Path:
    """The folder `coach/actors` in this system's folder for user data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("coach", appauthor=False)) / "actors"


def _checked(name: str) -> str:
    try:
        return check_name(name)
    except ValueError as error:
        raise UsageError(f"{clean(name, 100)!r}: {error}") from error


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ActorError(
            tr("cannot delete {path}: {reason}", path=clean_name(str(path)), reason=error_reason(error))
        ) from error
