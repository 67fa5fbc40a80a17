"""Which recordings are read, and with which scripts: folders, single files, and lists as CSV."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.archive.keys import method_for
from coach.base.errors import CoachError, SourceError, UsageError
from coach.base.text import clean_name, join_with_and

if TYPE_CHECKING:
    from coach.archive.work import Method
    from coach.base.settings import Settings
    from coach.core.script.script import Script

_HEAD: Final = 4096
"""Bytes that are enough to recognise a video."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One file to be read.

    Attributes:
        path: absolute path.
        method: how it is read; None if that is not known.
        trouble: why it cannot be read; empty if nothing is known against it.
    """

    path: Path
    method: Method | None
    trouble: str = ""


def find_recordings(paths: Iterable[Path], *, pictures: bool, skip: Path | None = None) -> Iterator[Path]:
    """The recordings in `paths`, each once, as absolute paths; those of a folder in the order of their names.

    A file is passed on whatever it is. In folders, and the folders below, files count that have the suffix or the
    beginning of a video, and with `pictures` pictures too. Hidden files and folders do not count.

    Args:
        paths: files and folders.
        pictures: whether pictures in folders count.
        skip: a folder to leave out, absolute, such as that of the results.

    Raises:
        SourceError: a path does not exist.
    """
    seen: set[Path] = set()
    for path in paths:
        absolute = path.absolute()
        if not absolute.exists():
            raise SourceError(f"{clean_name(str(path))}: there is no such file or folder. Check the name.")
        for recording in _below(absolute, pictures, skip) if absolute.is_dir() else (absolute,):
            if recording not in seen:
                seen.add(recording)
                yield recording


def _below(top: Path, pictures: bool, skip: Path | None) -> Iterator[Path]:
    for folder, below, names in os.walk(top):
        here = Path(folder)
        below[:] = sorted(name for name in below if not name.startswith(".") and here / name != skip)
        for name in sorted(names):
            if not name.startswith(".") and _is_recording(here / name, pictures):
                yield here / name


def _is_recording(path: Path, pictures: bool) -> bool:
    from coach.media.recorded import is_image
    from coach.sources.files.container import SUFFIXES, demuxer

    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD) if path.is_file() else b""
    except OSError:
        return False
    return pictures if is_image(head) else demuxer(head) is not None


class Methods:
    """Makes methods from scripts; each script is read once."""

    def __init__(self, settings: Settings, model: str | None, notify: Callable[[str], None]) -> None:
        """Prepare. `notify` gets sentences about scripts that were read with doubts."""
        self._settings = settings
        self._model = model
        self._notify = notify
        self._known: dict[tuple[Path, str | None], Method | CoachError] = {}

    def mirror(self) -> Method:
        """The method without a script.

        Raises:
            CoachError: the model cannot be used.
        """
        return method_for(None, self._settings, self._model)

    def of(self, script: Path, role: str | None) -> Method:
        """The method with the script at `script`, whose lines of `role` are judged.

        Raises:
            CoachError: the script or the model cannot be used.
        """
        name = script, role
        if name not in self._known:
            try:
                self._known[name] = method_for(self._load(script, role), self._settings, self._model)
            except CoachError as error:
                self._known[name] = error
        known = self._known[name]
        if isinstance(known, CoachError):
            raise known
        return known

    def _load(self, path: Path, role: str | None) -> Script:
        from coach.app.replay import timeline_for
        from coach.scripts import load_script

        script = load_script(path, self._notify, role)
        if script.role is None and script.roles:
            roles = join_with_and([clean_name(each, 60) for each in script.roles])
            raise UsageError(f"{clean_name(str(path))}: whose lines are judged? Name the role: it has {roles}")
        timeline_for(script, self._settings, live=False)  # refuse times that do not fit once, not for each recording
        return script


def read_list(path: Path, methods: Methods, *, skip: Path | None = None) -> list[Recording]:
    """The recordings in the CSV file at `path`, with the columns `path`, `script` and perhaps `role`.

    Relative paths begin in the folder of the CSV file. A `path` may be a folder. A row that cannot be used gives a
    recording with its trouble.

    Raises:
        UsageError: the file cannot be read, or has not these columns.
        ModelError: the model cannot be used.
    """
    methods.mirror()  # a model that cannot be used would be the trouble of every row
    found: dict[Path, Recording] = {}
    for row in _rows(path):
        for recording in _of_row(path.absolute().parent, row, methods, skip):
            found.setdefault(recording.path, recording)
    return list(found.values())


def _rows(path: Path) -> list[dict[str, str | None]]:
    name = clean_name(str(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{name}: cannot be read as CSV in UTF-8 ({error})") from error
    if not {"path", "script"} <= set(reader.fieldnames or ()):
        raise UsageError(f"{name}: the first row must name the columns path and script, as in path,script")
    return rows


def _of_row(folder: Path, row: dict[str, str | None], methods: Methods, skip: Path | None) -> Iterator[Recording]:
    path, script = folder / (row["path"] or ""), row["script"]
    try:
        if not row["path"] or not script:
            raise UsageError("a row of the CSV file lacks its path or its script")
        method = methods.of(folder / script, row.get("role") or None)
        for recording in find_recordings([path], pictures=False, skip=skip):
            yield Recording(recording, method)
    except CoachError as error:
        yield Recording(path, None, str(error))
