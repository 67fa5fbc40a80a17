"""Exports takes to an archive: a ZIP file with a manifest and the files of each take under ``takes/NAME/``."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from coach import __version__
from coach.base.errors import TakeError
from coach.base.files import PRIVATE_FILE_MODE, error_reason, first_fault, open_regular
from coach.base.locks import is_locked, try_lock
from coach.base.messages import tr
from coach.base.settings import Settings
from coach.core.reading.card import ModelCard
from coach.core.script.script import Script
from coach.takes.catalogue import require_access
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME, VERSION_NAME, TakeFile, is_kept, kept_files
from coach.takes.journal import read_journal
from coach.takes.naming import is_letter, is_plain, names_from
from coach.takes.report_file import load_report

_log = logging.getLogger(__name__)

ARCHIVE_VERSION: Final = 1
MANIFEST_NAME: Final = "manifest.json"
TAKES_FOLDER: Final = "takes"

CHUNK: Final = 1 << 20
"""Bytes copied at once."""

_FIXED_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""Time of every member, the earliest in ZIP, so that the same takes give the same archive."""

_COMPRESSED: Final = (".mp4", ".jpg", ".png")
"""Suffixes of files that are compressed already."""


class ArchivedFile(BaseModel):
    """A file of a take in an archive: its name (see `is_kept`), its size in bytes, and its sha256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @field_validator("name")
    @classmethod
    def _is_kept(cls, name: str) -> str:
        if not is_kept(name):
            raise ValueError("not a file of a take")
        return name


class ArchivedTake(BaseModel):
    """A take in an archive: a portable name, and its files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    files: list[ArchivedFile]

    @field_validator("name")
    @classmethod
    def _is_plain(cls, name: str) -> str:
        if not is_plain(name):
            raise ValueError("not a name of a take")
        return name


