"""Face crops from pictures and videos, as the coach's own perception cuts them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.datasets.fer import DataError

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier, FaceDetector
    from coach.base.types import Box, Detection
    from coach.core.reading.card import ModelCard


Crops: TypeAlias = list[tuple[NDArray[np.uint8], float]]
"""Grey (height, width) of one picture or clip, each with how far it can be relied on."""


@dataclass(frozen=True)
class BoxOff:
    """How far a detector's box is off: moved right and down by shares of its sides, and grown by `bigger`."""

    right: float = 0.0
    down: float = 0.0
    bigger: float = 1.0

    def moved(self, box: Box) -> Box:
        """`box` (pixels), off as said."""
        from coach.base.types import Box

        x, y = box.centre
        width, height = box.width * self.bigger, box.height * self.bigger
        return Box(x + self.right * box.width - width / 2, y + self.down * box.height - height / 2, width, height)


def picture_crops(
    image: NDArray[np.uint8], detector: FaceDetector, card: ModelCard, off: BoxOff | None = None
) -> Crops:
    """The largest face of a picture (height, width, 3), cut as the card says, alone in a list; empty without any.

    A portrait fills its picture as no actor fills a frame, and the detector misses a few of those. So where it finds
    none it looks once more with a black border of a quarter around (319 news portraits of 326 without, all with it).
    """
    from coach.perception.classifier import cut_face

    face = _largest(image, detector)
    if face is None:
        return []
    box = off.moved(face.box) if off else face.box
    return [(cut_face(image, box, card.crop, np.empty((card.input.height, card.input.width), np.uint8)), 1.0)]


def _largest(image: NDArray[np.uint8], detector: FaceDetector) -> Detection | None:
    from coach.perception.tracker import moved

    found = detector.detect(image)
    if found:
        return found[0]
    edge = max(image.shape[:2]) // 4
    framed = cv2.copyMakeBorder(image, edge, edge, edge, edge, cv2.BORDER_CONSTANT).astype(np.uint8, copy=False)
    return next((moved(face, -edge, -edge) for face in detector.detect(framed)), None)


def clip_crops(path: Path, classifier: EmotionClassifier) -> Crops:
    """The crops that the coach's own perception reads in the video at `path`; frames that it refuses give none.

    Raises:
        DataError: the video cannot be read.
    """
    from coach.base.errors import SourceError
    from coach.perception.blazeface import BlazeFace
    from coach.perception.pipeline import FacePipeline, OneActor
    from coach.sources.files.video import VideoSource

    keeper = _CropKeeper(classifier)
    perception = FacePipeline(BlazeFace(), keeper, OneActor())
    weights = []
    try:
        with closing(VideoSource(path)) as source:
            while (frame := source.read()) is not None:
                actor = perception.observe(frame).actor
                weights += [actor.weight] if actor and actor.probabilities else []
    except SourceError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if len(weights) != len(keeper.crops):
        raise DataError(f"{path}: {classifier.card.name} has no usable answer on some frames.")
    return list(zip(keeper.crops, weights, strict=True))


class _CropKeeper:
    """An `EmotionClassifier` that keeps what it was shown and reads it with another."""

    def __init__(self, classifier: EmotionClassifier) -> None:
        self._classifier = classifier
        self.card = classifier.card
        self.crops: list[NDArray[np.uint8]] = []

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.crops += [crop.copy() for crop in crops]
        return self._classifier.classify(crops)


def resize_crops(crops: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Grey `crops` (N, height, width) as (N, `height`, `width`)."""
    if crops.shape[1:] == (height, width):
        return crops
    return np.stack([cv2.resize(crop, (width, height)) for crop in crops]).astype(np.uint8, copy=False)
