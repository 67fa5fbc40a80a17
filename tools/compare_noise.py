"""Measure how far takes of the same performance differ: smaller differences are noise and do not rank takes.

Reads the sample take unchanged and in fourteen variants: lighter, darker, more contrast, compressed, noisy, smaller,
rotated both ways, nearer, farther, shifted, blurred, and at half the frame rate (even and odd frames). Scores each of
its five lines under all seven emotions, then compares every pair of variants. Lines and emotions count only where the
unchanged take scores between 5 % and 95 %; outside that range there is little room for a difference.

    python tools/compare_noise.py
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

from coach.app.replay import PlayedTake
from coach.base.events import TakeEnded
from coach.base.files import examples_folder, sample_take
from coach.base.protocols import SourceInfo
from coach.base.settings import Settings
from coach.base.types import EMOTIONS, Frame, Observation
from coach.core.reading.card import ModelCard
from coach.perception.pipeline import open_perception
from coach.scripts import load_script
from coach.sources import open_source
from coach.takes.journal import JournalHeader

Image = NDArray[np.uint8]
Transform = Callable[[Image], Image]
LineScores = dict[tuple[str, int], tuple[float, float]]
"""Share of viewers and accuracy, by emotion and line."""

_INFORMATIVE: Final = (0.05, 0.95)
_QUANTILES: Final = (0.5, 0.9, 0.95, 0.99, 1.0)


def brightness(gain: float, offset: float) -> Transform:
    """Multiply every pixel by `gain` and add `offset`."""
    return lambda image: np.clip(image * np.float32(gain) + offset, 0, 255).astype(np.uint8)


def affine(degrees: float = 0, scale: float = 1, right: float = 0, down: float = 0) -> Transform:
    """Rotate and scale about the centre, then shift by pixels; the border is replicated."""

    def transform(image: Image) -> Image:
        height, width = image.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
        matrix[:, 2] += np.array((right, down))
        return np.asarray(cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)

    return transform


def compress(image: Image) -> Image:
    """Encode as JPEG of quality 50 and decode."""
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], 1), np.uint8)


def add_noise(image: Image) -> Image:
    """Add Gaussian noise of 5 grey levels, the same on every run."""
    rng = np.random.default_rng(int(image[0, 0].sum()))
    return np.clip(image + rng.normal(0, 5, image.shape), 0, 255).astype(np.uint8)


VARIANTS: Final[dict[str, tuple[Transform, slice]]] = {
    "unchanged": (lambda image: image, slice(None)),
    "lighter": (brightness(1.15, 8), slice(None)),
    "darker": (brightness(0.8, -5), slice(None)),
    "more contrast": (brightness(1.2, -25), slice(None)),
    "compressed": (compress, slice(None)),
    "noisy": (add_noise, slice(None)),
    "smaller": (lambda image: np.asarray(cv2.resize(image, None, fx=0.6, fy=0.6), np.uint8), slice(None)),
    "rotated left": (affine(3), slice(None)),
    "rotated right": (affine(-3), slice(None)),
    "nearer": (affine(scale=1.12), slice(None)),
    "farther": (affine(scale=0.85), slice(None)),
    "shifted": (affine(right=18, down=8), slice(None)),
    "blurred": (lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), 1), np.uint8), slice(None)),
    "even frames": (lambda image: image, slice(0, None, 2)),
    "odd frames": (lambda image: image, slice(1, None, 2)),
}
"""By name: how each frame is changed, and which frames are kept."""


def main() -> int:
    """Measure and print."""
    frames = list(_sample_frames())
    scores = {}
    for name, (transform, kept) in VARIANTS.items():
        perception = open_perception()
        observations = [perception.observe(replace(frame, image=transform(frame.image))) for frame in frames[kept]]
        scores[name] = _score_lines(observations, perception.card)
        print(f"{name}: read", flush=True)
    for place, measure in enumerate(("share of viewers", "accuracy")):
        differences = _differences(scores, place)
        quantiles = ", ".join(f"{q:.0%} within {np.quantile(differences, q):.3f}" for q in _QUANTILES)
        print(f"{measure}, {len(differences)} pairs: {quantiles}")
    return 0


def _sample_frames() -> Iterator[Frame]:
    source = open_source(str(sample_take()))
    try:
        while isinstance(frame := source.read(), Frame):
            yield frame
    finally:
        source.close()


def _score_lines(observations: list[Observation], card: ModelCard) -> LineScores:
    """Score every line of the sample script as if it asked for each emotion in turn."""
    script = json.loads(load_script(examples_folder() / "waiting_for_news.yaml").model_dump_json())
    source = SourceInfo("video", "sample", live=False)
    scores: LineScores = {}
    for emotion in EMOTIONS:
        for line in script["lines"]:
            line["emotion"] = emotion
        header = JournalHeader(created="", script=script, settings=Settings(), card=card, source=source)
        report = PlayedTake(header, lambda: observations, TakeEnded(19.6, "finished")).report("")
        for scored in report.lines:
            if scored.share is not None:
                scores[emotion, scored.index] = scored.share, scored.accuracy or 0.0
    return scores


def _differences(scores: dict[str, LineScores], place: int) -> list[float]:
    """Absolute differences between all pairs of variants in the score at `place` (0: share, 1: accuracy)."""
    low, high = _INFORMATIVE
    cells = [cell for cell, line in scores["unchanged"].items() if low < line[place] < high]
    pairs = itertools.combinations(scores.values(), 2)
    return [abs(a[c][place] - b[c][place]) for a, b in pairs for c in cells if c in a and c in b]


if __name__ == "__main__":
    sys.exit(main())
