"""Facts of each take for lists, and the catalogue, a cache of them that makes listing ten thousand takes fast.

An entry of the catalogue is valid while the times and sizes of folder, journal and report are unchanged. Without a
valid entry the take itself is read.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from coach.base.errors import TakeError
from coach.base.files import error_reason, open_regular, write_atomically
from coach.core.scoring.report import Report
from coach.takes.contents import EVIDENCE_NAME, JOURNAL_NAME, REPORT_NAME, VIDEO_NAME
from coach.takes.journal import read_header
from coach.takes.lock import LOCK_NAME, is_running
from coach.takes.report_file import load_report

_log = logging.getLogger(__name__)

_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_")

_NO_FILE: Final = (0, 0)


class FileSignature(NamedTuple):
    """Modification times (ns) and sizes of a take's folder and files, all 0 for a missing file; changes with the take.

    A tuple because it is stored in the catalogue as a list of five numbers.
    """

    folder_ns: int
    journal_ns: int
    journal_bytes: int
    report_ns: int
    report_bytes: int


@dataclass(frozen=True, slots=True)
class TakeFolder:
    """The folder of a take, found by scanning the takes folder; no file was opened.

    Attributes:
        parent: the takes folder.
        name: folder name.
        stamp: start time from the name (``2026-11-24_13-55-02``); empty if the user renamed the take without one.
        signature: differs whenever the take has changed.
    """

    parent: str
    name: str
    stamp: str
    signature: FileSignature

    @property
    def path(self) -> Path:
        """Path of the folder."""
        return Path(self.parent, self.name)

    @property
    def has_report(self) -> bool:
        """Whether the take has a report."""
        return self.signature.report_ns > 0

    @property
    def journal_bytes(self) -> int:
        """Size of the journal; 0 if there is none."""
        return self.signature.journal_bytes

    @property
    def start_key(self) -> tuple[str, int]:
        """Sort key: the start time in the name, then the modification time of the journal."""
        return self.stamp, self.signature.journal_ns


def scan_takes(folder: Path) -> list[TakeFolder]:
    """The takes in `folder`, newest first; links are ignored. Empty if the folder does not exist.

    Raises:
        TakeError: the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            takes = [take for entry in entries if (take := _scan(str(folder), entry))]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise TakeError(f"cannot read the takes folder {folder}: {error_reason(error)}") from error
    return sorted(takes, key=lambda take: take.start_key, reverse=True)


def is_take(folder: Path) -> bool:
    """Whether `folder` has a journal or a report."""
    return any(_time_and_size(f"{folder}/{name}") != _NO_FILE for name in (JOURNAL_NAME, REPORT_NAME))


def stamp_of(name: str) -> str:
    """The start time in the name of a take; empty if the name has none."""
    return name[:19] if _STAMP.match(name) else ""


def require_access(take: Path) -> None:
    """Check that this user may read the folder `take`.

    Raises:
        TakeError: the folder exists, and the user has no permission.
    """
    if is_inaccessible(str(take)) and take.is_dir():
        raise TakeError(f"the take {take.name} cannot be opened: permission denied; give yourself the right to {take}")


def is_inaccessible(folder: str) -> bool:
    """Whether this user has no permission to read `folder`."""
    return not os.access(folder, os.R_OK | os.X_OK)


def _scan(folder: str, entry: os.DirEntry[str]) -> TakeFolder | None:
    if not entry.is_dir(follow_symlinks=False):
        return None
    journal = _time_and_size(f"{entry.path}/{JOURNAL_NAME}")
    report = _time_and_size(f"{entry.path}/{REPORT_NAME}")
    if journal == report == _NO_FILE and not (stamp_of(entry.name) and is_inaccessible(entry.path)):
        return None
    try:
        folder_ns = os.stat(entry.path).st_mtime_ns  # noqa: PTH116  ten thousand Paths would dominate the cost
    except FileNotFoundError:  # erased or renamed meanwhile
        return None
    return TakeFolder(folder, entry.name, stamp_of(entry.name), FileSignature(folder_ns, *journal, *report))


def _time_and_size(path: str) -> tuple[int, int]:
    with suppress(OSError, ValueError):
        status = os.stat(path)  # noqa: PTH116  see above
        if stat.S_ISREG(status.st_mode):
            return max(status.st_mtime_ns, 1), status.st_size  # 0 is for missing files
    return _NO_FILE


CATALOGUE_NAME: Final = "coach-catalogue.json"

_MAX_BYTES: Final = 256 << 20
_SETTLED_NS: Final = 3_000_000_000
"""Takes modified more recently are not cached. The granularity of mtime on FAT is 2 s, so a younger file may change
without a new mtime."""

_EARLY_ENDS: Final = ("quit", "interrupted", "error")
"""Causes with which a take ends early."""

TakeState: TypeAlias = Literal["done", "unfinished", "playing", "unreadable", "damaged", "closed"]