class Manifest(BaseModel):
    """The contents of an archive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    archive_version: int = ARCHIVE_VERSION
    coach_version: str = __version__
    takes: list[ArchivedTake]


def member_name(take: str, file: str) -> str:
    """The name of `file` of the take `take` in an archive."""
    return f"{TAKES_FOLDER}/{take}/{file}"


def export_takes(
    takes: Sequence[Path],
    path: Path,
    *,
    recordings: bool = True,
    force: bool = False,
    on_skipped: Callable[[str], None] | None = None,
) -> Manifest:
    """Write `takes` atomically into a new archive at `path`, readable by its user only.

    Args:
        takes: folders of the takes; none may be playing.
        path: path of the archive.
        recordings: include videos and evidence.
        force: replace an existing file.
        on_skipped: called with the error of each invalid take, which is skipped; without it the first one ends the
            export.

    Raises:
        TakeError: `path` exists, a take (with `on_skipped`: every take) is invalid, or the archive cannot be written.
    """
    path = path.expanduser().absolute()
    _check_destination(path, force=force)
    valid = _valid_takes(takes, on_skipped)
    _clear_drafts(path)
    draft = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.tmp")
    try:
        manifest = _write(draft, valid, recordings=recordings)
        draft.replace(path)
    except OSError as error:
        raise TakeError(
            tr("cannot write the archive {path}: {reason}", path=path, reason=error_reason(error))
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return manifest


def _check_destination(path: Path, *, force: bool) -> None:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise TakeError(tr("{path}: not a regular file; choose another place for the archive", path=path))
    if path.exists() and not force:
        raise TakeError(tr("{path}: is there already; choose another name, or --force to replace it", path=path))
    if any((path.parent / name).exists() for name in (JOURNAL_NAME, VERSION_NAME)):
        raise TakeError(
            tr(
                "{path}: lies in the takes folder, where `coach forget` would not erase it; choose another place for "
                "the archive",
                path=path,
            )
        )


def _valid_takes(takes: Sequence[Path], on_skipped: Callable[[str], None] | None) -> list[Path]:
    """The takes whose files all match their names."""
    valid = []
    for take in takes:
        try:
            _check(take)
            valid.append(take)
        except TakeError as error:
            if on_skipped is None:
                raise
            _log.info("left out of the archive: %s", error)
            on_skipped(str(error))
    if takes and not valid:
        raise TakeError(tr("none of the takes can be exported; no archive was written"))
    return valid


def _check(take: Path) -> None:
    require_access(take)
    try:
        check_take(take, kept_files(take))
    except OSError as error:
        raise TakeError(
            tr("cannot read the take {take}: {reason}", take=take.name, reason=error_reason(error))
        ) from error


def _clear_drafts(path: Path) -> None:
    """Remove the drafts of killed exports to `path`, which contain private data."""
    name = re.compile(re.escape(f".{path.name[:80]}.") + r"[0-9a-f]{12}\.tmp")
    with suppress(OSError), os.scandir(path.parent) as entries:
        drafts = [Path(e.path) for e in entries if name.fullmatch(e.name) and e.is_file(follow_symlinks=False)]
        for draft in drafts:
            if not is_locked(draft):
                draft.unlink(missing_ok=True)


def _write(draft: Path, takes: Sequence[Path], *, recordings: bool) -> Manifest:
    archived, used = [], set[str]()
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE_MODE)
    with suppress(OSError):
        try_lock(handle)  # so that another export to the same path does not remove the draft
    with os.fdopen(handle, "w+b") as out:
        with zipfile.ZipFile(out, "w") as archive:
            for take in takes:
                name = _name_in_archive(take.name, used)
                files = [file for file in kept_files(take) if recordings or not file.recorded]
                archived.append(ArchivedTake(name=name, files=[_add(archive, name, file) for file in files]))
            manifest = Manifest(takes=archived)
            text = manifest.model_dump_json(indent=1).encode()
            archive.writestr(_member(MANIFEST_NAME), text)
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _name_in_archive(name: str, used: set[str]) -> str:
    """Make `name` portable and unique among `used`, and add it to `used`."""
    letters = "".join(c if c == "_" or is_letter(c) else "-" for c in unicodedata.normalize("NFC", name))
    plain = re.sub(r"-+", "-", letters).strip("-_")[:100]
    plain = plain.encode()[:220].decode("utf-8", "ignore")
    plain = plain if is_plain(plain) else f"take-{plain}".rstrip("-")
    unique = next(candidate for candidate in names_from(plain) if candidate.lower() not in used)
    used.add(unique.lower())
    return unique


def _add(archive: zipfile.ZipFile, take: str, file: TakeFile) -> ArchivedFile:
    member = _member(member_name(take, file.name))
    member.file_size = file.size
    with open_regular(file.path) as source, archive.open(member, "w", force_zip64=file.size > 1 << 30) as target:
        size, sha256 = _copy(source, target)  # type: ignore[arg-type]  # an archive member is a file object
    return ArchivedFile(name=file.name, size=size, sha256=sha256)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _FIXED_TIME)
    member.external_attr = (stat.S_IFREG | PRIVATE_FILE_MODE) << 16
    member.compress_type = zipfile.ZIP_STORED if name.endswith(_COMPRESSED) else zipfile.ZIP_DEFLATED
    return member


def _copy(source: BinaryIO, target: BinaryIO) -> tuple[int, str]:
    """Copy all bytes; returns their number and sha256."""
    size, digest = 0, hashlib.sha256()
    while chunk := source.read(CHUNK):
        target.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


_MAX_JSON: Final = 64 << 20


def check_take(take: Path, files: Iterable[TakeFile]) -> None:
    """Check that the content of each of `files` of the take in folder `take` matches its name.

    A journal truncated by a kill is valid.

    Raises:
        TakeError: the take has neither a journal nor a report, or a file does not match its name.
    """
    names = {file.name for file in files}
    if not names & {JOURNAL_NAME, REPORT_NAME}:
        raise TakeError(tr("the take {take} has neither a journal nor a report", take=take.name))
    for file in files:
        check_file(file.name, file.path)


def check_file(name: str, path: Path) -> None:
    """Check that the content of the file at `path` matches `name`.

    Raises:
        TakeError: the content does not match, or the file cannot be read.
    """
    for pattern, check in _CHECKS.items():
        if re.fullmatch(pattern, name):
            check(path)
            return
    raise TakeError(tr("{path}: not a file of a take", path=path))


def _check_model(model: type[BaseModel]) -> Callable[[Path], None]:
    def check(path: Path) -> None:
        try:
            model.model_validate_json(_read(path, _MAX_JSON))
        except ValidationError as error:
            raise TakeError(tr("{path}: damaged ({fault})", path=path, fault=first_fault(error))) from error

    return check


def _check_json(path: Path) -> None:
    try:
        plain: Any = json.loads(_read(path, _MAX_JSON))
    except (ValueError, RecursionError) as error:
        raise TakeError(tr("{path}: damaged, not JSON", path=path)) from error
    if not isinstance(plain, (dict, list)):
        raise TakeError(tr("{path}: not what its name says", path=path))


def _check_magic(offset: int, magic: bytes) -> Callable[[Path], None]:
    """A check for `magic` at `offset`; an empty file is valid because nothing was written to it."""

    def check(path: Path) -> None:
        head = _read(path, 64, only_head=True)
        if head and head[offset : offset + len(magic)] != magic:
            raise TakeError(tr("{path}: not what its name says", path=path))

    return check


def _read(path: Path, limit: int, *, only_head: bool = False) -> bytes:
    """The content of the file, of at most `limit` bytes; with `only_head` the first `limit` bytes."""
    try:
        with open_regular(path) as file:
            data = file.read(limit if only_head else limit + 1)
    except OSError as error:
        raise TakeError(tr("cannot read {path}: {reason}", path=path, reason=error_reason(error))) from error
    if len(data) > limit:
        raise TakeError(tr("{path}: over {megabytes} MB, not what its name says", path=path, megabytes=limit >> 20))
    return data


_CHECKS: Final[Mapping[str, Callable[[Path], object]]] = {
    r"(?:journal|signal-\d+)\.jsonl": read_journal,
    r"report(?:-.*)?\.json": load_report,
    r"script\.json": _check_model(Script),
    r"settings\.json": _check_model(Settings),
    r"model\.json": _check_model(ModelCard),
    r".*\.json": _check_json,
    r".*\.mp4": _check_magic(4, b"ftyp"),
    r".*\.jpg": _check_magic(0, b"\xff\xd8\xff"),
    r".*\.png": _check_magic(0, b"\x89PNG\r\n\x1a\n"),
}
"""Checks by file name; the first match counts."""
