"""Run rehearsal and mirror in one process over and over: memory and open files must stay flat.

    python tools/soak.py --minutes 120

Each round plays the sample take with its script, makes a page of it, mirrors the sample take and erases everything.
The first rounds fill caches; after them memory may grow by `--most-mb` in all, and the numbers of open files, threads
and child processes not at all.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # run from any folder, even if not installed

import psutil  # noqa: E402

from coach.base.files import examples_folder, sample_take  # noqa: E402
from tools.hardening.inputs import run_command  # noqa: E402

WARM_ROUNDS: Final = 5
"""Rounds that are not compared: imports, caches, and the memory that allocators keep."""


@dataclass(frozen=True)
class Use:
    """What the process holds after a round: memory in MB, open files and sockets, threads, and child processes."""

    mb: float
    files: int
    threads: int
    children: int


def main(argv: list[str] | None = None) -> int:
    """Run rounds until the time is over; return 1 if something grew."""
    parser = argparse.ArgumentParser(description="Play rehearsals and the mirror over and over, and watch memory.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--most-mb", type=float, default=20.0, help="most growth of memory after the first rounds")
    args = parser.parse_args(argv)
    until, uses = time.monotonic() + args.minutes * 60, list[Use]()
    with tempfile.TemporaryDirectory() as folder:
        for number in itertools.count(1):
            play_round(Path(folder))
            uses.append(use_now())
            print(f"round {number}: {uses[-1]}", flush=True)
            if time.monotonic() > until and number > WARM_ROUNDS + 1:
                break
    faults = growth(uses[WARM_ROUNDS:], args.most_mb)
    print("\n".join(faults) or f"{len(uses)} rounds in {args.minutes:g} minutes: flat")
    return 1 if faults else 0


def play_round(folder: Path) -> None:
    """Rehearse the example, report it, mirror the sample take, and erase the take."""
    takes = folder / "takes"
    script = examples_folder() / "waiting_for_news.yaml"
    run_command("rehearse", script, "--source", sample_take(), "--plain", "--evidence", "--takes", takes)
    run_command("report", ":1", "--html", folder / "page.html", "--takes", takes)
    run_command("mirror", "--source", sample_take(), "--plain", "--log", folder / "log.csv", "--force")
    shutil.rmtree(takes)


def use_now() -> Use:
    """Measure this process."""
    process = psutil.Process()
    files = len(process.open_files()) if sys.platform == "win32" else process.num_fds()
    mb = process.memory_info().rss / 1e6
    return Use(round(mb, 1), files, process.num_threads(), len(process.children(recursive=True)))


def growth(uses: list[Use], most_mb: float) -> list[str]:
    """Return a sentence for each thing that grew from the first third of `uses` to the last third."""
    third = max(len(uses) // 3, 1)
    first, last = uses[:third], uses[-third:]
    faults = []
    grown_mb = min(use.mb for use in last) - max(use.mb for use in first)
    if grown_mb > most_mb:
        faults.append(f"memory grew by {grown_mb:.1f} MB, at most {most_mb:g} are allowed")
    for name in ("files", "threads", "children"):
        before, after = (max(getattr(use, name) for use in part) for part in (first, last))
        if min(getattr(use, name) for use in last) > before:
            faults.append(f"{name} grew from {before} to {after}")
    return faults


if __name__ == "__main__":
    sys.exit(main())
