"""The perception pipeline: a frame in, an observation of its faces out.

Detect or predict, track, measure, crop, classify. `OneActor` and `Everyone` say who is searched for and read.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np

from coach.base.errors import UsageError
from coach.base.text import clean
from coach.base.types import Box, Face, Frame, Observation
from coach.core.reading.card import ModelCard
from coach.perception.classifier import OnnxClassifier, cut_face, four_decimals
from coach.perception.model_file import read_model
from coach.perception.quality import FaceMeasures, crop_reason, face_reason, face_weight, measure
from coach.perception.search import ActorSearch, FaceSearch, RegionSearch
from coach.perception.tracker import Tracker

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from coach.base.protocols import EmotionClassifier, FaceDetector
    from coach.base.types import Detection, Reason

MAX_FAILURES: Final = 30
"""Scoring stops after model errors on this many frames in a row."""

MAX_GAP_S: Final = 0.25
"""Longest time between two searches for everyone, in seconds, at any frame rate: people move in the meantime."""

CONFIRM_SCORE: Final = 0.65
TENTATIVE_SCORE: Final = 0.5
"""Among everyone, a new face scored from the first on is shown at once, from the second on when found twice in a
row."""


@dataclass(frozen=True, slots=True)
class OneActor:
    """Read one actor: the largest face of the first frame with faces.

    Attributes:
        detect_every: the detector runs on every Nth frame, and on every frame while the actor is out of sight; between
            them positions are predicted.
    """

    detect_every: int = 3

    stills: ClassVar[bool] = False
    max_gap_s: ClassVar[float] = math.inf
    search_when_lost: ClassVar[bool] = True

    def search(self, detector: FaceDetector) -> FaceSearch:
        """A new search with `detector`."""
        return ActorSearch(detector)

    def tracker(self) -> Tracker:
        """A new tracker."""
        return Tracker(actor_only=True)


@dataclass(frozen=True, slots=True)
class Everyone:
    """Read every face.

    Attributes:
        detect_every: the detector runs on every Nth frame, and at least every `MAX_GAP_S`; between them positions are
            predicted.
        max_faces: at most this many faces are tracked at once, at first the largest; None sets no limit.
        region: the detector searches only here, in pixels of the frame; None is the whole frame.
        stills: every frame is a picture of its own: the detector runs on each, and no track continues.

    Raises:
        UsageError: `detect_every` or `max_faces` is below 1.
    """

    detect_every: int = 3
    max_faces: int | None = None
    region: Box | None = None
    stills: bool = False

    search_when_lost: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.detect_every < 1 or (self.max_faces is not None and self.max_faces < 1):
            raise UsageError("every and max_faces must be 1 or more.")

    @property
    def max_gap_s(self) -> float:
        """Longest time between two searches in seconds."""
        return 0.0 if self.stills else MAX_GAP_S

    def search(self, detector: FaceDetector) -> FaceSearch:
        """A new search with `detector`."""
        return RegionSearch(detector, self.region)

    def tracker(self) -> Tracker:
        """A new tracker."""
        confirm = TENTATIVE_SCORE if self.stills else CONFIRM_SCORE
        return Tracker(max_tracks=self.max_faces, confirm_score=confirm, tentative_score=TENTATIVE_SCORE)


def open_perception(
    detector: str = "blazeface", model: str | Path | None = None, detect_every: int = 3
) -> FacePipeline:
    """Load detector and classifier to read one actor.

    Args:
        detector: ``blazeface``, or ``haar`` where this OpenCV has it.
        model: another classifier: the name of a shipped one, or the path of a NAME.onnx with its card NAME.json beside
            it; None is the default.
        detect_every: the detector runs on every Nth frame; positions are predicted between them.

    Raises:
        ModelError: a model cannot be used; the message says why.
        UsageError: there is no detector or shipped classifier of that name.
    """
    return _opened(detector, model, OneActor(detect_every))


def open_crowd(
    detector: str = "auto",
    model: str | Path | None = None,
    *,
    every: int = 3,
    max_faces: int | None = None,
    region: Box | None = None,
    stills: bool = False,
) -> FacePipeline:
    """Load detector and classifier to read everyone; `Everyone` describes the options.

    Args:
        detector: one of `coach.perception.models.DETECTORS`, or ``auto``: ``tiled`` for stills, else ``wide``.
        model: the name of a shipped classifier, or the path of a NAME.onnx with its card NAME.json beside it; None is
            the default.
        every: the detector runs on every Nth frame.
        max_faces: at most this many faces are tracked at once.
        region: the detector searches only here, in pixels of the frame.
        stills: every frame is a picture of its own.

    Raises:
        ModelError: a model cannot be used; the message says why.
        UsageError: there is no detector or shipped classifier of that name, or an option is out of range.
    """
    if detector == "auto":
        detector = "tiled" if stills else "wide"
    return _opened(detector, model, Everyone(every, max_faces, region, stills))


def _opened(detector: str, model: str | Path | None, who: OneActor | Everyone) -> FacePipeline:
    from coach.perception.detectors import open_detector
    from coach.perception.models import find_model

    started = time.perf_counter()
    parts = open_detector(detector), load_model(find_model(model))
    return FacePipeline(*parts, who, load_s=time.perf_counter() - started)


def load_model(path: Path) -> OnnxClassifier:
    """The classifier NAME.onnx at `path` with its card NAME.json beside it, checked and run once.

    A model that is not shipped runs first in a child process with limited memory and time.

    Raises:
        ModelError: it is missing, damaged, unsafe or does not fit its card.
    """
    file = read_model(path, ModelCard)
    if not file.trusted:
        from coach.perception.probe import try_in_child

        try_in_child(file)
    return OnnxClassifier(file)


class FacePipeline:
    """Finds, tracks and reads faces through the frames of one source.

    Attributes:
        load_s: how long loading the models took, in seconds.
    """

    def __init__(
        self, detector: FaceDetector, classifier: EmotionClassifier, who: OneActor | Everyone, load_s: float = 0.0
    ) -> None:
        self._classifier = classifier
        self._card = classifier.card
        self._who = who
        self._search = who.search(detector)
        self._tracker = who.tracker()
        self._max_gap_s = who.max_gap_s
        self._frames_since_search = who.detect_every
        self._searched_t = 0.0
        self._crops = self._new_crops(1)
        self._unreadable = 0
        self._failures = Failures()
        self.load_s = load_s

    @property
    def card(self) -> ModelCard:
        """The classifier's card."""
        return self._card

    @property
    def stopped(self) -> bool:
        """Whether model errors have stopped the scoring."""
        return self._failures.stopped

    @property
    def warnings(self) -> list[str]:
        """What went wrong so far, as sentences for the user."""
        return [*self._failures.warnings(self._unreadable), *self._search.warnings]

    def observe(self, frame: Frame) -> Observation:
        """The faces of `frame`, by track; frames come in time order. Model errors never raise.

        Raises:
            ValueError: the image is not (height, width, 3) uint8 or has no pixels: a fault of the source.
        """
        _check_image(frame.image)
        if self._failures.stopped:
            return Observation(frame.t, (), "unreadable")
        try:
            faces = self._read(frame.image, self._find(frame))
        except Exception as error:  # whatever a model or cv2 raises costs this frame, not the take
            self._failures.add(error)
            return Observation(frame.t, (), "unreadable")
        self._failures.end_row()
        actor = faces[0] if faces and faces[0].track == 0 else None  # faces come in the order of their tracks
        return Observation(frame.t, faces, actor.reason if actor else "no face")

    def _find(self, frame: Frame) -> dict[int, Detection]:
        """The faces in sight by track: detected where a search is due, predicted between searches."""
        self._frames_since_search += 1
        if not self._is_due(frame.t):
            return self._tracker.predict(frame.t)
        self._frames_since_search, self._searched_t = 0, frame.t
        if self._who.stills:
            self._tracker = self._who.tracker()
        actor = self._tracker.predict_actor(frame.t)
        found = self._search.find(frame.image, actor.box if actor else None, self._tracker.lost)
        return self._tracker.update(frame.t, found)

    def _is_due(self, t: float) -> bool:
        if self._frames_since_search >= self._who.detect_every or t - self._searched_t >= self._max_gap_s:
            return True
        return self._who.search_when_lost and 0 not in self._tracker.in_sight

    def _read(self, image: NDArray[np.uint8], people: dict[int, Detection]) -> tuple[Face, ...]:
        """Read the faces of `people` (by track) in `image`, in the order of tracks, with one call of the classifier."""
        cuts, count = self._cut(image, people)
        answers = self._classifier.classify(self._crops[:count]) if count else None
        return tuple([self._face(cut, answers) for cut in cuts])

    def _cut(self, image: NDArray[np.uint8], people: dict[int, Detection]) -> tuple[list[_Cut], int]:
        """Crop every readable face into a row of `_crops`; returns all faces, and how many rows were used."""
        if len(people) > len(self._crops):
            self._crops = self._new_crops(2 * len(people))
        cuts, row = [], 0
        for track, face in sorted(people.items()):
            measures = measure(face)
            reason = face_reason(measures)
            if reason is None:
                cut_face(image, face.box, self._card.crop, self._crops[row])
                reason = crop_reason(self._crops[row])
            cuts.append(_Cut(track, _rounded(face.box), measures, reason, row))
            row += reason is None
        return cuts, row

    def _face(self, cut: _Cut, answers: NDArray[np.float32] | None) -> Face:
        if cut.reason is not None or answers is None:
            return Face(cut.track, cut.box, None, cut.reason)
        answer = answers[cut.row].tolist()
        if not math.isfinite(sum(answer)):  # one value that is not finite makes the sum so
            self._unreadable += 1
            return Face(cut.track, cut.box, None, "unreadable")
        return Face(cut.track, cut.box, four_decimals(answer), weight=face_weight(cut.measures, self._crops[cut.row]))

    def _new_crops(self, count: int) -> NDArray[np.uint8]:
        size = self._card.input
        return np.empty((count, size.height, size.width), np.uint8)


