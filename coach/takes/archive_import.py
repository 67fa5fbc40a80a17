"""Imports takes from an archive of unknown origin.

Nothing in the archive is trusted: every name must be one that a take has, every file is counted and hashed while it is
unpacked, and its content must match its name. A take is unpacked into a draft folder and renamed at the end, so that an
interrupted import leaves no partial take.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import ValidationError

from coach.base.errors import TakeError
from coach.base.files import PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE, error_reason, first_fault, open_regular, write_all
from coach.base.messages import tr
from coach.base.text import clean_name
from coach.takes.archive_export import (
    ARCHIVE_VERSION,
    CHUNK,
    MANIFEST_NAME,
    ArchivedFile,
    ArchivedTake,
    Manifest,
    check_take,
    member_name,
)
from coach.takes.catalogue import TakeFolder, scan_takes
from coach.takes.contents import EVIDENCE_NAME, JOURNAL_NAME, REPORT_NAME, is_running, kept_files, lock_take
from coach.takes.naming import move_take

_log = logging.getLogger(__name__)

MAX_FILES: Final = 100_000
MAX_TAKES: Final = 10_000
"""A take a day for 27 years."""

MAX_TOTAL: Final = 64 << 30
"""Unpacked bytes, about ten hours of video in high quality."""

MAX_RATIO: Final = 100
"""Highest compression ratio: journals have 4, two hours without a face 16, a ZIP bomb 1000."""

_MIN_ALLOWANCE: Final = 1 << 20
"""Unpacked bytes allowed for any archive, however small."""

_MAX_MANIFEST: Final = 64 << 20
_MAX_DIRECTORY: Final = 32 << 20
"""Bytes of the central directory, which is read at once; 100,000 entries need half of this."""

_END_RECORD: Final = 22
"""Bytes of the end record of a ZIP, which may be followed by a comment of 64 KB."""

_ZIP64_RECORDS: Final = 76
"""Bytes of the ZIP64 end record and its locator, which precede the end record of a large archive."""

_TAIL: Final = _ZIP64_RECORDS + _END_RECORD + 0xFFFF
"""Bytes at the end of the archive that contain these records."""

# Bytes per file.
_MAX_SIZES: Final = {".json": 64 << 20, ".jsonl": 2 << 30, ".jpg": 32 << 20, ".png": 32 << 20, ".mp4": MAX_TOTAL}

_DRAFT: Final = re.compile(r"\.import-[0-9a-f]{12}")
_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, ValueError, OverflowError
)  # fmt: skip
"""Exceptions of zipfile for truncated, damaged, encrypted or unsupported archives."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import.

    Attributes:
        takes: folders of the imported takes.
        refused: one sentence for each take that was refused.
        refused_names: their names in the archive.
        known: takes skipped because their journal exists already, as (name in the archive, existing folder).
    """

    takes: tuple[Path, ...]
    refused: tuple[str, ...]
    known: tuple[tuple[str, Path], ...] = ()
    refused_names: tuple[str, ...] = ()


def import_takes(path: Path, folder: Path) -> Imported:
    """Import the takes of the archive at `path` into the takes folder `folder`; a take whose name exists is renamed.

    A take whose journal exists in `folder` is skipped, even under another name.

    Raises:
        TakeError: the archive cannot be read, is not an archive of takes, or is of a newer Coach; nothing is imported.
        OSError: `folder` cannot be written.
    """
    try:
        file = open_regular(path)
    except OSError as error:
        raise TakeError(
            tr("cannot read the archive {path}: {reason}", path=clean_name(str(path)), reason=error_reason(error))
        ) from error
    try:
        with file, _open(path, file) as archive:
            return _Import(path, archive).into(folder)
    except TakeError as error:
        _log.info("refused an archive: %s", error)
        raise


def clear_import_drafts(folder: Path) -> None:
    """Remove the drafts of killed imports in the takes folder `folder`."""
    with suppress(OSError), os.scandir(folder) as entries:
        drafts = [Path(entry.path) for entry in entries if _DRAFT.fullmatch(entry.name)]
        for draft in drafts:
            if not draft.is_symlink() and not is_running(draft):
                shutil.rmtree(draft, ignore_errors=True)


class _Import:
    """An archive being unpacked."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._name = clean_name(str(path))
        self._archive = archive
        self._bytes_left = min(MAX_TOTAL, path.stat().st_size * MAX_RATIO + _MIN_ALLOWANCE)
        self._members = self._check_members()
        self._manifest = self._check_manifest()

    def into(self, folder: Path) -> Imported:
        imported, refused, known = list[Path](), list[tuple[str, str]](), list[tuple[str, Path]]()
        existing = scan_takes(folder)
        with _draft_folder(folder) as draft:
            for take in self._manifest.takes:
                if duplicate := _same_take(take, existing):
                    known.append((take.name, duplicate))
                    continue
                try:
                    unpacked = self._unpack(take, draft)
                except TakeError as error:
                    _log.info("refused a take: %s", error)
                    refused.append((take.name, str(error)))
                    shutil.rmtree(draft / take.name, ignore_errors=True)
                else:
                    imported.append(move_take(unpacked, folder, take.name))
        names, reasons = zip(*refused, strict=True) if refused else ((), ())
        return Imported(tuple(imported), reasons, tuple(known), names)

    def _check_members(self) -> dict[str, zipfile.ZipInfo]:
        """Every member by its name; all must be regular files with unique names."""
        members = self._archive.infolist()
        if len(members) > MAX_FILES:
            raise self._refusal(
                tr("holds {count:,} files; at most {limit:,} are accepted", count=len(members), limit=MAX_FILES)
            )
        lower_names = set[str]()
        for member in members:
            name = clean_name(member.orig_filename, 200)
            if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
                raise self._refusal(tr("{name!r} in it is a link or not a file", name=name))
            if member.orig_filename.lower() in lower_names:
                raise self._refusal(tr("{name!r} is in it twice", name=name))
            lower_names.add(member.orig_filename.lower())
        return {member.orig_filename: member for member in members}

    def _check_manifest(self) -> Manifest:
        """The manifest, which must name exactly the members of the archive."""
        manifest = self._read_manifest()
        listed = [member_name(take.name, file.name) for take in manifest.takes for file in take.files]
        present = self._members.keys() - {MANIFEST_NAME}
        if unlisted := present - set(listed):
            raise self._refusal(tr("{name!r} in it is not a file of a take", name=clean_name(min(unlisted), 200)))
        if missing := set(listed) - present:
            raise self._refusal(tr("{name!r} is missing in it", name=clean_name(min(missing), 200)))
        if len({name.lower() for name in listed}) < len(listed):
            raise self._refusal(tr("a file is named in it twice"))
        if sum(file.size for take in manifest.takes for file in take.files) > self._bytes_left:
            raise self._refusal(tr("it would become far larger when it is unpacked"))
        return manifest

    def _read_manifest(self) -> Manifest:
        member = self._members.get(MANIFEST_NAME)
        if member is None:
            raise self._refusal(tr("not an archive of takes: it has no {manifest}", manifest=MANIFEST_NAME))
        text = b"".join(self._chunks(member, _MAX_MANIFEST))
        try:
            manifest = Manifest.model_validate_json(text)
        except ValidationError as error:
            raise self._refusal(
                tr("its {manifest} is not that of takes ({fault})", manifest=MANIFEST_NAME, fault=first_fault(error))
            ) from error
        if len(manifest.takes) > MAX_TAKES:
            raise self._refusal(
                tr("holds {count:,} takes; at most {limit:,} are accepted", count=len(manifest.takes), limit=MAX_TAKES)
            )
        if manifest.archive_version != ARCHIVE_VERSION:
            versions = {"found": manifest.archive_version, "supported": ARCHIVE_VERSION}
            raise self._refusal(tr("has archive version {found}, and this Coach reads version {supported}", **versions))
        return manifest

    def _unpack(self, take: ArchivedTake, draft: Path) -> Path:
        """Unpack `take` into a folder of its name in `draft` and check its files."""
        if not any(file.name in (JOURNAL_NAME, REPORT_NAME) for file in take.files):
            raise self._refusal(tr("the take {take} has neither a journal nor a report", take=take.name))
        folder = draft / take.name
        folder.mkdir(PRIVATE_FOLDER_MODE)
        if any(file.name.startswith(f"{EVIDENCE_NAME}/") for file in take.files):
            (folder / EVIDENCE_NAME).mkdir(PRIVATE_FOLDER_MODE)
        for file in take.files:
            self._unpack_file(take, file, folder / file.name)
        try:
            check_take(folder, kept_files(folder))
        except TakeError as error:
            raise self._refusal(str(error).replace(str(folder), take.name)) from error
        return folder

    def _unpack_file(self, take: ArchivedTake, file: ArchivedFile, target: Path) -> None:
        digest = hashlib.sha256()
        limit = min(_MAX_SIZES[target.suffix], file.size)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE_MODE)
        try:
            for chunk in self._chunks(self._members[member_name(take.name, file.name)], limit):
                digest.update(chunk)
                write_all(handle, chunk)
            os.fsync(handle)
        finally:
            os.close(handle)
        if target.stat().st_size != file.size or digest.hexdigest() != file.sha256:
            raise self._refusal(tr("{file} of {take} in it is damaged", file=file.name, take=take.name))

    def _chunks(self, member: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
        """The content of `member`, at most `limit` bytes; the size in its header is not trusted."""
        name, size = clean_name(member.filename, 200), 0
        try:
            with self._archive.open(member) as source:
                while chunk := source.read(CHUNK):
                    size += len(chunk)
                    self._bytes_left -= len(chunk)
                    if size > limit or self._bytes_left < 0:
                        raise self._refusal(tr("{name!r} is larger than it may be when it is unpacked", name=name))
                    yield chunk
        except _DAMAGE as error:
            raise self._refusal(tr("{name!r} in it is damaged ({reason})", name=name, reason=_reason(error))) from error

    def _refusal(self, reason: str) -> TakeError:
        return TakeError(f"{self._name}: {reason}")


def _same_take(take: ArchivedTake, existing: list[TakeFolder]) -> Path | None:
    """The existing take with the same journal as `take`, byte for byte."""
    journal = next((file for file in take.files if file.name == JOURNAL_NAME), None)
    if journal is None:
        return None
    same_size = (folder.path for folder in existing if folder.journal_bytes == journal.size)
    return next((path for path in same_size if _sha256(path / JOURNAL_NAME) == journal.sha256), None)


def _sha256(path: Path) -> str:
    """The hash of the file at `path`; empty if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError:
        return ""
    return digest.hexdigest()


@contextmanager
def _draft_folder(folder: Path) -> Iterator[Path]:
    """A draft folder in `folder`, removed at the end."""
    clear_import_drafts(folder)
    draft = folder / f".import-{secrets.token_hex(6)}"
    draft.mkdir(PRIVATE_FOLDER_MODE)
    lock = lock_take(draft)
    try:
        yield draft
    finally:
        lock.release()
        shutil.rmtree(draft, ignore_errors=True)


def _open(path: Path, file: BinaryIO) -> zipfile.ZipFile:
    if _directory_bytes(file) > _MAX_DIRECTORY:
        raise TakeError(
            tr(
                "{path}: holds far more than {limit:,} files, which is the limit",
                path=clean_name(str(path)),
                limit=MAX_FILES,
            )
        )
    try:
        return zipfile.ZipFile(file)
    except _DAMAGE as error:
        raise TakeError(
            tr(
                "{path}: damaged, or not an archive of takes ({reason})",
                path=clean_name(str(path)),
                reason=_reason(error),
            )
        ) from error


def _directory_bytes(file: BinaryIO) -> int:
    """The size of the central directory according to the archive; `zipfile` reads all of it on opening.

    It is in the end record, or for large archives in the ZIP64 record before it.
    """
    file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
    tail = file.read(_TAIL)
    end = tail[-_END_RECORD:]
    offset = len(tail) - _END_RECORD if end.startswith(b"PK\x05\x06") else tail.rfind(b"PK\x05\x06")
    if offset < 0:
        return 0
    zip64 = tail[max(0, offset - _ZIP64_RECORDS) : offset]
    field = zip64[40:48] if zip64.startswith(b"PK\x06\x06") else tail[offset + 12 : offset + 16]
    return int.from_bytes(field, "little")


def _reason(error: BaseException) -> str:
    return clean_name(str(error), 100) or type(error).__name__
