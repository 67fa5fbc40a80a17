"""The pool of workers that Dask runs, on this machine or on others. Needs the package coach[cluster]."""

from __future__ import annotations

import logging
import multiprocessing
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psutil
from distributed import Client, KilledWorker, LocalCluster, Security, SpecCluster, get_worker

from coach.archive.pools import CLOSE_S, MAX_LOST, Answer, Work, begin_worker, drain, unheard_by_children
from coach.archive.work import Done
from coach.base.errors import OutputError, UsageError
from coach.base.text import clean

if TYPE_CHECKING:
    from coach.archive.work import Job

_T = TypeVar("_T")

CONNECT_S: Final = 10.0
"""Longest wait for a scheduler, in seconds."""

JOBS_PER_THREAD: Final = 2
"""Jobs that the scheduler has for each thread: one that runs, and one so that no worker waits for the next."""

_NO_OTHER_MACHINE: Final = "127.0.0.1:0"
"""Where the servers of a local cluster listen: any free port, which other machines cannot reach."""

_LOOK_S: Final = 0.05
"""How often a start looks whether it is interrupted, in seconds."""

_COUNT_S: Final = 1.0
"""How often the workers are counted, in seconds; they come and go."""


class DaskPool:
    """A Dask cluster: a local one with one thread for each worker, or that of a scheduler elsewhere."""

    def __init__(
        self, work: Work, workers: int, address: str | None = None, check: Callable[[], None] = lambda: None
    ) -> None:
        """Start a local cluster of `workers`, or connect to the scheduler at `address`, as ``tcp://10.0.0.1:8786``.

        Args:
            work: what the workers do.
            workers: number of workers of a local cluster.
            address: of a scheduler; None starts a local cluster.
            check: called several times per second; what it raises ends the start, with no process left.

        Raises:
            UsageError: there is no scheduler at `address`.
        """
        self._work = work
        try:
            self._cluster, self._client = _while_checking(partial(_connected, workers, address), check)
        except (OSError, ValueError) as error:
            reason = clean(str(error), 200)
            name = clean(str(address), 100)
            raise UsageError(f"--scheduler {name}: no Dask scheduler answers there ({reason})") from error
        self._running = 0
        self._attempts = 0
        self._workers: dict[str, int] = {}
        self._counted_at = -_COUNT_S
        self._ended: queue.Queue[tuple[Job, Any]] = queue.Queue()

    def can_take(self, avoid: str = "") -> bool:  # noqa: ARG002  # Dask itself prefers other workers
        """See `WorkerPool`."""
        return self._running < JOBS_PER_THREAD * max(1, sum(self._threads().values()))

    def submit(self, job: Job, avoid: str = "") -> None:
        """See `WorkerPool`."""
        others = [worker for worker in self._threads() if worker != avoid] if avoid else []
        self._attempts += 1
        self._running += 1
        future = self._client.submit(
            partial(_located, self._work),
            job,
            key=f"coach-{job.name}-{self._attempts}",
            pure=False,
            workers=others or None,
            allow_other_workers=bool(others),
        )
        future.add_done_callback(lambda ended: self._ended.put((job, ended)))

    def answers(self, timeout_s: float) -> list[Answer]:
        """See `WorkerPool`.

        Raises:
            OutputError: the scheduler has ended.
        """
        if self._client.status == "closed":
            raise OutputError(
                "the Dask scheduler has ended; start it and the same command again: it goes on from there"
            )
        return [self._answer(*ended) for ended in drain(self._ended, timeout_s)]

    def close(self) -> None:
        """See `WorkerPool`. Workers elsewhere end the recording that they are reading."""
        if self._cluster is not None:
            _kill_workers(self._cluster)
        with suppress(Exception):  # a scheduler that is gone needs no goodbye
            self._client.close(timeout=CLOSE_S)
        if self._cluster is not None:
            try:
                self._cluster.close(timeout=CLOSE_S)
            except Exception:  # its workers are dead, but Dask has not noticed yet
                self._cluster.shutdown_on_close = False  # else it would wait ten seconds more when Python ends

    def _threads(self) -> dict[str, int]:
        """Threads of each worker by its address; as they were before if the scheduler does not answer."""
        now = time.monotonic()
        if now - self._counted_at >= _COUNT_S:
            self._counted_at = now
            with suppress(OSError):
                self._workers = self._client.nthreads()
        return self._workers

    def _answer(self, job: Job, future: Any) -> Answer:  # noqa: ANN401  # Dask comes without types
        self._running -= 1
        try:
            worker, done = future.result()
        except KilledWorker as lost:
            return Answer(job, "", lost=lost.allowed_failures + 1)
        except Exception as error:  # the task could not be sent, or not be run at all
            reason = f"it could not be sent to a worker ({type(error).__name__}: {clean(str(error), 200)})"
            return Answer(job, "", Done(reason))
        return Answer(job, worker, done)


def _connected(workers: int, address: str | None) -> tuple[Any, Any]:
    """A new local cluster, or None if there is a scheduler at `address`, and its client."""
    cluster = _local_cluster(workers) if address is None else None
    return cluster, Client(cluster or address, timeout=CONNECT_S, set_as_default=False)


def _while_checking(start: Callable[[], _T], check: Callable[[], None]) -> _T:
    """What `start` returns or raises. It runs in a thread, since Dask does not notice Ctrl-C while it starts."""
    before = set(multiprocessing.active_children())
    started: Future[_T] = Future()
    threading.Thread(target=_run_unheard, args=(start, started), name="start of Dask", daemon=True).start()
    try:
        while not wait([started], _LOOK_S).done:
            check()
    except BaseException:
        for cluster in SpecCluster._instances:
            cluster.shutdown_on_close = False  # else it would wait for its dead workers when Python ends
        for worker in set(multiprocessing.active_children()) - before:
            worker.kill()
        raise
    return started.result()


def _run_unheard(start: Callable[[], _T], started: Future[_T]) -> None:
    try:
        with unheard_by_children():
            started.set_result(start())
    except BaseException as error:  # raised again by the thread that waits
        started.set_exception(error)


def _local_cluster(workers: int) -> Any:  # noqa: ANN401  # Dask comes without types
    """A cluster that only this process can give work to: whoever reaches a scheduler without keys can run any code."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is in the list of failures
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        protocol="tls://",
        security=Security.temporary(),
        dashboard_address=_NO_OTHER_MACHINE,
        worker_dashboard_address=_NO_OTHER_MACHINE,
        silence_logs=logging.CRITICAL,
        scheduler_kwargs={"allowed_failures": MAX_LOST},
        preload=[__name__],
    )


def _kill_workers(cluster: Any) -> None:  # noqa: ANN401  # Dask comes without types
    """Kill the processes of a local cluster: told to end, they would first finish the recordings that they read."""
    for nanny in cluster.workers.values():
        nanny.auto_restart = False
        if nanny.pid is not None:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(nanny.pid).kill()


def _located(work: Work, job: Job) -> tuple[str, Done]:
    """In a worker: its address, and what `work` says."""
    address: str = get_worker().address
    return address, work(job)


def dask_setup(worker: object) -> None:  # noqa: ARG001  # Dask calls it by this name when a local worker starts
    """Prepare a process of a local cluster."""
    begin_worker()
