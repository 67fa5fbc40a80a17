"""How long reports, histories and lists of takes need, on synthetic takes: `.venv/bin/python -m tools.bench_reports`.

Whole commands in processes of their own, start included, the median of three. Nothing else should run meanwhile.
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

from coach.takes.contents import JOURNAL_NAME, REPORT_NAME
from tools.benchmarks.takes import TITLE, make_take, make_takes

RUNS: Final = 3
SEASON: Final = 500
MANY: Final = 10_000
SETTLED_S: Final = 4.0
"""So long a take must have been left alone before the list remembers it."""
MB: Final = 1e6


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, what came out, and the limit that it must keep."""

    what: str
    found: float
    limit: float
    unit: str

    def __str__(self) -> str:
        kept = "ok" if self.found <= self.limit else "TOO MUCH"
        return f"{self.what:<60} {self.found:8.2f} {self.unit:<3} (at most {self.limit:g}) {kept}"


def timed(action: Callable[[], object]) -> float:
    """Seconds, the median of a few runs."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def coach(*words: str | Path) -> None:
    """Run the command to its end, silently."""
    subprocess.run([sys.executable, "-m", "coach", *map(str, words)], check=True, capture_output=True)


def pages(folder: Path) -> Iterator[Row]:
    """The page of a take of 10 minutes and of one of two hours, and the size of the journal."""
    for minutes, most_s, most_mb in ((10, 2.0, 3.0), (120, 10.0, math.inf)):
        take, page = make_take(folder / f"take-{minutes}", minutes), folder / f"{minutes}.html"
        coach("report", take)  # a take's report is made once, when it ends
        yield Row(f"coach report --html, take of {minutes} minutes", _page_s(take, page), most_s, "s")
        yield Row(f"its page, take of {minutes} minutes", page.stat().st_size / MB, most_mb, "MB")
        if minutes == 10:
            size = (take / JOURNAL_NAME).stat().st_size
            yield Row(f"its journal, take of {minutes} minutes", size / MB, 3.0, "MB")


def comparisons(folder: Path) -> Iterator[Row]:
    """Two takes of 10 minutes compared as a page, and one scored again."""
    first, second = (make_take(folder / name, 10) for name in ("first", "second"))
    for take in (first, second):
        coach("report", take)
    page = folder / "compared.html"
    seconds = timed(lambda: coach("compare", first, second, "--html", page))
    yield Row("coach compare --html, two takes of 10 minutes", seconds, 5.0, "s")
    yield Row("its page", page.stat().st_size / MB, 3.0, "MB")
    strictness = itertools.cycle(("strict", "gentle"))
    seconds = timed(lambda: coach("rescore", first, "--strictness", next(strictness)))
    yield Row("coach rescore --strictness, take of 10 minutes", seconds, 5.0, "s")


def _page_s(take: Path, page: Path) -> float:
    return timed(lambda: coach("report", take, "--html", page))


def lists(folder: Path) -> Iterator[Row]:
    """The list of ten thousand takes, the first time and from then on."""
    takes, take = folder / "many", make_take(folder / "one", 0.1)
    coach("report", take)
    for n in range(MANY):
        copy = takes / f"{2016 + n // 1000}-{n // 100 % 10 + 1:02d}-{n // 10 % 10 + 1:02d}_12-00-{n % 10:02d}_one"
        copy.mkdir(parents=True)
        for name in (JOURNAL_NAME, REPORT_NAME):
            shutil.copy2(take / name, copy)
    time.sleep(SETTLED_S)
    start = time.perf_counter()
    coach("takes", "--takes", takes)
    yield Row(f"coach takes, {MANY:,} takes, the first time", time.perf_counter() - start, math.inf, "s")
    yield Row(f"coach takes, {MANY:,} takes", timed(lambda: coach("takes", "--takes", takes)), 1.0, "s")
    every = timed(lambda: coach("takes", "--takes", takes, "--limit", "0"))
    yield Row(f"coach takes --limit 0, {MANY:,} takes", every, math.inf, "s")


def histories(folder: Path) -> Iterator[Row]:
    """A script of 30 lines over 500 takes: on the terminal, as a page, and what to drill."""
    takes = folder / "season"
    takes.mkdir()
    make_takes(takes, SEASON, 30)
    commands = {"history": (), "history --html": ("--html", folder / "season.html"), "drill --list": ("--list",)}
    for what, more in commands.items():
        words = (what.partition(" ")[0], TITLE, "--takes", takes, *more)
        yield Row(f"coach {what}, {SEASON} takes", timed(functools.partial(coach, *words)), 2.0, "s")


def main() -> int:
    """Print every figure; 1 where one is beyond its limit."""
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        parts = (pages, lists, histories, comparisons)
        for row in itertools.chain.from_iterable(part(Path(folder)) for part in parts):
            print(row, flush=True)
            rows.append(row)
    return int(any(row.found > row.limit for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
