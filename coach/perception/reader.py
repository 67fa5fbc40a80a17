"""Reading the faces of one frame, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coach.base.types import Box, Detection, Face
from coach.perception.crop import cut_face
from coach.perception.quality import crop_reason, face_reason, face_weight
from coach.perception.rounding import four_decimals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from coach.base.protocols import EmotionClassifier
    from coach.base.types import Reason
    from coach.core.reading.card import ModelCard


class FaceReader:
    """Cuts out faces, asks the classifier once for all of them, and says which cannot be read and why.

    Attributes:
        unreadable: faces so far for which the model gave no usable answer.
    """

    def __init__(self, classifier: EmotionClassifier) -> None:
        self._classifier = classifier
        self._crops = self._room_for(1)
        self.unreadable = 0

    @property
    def card(self) -> ModelCard:
        """The classifier's card."""
        return self._classifier.card

    def read(self, image: NDArray[np.uint8], people: Mapping[int, Detection]) -> tuple[Face, ...]:
        """The faces of `people`, by track, in `image` (height, width, 3) uint8 BGR, in the order given."""
        if len(people) > len(self._crops):
            self._crops = self._room_for(2 * len(people))
        reasons: list[Reason | None] = []
        count = 0
        for face in people.values():
            reasons.append(self._cut(image, face, self._crops[count]))
            count += reasons[-1] is None
        answers = self._classifier.classify(self._crops[:count]) if count else np.empty((0, 7), np.float32)
        rows = zip(self._crops, answers, strict=False)
        return tuple(
            self._face(track, face, *next(rows)) if reason is None else Face(track, rounded(face.box), None, reason)
            for (track, face), reason in zip(people.items(), reasons, strict=True)
        )

    def _room_for(self, count: int) -> NDArray[np.uint8]:
        size = self.card.input
        return np.empty((count, size.height, size.width), np.uint8)

    def _cut(self, image: NDArray[np.uint8], face: Detection, crop: NDArray[np.uint8]) -> Reason | None:
        """Cut out `face` unless it cannot be read; the reason why."""
        reason = face_reason(face)
        if reason is not None:
            return reason
        cut_face(image, face.box, self.card.crop, crop)
        return crop_reason(crop)

    def _face(self, track: int, face: Detection, crop: NDArray[np.uint8], answer: NDArray[np.float32]) -> Face:
        box = rounded(face.box)
        if not np.isfinite(answer).all():
            self.unreadable += 1
            return Face(track, box, None, "unreadable")
        return Face(track, box, four_decimals(answer.tolist()), weight=face_weight(face, crop))


def rounded(box: Box) -> Box:
    """`box` to a tenth of a pixel."""
    return Box(round(box.x, 1), round(box.y, 1), round(box.width, 1), round(box.height, 1))
