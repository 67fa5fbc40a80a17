"""Times the coach against the PyPI library `fer`, whole process against whole process, in one run on one machine.

Both read the same video, the sample take repeated to at least 90 s. The coach runs `coach rehearse --plain --voice off`
with all that it does (decoding, reading, scoring, journal, report); `fer` runs its `detect_emotions` on every frame and
neither draws nor saves, which is the fastest it offers. The runs alternate, so that a busy moment hits both. Prints the
table of README.md, and then what `tools/bench_mirror.py` measures of the mirror.

    python tools/bench.py [--runs 5] [--without-fer] [--without-mirror]

The environment for `fer`, which needs an older OpenCV, is made once in the user's cache folder; that needs a network.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

from tools.benchmarks.clips import Clip, make_clip
from tools.benchmarks.processes import FER, fer_python, machine, output, timed
from tools.console import say

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


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


def main(argv: list[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
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


# --- what is measured -----------------------------------------------------------------------------------------------


def speed_rows(folder: Path, runs: int, fer: str | None) -> list[tuple[str, str]]:
    """Frames per second of both, alternating, and how many times as many the coach does."""
    clip = make_clip(folder, SPEED_S)
    ours, theirs = [], []
    for number in range(runs):
        ours.append(clip.frames / timed(coach(clip, folder)).seconds)
        if fer:
            theirs.append(clip.frames / timed([fer, "-c", FER_LOOP, str(clip.video)]).seconds)
        say(f"run {number + 1} of {runs}: coach {ours[-1]:.0f} frames/s" + (f", fer {theirs[-1]:.0f}" if fer else ""))
    rows = [(f"`coach rehearse` on {clip.seconds:.0f} s of video, {clip.frames} frames", spread(ours, "frames/s"))]
    if theirs:
        ratio = statistics.median(ours) / statistics.median(theirs)
        rows.append((f"`{FER}` on the same video", spread(theirs, "frames/s")))
        rows.append(("coach : fer", f"**{ratio:.1f} : 1**"))
    return rows


def start_rows(folder: Path) -> list[tuple[str, str]]:
    """How long `coach --help` takes, and loading the models in a fresh process."""
    helps = [timed([sys.executable, "-m", "coach", "--help"]).seconds for _ in range(9)]
    code = "from coach.perception.pipeline import open_perception; print(open_perception().load_s)"
    loads = [float(output([sys.executable, "-c", code])) for _ in range(5)]
    clip = make_clip(folder, 1.0)
    whole = [timed(coach(clip, folder)).seconds for _ in range(3)]
    return [
        ("`coach --help`", f"{statistics.median(helps):.2f} s"),
        ("loading both models", f"{statistics.median(loads) * 1000:.0f} ms"),
        (f"the sample take once ({clip.seconds:.0f} s), from start to report", f"{statistics.median(whole):.1f} s"),
    ]


def memory_rows(folder: Path) -> list[tuple[str, str]]:
    """Peak memory on a short and on a long take."""
    short, long = (timed(coach(make_clip(folder, seconds), folder)) for seconds in (SHORT_S, LONG_S))
    times = long.memory_mb / short.memory_mb
    return [
        ("peak memory, take of 1 minute", f"{short.memory_mb:.0f} MB"),
        ("peak memory, take of 30 minutes", f"{long.memory_mb:.0f} MB ({times:.2f} times as much)"),
        ("a take of 30 minutes, from start to report", f"{long.seconds:.0f} s"),
    ]


# --- what they are measured on --------------------------------------------------------------------------------------


def coach(clip: Clip, folder: Path) -> list[str]:
    """The command that rehearses `clip`."""
    takes = folder / "takes"
    takes.mkdir(exist_ok=True)
    options = ["--plain", "--voice", "off", "--takes", str(takes)]
    return [sys.executable, "-m", "coach", "rehearse", str(clip.script), "--source", str(clip.video), *options]


# --- measuring ------------------------------------------------------------------------------------------------------


def spread(values: list[float], unit: str) -> str:
    """Median, and the least and the most."""
    return f"{statistics.median(values):.0f} {unit} (median of {len(values)}; {min(values):.0f} to {max(values):.0f})"


def table(rows: list[tuple[str, str]]) -> str:
    """The table for README.md, and below it the machine."""
    body = "\n".join(f"| {what} | {value} |" for what, value in rows)
    note = f"One run of `tools/bench.py` on one machine: {machine()}. Whole processes, start and report included."
    return f"| what | measured |\n|---|---|\n{body}\n\n{note}"


if __name__ == "__main__":
    sys.exit(main())
