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
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from coach.base.errors import TakeError
from coach.base.files import error_reason, open_regular, write_atomically
from coach.base.messages import mark, tr
from coach.core.scoring.report import Report
from coach.takes.contents import EVIDENCE_NAME, JOURNAL_NAME, LOCK_NAME, REPORT_NAME, VIDEO_NAME, is_running
from coach.takes.journal import read_header
from coach.takes.naming import stamp_of, time_in_name
from coach.takes.report_file import load_report

_log = logging.getLogger(__name__)

_RECORDED_STARTS: Final = {
    JOURNAL_NAME: re.compile(rb'"created": ?"([0-9T:.Z+-]{1,40})"'),
    REPORT_NAME: re.compile(rb'"at": ?"([0-9T:.Z+-]{1,40})"'),
}
"""The time in the first bytes of each file. The whole first row of ten thousand journals would take seconds to read."""

_BEGINNING: Final = 512
_YEARS: Final = range(1970, 3000)
"""Valid years; other years come from damaged files and would overflow."""

_UNKNOWN_START: Final = float("-inf")
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
    """The folder of a take, found by scanning the takes folder.

    Attributes:
        parent: the takes folder.
        name: folder name.
        signature: differs whenever the take has changed.
    """

    parent: str
    name: str
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
        raise unreadable_folder(folder, error) from error
    return sorted(takes, key=lambda take: _start_key(take.parent, take.name), reverse=True)


def unreadable_folder(folder: Path, error: OSError) -> TakeError:
    """The error to raise if the takes folder `folder` cannot be read because of `error`."""
    advice = tr("choose another folder with --takes")
    if isinstance(error, PermissionError):
        advice = tr("give yourself the right to read it, or choose another folder with --takes")
    values = {"folder": folder, "reason": error_reason(error), "advice": advice}
    return TakeError(tr("cannot read the takes folder {folder}: {reason}; {advice}", **values))


def is_take(folder: Path) -> bool:
    """Whether `folder` has a journal or a report."""
    return any(_time_and_size(f"{folder}/{name}") != _NO_FILE for name in (JOURNAL_NAME, REPORT_NAME))


def newest_first(takes: Iterable[Path]) -> list[Path]:
    """Sort the folders `takes` by the moment at which each take began, the newest first; unknown moments come last."""
    return sorted(takes, key=lambda take: _start_key(str(take.parent), take.name), reverse=True)


def _start_key(parent: str, name: str) -> tuple[float, int, str]:
    """Sort key: the start in seconds, then the modification time of the journal, since a start has whole seconds."""
    started = _started_at(parent, name)
    seconds = started.timestamp() if started else _UNKNOWN_START
    return seconds, _time_and_size(f"{parent}/{name}/{JOURNAL_NAME}")[0], name


def started_at(take: Path) -> datetime | None:
    """When the take in folder `take` began, by the clock of the place where it was played; None if unknown.

    The name has the time of that clock, and the journal its offset from UTC. Times of two names cannot be compared:
    clocks are put back in autumn, and actors travel. Without a journal the name is a time of the local zone. If the
    name has no time, the time of the report counts, and without a report that of the journal.
    """
    return _started_at(str(take.parent), take.name)


def _started_at(parent: str, name: str) -> datetime | None:
    recorded = _recorded_start(parent, name, JOURNAL_NAME)
    with suppress(ValueError, OverflowError, OSError):
        named = datetime.fromisoformat(time_in_name(name))
        return _valid(named.replace(tzinfo=recorded.tzinfo) if recorded else named.astimezone())
    report = f"{parent}/{name}/{REPORT_NAME}"
    return recorded if _time_and_size(report) == _NO_FILE else _recorded_start(parent, name, REPORT_NAME)


def _recorded_start(parent: str, take: str, file: str) -> datetime | None:
    """The time in the journal or report called `file`; None if it cannot be read or has no offset from UTC."""
    with suppress(OSError, ValueError, OverflowError):
        # A FIFO would block without the flag. `open_regular` takes twice as long, which shows with ten thousand takes.
        handle = os.open(f"{parent}/{take}/{file}", os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            found = _RECORDED_STARTS[file].search(os.read(handle, _BEGINNING))
        finally:
            os.close(handle)
        return _valid(datetime.fromisoformat(found[1].decode().replace("Z", "+00:00"))) if found else None
    return None


def _valid(time: datetime) -> datetime | None:
    return time if time.year in _YEARS and time.tzinfo else None


def require_access(take: Path) -> None:
    """Check that this user may read the folder `take`.

    Raises:
        TakeError: the folder exists, or may exist in a folder of the same kind, and the user has no permission.
    """
    try:
        is_closed = is_inaccessible(str(take)) and stat.S_ISDIR(take.stat().st_mode)
    except (OSError, ValueError) as error:
        is_closed = isinstance(error, PermissionError)
    if is_closed:
        text = mark("the take {take} cannot be opened: permission denied; give yourself the right to {path}")
        raise TakeError(tr(text, take=take.name, path=take))


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
    return TakeFolder(folder, entry.name, FileSignature(folder_ns, *journal, *report))


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
        at: ISO 8601 local start time with its offset from UTC, see `started_at`.
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
    catalogue_version: Literal[3] = 3
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
        return TakeFacts(name=take.name, at=time_in_name(take.name), state="closed")
    recorded, evidence = (take / VIDEO_NAME).is_file(), (take / EVIDENCE_NAME).is_dir()
    facts = _from_report(take) or _from_journal(take) or {"state": _state_without_journal(take)}
    at = {"at": began} if (began := _named_start(take)) else {}
    return TakeFacts.model_validate({"name": take.name, "recorded": recorded, "evidence": evidence, **facts, **at})


def _named_start(take: Path) -> str:
    """The start in the name of the take as ISO 8601, with its offset if it is known; empty if the name has none."""
    named = time_in_name(take.name)
    started = started_at(take) if named else None
    return started.isoformat(timespec="seconds") if started else named


def played_s(report: Report) -> float | None:
    """Take time at which the last played line ended; None if none was played."""
    return max((line.end_s for line in report.lines if line.end_s is not None), default=None)


def _entry(take: TakeFolder, cached: _Entry | None) -> _Entry:
    if cached is not None and cached.marks == take.signature:
        return cached
    return _Entry(marks=take.signature, facts=facts_of(take.path))


def _is_settled(take: TakeFolder, entry: _Entry) -> bool:
    """Whether the facts in `entry` stay valid as long as the signature of `take` does not change."""
    if entry.facts.state == "closed" or not take.name.isprintable():  # JSON cannot hold a name that is not UTF-8
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
    return (int(lines[0]), int(lines[1])) if isinstance(lines, list) and len(lines) == 2 else None


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
