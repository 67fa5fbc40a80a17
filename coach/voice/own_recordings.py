"""Keeps recordings of partners' lines by their words, so that they stay with a line when the script changes."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from coach.base.files import error_reason, write_atomically
from coach.voice.speech_cache import content_key

_NAME: Final = re.compile(r"[0-9a-f]{64}\.wav")
"""Names of the files written here; others are never touched."""

_NUMBERED: Final = re.compile(r"0{0,9}([1-9]\d{0,5})(?!\d)")
"""Start of the name of a file in a folder of the user, the number of a partner's line: ``3.wav``, ``03 no.m4a``."""

SUFFIXES: Final = (".wav", ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".flac", ".aif", ".aiff")
"""Sound files that are looked for in a folder of the user."""


class OwnRecordings:
    """Recordings in `folder`, by default the user's own, which is private. Each is a WAV file for a role and words."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or _default_folder()

    def find(self, role: str, text: str) -> Path | None:
        """The recording of `text` by `role`; None if there is none."""
        path = self._path(role, text)
        return path if path.is_file() else None

    def keep(self, role: str, text: str, wav: bytes) -> None:
        """Keep `wav`, instead of what was kept before.

        Raises:
            OSError: it cannot be written.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(self._path(role, text), wav)

    def remove(self, role: str, text: str) -> bool:
        """Remove the recording of `text` by `role`; False if there was none.

        Raises:
            OSError: it cannot be removed.
        """
        path = self._path(role, text)
        if not path.is_file():
            return False
        path.unlink()
        return True

    def all_files(self) -> list[Path]:
        """All recordings."""
        with suppress(OSError):
            return sorted(path for path in self.folder.iterdir() if _NAME.fullmatch(path.name))
        return []

    def erase(self) -> list[str]:
        """Remove all recordings; return what could not be removed, each with the reason."""
        failed = []
        for path in self.all_files():
            try:
                path.unlink()
            except OSError as error:
                failed.append(f"{path}: {error_reason(error)}")
        with suppress(OSError):
            self.folder.rmdir()
        return failed

    def _path(self, role: str, text: str) -> Path:
        return self.folder / f"{content_key(role.casefold(), text)}.wav"


def numbered_files(folder: Path) -> dict[int, Path]:
    """The sound files in `folder` by the number that their names begin with; of several the first by name.

    Raises:
        OSError: the folder cannot be read.
    """
    files: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        match = _NUMBERED.match(path.name)
        if match and path.suffix.lower() in SUFFIXES:
            files.setdefault(int(match[1]), path)
    return files


def _default_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("coach", appauthor=False)) / "partner"
