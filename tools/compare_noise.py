"""Measures how far takes differ that show one and the same performance: the noise below which none is called better.

The sample take is read as it is and in fourteen other pictures of it: lighter, darker, harder, compressed, noisy,
smaller, turned both ways, nearer, farther, moved aside, blurred, and at half the rate. Each of its five lines is held
against all seven emotions, and every two of the fifteen are compared where there is something to differ: where the
unchanged take gives the line more than 5 % and less than 95 %.

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

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from coach.app.replay import PlayedTake  # noqa: E402
from coach.base.assets import examples_folder, sample_take  # noqa: E402
from coach.base.events import TakeEnded  # noqa: E402
from coach.base.protocols import SourceInfo  # noqa: E402
from coach.base.settings import Settings  # noqa: E402
from coach.base.types import EMOTIONS, Frame, Observation  # noqa: E402
from coach.core.reading.card import ModelCard  # noqa: E402
from coach.perception.pipeline import open_perception  # noqa: E402
from coach.scripts import load_script  # noqa: E402
from coach.sources import open_source  # noqa: E402
from coach.takes.journal import JournalHeader  # noqa: E402

Picture = NDArray[np.uint8]
Change = Callable[[Picture], Picture]
Figures = dict[tuple[str, int], tuple[float, float]]
"""By emotion and line: share of viewers and accuracy."""

_SOMETHING: Final = (0.05, 0.95)
_QUANTILES: Final = (0.5, 0.9, 0.95, 0.99, 1.0)


def light(gain: float, offset: float) -> Change:
    """Every pixel times `gain` and more by `offset`."""
    return lambda image: np.clip(image * np.float32(gain) + offset, 0, 255).astype(np.uint8)


def moved(degrees: float = 0, scale: float = 1, right: float = 0, down: float = 0) -> Change:
    """Turned and scaled about the middle, and moved by pixels; the edge goes on outside."""

    def change(image: Picture) -> Picture:
        height, width = image.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
        matrix[:, 2] += np.array((right, down))
        return np.asarray(cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)

    return change


def compressed(image: Picture) -> Picture:
    """Through JPEG of quality 50."""
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], 1), np.uint8)


def noisy(image: Picture) -> Picture:
    """With noise of 5 grey levels, the same for every run."""
    dice = np.random.default_rng(int(image[0, 0].sum()))
    return np.clip(image + dice.normal(0, 5, image.shape), 0, 255).astype(np.uint8)


CHANGES: Final[dict[str, tuple[Change, slice]]] = {
    "unchanged": (lambda image: image, slice(None)),
    "lighter": (light(1.15, 8), slice(None)),
    "darker": (light(0.8, -5), slice(None)),
    "harder": (light(1.2, -25), slice(None)),
    "compressed": (compressed, slice(None)),
    "noisy": (noisy, slice(None)),
    "smaller": (lambda image: np.asarray(cv2.resize(image, None, fx=0.6, fy=0.6), np.uint8), slice(None)),
    "turned left": (moved(3), slice(None)),
    "turned right": (moved(-3), slice(None)),
    "nearer": (moved(scale=1.12), slice(None)),
    "farther": (moved(scale=0.85), slice(None)),
    "aside": (moved(right=18, down=8), slice(None)),
    "blurred": (lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), 1), np.uint8), slice(None)),
    "half the rate": (lambda image: image, slice(0, None, 2)),
    "the other half": (lambda image: image, slice(1, None, 2)),
}


def main() -> int:
    """Measure and print."""
    frames = list(_frames())
    found = {}
    for name, (change, every) in CHANGES.items():
        eyes = open_perception()
        seen = [eyes.observe(replace(frame, image=change(frame.image))) for frame in frames[every]]
        found[name] = _figures(seen, eyes.card)
        print(f"{name}: read", flush=True)
    for place, measure in enumerate(("share of viewers", "accuracy")):
        differences = _differences(found, place)
        told = ", ".join(f"{q:.0%} within {np.quantile(differences, q):.3f}" for q in _QUANTILES)
        print(f"{measure}, {len(differences)} pairs: {told}")
    return 0


def _frames() -> Iterator[Frame]:
    source = open_source(str(sample_take()))
    try:
        while isinstance(frame := source.read(), Frame):
            yield frame
    finally:
        source.close()


def _figures(seen: list[Observation], card: ModelCard) -> Figures:
    script = json.loads(load_script(examples_folder() / "waiting_for_news.yaml").model_dump_json())
    source = SourceInfo("video", "sample", live=False)
    figures: Figures = {}
    for emotion in EMOTIONS:
        for line in script["lines"]:
            line["emotion"] = emotion
        header = JournalHeader(created="", script=script, settings=Settings(), card=card, source=source)
        report = PlayedTake(header, lambda: seen, TakeEnded(19.6, "finished")).report("")
        for said in report.lines:
            if said.share is not None:
                figures[emotion, said.index] = said.share, said.accuracy or 0.0
    return figures


def _differences(found: dict[str, Figures], place: int) -> list[float]:
    low, high = _SOMETHING
    cells = [cell for cell, figures in found["unchanged"].items() if low < figures[place] < high]
    pairs = itertools.combinations(found.values(), 2)
    return [abs(a[c][place] - b[c][place]) for a, b in pairs for c in cells if c in a and c in b]


if __name__ == "__main__":
    sys.exit(main())
