"""Perception: a frame goes in, what the camera reads comes out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.text import clean
from coach.base.types import Box, Detection, Face, Frame, Observation
from coach.perception.classifier import cut_face, four_decimals
from coach.perception.quality import crop_reason, face_reason, face_weight
from coach.perception.search import Search
from coach.perception.tracker import Tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from coach.base.protocols import EmotionClassifier, FaceDetector
    from coach.base.types import Reason
    from coach.core.reading.card import ModelCard

MAX_FAILURES: Final = 30
"""After so many frames in a row on which the models raised, scoring stops."""


class Failures:
    """Looks at frames and survives what models throw."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._frames = 0
        self._last = ""

    @property
    def stopped(self) -> bool:
        """Whether the models failed too often in a row, so that nothing is read any more."""
        return self._in_a_row >= MAX_FAILURES

    def look(self, frame: Frame, look: Callable[[Frame], Observation]) -> Observation:
        """What `look` sees in `frame`, or that it is unreadable where it raises or was stopped.

        Raises:
            ValueError: the picture is not (height, width, 3) uint8 or has no pixels, which only a faulty source gives.
        """
        _check_picture(frame)
        if self.stopped:
            return Observation(frame.t, (), "unreadable")
        try:
            seen = look(frame)
        except Exception as error:  # whatever a model or cv2 throws costs this frame, not the take
            self._in_a_row += 1
            self._frames += 1
            self._last = clean(f"{type(error).__name__}: {error}", 200)
            return Observation(frame.t, (), "unreadable")
        self._in_a_row = 0
        return seen

    def warnings(self, unreadable: int) -> list[str]:
        """What went wrong so far, as sentences; `unreadable` answers of the model among it."""
        said = []
        if unreadable:
            said.append(f"The model gave no usable answer on {_frames(unreadable)}.")
        if self.stopped:
            said.append(f"Scoring stopped: the model failed on {MAX_FAILURES} frames in a row ({self._last}).")
        elif self._frames:
            said.append(f"The model failed on {_frames(self._frames)} ({self._last}).")
        return said


def _check_picture(frame: Frame) -> None:
    image = frame.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"a frame is (height, width, 3) uint8 BGR, this one is {image.shape} {image.dtype}")


def _frames(count: int) -> str:
    return "1 frame, which is not scored" if count == 1 else f"{count} frames, which are not scored"


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
    from coach.perception.detectors import open_detector
    from coach.perception.models import find_model
    from coach.perception.probe import load_model

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
