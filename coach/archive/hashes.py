"""Hashes of recordings, kept between runs by path, size, time of change and inode."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from coach.base.files import open_regular

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coach.archive.rows import ColumnType

PATHS: Final[Mapping[str, ColumnType]] = {
    "path": "text", "size": "whole", "modified_ns": "whole", "inode": "whole", "sha256": "text",
}  # fmt: skip
"""Columns of the table of paths: each path that was ever hashed, and what its file looked like then."""

_CHUNK: Final = 1 << 20

_Stamp: TypeAlias = tuple[int, int, int]
"""Size in bytes, time of change in nanoseconds, and inode."""


class Hashes:
    """Hashes files, and remembers those that have not changed since.

    Attributes:
        changed: whether there is anything new to keep.
    """

    def __init__(self, rows: list[dict[str, Any]], *, check: Callable[[], None] = lambda: None) -> None:
        """Begin with the rows of `PATHS` that were kept before.

        Args:
            rows: kept rows.
            check: called at least once per megabyte; what it raises ends `of`.
        """
        self._known: dict[str, tuple[_Stamp, str]] = {
            row["path"]: ((row["size"], row["modified_ns"], row["inode"]), row["sha256"]) for row in rows
        }
        self._check = check
        self.changed = False

    def of(self, path: Path) -> str:
        """SHA-256 of the file at `path`, as 64 hexadecimal digits.

        Raises:
            OSError: the file cannot be read.
        """
        stamp = _stamp(path.stat())
        known = self._known.get(str(path))
        if known is not None and known[0] == stamp:
            return known[1]
        sha256 = self._hash(path)
        self._known[str(path)] = stamp, sha256
        self.changed = True
        return sha256

    def rows(self) -> list[dict[str, Any]]:
        """The rows to keep, by path. Paths that are not UTF-8 are hashed anew each time."""
        self.changed = False
        return [
            dict(zip(PATHS, (path, *stamp, sha256), strict=True))
            for path, (stamp, sha256) in sorted(self._known.items())
            if _is_utf8(path)
        ]

    def _hash(self, path: Path) -> str:
        digest = hashlib.sha256()
        with open_regular(path) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                self._check()
        return digest.hexdigest()


def _stamp(facts: os.stat_result) -> _Stamp:
    # Windows has inodes of 128 bits, and a table has 63.
    return facts.st_size, facts.st_mtime_ns, facts.st_ino & (2**63 - 1)


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
