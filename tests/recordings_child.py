"""Child process that writes recordings until it is killed, or on a disk with little space."""

from __future__ import annotations

import os
import resource
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from recordings_help import pictures_of

from coach.base.types import Box
from coach.core.mirror.view import MirrorFace, MirrorView
from coach.recordings.graph import Graph
from coach.recordings.log import MirrorLog
from coach.recordings.recording import Recording

say = partial(print, flush=True)

EVEN = (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4)


def view(t: float) -> MirrorView:
    """One face."""
    return MirrorView(t, (MirrorFace(0, Box(1.0, 2.0, 30.0, 40.0), EVEN, EVEN, "neutral"),), None)


def film(path: Path, source: Path) -> None:
    """Record `source`, then wait to be killed."""
    recording = Recording(path, audio_from=source)
    pictures = pictures_of(source)
    for t, picture in pictures:
        recording.add(t, picture)
    while recording.written < len(pictures):
        time.sleep(0.01)
    say("written")
    time.sleep(600)


def log(path: Path) -> None:
    """Write log rows endlessly; print their number."""
    log = MirrorLog(path)
    for n in range(10_000_000):
        log.write(view(n / 30))
        say(log.rows)


def full(path: Path) -> None:
    """Write videos, log and graph with space for 400 kB, and print the messages for the user."""
    import coach.recordings.drawing  # noqa: F401 - its bytecode would be cut off by the limit, and stay so

    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    rng = np.random.default_rng(0)
    sinks = [Recording(path / "film.mp4"), Recording(path / "film.avi"), MirrorLog(path / "log.csv")]
    for n in range(300):
        for sink in sinks:
            if isinstance(sink, MirrorLog):
                sink.write(MirrorView(n / 30, view(n / 30).faces * 20, None))
            else:
                sink.add(n / 30, rng.integers(0, 60, (60, 80, 3), np.uint8))
    for sink in sinks:
        sink.close()
        say(sink.trouble)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    with Graph(path / "graph.png") as graph:
        graph.add(view(0.0))
    say(graph.trouble)


if __name__ == "__main__":
    os.umask(0o022)
    {"film": film, "log": log, "full": full}[sys.argv[1]](*map(Path, sys.argv[2:]))
