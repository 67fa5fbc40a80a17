"""The perception pipeline turns a frame into an observation of its faces.

Steps: detect or predict, track, measure, crop, classify. The mode, `OneActor` or `Crowd`, decides whose faces.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from coach.base.errors import UsageError
from coach.base.messages import tr, tr_n
from coach.base.text import clean
from coach.base.types import READS_PER_S, Box, FaceChoice, Frame, Observation, shortest_read_gap_s
from coach.core.reading.card import ModelCard
from coach.perception.classifier import OnnxClassifier
from coach.perception.model_file import read_model
from coach.perception.search import ActorSearch, CrowdSearch, FaceSearch
from coach.perception.sight import PixelSight, Sight
from coach.perception.tracker import Tracker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from coach.base.protocols import EmotionClassifier, FaceDetector
    from coach.base.types import Detection
    from coach.perception.landmarks import LandmarkReader

MAX_ERRORS: Final = 30
"""Classification stops after errors on this many frames in a row."""

MAX_GAP_S: Final = 0.25
"""Crowd mode: longest time between two searches in seconds, at any frame rate, because people move in the meantime."""

MAX_SEARCH_GAP_LOST_S: Final = 0.2
"""One actor: longest time between two searches in seconds while the actor is out of sight."""

CONFIRM_SCORE: Final = 0.65
"""Crowd mode: a new face with at least this score is shown at once."""

TENTATIVE_SCORE: Final = 0.5
"""Crowd mode: a new face with at least this score is shown once two searches in a row have detected it."""


@dataclass(frozen=True, slots=True)
class OneActor:
    """Mode for one actor: at first the largest face of the first frame with faces, see `coach.perception.actor`.

    Attributes:
        detect_every: the detector runs on every Nth frame that is read; between them positions are predicted.
        reads_per_s: at most this many frames per second are due to be read; 0 is every frame.
        face: which of several faces is the actor.
        measures_per_s: landmarks are read at most this many times per second; 0 is not at all.
    """

    detect_every: int = 3
    reads_per_s: float = READS_PER_S
    face: FaceChoice = "auto"
    measures_per_s: float = 0.0

    stills: ClassVar[bool] = False
    remembers: ClassVar[bool] = False
    max_gap_s: ClassVar[float] = math.inf
    max_gap_lost_s: ClassVar[float] = MAX_SEARCH_GAP_LOST_S

    def search(self, detector: FaceDetector) -> FaceSearch:
        """A new search with `detector`."""
        return ActorSearch(detector)

    def tracker(self) -> Tracker:
        """A new tracker."""
        return Tracker(actor_only=True, choice=self.face)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Mode for everyone in the picture.

    Attributes:
        detect_every: the detector runs on every Nth frame that is read, and at least every `MAX_GAP_S`; between them
            positions are predicted.
        reads_per_s: at most this many frames per second are due to be read; 0 is every frame.
        max_faces: at most this many faces are tracked at once, at first the largest; None sets no limit.
        region: the part of the frame that the detector searches, in pixels; None is the whole frame.
        stills: every frame is a picture of its own: the detector runs on each, and no track continues.
        measures_per_s: landmarks are read at most this many times per second, of stills in each; 0 is not at all.

    Raises:
        UsageError: `detect_every` or `max_faces` is below 1.
    """

    detect_every: int = 3
    max_faces: int | None = None
    region: Box | None = None
    stills: bool = False
    reads_per_s: float = READS_PER_S
    measures_per_s: float = 0.0

    max_gap_lost_s: ClassVar[float] = MAX_GAP_S

    def __post_init__(self) -> None:
        if self.detect_every < 1 or (self.max_faces is not None and self.max_faces < 1):
            raise UsageError("every and max_faces must be 1 or more.")

    @property
    def remembers(self) -> bool:
        """Whether people are recognised by their looks after a while out of sight."""
        return not self.stills

    @property
    def max_gap_s(self) -> float:
        """Longest time between two searches in seconds."""
        return 0.0 if self.stills else MAX_GAP_S

    def search(self, detector: FaceDetector) -> FaceSearch:
        """A new search with `detector`."""
        return CrowdSearch(detector, self.region)

    def tracker(self) -> Tracker:
        """A new tracker."""
        confirm = TENTATIVE_SCORE if self.stills else CONFIRM_SCORE
        return Tracker(max_tracks=self.max_faces, confirm_score=confirm, tentative_score=TENTATIVE_SCORE)


