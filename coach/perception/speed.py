"""How long a model takes on this machine."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.base.protocols import EmotionClassifier, FaceDetector

RUNS: Final = 300
LONGEST_S: Final = 10.0
"""A model that is too slow for so many runs is asked less often."""

NOTICE_EVERY_S: Final = 2.0

_WARM_UP: Final = 10
_FRAME: Final = (360, 640, 3)

Progress = tuple[int, int]
"""Runs done, and how many there will be."""


def ms_per_face(classifier: EmotionClassifier, notify: Callable[[Progress], None]) -> float:
    """Milliseconds in which `classifier` reads one crop, alone: the median of many, of noise, which takes as long."""
    size = classifier.card.input
    crops = np.random.default_rng(0).integers(0, 256, (RUNS, 1, size.height, size.width), np.uint8)
    return ms_per_run(lambda i: classifier.classify(crops[i]), notify)


def ms_per_frame(detector: FaceDetector, notify: Callable[[Progress], None]) -> float:
    """Milliseconds in which `detector` searches one frame of 640 x 360."""
    frame = np.random.default_rng(0).integers(0, 256, _FRAME, np.uint8)
    return ms_per_run(lambda _: detector.detect(frame), notify)


def ms_per_run(
    run: Callable[[int], object], notify: Callable[[Progress], None], clock: Callable[[], float] = time.perf_counter
) -> float:
    """The median time of `run`, called with 0, 1, ... up to `RUNS` times or for `LONGEST_S`, in milliseconds.

    `notify` is told the progress every `NOTICE_EVERY_S` seconds. The first runs are not counted, if others follow.
    """
    times: list[float] = []
    began = told = before = clock()
    for i in range(RUNS):
        run(i)
        now = clock()
        times.append(now - before)
        if now - began >= LONGEST_S:
            break
        if now - told >= NOTICE_EVERY_S:
            notify((i + 1, RUNS))
            told = now
        before = clock()
    return 1000 * statistics.median(times[_WARM_UP:] or times)
