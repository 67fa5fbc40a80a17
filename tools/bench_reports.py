"""Time reports, histories and lists of takes on synthetic takes, and compare each with its limit.

    python tools/bench_reports.py

Runs whole commands as child processes, start-up included, and takes the median of three. Nothing else should run at
the same time. Exits with 1 where a limit is exceeded.
"""

from __future__ import annotations

import functools
import itertools
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

from coach.takes.contents import JOURNAL_NAME, REPORT_NAME
from tools.benchmarks.takes import TITLE, write_many_takes, write_take

RUNS: Final = 3
HISTORY_TAKES: Final = 500
MANY: Final = 10_000
SETTLED_S: Final = 4.0
"""The list of takes caches a take only once it has been left alone for about this many seconds."""
MB: Final = 1e6


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value and the limit that it must not exceed."""

    name: str
    value: float
    limit: float
    unit: str

    def __str__(self) -> str:
        verdict = "ok" if self.value <= self.limit else "TOO MUCH"
        return f"{self.name:<60} {self.value:8.2f} {self.unit:<3} (at most {self.limit:g}) {verdict}"


def median_s(action: Callable[[], object]) -> float:
    """Return the median seconds of `RUNS` calls."""
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def coach(*words: str | Path) -> None:
    """Run a `coach` command to its end and discard its output."""
    subprocess.run([sys.executable, "-m", "coach", *map(str, words)], check=True, capture_output=True)


def pages(folder: Path) -> Iterator[Measurement]:
    """Measure the pages of a 10-minute and a 2-hour take, and the size of the journal."""
    for minutes, limit_s, limit_mb in ((10, 2.0, 3.0), (120, 6.0, math.inf)):
        take, page = write_take(folder / f"take-{minutes}", minutes), folder / f"{minutes}.html"
        coach("report", take)  # writes report.json, which a real take gets when it ends
        seconds = median_s(functools.partial(coach, "report", take, "--html", page))
        yield Measurement(f"coach report --html, take of {minutes} minutes", seconds, limit_s, "s")
        yield Measurement(f"its page, take of {minutes} minutes", page.stat().st_size / MB, limit_mb, "MB")
        if minutes == 10:
            size = (take / JOURNAL_NAME).stat().st_size
            yield Measurement(f"its journal, take of {minutes} minutes", size / MB, 3.0, "MB")


def comparisons(folder: Path) -> Iterator[Measurement]:
    """Measure the comparison page of two 10-minute takes, and rescoring one of them."""
    first, second = (write_take(folder / name, 10) for name in ("first", "second"))
    for take in (first, second):
        coach("report", take)
    page = folder / "compared.html"
    seconds = median_s(lambda: coach("compare", first, second, "--html", page))
    yield Measurement("coach compare --html, two takes of 10 minutes", seconds, 5.0, "s")
    yield Measurement("its page", page.stat().st_size / MB, 3.0, "MB")
    strictness = itertools.cycle(("strict", "gentle"))
    seconds = median_s(lambda: coach("rescore", first, "--strictness", next(strictness)))
    yield Measurement("coach rescore --strictness, take of 10 minutes", seconds, 5.0, "s")


def lists(folder: Path) -> Iterator[Measurement]:
    """Measure the list of ten thousand takes, without and with its cache."""
    takes, take = folder / "many", write_take(folder / "one", 0.1)
    coach("report", take)
    for n in range(MANY):
        copy = takes / f"{2016 + n // 1000}-{n // 100 % 10 + 1:02d}-{n // 10 % 10 + 1:02d}_12-00-{n % 10:02d}_one"
        copy.mkdir(parents=True)
        for name in (JOURNAL_NAME, REPORT_NAME):
            shutil.copy2(take / name, copy)
    time.sleep(SETTLED_S)
    start = time.perf_counter()
    coach("takes", "--takes", takes)
    yield Measurement(f"coach takes, {MANY:,} takes, the first time", time.perf_counter() - start, math.inf, "s")
    yield Measurement(f"coach takes, {MANY:,} takes", median_s(lambda: coach("takes", "--takes", takes)), 1.0, "s")
    every = median_s(lambda: coach("takes", "--takes", takes, "--limit", "0"))
    yield Measurement(f"coach takes --limit 0, {MANY:,} takes", every, math.inf, "s")


def histories(folder: Path) -> Iterator[Measurement]:
    """Measure history and drill plan of a 30-line script over 500 takes."""
    takes = folder / "season"
    takes.mkdir()
    write_many_takes(takes, HISTORY_TAKES, 30)
    commands = {"history": (), "history --html": ("--html", folder / "season.html"), "drill --list": ("--list",)}
    for name, options in commands.items():
        words = (name.partition(" ")[0], TITLE, "--takes", takes, *options)
        yield Measurement(f"coach {name}, {HISTORY_TAKES} takes", median_s(functools.partial(coach, *words)), 2.0, "s")


def main() -> int:
    """Print every measurement; return 1 where one exceeds its limit."""
    with tempfile.TemporaryDirectory() as folder:
        measured = []
        parts = (pages, lists, histories, comparisons)
        for each in itertools.chain.from_iterable(part(Path(folder)) for part in parts):
            print(each, flush=True)
            measured.append(each)
    return int(any(each.value > each.limit for each in measured))


if __name__ == "__main__":
    raise SystemExit(main())
