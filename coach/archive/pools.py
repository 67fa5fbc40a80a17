"""Pools of workers that read recordings, and the one without further packages: processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from coach.archive.work import Done

if TYPE_CHECKING:
    from coach.archive.work import Job

Work: TypeAlias = "Callable[[Job], Done]"
"""Does one job and says how it ended. It can be pickled."""

MAX_LOST: Final = 5
"""So often a recording is given to another worker after one died while reading it."""

CLOSE_S: Final = 0.5
"""Longest wait for workers that are told to end, in seconds. Then they are killed."""

_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of one attempt at a job.

    Attributes:
        job: the job.
        worker: name of the worker.
        done: what the worker says; nothing if it died.
        lost: number of workers that died while reading the recording.
    """

    job: Job
    worker: str
    done: Done = field(default_factory=Done)
    lost: int = 0


class WorkerPool(Protocol):
    """Workers that read recordings."""

    def can_take(self, avoid: str = "") -> bool:
        """Whether `submit` may be called now with this worker to avoid."""
        ...

    def submit(self, job: Job, avoid: str = "") -> None:
        """Begin `job` on any worker, but not on that called `avoid` if there is another."""
        ...

    def answers(self, timeout_s: float) -> list[Answer]:
        """The attempts that ended since the last call; waits at most `timeout_s` seconds for the first."""
        ...

    def close(self) -> None:
        """End the workers of this machine at once, and give up all jobs."""
        ...


class ProcessPool:
    """A process for each worker, on this machine. A worker that dies is replaced."""

    def __init__(self, work: Work, workers: int) -> None:
        self._work = work
        self._lanes = {str(number): _new_lane() for number in range(1, workers + 1)}
        self._free = set(self._lanes)
        self._ended: queue.Queue[tuple[str, Job, Future[Done]]] = queue.Queue()

    def can_take(self, avoid: str = "") -> bool:
        """See `WorkerPool`."""
        return bool(self._free_except(avoid))

    def submit(self, job: Job, avoid: str = "") -> None:
        """See `WorkerPool`."""
        name = min(self._free_except(avoid))
        self._free.remove(name)
        with unheard_by_children():
            future = self._lanes[name].submit(self._work, job)
        future.add_done_callback(lambda ended: self._ended.put((name, job, ended)))

    def answers(self, timeout_s: float) -> list[Answer]:
        """See `WorkerPool`."""
        return [self._answer(*ended) for ended in drain(self._ended, timeout_s)]

    def close(self) -> None:
        """See `WorkerPool`."""
        for lane in self._lanes.values():
            _kill(lane)

    def _free_except(self, avoid: str) -> set[str]:
        return self._free if len(self._lanes) == 1 else self._free - {avoid}

    def _answer(self, name: str, job: Job, future: Future[Done]) -> Answer:
        self._free.add(name)
        try:
            return Answer(job, name, future.result())
        except BrokenProcessPool:
            self._lanes[name].shutdown(wait=False)
            self._lanes[name] = _new_lane()
            return Answer(job, name, lost=1)


def _new_lane() -> ProcessPoolExecutor:
    """One worker. It is started afresh, not forked: a fork of a process with threads and native libraries hangs."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), begin_worker)


def _kill(lane: ProcessPoolExecutor) -> None:
    processes = list((lane._processes or {}).values())  # kill_workers() does the same from Python 3.14 on
    lane.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
        process.join(CLOSE_S)


@contextmanager
def unheard_by_children() -> Iterator[None]:
    """Let no process that this thread starts hear Ctrl-C in the terminal, from its first moment on."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # what starts it would let this thread hear Ctrl-C again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin_worker() -> None:
    """Prepare a worker process: one thread for each library, Ctrl-C left to the parent, and an end with the parent."""
    os.environ.update(_ONE_THREAD)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()


def _end_with(parent: Any) -> None:  # noqa: ANN401  # its class has no public name
    parent.join()
    os._exit(1)


def drain(ended: queue.Queue[Any], timeout_s: float) -> list[Any]:
    """All that is in the queue; waits at most `timeout_s` seconds for the first item."""
    items = []
    with suppress(queue.Empty):
        items.append(ended.get(timeout=timeout_s))
        while True:
            items.append(ended.get_nowait())
    return items
