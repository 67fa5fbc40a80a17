"""Time the coach against the PyPI library `fer`, whole process against whole process, on one machine.

Both read the same video, the sample take repeated to at least 90 s. The coach runs `coach rehearse --plain --voice off`
with all of its work (decoding, reading, scoring, journal, report). `fer` runs `detect_emotions` on every
frame, draws nothing and saves nothing, which is its fastest use. The runs alternate, so that other load on the machine
affects both. Prints the table of README.md, then runs `tools/bench_mirror.py`.

    python tools/bench.py [--runs 5] [--without-fer] [--without-mirror]

`fer` needs an older OpenCV, so it gets an environment of its own in the user's cache folder. Creating it needs a
network.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

from tools.benchmarks.clips import LongTake, write_long_take
from tools.benchmarks.processes import FER, ProcessCost, cost_of, fer_python, machine, output_of
from tools.console import log

FER_LOOP: Final = """
import sys, cv2
from fer.fer import FER
detector, video = FER(), cv2.VideoCapture(sys.argv[1])
while True:
    there, frame = video.read()
    if not there:
        break
    detector.detect_emotions(frame)
"""

SPEED_S: Final = 90.0
SHORT_S: Final = 60.0
LONG_S: Final = 1800.0

Row = tuple[str, str]
"""What was measured, and the value."""


def main(argv: list[str] | None = None) -> int:
    """Measure, print and return the exit code."""
    parser = argparse.ArgumentParser(description="Time the coach against the PyPI library fer.")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="runs of each for the speed (default: 5)")
    parser.add_argument("--without-fer", action="store_true", help="measure the coach alone")
    parser.add_argument("--without-mirror", action="store_true", help="measure rehearsals alone")
    args = parser.parse_args(argv)
    fer = None if args.without_fer else fer_python()
    with tempfile.TemporaryDirectory(prefix="coach-bench-") as folder:
        rows = [*speed_rows(Path(folder), args.runs, fer), *start_rows(Path(folder)), *memory_rows(Path(folder))]
    print(table(rows))
    if args.without_mirror:
        return 0
    from tools import bench_mirror

    return bench_mirror.main(["--runs", str(args.runs), *(["--without-fer"] if args.without_fer else [])])


def speed_rows(folder: Path, runs: int, fer: str | None) -> list[Row]:
    """Measure frames per second, plain, with measures, and of `fer`, in alternating runs; then the ratios.

    The ratios are those of processor time, because other work on the machine slows one run more than another.
    """
    take = write_long_take(folder, SPEED_S)
    commands = {"coach": rehearse_command(take, folder), "with measures": rehearse_command(take, folder, "--measures")}
    if fer:
        commands["fer"] = [fer, "-c", FER_LOOP, str(take.video)]
    costs: dict[str, list[ProcessCost]] = {name: [] for name in commands}
    for number in range(runs):
        for name, command in commands.items():
            costs[name].append(cost_of(command))
        log(f"run {number + 1} of {runs}: {', '.join(f'{name} {_speed(take, costs[name]):.0f}' for name in costs)}")
    rows = [
        (f"`coach rehearse` on {take.seconds:.0f} s of video, {take.frames} frames", _speeds(take, costs["coach"])),
        ("the same with `--measures`", _speeds(take, costs["with measures"])),
    ]
    if fer:
        rows.append((f"`{FER}` on the same video", _speeds(take, costs["fer"])))
        for name, label in (("coach", "coach : fer"), ("with measures", "coach with measures : fer")):
            rows.append((f"{label}, processor time", f"**{_busy(costs['fer']) / _busy(costs[name]):.1f} : 1**"))
    return rows


def _speed(take: LongTake, costs: list[ProcessCost]) -> float:
    """Frames per second of the last run."""
    return take.frames / costs[-1].seconds


def _speeds(take: LongTake, costs: list[ProcessCost]) -> str:
    fps = spread([take.frames / cost.seconds for cost in costs], "frames/s")
    return f"{fps}, {_busy(costs):.1f} s of processor time"


def _busy(costs: list[ProcessCost]) -> float:
    """Median processor time in seconds."""
    return statistics.median(cost.busy_s for cost in costs)


def start_rows(folder: Path) -> list[Row]:
    """Measure `coach --help`, loading the models in a fresh process, and one whole rehearsal."""
    helps = [cost_of([sys.executable, "-m", "coach", "--help"]).seconds for _ in range(9)]
    code = "from coach.perception.pipeline import open_perception; print(open_perception().load_s)"
    loads = [float(output_of([sys.executable, "-c", code])) for _ in range(5)]
    take = write_long_take(folder, 1.0)
    whole = [cost_of(rehearse_command(take, folder)).seconds for _ in range(3)]
    return [
        ("`coach --help`", f"{statistics.median(helps):.2f} s"),
        ("loading both models", f"{statistics.median(loads) * 1000:.0f} ms"),
        (f"the sample take once ({take.seconds:.0f} s), from start to report", f"{statistics.median(whole):.1f} s"),
    ]


def memory_rows(folder: Path) -> list[Row]:
    """Measure peak memory on a short and on a long take."""
    takes = (write_long_take(folder, seconds) for seconds in (SHORT_S, LONG_S))
    short, long = (cost_of(rehearse_command(take, folder)) for take in takes)
    times = long.memory_mb / short.memory_mb
    return [
        ("peak memory, take of 1 minute", f"{short.memory_mb:.0f} MB"),
        ("peak memory, take of 30 minutes", f"{long.memory_mb:.0f} MB ({times:.2f} times as much)"),
        ("a take of 30 minutes, from start to report", f"{long.seconds:.0f} s"),
    ]


def rehearse_command(take: LongTake, folder: Path, *more: str) -> list[str]:
    """Return the command that rehearses `take`, with its takes folder in `folder` and `more` options."""
    takes = folder / "takes"
    takes.mkdir(exist_ok=True)
    options = ["--plain", "--voice", "off", "--takes", str(takes), *more]
    return [sys.executable, "-m", "coach", "rehearse", str(take.script), "--source", str(take.video), *options]


def spread(values: list[float], unit: str) -> str:
    """Format the median with minimum and maximum."""
    return f"{statistics.median(values):.0f} {unit} (median of {len(values)}; {min(values):.0f} to {max(values):.0f})"


def table(rows: list[Row]) -> str:
    """Format the table for README.md, with the machine below it."""
    body = "\n".join(f"| {name} | {value} |" for name, value in rows)
    note = f"One run of `tools/bench.py` on one machine: {machine()}. Whole processes, start and report included."
    return f"| what | measured |\n|---|---|\n{body}\n\n{note}"


if __name__ == "__main__":
    sys.exit(main())
