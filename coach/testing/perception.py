"""A detector and a classifier that answer as they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coach.base.types import EMOTIONS, Box, Detection, Emotion
from coach.core.reading.card import InputCard, ModelCard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

A_FACE = Detection(
    Box(100, 60, 160, 160), 0.9, ((140, 110), (220, 110), (180, 150), (180, 180), (105, 120), (255, 120))
)
"""A face that looks into the camera of a 640 x 360 frame."""


def fake_card(width: int = 64, height: int = 64) -> ModelCard:
    """The card of a classifier that takes grey crops of `width` by `height` pixels."""
    size = InputCard(width=width, height=height, channels=1, layout="NHWC", scaling="minus1_1")
    return ModelCard(name="fake", file="fake.onnx", sha256="0" * 64, labels=EMOTIONS, input=size)


def sure(emotion: Emotion, share: float = 0.94) -> tuple[float, ...]:
    """Seven probabilities with `share` on `emotion` and the rest spread evenly."""
    rest = (1 - share) / (len(EMOTIONS) - 1)
    return tuple(share if each == emotion else rest for each in EMOTIONS)


class FakeDetector:
    """A `FaceDetector` that gives one scripted answer per picture, the last for ever; an exception is raised."""

    def __init__(self, answers: Sequence[Sequence[Detection] | Exception] = ((A_FACE,),)) -> None:
        self.answers = answers
        self.calls = 0
        self.sizes: list[tuple[int, ...]] = []

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The next answer; of `image` only the size is kept, in `sizes`."""
        self.sizes.append(image.shape[:2])
        answer = self.answers[min(self.calls, len(self.answers) - 1)]
        self.calls += 1
        if isinstance(answer, Exception):
            raise answer
        return tuple(answer)


class FakeClassifier:
    """An `EmotionClassifier` that gives one scripted answer per call, the last for ever, the same to every crop.

    An answer is seven numbers (may be NaN), an emotion to be `sure` of, or an exception to raise.
    """

    def __init__(
        self, answers: Sequence[Emotion | Sequence[float] | Exception] = ("neutral",), card: ModelCard | None = None
    ) -> None:
        self.answers = answers
        self.calls = 0
        self.batches: list[int] = []
        self._card = card or fake_card()

    @property
    def card(self) -> ModelCard:
        """The card it was made with."""
        return self._card

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The next answer once per crop, (N, 7); `crops` are only counted, in `batches`."""
        answer = self.answers[min(self.calls, len(self.answers) - 1)]
        self.calls += 1
        self.batches.append(len(crops))
        if isinstance(answer, Exception):
            raise answer
        row = sure(answer) if isinstance(answer, str) else answer
        return np.tile(np.asarray(row, np.float32), (len(crops), 1))
