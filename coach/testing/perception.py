"""Fake detector and classifier with scripted output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coach.base.types import EMOTIONS, Box, Detection, Emotion
from coach.core.reading.card import InputCard, ModelCard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FRONTAL_FACE = Detection(
    Box(100, 60, 160, 160), 0.9, ((140, 110), (220, 110), (180, 150), (180, 180), (105, 120), (255, 120))
)
"""A frontal face in a 640 x 360 frame."""


def fake_card(width: int = 64, height: int = 64) -> ModelCard:
    """Model card of a classifier for grey crops of `width` by `height` pixels."""
    size = InputCard(width=width, height=height, channels=1, layout="NHWC", scaling="minus1_1")
    return ModelCard(name="fake", file="fake.onnx", sha256="0" * 64, labels=EMOTIONS, input=size)


def probabilities_for(emotion: Emotion, share: float = 0.94) -> tuple[float, ...]:
    """Seven probabilities: `share` for `emotion`, the remainder spread evenly over the others."""
    other_share = (1 - share) / (len(EMOTIONS) - 1)
    return tuple(share if label == emotion else other_share for label in EMOTIONS)


class FakeDetector:
    """A `FaceDetector` that returns or raises one scripted answer per picture; the last answer repeats."""

    def __init__(self, answers: Sequence[Sequence[Detection] | Exception] = ((FRONTAL_FACE,),)) -> None:
        self.answers = answers
        self.calls = 0
        self.sizes: list[tuple[int, ...]] = []

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """Return the next answer; record the size of `image` in `sizes`."""
        self.sizes.append(image.shape[:2])
        answer = self.answers[min(self.calls, len(self.answers) - 1)]
        self.calls += 1
        if isinstance(answer, Exception):
            raise answer
        return tuple(answer)


class FakeClassifier:
    """An `EmotionClassifier` with one scripted answer per call, the same for every crop; the last answer repeats.

    An answer is seven numbers (which may be NaN), an emotion for `probabilities_for`, or an exception to raise.
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
        """The given card, or that of `fake_card`."""
        return self._card

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the next answer for each crop, (N, 7); record the number of `crops` in `batches`."""
        answer = self.answers[min(self.calls, len(self.answers) - 1)]
        self.calls += 1
        self.batches.append(len(crops))
        if isinstance(answer, Exception):
            raise answer
        row = probabilities_for(answer) if isinstance(answer, str) else answer
        return np.tile(np.asarray(row, np.float32), (len(crops), 1))