def open_perception(
    detector: str = "blazeface", model: str | Path | None = None, mode: OneActor | None = None
) -> FacePipeline:
    """Load detector and classifier for one actor.

    Args:
        detector: ``blazeface``, or ``haar`` if the installed OpenCV has it.
        model: another classifier: the name of a shipped one, or the path of a NAME.onnx with its card NAME.json beside
            it; None is the default.
        mode: how often to search and to read; None for the defaults.

    Raises:
        ModelError: a model cannot be used; the message says why.
        UsageError: no detector or shipped classifier has that name.
    """
    return _load(detector, model, mode or OneActor())


def open_crowd(detector: str = "auto", model: str | Path | None = None, mode: Crowd | None = None) -> FacePipeline:
    """Load detector and classifier for everyone in the picture.

    Args:
        detector: one of `coach.perception.models.DETECTORS`, or ``auto``: ``tiled`` for stills, else ``wide``.
        model: the name of a shipped classifier, or the path of a NAME.onnx with its card NAME.json beside it; None is
            the default.
        mode: whose faces, and how often to search and to read; None for the defaults.

    Raises:
        ModelError: a model cannot be used; the message says why.
        UsageError: no detector or shipped classifier has that name.
    """
    mode = mode or Crowd()
    if detector == "auto":
        detector = "tiled" if mode.stills else "wide"
    return _load(detector, model, mode)


def _load(detector: str, model: str | Path | None, mode: OneActor | Crowd) -> FacePipeline:
    from coach.perception.detectors import open_detector
    from coach.perception.models import find_model

    started = time.perf_counter()
    face_detector, classifier = open_detector(detector), load_model(find_model(model))
    landmarks = None
    if mode.measures_per_s:
        from coach.perception.landmarks import LandmarkReader  # most runs need none

        landmarks = LandmarkReader(0.0 if mode.stills else mode.measures_per_s)
    load_s = time.perf_counter() - started
    return FacePipeline(face_detector, classifier, mode, load_s=load_s, landmarks=landmarks)


def load_model(path: Path) -> OnnxClassifier:
    """Load and check the classifier NAME.onnx at `path` with its card NAME.json beside it.

    A model that is not shipped runs first in a child process with limited memory and time.

    Raises:
        ModelError: the model or its card is missing, damaged or unsafe, or they do not fit each other.
    """
    file = read_model(path, ModelCard)
    if not file.trusted:
        from coach.perception.probe import try_in_child

        try_in_child(file)
    return OnnxClassifier(file)


