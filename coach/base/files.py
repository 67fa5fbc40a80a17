"""Files written so that a kill, a full disk or a power cut leaves either the old content or the new one."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from pydantic import ValidationError


PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700

_CHUNK: Final = 1 << 20


def write_atomically(path: Path, data: bytes, mode: int = PRIVATE_FILE) -> None:
    """Put `data` under `path`, replacing a file there; `mode` is what the new file may be used for, less the umask.

    Raises:
        OSError: it could not be written; what was there before is still there.
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
    """Write the whole of `data`; the system may take it in pieces.

    Raises:
        OSError: the disk is full or gone; a part may be written.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def open_regular(path: Path) -> BinaryIO:
    """The regular file at `path`, to be read; a pipe with nobody at its other end is not waited for.

    Raises:
        OSError: it is not there, cannot be read, or is something else.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return os.fdopen(handle, "rb")


def read_regular(path: Path) -> bytes:
    """All of the regular file at `path`.

    Raises:
        OSError: as `open_regular`.
    """
    with open_regular(path) as file:
        return file.read()


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut, where the system can do that (Windows cannot open folders)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def error_reason(error: Exception) -> str:
    """The system's reason in lower case, such as ``no space left on device``."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{reason[:1].lower()}{reason[1:]}"


def sha256_of(path: Path) -> str:
    """The sha256 of the file at `path` as 64 hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def first_fault(error: ValidationError) -> str:
    """The first fault and its place, such as ``script.lines.3: Field required``; nothing of the file is quoted."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, first["loc"][:4]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])
