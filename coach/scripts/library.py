"""The user's scripts and the shipped examples, each with an id that is no path."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coach.base.errors import OutputError, UsageError
from coach.base.files import PRIVATE_FOLDER_MODE, error_reason, examples_folder, write_atomically
from coach.base.messages import tr
from coach.scripts.load import FORMATS, load_script

MAX_SCRIPTS: Final = 1000

_MAX_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class KnownScript:
    """A script file of the library.

    Attributes:
        path: the file.
        own: whether it is the user's; the shipped examples cannot be changed.
    """

    path: Path
    own: bool

    @property
    def id(self) -> str:
        """16 hexadecimal digits that name it in addresses."""
        return hashlib.sha256(f"{self.own} {self.path.name}".encode()).hexdigest()[:16]


class ScriptLibrary:
    """The scripts in `folder`, by default in the user's data folder, and the shipped examples."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def scripts(self) -> list[KnownScript]:
        """The user's own scripts by name, then the examples."""
        own = [KnownScript(path, own=True) for path in _script_files(self.folder)]
        return [*own, *(KnownScript(path, own=False) for path in _script_files(examples_folder()))]

    def find(self, script_id: str) -> KnownScript | None:
        """The script with this id; None if there is none."""
        return next((each for each in self.scripts() if each.id == script_id), None)

    def keep(self, yaml: str, title: str, replaced: KnownScript | None = None) -> KnownScript:
        """Write a script file of the user's own.

        Args:
            yaml: the content.
            title: of the script; names a new file.
            replaced: a script of the user's own whose file is replaced; None writes a new one.

        Raises:
            ScriptError: the script has mistakes; nothing is changed then.
            OutputError: the file cannot be written.
            UsageError: `replaced` is an example, or there are too many scripts.
        """
        if replaced is not None and not replaced.own:
            raise UsageError(tr("an example cannot be changed; save it as a script of your own"))
        try:
            self.folder.mkdir(PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
            path = replaced.path if replaced else self._free_path(title)
            _check(yaml, path)
            write_atomically(path, yaml.encode())
        except OSError as error:
            message = tr("cannot write into {folder}: {reason}", folder=self.folder, reason=error_reason(error))
            raise OutputError(message) from error
        return KnownScript(path, own=True)

    def delete(self, script: KnownScript) -> None:
        """Delete a script of the user's own. Takes keep their copy of it.

        Raises:
            OutputError: the file cannot be deleted.
            UsageError: it is an example.
        """
        if not script.own:
            raise UsageError(tr("an example cannot be deleted"))
        try:
            script.path.unlink(missing_ok=True)
        except OSError as error:
            message = tr("cannot delete {file}: {reason}", file=script.path, reason=error_reason(error))
            raise OutputError(message) from error

    def _free_path(self, title: str) -> Path:
        words = "".join(character if character.isalnum() else " " for character in title.lower()).split()
        stem = "_".join(words)[:_MAX_NAME] or "script"
        for number in range(1, MAX_SCRIPTS):
            path = self.folder / f"{stem}{'' if number == 1 else f'_{number}'}.yaml"
            if not path.exists():
                return path
        raise UsageError(tr("there are {count} scripts of this title; delete some", count=MAX_SCRIPTS))


def default_folder() -> Path:
    """The folder `coach/scripts` in this system's folder for user data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("coach", appauthor=False)) / "scripts"


def _script_files(folder: Path) -> Iterator[Path]:
    """The script files in `folder`, by name; none if it does not exist. Links are left out."""
    with suppress(OSError):
        for path in sorted(folder.iterdir())[:MAX_SCRIPTS]:
            if path.suffix.lower() in FORMATS and not path.name.startswith(".") and not path.is_symlink():
                yield path


def _check(yaml: str, path: Path) -> None:
    """Load the script from a draft beside `path`, so that no script with mistakes replaces a good one."""
    draft = path.with_name(f".{path.stem}.draft.yaml")
    try:
        write_atomically(draft, yaml.encode())
        load_script(draft)
    finally:
        draft.unlink(missing_ok=True)
