"""Everyone's face: a frame goes in, what is read in every face comes out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from coach.base.errors import UsageError
from coach.base.types import Observation
from coach.perception.blazeface import without_doubles
from coach.perception.pipeline import FaceReader, Failures
from coach.perception.tracker import People, moved

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from coach.base.protocols import EmotionClassifier, FaceDetector
    from coach.base.types import Box, Detection, Frame
    from coach.core.reading.card import ModelCard

LONGEST_S: Final = 0.25
"""Faces are searched at least so often, in seconds, whatever the number of frames between: people move meanwhile."""

SURE: Final = 0.65
MAYBE: Final = 0.5
"""A newcomer is shown at once when scored as high as the first, and when found twice in a row as high as the second."""


def open_crowd(
    detector: str = "auto",
    model: str | Path | None = None,
    *,
    every: int = 3,
    max_faces: int | None = None,
    region: Box | None = None,
    stills: bool = False,
) -> Crowd:
    """Load detector and classifier; more on the options in `Crowd`.

    Args:
        detector: the name of one of `coach.perception.detectors.DETECTORS`, or ``auto``: ``wide``, and ``tiled`` for
            stills, which can wait.
        model: the name of a shipped classifier, or the path of a NAME.onnx with its card NAME.json beside it; None
            takes the default.
        every: faces are searched in every Nth frame and followed between.
        max_faces: so many are followed at once, the biggest at first; None follows everyone.
        region: faces are searched only in it, in pixels of the frame.
        stills: every frame is a picture of its own.

    Raises:
        ModelError: a model cannot be used; the message says why.
        UsageError: there is no detector or shipped classifier of that name, or an option has no meaning.
    """
    from coach.perception.detectors import open_detector
    from coach.perception.models import find_model
    from coach.perception.probe import load_model

    started = time.perf_counter()
    if detector == "auto":
        detector = "tiled" if stills else "wide"
    parts = open_detector(detector), load_model(find_model(model))
    load_s = time.perf_counter() - started
    return Crowd(*parts, every=every, max_faces=max_faces, region=region, stills=stills, load_s=load_s)


class Crowd:
    """Follows everyone through the frames of one source and reads their faces.

    Attributes:
        load_s: how long loading the models took, in seconds.
    """

    def __init__(
        self,
        detector: FaceDetector,
        classifier: EmotionClassifier,
        *,
        every: int = 3,
        max_faces: int | None = None,
        region: Box | None = None,
        stills: bool = False,
        load_s: float = 0.0,
    ) -> None:
        """Begin with nobody in sight.

        Args:
            detector: finds the faces.
            classifier: reads them.
            every: faces are searched in every Nth frame and followed between.
            max_faces: so many are followed at once, the biggest at first; None follows everyone.
            region: faces are searched only in it, in pixels of the frame.
            stills: every frame is a picture of its own: it is searched, and its people are nobody known.
            load_s: how long loading them took.
        """
        if every < 1 or (max_faces is not None and max_faces < 1):
            raise UsageError("every and max_faces must be 1 or more.")
        self._detector = detector
        self._reader = FaceReader(classifier)
        self._failures = Failures()
        self._beside: list[str] = []
        self._every = every
        self._max_faces = max_faces
        self._region = region
        self._stills = stills
        self._people = self._nobody()
        self._since_search = every
        self._searched_t = 0.0
        self.load_s = load_s

    @property
    def card(self) -> ModelCard:
        """The classifier's card."""
        return self._reader.card

    @property
    def stopped(self) -> bool:
        """Whether the models failed too often in a row, so that nothing is read any more."""
        return self._failures.stopped

    @property
    def warnings(self) -> list[str]:
        """What went wrong so far, as sentences."""
        return [*self._failures.warnings(self._reader.unreadable), *self._beside]

    def observe(self, frame: Frame) -> Observation:
        """Everyone seen in `frame`, by track; frames come in time order. Never raises because a model fails.

        Raises:
            ValueError: the picture is not (height, width, 3) uint8 or has no pixels, which only a faulty source gives.
        """
        return self._failures.look(frame, self._look)

    def _look(self, frame: Frame) -> Observation:
        people = self._find(frame)
        if not people:
            return Observation(frame.t, (), "no face")
        faces = self._reader.read(frame.image, dict(sorted(people.items())))
        main = next((face for face in faces if face.track == 0), None)
        return Observation(frame.t, faces, main.reason if main else "no face")

    def _find(self, frame: Frame) -> dict[int, Detection]:
        """Everyone in sight: searched when it is time, else where they should be by now."""
        self._since_search += 1
        if self._since_search < self._every and frame.t - self._searched_t < LONGEST_S and not self._stills:
            return self._people.expected(frame.t)
        self._since_search, self._searched_t = 0, frame.t
        if self._stills:
            self._people = self._nobody()
        return self._people.update(frame.t, without_doubles(self._search(frame.image)))

    def _nobody(self) -> People:
        return People(most=self._max_faces, sure=MAYBE if self._stills else SURE, maybe=MAYBE)

    def _search(self, image: NDArray[np.uint8]) -> list[Detection]:
        """The faces in the region of `image`, biggest first."""
        if self._region is None:
            return list(self._detector.detect(image))
        height, width = image.shape[:2]
        left, top, right, bottom = _inside(self._region, width, height)
        if left >= right or top >= bottom:
            self._beside = [
                f"The region lies beside the picture, which has {width} x {height} pixels: nobody is there."
            ]
            return []
        return [moved(face, left, top) for face in self._detector.detect(image[top:bottom, left:right])]


def _inside(region: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """The part of `region` that lies in a frame: left, top, right, bottom in whole pixels."""
    left, right = (min(max(round(x), 0), width) for x in (region.x, region.x + region.width))
    top, bottom = (min(max(round(y), 0), height) for y in (region.y, region.y + region.height))
    return left, top, right, bottom