class FacePipeline:
    """Detects, tracks and classifies faces through the frames of one source.

    Attributes:
        load_s: how long loading the models took, in seconds.
    """

    def __init__(
        self,
        detector: FaceDetector,
        classifier: EmotionClassifier,
        mode: OneActor | Crowd,
        *,
        load_s: float = 0.0,
        landmarks: LandmarkReader | None = None,
    ) -> None:
        self._pixels = PixelSight(mode.search(detector), classifier)
        self._sight: Sight = self._pixels
        self._landmarks = landmarks
        self._mode = mode
        self._tracker = mode.tracker()
        self._read_gap_s = 0.0 if mode.stills else shortest_read_gap_s(mode.reads_per_s)
        self._read_t = -math.inf
        self._frames_since_search = mode.detect_every  # so that the first frame is searched
        self._searched_t = 0.0
        self._size: tuple[int, int] | None = None
        self._invalid_predictions = 0
        self._errors = ErrorCounter()
        self.load_s = load_s

    def look_through(self, wrap: Callable[[PixelSight], Sight]) -> None:
        """Ask ``wrap(sight)`` from now on, before the first frame, in place of what looks at the pixels itself."""
        self._sight = wrap(self._pixels)

    @property
    def card(self) -> ModelCard:
        """The classifier's card."""
        return self._sight.card

    @property
    def stopped(self) -> bool:
        """Whether errors have stopped the classification."""
        return self._errors.stopped

    @property
    def warnings(self) -> list[str]:
        """Problems so far, as sentences for the user."""
        return [*self._errors.warnings(self._invalid_predictions), *self._sight.warnings, *self.notices]

    @property
    def notices(self) -> list[str]:
        """Sentences for the user about who is the actor."""
        return self._tracker.notices

    def is_due(self, t: float) -> bool:
        """Whether a frame at `t` seconds should be observed. `observe` itself reads every frame that it gets."""
        return t - self._read_t >= self._read_gap_s

    def observe(self, frame: Frame) -> Observation:
        """The faces of `frame`, by track; frames come in time order. Model errors never raise.

        Raises:
            ValueError: the image is not (height, width, 3) uint8 or has no pixels: a fault of the source.
        """
        _check_image(frame.image)
        self._read_t = frame.t
        if self._errors.stopped:
            return Observation(frame.t, (), "unreadable")
        try:
            tracked = self._track(frame)
            faces = self._sight.read(frame, tracked)
            self._invalid_predictions += sum([face.reason == "unreadable" for face in faces])
            if self._landmarks is not None:
                faces = self._landmarks.added(faces, frame, tracked)
        except Exception as error:  # any error skips this frame; the take continues
            self._errors.add(error)
            return Observation(frame.t, (), "unreadable")
        self._errors.reset_streak()
        actor = faces[0] if faces and faces[0].track == 0 else None  # faces are sorted by track
        return Observation(frame.t, faces, actor.reason if actor else "no face")

    def _track(self, frame: Frame) -> dict[int, Detection]:
        """The faces in sight by track: detected if a search is due, otherwise predicted."""
        self._frames_since_search += 1
        self._fit_size(frame.image)
        if not self._is_search_due(frame.t):
            return self._tracker.predict(frame.t)
        self._frames_since_search, self._searched_t = 0, frame.t
        if self._mode.stills:
            self._tracker = self._mode.tracker()
        actor = self._tracker.predict_actor(frame.t)
        more = self._tracker.lost or self._tracker.choosing
        detections = self._sight.find(frame, actor.box if actor else None, more)
        look = partial(self._sight.look, frame) if self._mode.remembers else None
        return self._tracker.update(frame.t, detections, look)

    def _fit_size(self, image: NDArray[np.uint8]) -> None:
        """If the size of the picture changes, scale the tracks with it, and search at once."""
        height, width = image.shape[:2]
        if self._size and self._size != (width, height):
            self._tracker.scale(width / self._size[0], height / self._size[1])
            self._frames_since_search = self._mode.detect_every
        self._size = (width, height)

    def _is_search_due(self, t: float) -> bool:
        lost = 0 not in self._tracker.in_sight
        max_gap_s = self._mode.max_gap_lost_s if lost else self._mode.max_gap_s
        return self._frames_since_search >= self._mode.detect_every or t - self._searched_t >= max_gap_s


class ErrorCounter:
    """Counts frames on which detection or classification raised an error.

    Attributes:
        stopped: True after `MAX_ERRORS` consecutive errors.
    """

    def __init__(self) -> None:
        self._streak = self._frames = 0
        self._last, self.stopped = "", False

    def add(self, error: Exception) -> None:
        """Count a frame that raised `error`."""
        self._streak += 1
        self._frames += 1
        self._last = clean(f"{type(error).__name__}: {error}", 200)
        self.stopped = self._streak >= MAX_ERRORS

    def reset_streak(self) -> None:
        """Record a frame without an error."""
        self._streak = 0

    def warnings(self, invalid_predictions: int) -> list[str]:
        """Sentences for the user; `invalid_predictions` counts faces for which the model gave no probabilities."""
        failed = {"count": MAX_ERRORS, "frames": _frames(self._frames), "reason": self._last}
        sentences = []
        if invalid_predictions:
            sentences.append(tr("The model gave no usable answer on {frames}.", frames=_frames(invalid_predictions)))
        if self.stopped:
            sentences.append(tr("Scoring stopped: the model failed on {count} frames in a row ({reason}).", **failed))
        elif self._frames:
            sentences.append(tr("The model failed on {frames} ({reason}).", **failed))
        return sentences


def _frames(count: int) -> str:
    return tr_n("{count} frame, which is not scored", "{count} frames, which are not scored", count)


def _check_image(image: NDArray[np.uint8]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"a frame is (height, width, 3) uint8 BGR, this one is {image.shape} {image.dtype}")