class _Cut(NamedTuple):
    """A face to read: its pixels are in `row` of the crops, unless there is a `reason` why it cannot be read."""

    track: int
    box: Box
    measures: FaceMeasures
    reason: Reason | None
    row: int


def _rounded(box: Box) -> Box:
    """`box` to a tenth of a pixel."""
    return Box(round(box.x, 1), round(box.y, 1), round(box.width, 1), round(box.height, 1))


class Failures:
    """Tolerate model errors; stop after 30 in a row.

    Attributes:
        stopped: whether there were so many.
    """

    def __init__(self) -> None:
        self._in_a_row = 0
        self._frames = 0
        self._last = ""
        self.stopped = False

    def add(self, error: Exception) -> None:
        """Count a frame on which a model raised `error`."""
        self._in_a_row += 1
        self._frames += 1
        self._last = clean(f"{type(error).__name__}: {error}", 200)
        self.stopped = self._in_a_row >= MAX_FAILURES

    def end_row(self) -> None:
        """Count a frame without an error."""
        self._in_a_row = 0

    def warnings(self, unreadable: int) -> list[str]:
        """Sentences for the user; `unreadable` is the number of faces without a usable answer of the model."""
        sentences = []
        if unreadable:
            sentences.append(f"The model gave no usable answer on {_frames(unreadable)}.")
        if self.stopped:
            sentences.append(f"Scoring stopped: the model failed on {MAX_FAILURES} frames in a row ({self._last}).")
        elif self._frames:
            sentences.append(f"The model failed on {_frames(self._frames)} ({self._last}).")
        return sentences


def _frames(count: int) -> str:
    return "1 frame, which is not scored" if count == 1 else f"{count} frames, which are not scored"


def _check_image(image: NDArray[np.uint8]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"a frame is (height, width, 3) uint8 BGR, this one is {image.shape} {image.dtype}")
