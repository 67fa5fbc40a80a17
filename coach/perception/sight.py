"""What is seen in the pixels of a frame: faces, their looks, and the emotions of each. All else is done with numbers.

The pipeline asks a `Sight`. So whatever it does can be done again without the pixels, by one that remembers
(`coach.perception.recall`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from coach.base.types import Box, Face
from coach.perception.classifier import crop_face, round_shares
from coach.perception.looks import look_of
from coach.perception.quality import FaceMeasures, crop_reason, face_reason, face_weight, measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from coach.base.protocols import EmotionClassifier
    from coach.base.types import Detection, Frame, Reason
    from coach.core.reading.card import ModelCard
    from coach.perception.looks import Look
    from coach.perception.search import FaceSearch


class Sight(Protocol):
    """Looks at frames, which come in time order."""

    @property
    def card(self) -> ModelCard:
        """The classifier's card."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences for the user about the search."""
        ...

    def find(self, frame: Frame, actor: Box | None, more: bool, /) -> list[Detection]:
        """The faces in `frame`, largest first; the arguments are those of `FaceSearch.find`."""
        ...

    def look(self, frame: Frame, face: Detection, /) -> Look:
        """The look of `face` in `frame`, see `coach.perception.looks`."""
        ...

    def read(self, frame: Frame, tracked: Mapping[int, Detection], /) -> tuple[Face, ...]:
        """The readings of the faces `tracked` in `frame`, by track.

        A face of which the model says nothing usable has the reason ``unreadable``.
        """
        ...


class PixelSight:
    """A `Sight` that runs the networks on the pixels.

    Attributes:
        search: finds the faces.
    """

    def __init__(self, search: FaceSearch, classifier: EmotionClassifier) -> None:
        self.search = search
        self._classifier = classifier
        self._card = classifier.card
        self._crops = self._new_crops(1)

    @property
    def card(self) -> ModelCard:
        """The classifier's card."""
        return self._card

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences for the user about the search."""
        return self.search.warnings

    def find(self, frame: Frame, actor: Box | None, more: bool) -> list[Detection]:
        """See `Sight`."""
        return self.search.find(frame.image, actor, more)

    def look(self, frame: Frame, face: Detection) -> Look:
        """See `Sight`."""
        return look_of(frame.image, face)

    def read(self, frame: Frame, tracked: Mapping[int, Detection]) -> tuple[Face, ...]:
        """See `Sight`; all faces are classified in one batch."""
        crops, batch_size = self._crop(frame.image, tracked)
        predictions = self._classifier.classify(self._crops[:batch_size]) if batch_size else None
        return tuple([self._face(crop, predictions) for crop in crops])  # a list is quicker than a generator

    def _crop(self, image: NDArray[np.uint8], tracked: Mapping[int, Detection]) -> tuple[list[_Crop], int]:
        """Crop each classifiable face into a row of `_crops`; returns all faces and the number of rows used."""
        if len(tracked) > len(self._crops):
            self._crops = self._new_crops(2 * len(tracked))
        crops, row = [], 0
        for track, face in sorted(tracked.items()):
            measures = measure(face)
            reason = face_reason(measures)
            if reason is None:
                crop_face(image, face.box, self._card.crop, self._crops[row])
                reason = crop_reason(self._crops[row])
            crops.append(_Crop(track, rounded(face.box), measures, reason, row))
            row += reason is None  # the next face overwrites a crop that is not classified
        return crops, row

    def _face(self, crop: _Crop, predictions: NDArray[np.float32] | None) -> Face:
        if crop.reason is not None or predictions is None:
            return Face(crop.track, crop.box, None, crop.reason)
        shares = predictions[crop.row].tolist()
        if not math.isfinite(sum(shares)):  # one value that is not finite makes the sum so
            return Face(crop.track, crop.box, None, "unreadable")
        return Face(
            crop.track, crop.box, round_shares(shares), weight=face_weight(crop.measures, self._crops[crop.row])
        )

    def _new_crops(self, count: int) -> NDArray[np.uint8]:
        size = self._card.input
        return np.empty((count, size.height, size.width), np.uint8)


class _Crop(NamedTuple):
    """A tracked face. Its pixels are in `row` of the crops, unless `reason` says why it cannot be classified."""

    track: int
    box: Box
    measures: FaceMeasures
    reason: Reason | None
    row: int


def rounded(box: Box) -> Box:
    """Round `box` to a tenth of a pixel."""
    return Box(round(box.x, 1), round(box.y, 1), round(box.width, 1), round(box.height, 1))
