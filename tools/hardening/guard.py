"""Watches a process from inside: what it opens, starts and connects to must stay within its own folder.

Python reports its own calls (PEP 578). What a C library opens by itself is not reported; the canary shows a part of
that: files outside the folder of the inputs, which hostile inputs name, and whose times of reading are looked at.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES: Final = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate")
_REACHES: Final = ("socket.connect", "socket.getaddrinfo", "os.system", "os.exec", "os.posix_spawn", "pty.spawn")
_SYSTEM: Final = ("/proc", "/sys", "/dev", "/etc", "/usr", "/lib", "/bin", "/opt")


class Guard:
    """Collects what this process does outside `folder`.

    Attributes:
        violations: one phrase each; empty it before a case.
    """

    def __init__(self, folder: Path, programs: tuple[str, ...] = ()) -> None:
        """Begin to watch; that cannot be undone. `programs` are modules that may be started as child processes."""
        self.violations: list[str] = []
        self._inside = (f"{folder}{os.sep}", str(folder))
        roots = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]), *_SYSTEM)
        self._readable = (*self._inside, *(os.path.realpath(root) for root in roots), *roots)
        self._programs = programs
        sys.addaudithook(self._see)

    def _see(self, event: str, args: tuple[object, ...]) -> None:
        if event == "open":
            self._see_open(*args[:3])
        elif event in _CHANGES:
            self._see_path(event, args[0], self._inside)
        elif event in _REACHES:
            self.violations.append(f"{event} {args[1:]!r}"[:300])
        elif event == "subprocess.Popen" and not any(program in str(args[1]) for program in self._programs):
            self.violations.append(f"started {args[1]!r}"[:300])

    def _see_open(self, path: object, _mode: object = None, flags: object = 0) -> None:
        writes = bool(int(str(flags or 0)) & _WRITING) and path != os.devnull
        self._see_path("wrote" if writes else "read", path, self._inside if writes else self._readable)

    def _see_path(self, what: str, path: object, allowed: tuple[str, ...]) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return  # an open descriptor
        name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  called thousands of times a second
        if not name.startswith(allowed):
            self.violations.append(f"{what} {name}"[:300])


class Canary:
    """A file outside the folder of the inputs that nobody may read or change."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "secret"
        self._path.write_text("nobody may read this", encoding="utf-8")
        self._arm()
        self._path.read_bytes()
        self.shows_reading = self._path.stat().st_atime_ns > 0
        """Whether this file system notes when a file is read."""
        self._arm()

    def complaint(self) -> str | None:
        """Return what happened to the file since the last call; None for nothing."""
        status = self._path.stat() if self._path.is_file() else None
        if status is None or status.st_mtime_ns != _OLD_NS or len(list(self._path.parent.iterdir())) != 1:
            return "the canary was changed"
        if self.shows_reading and status.st_atime_ns > 0:
            self._arm()
            return "the canary was read"
        return None

    def _arm(self) -> None:
        os.utime(self._path, ns=(0, _OLD_NS))


_OLD_NS: Final = 1_000_000_000 * 10**9


def private_home(folder: Path) -> None:
    """Let this process and its children keep everything they write in `folder`."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "TMPDIR"):
        (folder / "home" / name).mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(folder / "home" / name)
    os.environ.pop("DISPLAY", None)
    tempfile.tempdir = None
