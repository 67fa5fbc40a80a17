"""Perception: a frame goes in, what the camera reads comes out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.errors import UsageError
from coach.perception.crop import cut_face
from coach.perception.quality import crop_reason, face_reason, face_weight
from coach.perception.rounding import four_decimals
from coach.perception.search import Search
from coach.perception.tracker import Tracker
from coach.text import clean
from coach.types import Box, Detection, Face, Frame, Observation

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from coach.core.card import ModelCard
    from coach.protocols import EmotionClassifier, FaceDetector

MAX_FAILURES: Final = 30
"""After so many frames in a row on which the models raised, scoring stops."""


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
    from coach.perception.shipped import find_model

    started = time.perf_counter()
    parts = _detector(detector), load_model(find_model(model))
    return Perception(*parts, detect_every=detect_every, load_s=time.perf_counter() - started)


def _detector(name: str) -> FaceDetector:
    if name == "blazeface":
        from coach.perception.blazeface import BlazeFace

        return BlazeFace()
    if name == "haar":
        from coach.perception.haar import Haar

        return Haar()
    raise UsageError(f"unknown detector {name!r}; known are blazeface, haar")


class Perception:
    """Follows the actor through the frames of one take and reads the face.

    Attributes:
        load_s: how long loading the models took, in seconds.
    """

    def __init__(
        self, detector: FaceDetector, classifier: EmotionClassifier, *, detect_every: int = 3, load_s: float = 0.0
    ) -> None:
        self._search = Search(detector)
        self._classifier = classifier
        self._detect_every = detect_every
        self._tracker = Tracker()
        self._since_search = 0
        size = classifier.card.input
        self._crop = np.empty((1, size.height, size.width), np.uint8)
        self._unreadable = 0
        self._failures = 0
        self._failed = 0
        self._last_failure = ""
        self.load_s = load_s

    @property
    def card(self) -> ModelCard:
        """The classifier's card."""
        return self._classifier.card

    @property
    def stopped(self) -> bool:
        """Whether the models failed too often in a row, so that nothing is read any more."""
        return self._failures >= MAX_FAILURES

    @property
    def warnings(self) -> list[str]:
        """What went wrong so far, as sentences for the report."""
        said = []
        if self._unreadable:
            said.append(f"The model gave no usable answer on {_frames(self._unreadable)}.")
        if self.stopped:
            said.append(f"Scoring stopped: the model failed on {MAX_FAILURES} frames in a row ({self._last_failure}).")
        elif self._failed:
            said.append(f"The model failed on {_frames(self._failed)} ({self._last_failure}).")
        return said

    def observe(self, frame: Frame) -> Observation:
        """What the camera reads in `frame`; frames come in time order. Never raises because a model fails.

        Raises:
            ValueError: the picture is not (height, width, 3) uint8 or has no pixels, which only a faulty source gives.
        """
        _check_picture(frame.image)
        if self.stopped:
            return Observation(frame.t, (), "unreadable")
        try:
            seen = self._look(frame)
        except Exception as error:  # whatever a model or cv2 throws costs this frame, not the take
            self._failures += 1
            self._failed += 1
            self._last_failure = clean(f"{type(error).__name__}: {error}", 200)
            return Observation(frame.t, (), "unreadable")
        self._failures = 0
        return seen

    def _look(self, frame: Frame) -> Observation:
        face = self._find(frame)
        if face is None:
            return Observation(frame.t, (), "no face")
        actor = self._read(frame, face)
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

    def _read(self, frame: Frame, face: Detection) -> Face:
        box = _rounded(face.box)
        reason = face_reason(face)
        if reason is None:
            cut_face(frame.image, face.box, self.card.crop, self._crop[0])
            reason = crop_reason(self._crop[0])
        if reason is not None:
            return Face(0, box, None, reason)
        answer = self._classifier.classify(self._crop)[0]
        if not np.isfinite(answer).all():
            self._unreadable += 1
            return Face(0, box, None, "unreadable")
        weight = face_weight(face, self._crop[0])
        return Face(0, box, four_decimals(answer.tolist()), weight=weight)


def _check_picture(image: NDArray[np.uint8]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"a frame is (height, width, 3) uint8 BGR, this one is {image.shape} {image.dtype}")


def _rounded(box: Box) -> Box:
    return Box(round(box.x, 1), round(box.y, 1), round(box.width, 1), round(box.height, 1))


def _frames(count: int) -> str:
    return "1 frame, which is not scored" if count == 1 else f"{count} frames, which are not scored"
