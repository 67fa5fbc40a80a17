"""Keeps rendered speech in files named by what they hold, so that each line is rendered once."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

LIMIT_BYTES: Final = 300_000_000
"""Most bytes that are kept, nearly two hours of speech; a full-length play has about two for all roles together."""

_NAME: Final = re.compile(r"[0-9a-f]{64}\.wav|\.draft-[0-9a-f]{16}\.wav")
"""Names of the files written here; others are never touched."""


class SpeechCache:
    """Speech in `folder`, which is created when it is first needed and is private to this user."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> Path | None:
        """The file under `key`, marked as used now; None if there is none."""
        path = self._folder / f"{key}.wav"
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def draft(self) -> Path:
        """A new path to render to.

        Raises:
            OSError: the folder cannot be created.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder / f".draft-{secrets.token_hex(8)}.wav"

    def keep(self, draft: Path, key: str) -> Path:
        """Give the finished `draft` its name.

        Raises:
            OSError: it cannot be renamed.
        """
        return draft.replace(self._folder / f"{key}.wav")

    def trim(self, limit_bytes: int = LIMIT_BYTES) -> None:
        """Remove what was not used for longest, until `limit_bytes` are left."""
        total = 0
        for _, size, path in sorted(self._files(), reverse=True):
            total += size
            if total > limit_bytes:
                with suppress(OSError):
                    path.unlink()

    def _files(self) -> list[tuple[float, int, Path]]:
        """Time of last use, size in bytes and path of each file."""
        files = []
        with suppress(OSError):
            for path in self._folder.iterdir():
                if _NAME.fullmatch(path.name):
                    status = path.stat()
                    files.append((status.st_mtime, status.st_size, path))
        return files


def content_key(*parts: str | float) -> str:
    """The name under which speech made of `parts` is kept."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def default_folder() -> Path:
    """The cache folder of this user."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("coach", appauthor=False)) / "speech"