class TakeFacts(BaseModel):
    """Facts of a take for a list; empty or None if unknown.

    Attributes:
        name: folder name.
        title: title of the script.
        at: ISO 8601 local start time, from the name, else from report or journal.
        kind, source: kind and name of the frame source, as in `SourceInfo`.
        accuracy: accuracy over the tracked lines; None if nothing was scored.
        hits, scored: number of hits, and of scored lines.
        asked: number of lines with a target, whether they were reached or not.
        lines: first and last line of the passage; None for the whole script.
        broken_off: whether the take ended before its last line.
        length_s: take time at which the last line ended.
        recorded: whether there is a video.
        evidence: whether there are face pictures.
        state: ``unfinished``: the take ended without a report; ``unreadable``: this Coach cannot read the report;
            ``damaged``: there is no report, and the journal cannot be read either; ``closed``: the user has no
            permission to read the folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str = ""
    at: str = ""
    kind: str = ""
    source: str = ""
    accuracy: float | None = None
    hits: int = 0
    scored: int = 0
    asked: int = 0
    lines: tuple[int, int] | None = None
    broken_off: bool = False
    length_s: float | None = None
    recorded: bool = False
    evidence: bool = False
    state: TakeState = "done"

    @property
    def day(self) -> str:
        """The date of the take, such as ``2026-11-24``."""
        return self.at[:10]


class _Entry(BaseModel):
    """The facts of a take, and its signature (`marks`) when they were read."""

    marks: FileSignature
    facts: TakeFacts


class _Catalogue(BaseModel):
    catalogue_version: Literal[2] = 2
    takes: dict[str, _Entry] = {}


def list_takes(folder: Path) -> list[TakeFacts]:
    """The facts of every take in `folder`, newest first."""
    takes = scan_takes(folder)
    cached = _read_catalogue(folder / CATALOGUE_NAME).takes
    entries = [_entry(take, cached.get(take.name)) for take in takes]
    settled = {take.name: entry for take, entry in zip(takes, entries, strict=True) if _is_settled(take, entry)}
    # `_entry` returns the cached object itself while it is valid, so another object is a changed entry.
    if any(settled[name] is not cached.get(name) for name in settled) or settled.keys() != cached.keys():
        try:
            write_atomically(folder / CATALOGUE_NAME, _Catalogue(takes=settled).model_dump_json().encode())
        except OSError as error:  # the disk is read-only or full; the takes are listed all the same
            _log.info("the catalogue of %s cannot be written: %s", folder, error)
    return [entry.facts for entry in entries]


def facts_of(take: Path) -> TakeFacts:
    """The facts of the take in folder `take`, from its report, or else from its journal."""
    if is_inaccessible(str(take)):
        return TakeFacts(name=take.name, at=_began(take), state="closed")
    recorded, evidence = (take / VIDEO_NAME).is_file(), (take / EVIDENCE_NAME).is_dir()
    facts = _from_report(take) or _from_journal(take) or {"state": _state_without_journal(take)}
    at = {"at": began} if (began := _began(take)) else {}
    return TakeFacts.model_validate({"name": take.name, "recorded": recorded, "evidence": evidence, **facts, **at})


def _began(take: Path) -> str:
    """ISO 8601 start time from the name of `take`; empty if the name has none."""
    stamp = stamp_of(take.name)
    return f"{stamp[:10]}T{stamp[11:].replace('-', ':')}" if stamp else ""


def played_s(report: Report) -> float | None:
    """Take time at which the last played line ended; None if none was played."""
    return max((line.end_s for line in report.lines if line.end_s is not None), default=None)


def _entry(take: TakeFolder, cached: _Entry | None) -> _Entry:
    if cached is not None and cached.marks == take.signature:
        return cached
    return _Entry(marks=take.signature, facts=facts_of(take.path))


def _is_settled(take: TakeFolder, entry: _Entry) -> bool:
    """Whether the facts in `entry` stay valid as long as the signature of `take` does not change."""
    if entry.facts.state == "closed":
        return False
    if entry.facts.state != "done" and (take.path / LOCK_NAME).exists():
        return False
    signature = take.signature
    changed_ns = max(signature.folder_ns, signature.journal_ns, signature.report_ns)
    return changed_ns < time.time_ns() - _SETTLED_NS


def _from_report(take: Path) -> dict[str, object] | None:
    try:
        report = load_report(take / REPORT_NAME)
    except TakeError:
        return None
    overall = report.overall
    return {
        "title": report.title,
        "at": report.created.at,
        "kind": report.source.kind,
        "source": report.source.name,
        "accuracy": overall.accuracy,
        "hits": overall.hits,
        "scored": overall.hits + overall.partials + overall.misses,
        "asked": sum(bool(line.targets) for line in report.lines),
        "lines": _passage(report),
        "broken_off": _is_broken_off(report),
        "length_s": played_s(report),
    }


def _passage(report: Report) -> tuple[int, int] | None:
    """First and last line of the passage; None for the whole script."""
    lines = report.settings.get("lines")
    return (lines[0], lines[1]) if isinstance(lines, list) and len(lines) == 2 else None


def _is_broken_off(report: Report) -> bool:
    """Whether the take was ended early, or the recording ended before the last line began."""
    too_short = report.ended == "source ended" and any(line.start_s is None for line in report.lines)
    return report.ended in _EARLY_ENDS or too_short


def _from_journal(take: Path) -> dict[str, object] | None:
    try:
        header = read_header(take / JOURNAL_NAME)
    except TakeError:
        return None
    return {
        "title": header.script.title,
        "at": header.created,
        "kind": header.source.kind,
        "source": header.source.name,
        "state": _state_from_journal(take),
    }


def _state_from_journal(take: Path) -> TakeState:
    """The state of a take with a valid journal but no valid report."""
    return "playing" if is_running(take) else _unreadable_or(take, "unfinished")


def _state_without_journal(take: Path) -> TakeState:
    """The state of a take with neither a valid journal nor a valid report."""
    return _unreadable_or(take, "damaged")


def _unreadable_or(take: Path, without_report: TakeState) -> TakeState:
    return "unreadable" if (take / REPORT_NAME).exists() else without_report


def _read_catalogue(path: Path) -> _Catalogue:
    """The catalogue at `path`; an empty one if there is none or it is damaged."""
    with suppress(OSError, ValidationError), open_regular(path) as file:
        return _Catalogue.model_validate_json(file.read(_MAX_BYTES))
    return _Catalogue()
