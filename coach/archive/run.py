"""A run over an archive: what is done is passed over, the rest goes to the workers, and failures are tried again."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.archive.keys import job_for
from coach.archive.pools import MAX_LOST
from coach.base.files import error_reason

if TYPE_CHECKING:
    from coach.archive.hashes import Hashes
    from coach.archive.pools import Answer, WorkerPool
    from coach.archive.recordings import Recording
    from coach.archive.results import Results
    from coach.archive.work import Job

TRIES: Final = 2
"""Attempts at a recording that fails; the second one is on another worker if there is one."""

POLL_S: Final = 0.1
"""Longest wait between two looks at whether the user wants to stop, in seconds."""

KEEP_S: Final = 5.0
"""How often new hashes are written, in seconds."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that could not be read, and why."""

    path: Path
    reason: str


@dataclass(slots=True)
class Outcome:
    """What a run did.

    Attributes:
        read: recordings read by this run.
        earlier: recordings whose results were there before.
        copies: further files with the content of another one.
        failures: recordings that could not be read, in the order in which that was known.
    """

    read: int = 0
    earlier: int = 0
    copies: int = 0
    failures: list[Failure] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Recordings of which the end is known."""
        return self.read + self.earlier + self.copies + len(self.failures)


@dataclass(slots=True)
class _Cut:
    """A recording that was cut: the job that puts it together, and how many pieces there are and are done."""

    job: Job
    pieces: int
    done: int = 0

    @property
    def share_done(self) -> float:
        return self.done / (self.pieces + 1)


class ArchiveRun:
    """A run. It can run once.

    Attributes:
        outcome: what was done so far; right at any time, also after an interruption.
    """

    def __init__(
        self,
        results: Results,
        hashes: Hashes,
        open_pool: Callable[[], WorkerPool],
        *,
        takes: bool = False,
        check: Callable[[], None] = lambda: None,
        progress: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Prepare.

        Args:
            results: an open folder of results.
            hashes: hashes the recordings.
            open_pool: starts the workers; called once there is something to read.
            takes: keep the folders of the takes too.
            check: called several times per second; what it raises ends the run.
            progress: called with the number of recordings of which the end is known, and of the done parts of others.
        """
        self.outcome = Outcome()
        self._results = results
        self._hashes = hashes
        self._open_pool = open_pool
        self._pool: WorkerPool | None = None
        self._takes = takes
        self._check = check
        self._progress = progress
        self._running = 0
        self._waiting: deque[tuple[Job, str]] = deque()
        self._cuts: dict[str, _Cut] = {}
        self._errors: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()
        self._kept_at = time.monotonic()

    def run(self, recordings: Iterable[Recording]) -> Outcome:
        """Read `recordings`. However it ends, the workers of this machine end, and what was done is kept.

        Raises:
            OutputError: the scheduler has ended.
            BaseException: whatever `check` raises.
        """
        done = self._results.done(takes=self._takes)
        seen: set[str] = set()
        try:
            for recording in recordings:
                self._check()
                job = self._job_for(recording, seen, done)
                if job is not None:
                    self._begin(job)
                self._show_progress()
            while self._running or self._waiting:
                self._collect()
        finally:
            if self._pool is not None:
                self._pool.close()
            self._keep_hashes()
        return self.outcome

    def _job_for(self, recording: Recording, seen: set[str], done: set[str]) -> Job | None:
        """The job for `recording`; None if there is nothing to do, which is counted."""
        if recording.method is None:
            self._fail(recording.path, recording.trouble)
            return None
        try:
            sha256 = self._hashes.of(recording.path)
        except OSError as error:
            self._fail(recording.path, error_reason(error))
            return None
        job = job_for(recording.path, sha256, recording.method)
        if job.key in seen:
            self.outcome.copies += 1
            return None
        seen.add(job.key)
        if job.key in done:
            self.outcome.earlier += 1
            return None
        return job

    def _begin(self, job: Job) -> None:
        """Give `job` to a worker as soon as one can take it. Pieces of earlier recordings come first."""
        self._pool = self._pool or self._open_pool()
        while self._waiting or not self._pool.can_take():
            self._collect()
        self._submit(job)

    def _submit(self, job: Job, avoid: str = "") -> None:
        assert self._pool is not None
        self._pool.submit(job, avoid)
        self._running += 1

    def _collect(self) -> None:
        """Take the answers that there are, and begin attempts that are due."""
        assert self._pool is not None
        self._check()
        for answer in self._pool.answers(POLL_S):
            self._running -= 1
            self._take(answer)
        for _ in range(len(self._waiting)):
            job, avoid = self._waiting.popleft()
            if self._pool.can_take(avoid):
                self._submit(job, avoid)
            else:
                self._waiting.append((job, avoid))
        self._show_progress()
        if self._hashes.changed and time.monotonic() - self._kept_at >= KEEP_S:
            self._keep_hashes()

    def _show_progress(self) -> None:
        self._progress(self.outcome.total + sum(cut.share_done for cut in self._cuts.values()))

    def _take(self, answer: Answer) -> None:
        job, done = answer.job, answer.done
        self._errors[job.name] += bool(done.error)
        self._lost[job.name] += answer.lost
        if answer.lost and self._lost[job.name] > MAX_LOST:
            reason = f"{self._lost[job.name]} workers died while reading it, perhaps for lack of memory"
            self._give_up(job, reason)
        elif self._errors[job.name] >= TRIES:
            self._give_up(job, done.error)
        elif done.error or answer.lost:
            self._waiting.append((job, answer.worker))
        elif done.pieces:
            self._cuts[job.key] = _Cut(job, len(done.pieces))
            self._waiting.extend((replace(job, piece=number), "") for number in done.pieces)
        elif job.piece is None:
            self.outcome.read += 1
            self._cuts.pop(job.key, None)
        elif job.key in self._cuts:
            self._count_piece(self._cuts[job.key])

    def _count_piece(self, cut: _Cut) -> None:
        cut.done += 1
        if cut.done == cut.pieces:
            self._waiting.append((replace(cut.job, joins=True), ""))

    def _give_up(self, job: Job, reason: str) -> None:
        """Report a recording once, however many of its pieces fail, and leave out those that are not begun."""
        if job.piece is None or job.key in self._cuts:
            self._fail(Path(job.path), reason)
        self._cuts.pop(job.key, None)
        self._waiting = deque(each for each in self._waiting if each[0].key != job.key)

    def _fail(self, path: Path, reason: str) -> None:
        self.outcome.failures.append(Failure(path, reason))

    def _keep_hashes(self) -> None:
        self._kept_at = time.monotonic()
        if self._hashes.changed:
            with suppress(OSError):  # without them the next run only hashes again
                self._results.keep_paths(self._hashes.rows())
