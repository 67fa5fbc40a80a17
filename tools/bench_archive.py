"""Measure `coach analyse`: two workers against one, a long film in pieces, what is done, memory, deaths, many workers.

    python tools/bench_archive.py [speed] [split] [done] [memory] [deaths] [scale]

Without a name it measures all, in about five minutes on two cores. Nothing else should run at the same time: a figure
of *speed* from a busy machine says nothing. Exits with 1 where a limit is not kept.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

import psutil

from coach.archive.dask_pool import DaskPool
from coach.archive.hashes import Hashes
from coach.archive.keys import job_for
from coach.archive.pools import WorkerPool
from coach.archive.recordings import Recording
from coach.archive.results import Results, attempt
from coach.archive.run import ArchiveRun, Outcome
from coach.archive.tables import read_table
from coach.archive.work import Done, Job, Method
from coach.base.files import sample_take
from coach.base.settings import Settings
from tools.benchmarks.films import long_film, long_method, method_of_mirror, short_film, write_copies

FILMS: Final = 12
LONG: Final = 16
SAMPLE_S: Final = 19.6
MANY: Final = 10_000
WITH_BROKEN: Final = 200
BROKEN: Final = 5
DEATH_EVERY_S: Final = 12.0
"""A new worker needs some seconds to start, more on a busy machine."""
WORKERS: Final = (8, 16, 64)
TASKS_PER_WORKER: Final = 16
SEED: Final = 7

LEAST_SPEEDUP: Final = 1.7
MOST_SHARE: Final = 0.01
MOST_PASSING_S: Final = 5.0
MOST_GROWTH_MB: Final = 20.0
LEAST_EFFICIENCY: Final = 0.7


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure, and whether it keeps its limit."""

    name: str
    text: str
    kept: bool

    def __str__(self) -> str:
        return f"{self.name:<52} {self.text:<44} {'ok' if self.kept else 'NOT KEPT'}"


def run_archive(out: Path, recordings: list[Recording], open_pool: Callable[[], WorkerPool]) -> tuple[Outcome, float]:
    """Run over `recordings`; what it did, and how many seconds it took."""
    with ExitStack() as stack:
        results = Results(out)
        results.open(stack)
        run = ArchiveRun(results, Hashes(results.known_paths()), open_pool)
        start = time.perf_counter()
        run.run(recordings)
        return run.outcome, time.perf_counter() - start


def ready(pool: WorkerPool) -> WorkerPool:
    """The pool, which was started before."""
    return pool


def measure_speed(folder: Path) -> Iterator[Measured]:
    """Twelve films of 20 s with one worker and with two. Starting the workers does not count."""
    method = method_of_mirror()
    films = [Recording(path, method) for path in write_copies(sample_take(), folder, FILMS)]
    seconds = {}
    for workers in (1, 2):
        out = folder / f"out-{workers}"
        pool = DaskPool(partial(attempt, out=str(out), keep_take=False), workers)
        warm_up(pool, films[0], folder / f"warm-{workers}", workers)
        _, seconds[workers] = run_archive(out, films, partial(ready, pool))
    ratio = seconds[1] / seconds[2]
    text = f"{seconds[1]:.1f} s and {seconds[2]:.1f} s: {ratio:.2f} times as fast"
    yield Measured("one worker and two", text, ratio >= LEAST_SPEEDUP)


def measure_split(folder: Path) -> Iterator[Measured]:
    """A film of five minutes by two workers, in one go and in pieces: the same lines, and in less time."""
    film = long_film(folder, LONG)
    method = long_method(SAMPLE_S * LONG)
    seconds, lines = {}, {}
    for split_s in (None, SAMPLE_S * LONG / 2):
        out = folder / f"out-{split_s}"
        pool = DaskPool(partial(attempt, out=str(out), keep_take=False, split_s=split_s), 2)
        warm_up(pool, Recording(sample_take(), method), folder / f"warm-{split_s}", 2)
        _, seconds[split_s] = run_archive(out, [Recording(film, method)], partial(ready, pool))
        lines[split_s] = read_table(out / "lines")
    one, cut = lines.values()
    largest = max(abs((a["share"] or 0.0) - (b["share"] or 0.0)) for a, b in zip(one, cut, strict=True))
    same = sum(a["verdict"] == b["verdict"] for a, b in zip(one, cut, strict=True))
    text = f"{same} of {len(one)} verdicts the same, shares differ by at most {largest:g}"
    yield Measured("lines of a long film in pieces", text, same == len(one) and largest <= MOST_SHARE)
    yield Measured("a long film by two workers", "{:.1f} s, in pieces {:.1f} s".format(*seconds.values()), kept=True)


