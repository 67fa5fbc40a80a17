"""Perception: a frame goes in, what the camera reads comes out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from coach.base.types import Detection, Frame, Observation
from coach.perception.failures import Failures
from coach.perception.reader import FaceReader
from coach.perception.search import Search
from coach.perception.tracker import Tracker

if TYPE_CHECKING:
    from pathlib import Path

    from coach.base.protocols import EmotionClassifier, FaceDetector
    from coach.core.reading.card import ModelCard


def open_perception(detector: str = "blazeface", model: str | Path | None = None, detect_every: int = 3) -> Perception:
    """Load detector and classifier.

    Args:
        detector: ``blazeface``, or ``haar`` where this OpenCV has it.
        model: another classifier: the name of a shipped one, or the path of a NAME.onnx with its card NAME.json beside
            it; None takes the default.
        detect_every: the face is searched in every Nth frame and followed between.

    Raises:
        ModelError: a model cannot be used; the message says why.
        UsageError: there is no detector or shipped classifier of that name.
    """
    from coach.perception.classifier import load_model
    from coach.perception.detectors import open_detector
    from coach.perception.shipped import find_model

    started = time.perf_counter()
    parts = open_detector(detector), load_model(find_model(model))
    return Perception(*parts, detect_every=detect_every, load_s=time.perf_counter() - started)


class Perception:
    """Follows the actor through the frames of one take and reads the face.

    Attributes:
        load_s: how long loading the models took, in seconds.
    """

    def __init__(
        self, detector: FaceDetector, classifier: EmotionClassifier, *, detect_every: int = 3, load_s: float = 0.0
    ) -> None:
        self._search = Search(detector)
        self._reader = FaceReader(classifier)
        self._detect_every = detect_every
        self._tracker = Tracker()
        self._since_search = 0
        self._failures = Failures()
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
        """What went wrong so far, as sentences for the report."""
        return self._failures.warnings(self._reader.unreadable)

    def observe(self, frame: Frame) -> Observation:
        """What the camera reads in `frame`; frames come in time order. Never raises because a model fails.

        Raises:
            ValueError: the picture is not (height, width, 3) uint8 or has no pixels, which only a faulty source gives.
        """
        return self._failures.look(frame, self._look)

    def _look(self, frame: Frame) -> Observation:
        face = self._find(frame)
        if face is None:
            return Observation(frame.t, (), "no face")
        (actor,) = self._reader.read(frame.image, {0: face})
        return Observation(frame.t, (actor,), actor.reason)

    def _find(self, frame: Frame) -> Detection | None:
        """The actor's face: searched when it is time or when it was lost, else where it should be by now."""
        self._since_search += 1
        if self._since_search < self._detect_every and self._tracker.in_sight:
            return self._tracker.expected(frame.t)
        self._since_search = 0
        actor = self._tracker.expected(frame.t)
        found = self._search.find(frame.image, actor.box if actor else None, self._tracker.lost)
        return self._tracker.update(frame.t, found)
