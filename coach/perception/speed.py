"""Benchmark of a model on this machine."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.mesh import POINTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.base.protocols import EmotionClassifier, FaceDetector
    from coach.perception.landmarks import FaceLandmarker

RUNS: Final = 40
LONGEST_S: Final = 10.0
"""The benchmark of a slow model ends after this many seconds, with fewer runs."""

NOTICE_EVERY_S: Final = 2.0
"""Seconds between two progress reports."""

_WARM_UP: Final = 10
"""First runs, which are not counted."""

_FRAME: Final = (360, 640, 3)

Progress = tuple[int, int]
"""Runs done so far, and planned runs."""


def ms_per_face(classifier: EmotionClassifier, notify: Callable[[Progress], None]) -> float:
    """Median milliseconds to classify one crop; the crops are noise, which takes as long as faces."""
    size = classifier.card.input
    crops = np.random.default_rng(0).integers(0, 256, (RUNS, 1, size.height, size.width), np.uint8)
    return ms_per_run(lambda i: classifier.classify(crops[i]), notify)


def ms_per_frame(detector: FaceDetector, notify: Callable[[Progress], None]) -> float:
    """Median milliseconds to search one frame of 640 x 360."""
    frame = np.random.default_rng(0).integers(0, 256, _FRAME, np.uint8)
    return ms_per_run(lambda _: detector.detect(frame), notify)


def ms_of_landmarks(landmarker: FaceLandmarker, notify: Callable[[Progress], None]) -> float:
    """Median milliseconds to find the points of one face."""
    from coach.perception.landmarks import Region

    frame = np.random.default_rng(0).integers(0, 256, _FRAME, np.uint8)
    region = Region(_FRAME[1] / 2, _FRAME[0] / 2, _FRAME[0] / 2, 0.1)
    return ms_per_run(lambda _: landmarker.find(frame, region), notify)


def ms_of_blendshapes(landmarker: FaceLandmarker, notify: Callable[[Progress], None]) -> float:
    """Median milliseconds to estimate the blendshapes of one face from its points."""
    points = np.random.default_rng(0).uniform(100, 300, (POINTS, 3)).astype(np.float32)
    return ms_per_run(lambda _: landmarker.blendshapes(points), notify)


def ms_per_run(
    run: Callable[[int], object], notify: Callable[[Progress], None], clock: Callable[[], float] = time.perf_counter
) -> float:
    """Median time of `run` in milliseconds; it is called with 0, 1, ... up to `RUNS` times or for `LONGEST_S` seconds.

    `notify` gets the progress every `NOTICE_EVERY_S` seconds. The `_WARM_UP` first runs count only if there are no
    others.
    """
    times: list[float] = []
    began = notified = before = clock()
    for i in range(RUNS):
        run(i)
        now = clock()
        times.append(now - before)
        if now - began >= LONGEST_S:
            break
        if now - notified >= NOTICE_EVERY_S:
            notify((i + 1, RUNS))
            notified = now
        before = clock()
    return 1000 * statistics.median(times[_WARM_UP:] or times)
