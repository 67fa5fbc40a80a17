"""The sha256 of a file, worked out beside the decoding."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

CHUNK = 1 << 20
"""Bytes hashed at a time; hashlib lets other threads run meanwhile."""


class FileHash:
    """Hashes one file in a thread of its own, from now on. One core does 0.4 to 2 GB a second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="file hash", daemon=True)
        self._thread.start()

    @property
    def value(self) -> str:
        """64 hexadecimal digits; empty while the file is not hashed to its end, or where it can no longer be read."""
        return self._digest

    def wait(self) -> None:
        """Until the value is there."""
        self._thread.join()

    def stop(self, patience_s: float) -> None:
        """Finish within `patience_s` seconds or give up, which leaves the value empty."""
        self._thread.join(patience_s)
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._digest = self._hash()
        except OSError:
            self._digest = ""

    def _hash(self) -> str:
        digest = hashlib.sha256()
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if self._stop.is_set():
                    return ""
                digest.update(chunk)
        return digest.hexdigest()