def warm_up(pool: WorkerPool, film: Recording, out: Path, workers: int) -> None:
    """Let each worker import what it needs, by reading a film into another folder."""
    with ExitStack() as stack:
        results = Results(out)
        results.open(stack)
        assert film.method is not None
        for number in range(workers):
            pool.submit(Job(str(film.path), "0" * 64, film.method, f"{number:032d}"))
        waiting = workers
        while waiting:
            waiting -= len(pool.answers(1.0))


def measure_done(folder: Path) -> Iterator[Measured]:
    """The command on ten thousand files that were all read before."""
    films, out = folder / "films", folder / "out"
    films.mkdir()
    method = method_of_mirror()
    results = Results(out)
    hashes = Hashes([])
    with ExitStack() as stack:
        results.open(stack)
        for number in range(MANY):
            path = films / f"{number:05d}.mp4"
            path.write_bytes(f"film {number}".encode())
            (out / "files" / f"{job_for(path, hashes.of(path), method).key}.parquet").touch()
        results.keep_paths(hashes.rows())
    start = time.perf_counter()
    command = [sys.executable, "-m", "coach", "analyse", str(films), "--mirror", "-o", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    kept = seconds <= MOST_PASSING_S and f"{MANY:,} read before" in told.stdout
    yield Measured(f"{MANY:,} files of which all are done", f"{seconds:.1f} s (at most {MOST_PASSING_S:g})", kept)


def sleep_as_told(job: Job) -> Done:
    """Sleep for the seconds that stand in the name of the file."""
    time.sleep(float(Path(job.path).name.partition("_")[2]))
    return Done()


def sleepers(folder: Path, seconds: list[float]) -> list[Recording]:
    """Recordings that take these seconds, for `sleep_as_told`."""
    method = Method(None, Settings(), None, "0" * 64)
    recordings = []
    for number, each in enumerate(seconds):
        path = folder / f"{number}_{each:.4f}"
        path.write_bytes(str(number).encode())
        recordings.append(Recording(path, method))
    return recordings


def measure_memory(folder: Path) -> Iterator[Measured]:
    """Memory of a scheduler in a process of its own, after a thousand tasks and after ten thousand."""
    with scheduler_process(folder) as (process, address):
        pool = DaskPool(sleep_as_told, 2, address)
        memory: dict[float, float] = {}

        def watch(done: float) -> None:
            if done in (MANY // 10, MANY):
                memory[done] = process.memory_info().rss / 1e6

        with ExitStack() as stack:
            results = Results(folder / "out")
            results.open(stack)
            run = ArchiveRun(results, Hashes([]), lambda: pool, progress=watch)
            start = time.perf_counter()
            run.run(sleepers(folder, [0.0] * MANY))
            seconds = time.perf_counter() - start
            watch(run.outcome.total)
    first, last = memory.get(MANY // 10, 0.0), memory[MANY]
    text = f"{first:.0f} MB, then {last:.0f} MB; {MANY / seconds:.0f} tasks a second"
    yield Measured(f"memory of the scheduler over {MANY:,} tasks", text, last - first <= MOST_GROWTH_MB)


@contextmanager
def scheduler_process(folder: Path) -> Iterator[tuple[psutil.Process, str]]:
    """A scheduler and two workers, each a process of its own."""
    file = folder / "scheduler.json"
    python = [sys.executable, "-m"]
    scheduler = [*python, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    worker = [*python, "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    with ExitStack() as stack:
        for command in ([*scheduler, "--no-dashboard"], worker, worker):
            args = [*command, "--scheduler-file", str(file)]
            child = subprocess.Popen(args, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(child.wait)
            stack.callback(child.kill)
            if command is not worker:
                process = psutil.Process(child.pid)
        while not file.exists():
            time.sleep(0.1)
        yield process, json.loads(file.read_text())["address"]


def measure_deaths(folder: Path) -> Iterator[Measured]:
    """Two hundred films of which five are broken, while workers are killed at random."""
    method = method_of_mirror()
    films = write_copies(short_film(folder), folder, WITH_BROKEN)
    for film in films[:: WITH_BROKEN // BROKEN]:
        film.write_bytes(b"no film " + film.name.encode())
    out = folder / "out"
    ended = threading.Event()
    kills: list[int] = []
    killer = threading.Thread(target=kill_at_random, args=(ended, kills))
    work = partial(attempt, out=str(out), keep_take=False)
    killer.start()
    outcome, seconds = run_archive(out, [Recording(film, method) for film in films], lambda: DaskPool(work, 2))
    ended.set()
    killer.join()
    rows = read_table(out / "files")
    expected = WITH_BROKEN - BROKEN
    once = len(rows) == len({row["path"] for row in rows}) == len({row["key"] for row in rows}) == expected
    text = f"{len(rows)} results, {len(outcome.failures)} failures, {len(kills)} kills, {seconds:.0f} s"
    yield Measured(f"{WITH_BROKEN} films, {BROKEN} broken, workers killed", text, once and bool(kills))


def kill_at_random(ended: threading.Event, kills: list[int]) -> None:
    """Kill a random worker of this process every few seconds."""
    chance = random.Random(SEED)  # noqa: S311  # the same each time
    while not ended.wait(chance.uniform(0.5, 2) * DEATH_EVERY_S):
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            workers = [each for each in psutil.Process().children(recursive=True) if is_worker(each)]
            victim = chance.choice(workers)
            victim.kill()
            kills.append(victim.pid)


def is_worker(process: psutil.Process) -> bool:
    """Whether `process` is a worker of Dask, and not what watches over shared resources."""
    return "spawn_main" in " ".join(process.cmdline())


def measure_scale(folder: Path) -> Iterator[Measured]:
    """Tasks that sleep on a real scheduler, whose workers are threads of this process."""
    import dask
    from distributed import LocalCluster

    # Each worker would look at its threads a hundred times per second, all of them in this one process.
    dask.config.set({"distributed.worker.profile.enabled": False})
    chance = random.Random(SEED)  # noqa: S311  # the same each time
    for workers in WORKERS:
        times = [chance.uniform(0.5, 1.5) for _ in range(workers * TASKS_PER_WORKER)]
        here = folder / str(workers)
        here.mkdir()
        with LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
        ) as cluster:
            pool = DaskPool(sleep_as_told, workers, cluster.scheduler_address)
            outcome, seconds = run_archive(here / "out", sleepers(here, times), partial(ready, pool))
        efficiency = sum(times) / workers / seconds
        text = f"{len(times)} tasks in {seconds:.1f} s: efficiency {efficiency:.2f}"
        kept = outcome.read == len(times) and efficiency >= LEAST_EFFICIENCY
        yield Measured(f"{workers} workers with tasks that sleep", text, kept)


MEASUREMENTS: Final = {
    "speed": measure_speed,
    "split": measure_split,
    "done": measure_done,
    "memory": measure_memory,
    "deaths": measure_deaths,
    "scale": measure_scale,
}


def main(argv: list[str] | None = None) -> int:
    """Measure, print each figure, and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure coach analyse.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(MEASUREMENTS)}")
    names = parser.parse_args(argv).names or list(MEASUREMENTS)
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}, processors: {os.cpu_count()}")
    all_kept = True
    for name in names:
        folder = Path(tempfile.mkdtemp(prefix=f"bench-archive-{name}-"))
        try:
            for measured in MEASUREMENTS[name](folder):
                print(measured, flush=True)
                all_kept &= measured.kept
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if all_kept else 1


if __name__ == "__main__":
    sys.exit(main())
