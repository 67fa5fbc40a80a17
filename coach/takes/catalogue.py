"""Facts of each take for lists, and a cache of them, the catalogue, so that ten thousand takes are listed fast.

An entry of the catalogue is valid only while size and time of folder, journal and report are unchanged. Without a
readable catalogue the takes themselves are read.
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
from typing import Final, Literal, TypeAlias

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

Marks: TypeAlias = tuple[int, int, int, int, int]
"""Modification time of the folder, then modification time and size of journal and report; times in ns."""


@dataclass(frozen=True, slots=True)
class SeenTake:
    """A take in the takes folder, none of its files opened.

    Attributes:
        folder: the takes folder.
        name: of its own folder.
        stamp: start time from its name (``2026-11-24_13-55-02``); empty if the user renamed it without one.
        marks: differ whenever the take has changed.
    """

    folder: str
    name: str
    stamp: str
    marks: Marks

    @property
    def path(self) -> Path:
        """The folder of the take."""
        return Path(self.folder, self.name)

    @property
    def has_report(self) -> bool:
        """Whether it has a report."""
        return self.marks[3] > 0

    @property
    def journal_bytes(self) -> int:
        """Size of its journal; 0 if there is none."""
        return self.marks[2]

    @property
    def age(self) -> tuple[str, int]:
        """Sort key: the time in its name, then the time of its journal."""
        return self.stamp, self.marks[1]


def seen_takes(folder: Path) -> list[SeenTake]:
    """The takes in `folder`, newest first; links are ignored. Empty if the folder does not exist.

    Raises:
        TakeError: it cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            found = [seen for entry in entries if (seen := _seen(str(folder), entry))]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise TakeError(f"cannot read the takes folder {folder}: {error_reason(error)}") from error
    return sorted(found, key=lambda take: take.age, reverse=True)


def is_take(folder: Path) -> bool:
    """Whether `folder` has a journal or a report."""
    return _file_marks(f"{folder}/{JOURNAL_NAME}") != _NONE or _file_marks(f"{folder}/{REPORT_NAME}") != _NONE


def stamp_of(name: str) -> str:
    """The start time in the name of a take; empty if it has none."""
    return name[:19] if _STAMP.match(name) else ""


def refuse_closed(take: Path) -> None:
    """Check that this user may read the folder `take`.

    Raises:
        TakeError: it exists, and the user has no permission.
    """
    if is_closed(str(take)) and take.is_dir():
        raise TakeError(f"the take {take.name} cannot be opened: permission denied; give yourself the right to {take}")


def is_closed(folder: str) -> bool:
    """Whether this user has no permission to read `folder`."""
    return not os.access(folder, os.R_OK | os.X_OK)


_NONE: Final = (0, 0)


def _seen(folder: str, entry: os.DirEntry[str]) -> SeenTake | None:
    if not entry.is_dir(follow_symlinks=False):
        return None
    journal = _file_marks(f"{entry.path}/{JOURNAL_NAME}")
    report = _file_marks(f"{entry.path}/{REPORT_NAME}")
    if journal == report == _NONE and not (stamp_of(entry.name) and is_closed(entry.path)):
        return None
    try:
        changed = os.stat(entry.path).st_mtime_ns  # noqa: PTH116  ten thousand Paths would dominate the cost
    except FileNotFoundError:  # erased or renamed meanwhile
        return None
    return SeenTake(folder, entry.name, stamp_of(entry.name), (changed, *journal, *report))


def _file_marks(path: str) -> tuple[int, int]:
    with suppress(OSError, ValueError):
        found = os.stat(path)  # noqa: PTH116  see above
        if stat.S_ISREG(found.st_mode):
            return max(found.st_mtime_ns, 1), found.st_size
    return _NONE


CATALOGUE_NAME: Final = "coach-catalogue.json"

_MAX_BYTES: Final = 256 << 20
_SETTLED_NS: Final = 3_000_000_000
"""A file modified more recently may change again without a new time; FAT has steps of 2 s."""

_CUT: Final = ("quit", "interrupted", "error")
"""Causes by which a take ends early."""

TakeState: TypeAlias = Literal["done", "unfinished", "playing", "unreadable", "damaged", "closed"]


