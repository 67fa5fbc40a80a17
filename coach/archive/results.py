"""The folder of an archive's results. Its files alone say what is done, so that any run can go on where one ended.

- ``OUT/files/KEY.parquet``: one row, the recording. It is written last, so it also says that the others are complete.
- ``OUT/lines/KEY.parquet``: one row a line, with a script.
- ``OUT/readings/KEY.parquet``: one row a reading.
- ``OUT/paths.parquet``: one row a path, with the hash of its file.
- ``OUT/takes``: the folders of the takes, if they are wanted.
- ``OUT/.pieces``: what was seen in pieces of long recordings that are not complete yet; see `coach.archive.pieces`.
- ``OUT/.unfinished``: what workers are writing.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coach.archive.hashes import PATHS
from coach.archive.rows import FILES, LINES, READINGS
from coach.archive.tables import TableWriter, read_table, write_table
from coach.archive.work import Done, analyse, use_one_processor
from coach.base.errors import CoachError, OutputError
from coach.base.files import PRIVATE_FOLDER_MODE, error_reason, sync_folder
from coach.base.locks import FileLock
from coach.base.text import clean, clean_name

if TYPE_CHECKING:
    from coach.archive.pieces import Joined, Pieces
    from coach.archive.work import Job

_log = logging.getLogger(__name__)

_TAKE_KEY: Final = 8
"""Digits of the key at the end of a take's name."""

_SUFFIX: Final = ".parquet"


