"""Packaged files, atomic writes, checksums, error texts."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from coach.base.messages import mark, tr

if TYPE_CHECKING:
    from pydantic import ValidationError

PRIVATE_FILE_MODE: Final = 0o600
"""Permissions of a file that only its owner may read."""

PRIVATE_FOLDER_MODE: Final = 0o700
"""Permissions of a folder that only its owner may enter."""

_CHUNK: Final = 1 << 20
_PACKAGE: Final = Path(__file__).resolve().parent.parent


def asset(*parts: str) -> Path:
    """Path of a shipped file or folder: inside the package in an installed wheel, beside it in a checkout."""
    shipped = _PACKAGE / "assets"
    return (shipped if shipped.is_dir() else _PACKAGE.parent).joinpath(*parts)


def models_folder() -> Path:
    """Folder of the shipped models and their cards."""
    return asset("models")


def examples_folder() -> Path:
    """Folder of the example scripts; its subfolder `takes` holds the sample take."""
    return asset("scripts_examples")


def sample_take() -> Path:
    """Video of the sample take: one woman, 19.7 s, from grief through dread to joy."""
    return asset("scripts_examples", "takes", "hopeful_news_take.mp4")


def write_atomically(path: Path, data: bytes, mode: int = PRIVATE_FILE_MODE) -> None:
    """Write `data` to `path`, replacing any file there; a crash leaves either the old content or the new.

    Args:
        path: file to write.
        data: complete new content.
        mode: permissions of the new file, before the umask.

    Raises:
        OSError: the file cannot be written; the old one is unchanged.
    """
    draft = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.tmp")
    try:
        _write_new(draft, data, mode)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _write_new(path: Path, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, mode)
    try:
        write_all(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes) -> None:
    """Write all of `data` to an open file, in as many calls as the system needs.

    Raises:
        OSError: the disk is full or gone; part of `data` may be written.
    """
    remaining = memoryview(data)
    while remaining:
        remaining = remaining[os.write(handle, remaining) :]


def open_regular(path: Path) -> BinaryIO:
    """Open the regular file at `path` for reading. Raises for FIFOs instead of blocking.

    Raises:
        OSError: the file is missing, unreadable or not a regular file.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return os.fdopen(handle, "rb")


def read_regular(path: Path) -> bytes:
    """Read the regular file at `path`.

    Raises:
        OSError: see `open_regular`.
    """
    with open_regular(path) as file:
        return file.read()


def sync_folder(folder: Path) -> None:
    """Flush the file names in `folder` to disk, where the system supports it (Windows cannot open folders)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


SYSTEM_REASONS: Final = (
    mark("no such file or directory"),
    mark("permission denied"),
    mark("operation not permitted"),
    mark("file exists"),
    mark("not a directory"),
    mark("is a directory"),
    mark("directory not empty"),
    mark("no space left on device"),
    mark("disk quota exceeded"),
    mark("file too large"),
    mark("file name too long"),
    mark("read-only file system"),
    mark("input/output error"),
    mark("too many open files"),
    mark("device or resource busy"),
    mark("address already in use"),
    mark("cannot assign requested address"),
    mark("broken pipe"),
    mark("not a regular file"),
    mark("locked by another process"),
)
"""Reasons of the system, of `open_regular` and of `coach.base.locks` that users meet."""


def error_reason(error: Exception) -> str:
    """The system's reason for `error` in lower case, such as ``no space left on device``, in the user's language."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    lowered = f"{reason[:1].lower()}{reason[1:]}"
    return tr(lowered)


def sha256_of(path: Path) -> str:
    """SHA-256 of the file at `path`, as 64 hexadecimal digits.

    Raises:
        OSError: the file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def first_fault(error: ValidationError) -> str:
    """The first validation error with its location (``script.lines.3: Field required``), without file content."""
    first = error.errors(include_input=False, include_url=False)[0]
    location = ".".join(map(str, first["loc"][:4]))
    return f"{location}: {first['msg']}" if location else str(first["msg"])