class TakeFacts(BaseModel):
    """Facts of a take for a list; empty or None if unknown.

    Attributes:
        name: of its folder.
        title: of its script.
        at: ISO 8601 local time at which it began, from its name, else from its report or journal.
        kind, source: of its frames, as in `SourceInfo`.
        accuracy: over its tracked lines; None if nothing was scored.
        hits, scored: number of hits, and of scored lines.
        asked: number of lines with a target, whether they were reached or not.
        lines: first and last line of the passage; None for the whole script.
        broken_off: whether it ended before its last line.
        length_s: take time at which its last line ended.
        recorded: whether there is a video.
        evidence: whether there are face pictures.
        state: ``unfinished``: ended before its report; ``unreadable``: this Coach cannot read its report; ``damaged``:
            no report and an unreadable journal; ``closed``: no permission to read the folder.
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
        """The date on which it began, such as ``2026-11-24``."""
        return self.at[:10]


class _Entry(BaseModel):
    marks: Marks
    facts: TakeFacts


class _Catalogue(BaseModel):
    catalogue_version: Literal[2] = 2
    takes: dict[str, _Entry] = {}


def list_takes(folder: Path) -> list[TakeFacts]:
    """The facts of every take in `folder`, newest first."""
    seen = seen_takes(folder)
    known = _read(folder / CATALOGUE_NAME).takes
    entries = [_entry(take, known.get(take.name)) for take in seen]
    kept = {take.name: entry for take, entry in zip(seen, entries, strict=True) if _is_settled(take, entry)}
    if any(kept[name] is not known.get(name) for name in kept) or kept.keys() != known.keys():
        try:
            write_atomically(folder / CATALOGUE_NAME, _Catalogue(takes=kept).model_dump_json().encode())
        except OSError as error:  # read-only or full, and listed all the same
            _log.info("the catalogue of %s cannot be written: %s", folder, error)
    return [entry.facts for entry in entries]


def facts_of(take: Path) -> TakeFacts:
    """The facts of the take in folder `take`, from its report, or else from its journal."""
    if is_closed(str(take)):
        return TakeFacts(name=take.name, at=_began(take), state="closed")
    recorded, evidence = (take / VIDEO_NAME).is_file(), (take / EVIDENCE_NAME).is_dir()
    read = _from_report(take) or _from_journal(take) or {"state": _state_of_damaged(take)}
    at = {"at": began} if (began := _began(take)) else {}
    return TakeFacts.model_validate({"name": take.name, "recorded": recorded, "evidence": evidence, **read, **at})


def _began(take: Path) -> str:
    """ISO 8601 time from the name of `take`; empty if it has none."""
    stamp = stamp_of(take.name)
    return f"{stamp[:10]}T{stamp[11:].replace('-', ':')}" if stamp else ""


def played_s(report: Report) -> float | None:
    """Take time at which the last played line ended; None if none was played."""
    return max((line.end_s for line in report.lines if line.end_s is not None), default=None)


def _entry(take: SeenTake, known: _Entry | None) -> _Entry:
    if known is not None and known.marks == take.marks:
        return known
    return _Entry(marks=take.marks, facts=facts_of(take.path))


def _is_settled(take: SeenTake, entry: _Entry) -> bool:
    """Whether the facts in `entry` stay valid as long as the marks of `take` do not change."""
    if entry.facts.state == "closed":
        return False
    if entry.facts.state != "done" and (take.path / LOCK_NAME).exists():
        return False
    changed, journal, _, report, _ = take.marks
    return max(changed, journal, report) < time.time_ns() - _SETTLED_NS


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
    """Whether it was ended early, or its recording ended before the last line began."""
    short = report.ended == "source ended" and any(line.start_s is None for line in report.lines)
    return report.ended in _CUT or short


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
        "state": _state(take),
    }


def _state_of_damaged(take: Path) -> TakeState:
    """The state of a take whose report and journal are unreadable."""
    return "unreadable" if (take / REPORT_NAME).exists() else "damaged"


def _state(take: Path) -> TakeState:
    """The state of a take whose report is missing or unreadable."""
    if is_running(take):
        return "playing"
    return "unreadable" if (take / REPORT_NAME).exists() else "unfinished"


def _read(path: Path) -> _Catalogue:
    with suppress(OSError, ValidationError), open_regular(path) as file:
        return _Catalogue.model_validate_json(file.read(_MAX_BYTES))
    return _Catalogue()