class Results:
    """The folder of results at `folder`, an absolute path. Making one touches nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.takes = folder / "takes"
        self._unfinished = folder / ".unfinished"
        self._paths = folder / f"paths{_SUFFIX}"

    def open(self, stack: ExitStack) -> None:
        """Create the folder, lock it until `stack` closes, and remove what killed workers left.

        Raises:
            OutputError: the folder cannot be written, or another run writes there.
        """
        try:
            self.folder.mkdir(PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
            for folder in (*map(self._table, ("files", "lines", "readings")), self._unfinished):
                folder.mkdir(PRIVATE_FOLDER_MODE, exist_ok=True)
            lock = FileLock(self.folder / ".lock")
        except BlockingIOError as error:
            raise OutputError(f"{self._name}: another run writes there; wait for it, or name another folder") from error
        except OSError as error:
            raise OutputError(f"{self._name}: cannot be written: {error_reason(error)}") from error
        stack.callback(lock.release)
        self._sweep()
        stack.callback(self._sweep)

    def done(self, *, takes: bool = False) -> set[str]:
        """The keys of the recordings that need no more work; with `takes` they have the folder of a take too."""
        keys = {path.stem for path in self._table("files").glob(f"*{_SUFFIX}")}
        if not takes:
            return keys
        kept = {path.name[-_TAKE_KEY:] for path in self.takes.glob("*-*")}
        return {key for key in keys if key[:_TAKE_KEY] in kept}

    def has(self, key: str, *, take: bool = False) -> bool:
        """Whether the recording of `key` needs no more work; with `take` it has the folder of a take too."""
        is_stored = (self._table("files") / f"{key}{_SUFFIX}").exists()
        return is_stored and (not take or any(self.takes.glob(f"*-{key[:_TAKE_KEY]}")))

    def store(self, job: Job, *, keep_take: bool, joined: Joined | None = None) -> None:
        """Read the recording of `job` and write its results, all or nothing. Any process may do this at any time.

        Args:
            job: what to read.
            keep_take: keep the folder of the take too.
            joined: what was seen in pieces of the recording.

        Raises:
            CoachError: the recording, the script or the model cannot be used.
            UnscheduledError: the pieces cannot be used.
            OSError: the results cannot be written.
        """
        scratch = Path(tempfile.mkdtemp(prefix=f"{job.key[:_TAKE_KEY]}-", dir=self._unfinished))
        try:
            with TableWriter(scratch / "readings", READINGS) as readings:
                analysis = analyse(job, readings.add, scratch / "take", joined)
            if keep_take and analysis.take is not None:
                analysis.file["take"] = self._keep_take(job, analysis.take)
            if analysis.lines:
                write_table(scratch / "lines", LINES, analysis.lines)
            write_table(scratch / "files", FILES, [analysis.file])
            for table in ("readings", "lines", "files"):
                with suppress(FileNotFoundError):  # the mirror has no lines
                    (scratch / table).replace(self._table(table) / f"{job.key}{_SUFFIX}")
                sync_folder(self._table(table))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def known_paths(self) -> list[dict[str, Any]]:
        """The rows of `coach.archive.hashes.PATHS` that `keep_paths` wrote; none if they are lost or damaged."""
        try:
            return read_table(self._paths)
        except OSError:
            return []

    def keep_paths(self, rows: list[dict[str, Any]]) -> None:
        """Write rows of `coach.archive.hashes.PATHS` atomically.

        Raises:
            OSError: they cannot be written; the old ones are kept.
        """
        draft = Path(tempfile.mkdtemp(dir=self._unfinished)) / "paths"
        write_table(draft, PATHS, rows)
        draft.replace(self._paths)
        draft.parent.rmdir()

    def _keep_take(self, job: Job, take: Path) -> str:
        """Move the folder of the take to its place, unless an earlier attempt has done so; returns its name.

        The name begins with the time of the recording, and so does not depend on the time of the attempt.
        """
        from coach.takes.naming import slug

        when = datetime.fromtimestamp(Path(job.path).stat().st_mtime).astimezone()
        title = job.method.script.title if job.method.script else ""
        kept = self.takes / f"{when:%Y-%m-%d_%H-%M-%S}_{slug(title)}-{job.key[:_TAKE_KEY]}"
        self.takes.mkdir(PRIVATE_FOLDER_MODE, exist_ok=True)
        if not kept.exists():
            take.rename(kept)
            sync_folder(self.takes)
        return kept.name

    def _sweep(self) -> None:
        for left in self._unfinished.glob("*"):
            shutil.rmtree(left, ignore_errors=True)
        for left in (self.folder / ".pieces").glob("*"):
            if self.has(left.name.partition("-")[0]):
                shutil.rmtree(left, ignore_errors=True)

    def _table(self, name: str) -> Path:
        return self.folder / name

    @property
    def _name(self) -> str:
        return clean_name(str(self.folder), 200)


def attempt(job: Job, out: str, keep_take: bool, split_s: float | None = None) -> Done:
    """Store the results of `job` in the folder `out`, unless they are there: the task that workers get.

    They are there if a worker died after its work, before it could say so. With `split_s` a recording that is longer
    than this many seconds is cut: the first attempt says into how many pieces, the last one puts them together.
    """
    try:
        return _attempted(job, Path(out), keep_take, split_s)
    except CoachError as error:
        return Done(str(error))
    except OSError as error:
        return Done(f"the results cannot be written: {error_reason(error)}")
    except Exception as error:  # one file must not end the run; whoever started it is told
        _log.warning("%s: not read", job.path, exc_info=True)
        return Done(f"a bug in Coach ({type(error).__name__}: {clean(str(error), 200)})")


def _attempted(job: Job, out: Path, keep_take: bool, split_s: float | None) -> Done:
    results = Results(out)
    if results.has(job.key, take=keep_take):
        return Done()
    if split_s is None:
        results.store(job, keep_take=keep_take)
        return Done()
    from coach.archive.pieces import Pieces

    use_one_processor()
    pieces = Pieces(out, job, split_s)
    if job.piece is not None:
        pieces.look(job.piece)
        return Done()
    missing = () if job.joins else pieces.missing()
    if not missing:
        _store_joined(results, job, pieces, keep_take=keep_take)
    return Done(pieces=missing)


def _store_joined(results: Results, job: Job, pieces: Pieces, *, keep_take: bool) -> None:
    """Store the results of a recording whose pieces were looked at, or that is read in one go after all."""
    from coach.sources.files.schedule import UnscheduledError

    try:
        joined = pieces.joined()
        try:
            results.store(job, keep_take=keep_take, joined=joined)
        finally:
            if joined is not None:
                joined.source.close()
    except UnscheduledError as error:
        _log.info("%s: read in one go: %s", job.path, error)
        results.store(job, keep_take=keep_take)
    pieces.remove()
