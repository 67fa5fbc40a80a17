"""Measure how well the sound of a recorded take keeps in step with its pictures over ten minutes.

    python tools/bench_sync.py [--minutes 10]

A generated film flashes at each whole second, at which a generated microphone clicks. Its clock is wrong, the times of
its blocks are late at random, and once it loses half a second. The film is written as `--record` writes it, and read
again. Prints how far the clicks are from their flashes, and how far they would be if samples were only counted. Exits
with 1 where a click is more than 40 ms off.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

import numpy as np

from coach.base.types import Frame
from coach.media.libav import av
from coach.takes.video import Encoder
from coach.testing.sound import ClickingMicrophone

LIMIT_S = 0.04
FPS = 30
SIZE = (72, 128)
LOST_S = 0.5
SETTLED_S = 3.0
"""Clicks this soon after lost sound are left out: some of them were lost."""

CASES = ((48_000, 0.0), (48_000, 3e-4), (48_000, -3e-4), (44_100, 1e-4), (16_000, -1e-3))
"""Rate and drift of each microphone; sound cards drift by 1e-4 at most, cheap USB headsets by 3e-4."""


def main() -> int:
    """Measure each case and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    seconds = parser.parse_args().minutes * 60
    worst = 0.0
    print("rate     drift     counted only   median    largest   wall")
    for rate, drift in CASES:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "film.mp4"
            write_film(path, ClickingMicrophone(rate, drift=drift, late_s=0.015), seconds)
            off = np.array(click_offsets(path, seconds))
        worst = max(worst, float(np.abs(off).max()))
        alone = seconds * drift - LOST_S
        print(
            f"{rate:>6} {drift:>+9.2%} {abs(alone) * 1000:>11.0f} ms {np.median(off) * 1000:>6.1f} ms "
            f"{np.abs(off).max() * 1000:>6.1f} ms {time.monotonic() - began:>5.0f} s"
        )
    return int(worst > LIMIT_S)


def write_film(path: Path, microphone: ClickingMicrophone, seconds: float) -> None:
    """Write a film of `seconds` that flashes white at each whole second; in its middle, sound is lost."""
    dark, white = np.zeros((*SIZE, 3), np.uint8), np.full((*SIZE, 3), 255, np.uint8)
    lost = False
    with Encoder(path, Frame(0.0, dark), microphone.rate) as encoder:
        for n in range(round(seconds * FPS)):
            if not lost and n / FPS > seconds / 2:
                microphone.lose(LOST_S)
                lost = True
            for block in microphone.read_until(n / FPS):
                encoder.hear(block)
            encoder.add(Frame(n / FPS, white if n % FPS == 0 else dark))


def click_offsets(path: Path, seconds: float) -> list[float]:
    """How late each click is after its flash, in seconds of the film."""
    with av.open(str(path)) as container:
        pictures = container.decode(container.streams.video[0])
        flashes = [float(frame.time or 0) for frame in pictures if frame.to_ndarray(format="gray").mean() > 128]
    clicks: dict[int, float] = {}
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[0]):
            for place in np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.2):
                t = float(frame.time or 0) + int(place) / frame.sample_rate
                clicks.setdefault(round(t), t)
    kept = [t for t in flashes[1:-1] if not seconds / 2 - 1 <= t <= seconds / 2 + SETTLED_S]
    return [clicks[round(t)] - t for t in kept]


if __name__ == "__main__":
    sys.exit(main())
