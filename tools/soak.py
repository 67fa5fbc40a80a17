"""Run rehearsal, mirror and studio at once, over and over: memory and open files must stay flat.

    python tools/soak.py --minutes 120

Each round of this process plays the sample take with its script, makes a page of it, mirrors the sample take and erases
everything. Meanwhile a studio in a process of its own plays the sample take, a take of a camera that is recorded, and
the mirror, round after round. The first rounds fill caches; after them the memory of either process may grow by
`--most-mb` in all, and the numbers of open files, threads and child processes not at all.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # run from any folder, even if not installed

import psutil  # noqa: E402

from coach.base.files import examples_folder, sample_take  # noqa: E402
from coach.base.memory import give_back_memory  # noqa: E402
from coach.cli.signals import restoring_signals  # noqa: E402
from tools.hardening.guard import private_home  # noqa: E402
from tools.hardening.inputs import run_command  # noqa: E402
from tools.hardening.studio_visitor import StudioVisitor, sample_pictures  # noqa: E402

WARM_ROUNDS: Final = 10
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
    parser = argparse.ArgumentParser(description="Play rehearsals, the mirror and the studio over and over.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--most-mb", type=float, default=20.0, help="most growth of memory after the first rounds")
    parser.add_argument("--rest", type=float, default=0.0, help="seconds between the rounds of this process")
    args = parser.parse_args(argv)
    until, uses = time.monotonic() + args.minutes * 60, list[Use]()
    with tempfile.TemporaryDirectory() as folder:
        private_home(Path(folder))
        studio = StudioRounds(Path(folder) / "studio")
        studio.start()
        for number in itertools.count(1):
            play_round(Path(folder))
            give_back_memory()  # a command would end here
            uses.append(use_of(psutil.Process(), without=studio.visitor.process.pid))
            print(
                f"round {number}: {uses[-1]}; studio, round {len(studio.uses)}: {studio.uses[-1:]} {studio.fault}",
                flush=True,
            )
            enough = min(number, len(studio.uses)) > WARM_ROUNDS + 1 or studio.fault
            if time.monotonic() > until and enough:
                break
            time.sleep(args.rest)
        studio.finish()
    faults = [
        *growth(uses[WARM_ROUNDS:], args.most_mb),
        *(f"studio: {fault}" for fault in growth(studio.uses[WARM_ROUNDS:], args.most_mb)),
        *filter(None, [studio.fault]),
    ]
    for name, measured in (("rehearsal and mirror", uses), ("studio", studio.uses)):
        print(f"{name}: {summary(measured[WARM_ROUNDS:])}")
    rounds = f"{len(uses)} rounds, {len(studio.uses)} of the studio"
    print("\n".join(faults) or f"{rounds} in {args.minutes:g} minutes: flat")
    return 1 if faults else 0


class StudioRounds(threading.Thread):
    """Plays in a studio, round after round.

    Attributes:
        visitor: the studio and its browser.
        uses: what the studio held after each round.
        fault: why it stopped before `finish`; empty without a fault.
    """

    def __init__(self, takes: Path) -> None:
        super().__init__(name="studio", daemon=True)
        self.visitor = StudioVisitor(takes)
        self.uses: list[Use] = []
        self.fault = ""
        self._pictures = sample_pictures()
        self._finished = threading.Event()

    def run(self) -> None:
        """Play until `finish`."""
        try:
            self.visitor.enter()
            while not self._finished.is_set():
                self._play_round()
                self.uses.append(use_of(psutil.Process(self.visitor.process.pid)))
        except Exception as error:  # the thread has nobody above it who would show it
            self.fault = f"the studio stopped after {len(self.uses)} rounds: {error!r}"

    def finish(self) -> None:
        """End the round, and the studio."""
        self._finished.set()
        self.join()
        if (code := self.visitor.stop()) != 0:
            self.fault = self.fault or f"the studio ended with {code}"

    def _play_round(self) -> None:
        for report in (self.visitor.play_sample(), self.visitor.play_camera(self._pictures)):
            self.visitor.get(report)
            self.visitor.post(f"/api{report}/forget", {})
        self.visitor.look_into_mirror(self._pictures)
        self.visitor.get("/takes")


def play_round(folder: Path) -> None:
    """Rehearse the example, report it, mirror the sample take, and erase the take."""
    takes = folder / "takes"
    script = examples_folder() / "waiting_for_news.yaml"
    with restoring_signals():
        run_command("rehearse", script, "--source", sample_take(), "--plain", "--evidence", "--takes", takes)
        run_command("report", ":1", "--html", folder / "page.html", "--takes", takes)
        run_command("mirror", "--source", sample_take(), "--plain", "--log", folder / "log.csv", "--force")
    shutil.rmtree(takes)


def use_of(process: psutil.Process, without: int | None = None) -> Use:
    """Measure `process`; the child `without` and what it started do not count."""
    files = len(process.open_files()) if sys.platform == "win32" else process.num_fds()
    mb = process.memory_info().rss / 1e6
    children = process.children(recursive=True)
    others = [child for child in children if child.pid == without]
    others += [each for child in others for each in child.children(recursive=True)]
    return Use(round(mb, 1), files, process.num_threads(), len(set(children) - set(others)))


def summary(uses: list[Use]) -> str:
    """The first, the last and the highest of each measure."""
    if not uses:
        return "nothing was measured"
    names = ("mb", "files", "threads", "children")
    columns = {name: [getattr(use, name) for use in uses] for name in names}
    return ", ".join(f"{name} {values[0]}, {values[-1]}, most {max(values)}" for name, values in columns.items())


def growth(uses: list[Use], most_mb: float) -> list[str]:
    """Return a sentence for each thing that grew from the first third of `uses` to the last third."""
    third = max(len(uses) // 3, 1)
    first, last = uses[:third], uses[-third:]
    if not uses:
        return ["no round came to its end"]
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
