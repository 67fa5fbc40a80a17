"""Protocols of sources, detectors, classifiers, voices, sinks and clocks. `coach.testing` has a fake of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from coach.base.events import CommandName, Event
from coach.base.types import Detection, Frame, Observation, SoundBlock, Tick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.core.reading.card import ModelCard


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Description of a source.

    Attributes:
        kind: ``camera``, ``video``, ``images`` or ``none``.
        name: name for the user: ``camera:0``, a file name.
        live: True if `t` comes from a clock and frames may be dropped; False for a recording with its own times.
        path: absolute path of a recorded source; otherwise empty.
        sha256: SHA-256 of a recorded file; otherwise empty.
        width, height: size of the upright picture in pixels; 0 if unknown.
        duration_s: length of a recorded source; None if unknown.
    """

    kind: Literal["camera", "video", "images", "none"]
    name: str
    live: bool
    path: str = ""
    sha256: str = ""
    width: int = 0
    height: int = 0
    duration_s: float | None = None


@dataclass(slots=True)
class SourceStats:
    """Counters of a source while it is read; `warnings` are sentences for the report."""

    frames: int = 0
    dropped: int = 0
    damaged: int = 0
    warnings: list[str] = field(default_factory=list)


class FrameSource(Protocol):
    """Frames in time order, from a camera, a recording or nothing."""

    @property
    def info(self) -> SourceInfo:
        """Description of this source."""
        ...

    @property
    def stats(self) -> SourceStats:
        """Counters so far."""
        ...

    def read(self) -> Frame | Tick | None:
        """The next frame or tick, or None at the end of the recording. A live source returns within 0.1 s.

        Raises:
            SourceError: the source can no longer be read; earlier frames stay valid.
        """
        ...

    def close(self) -> None:
        """Release device, threads and processes. Safe to call twice."""
        ...


class SoundInput(Protocol):
    """Sound for a recording, in order of time."""

    @property
    def rate(self) -> int:
        """Samples per second that the device promises; its clock may be a little wrong."""
        ...

    def read(self) -> Sequence[SoundBlock]:
        """The blocks since the last call, those before the take included; never blocks."""
        ...

    def close(self) -> None:
        """Release the device. Safe to call twice."""
        ...


class FaceDetector(Protocol):
    """Finds faces in one picture."""

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """Faces in `image` (height, width, 3) uint8 BGR, largest first, without duplicates."""
        ...


class EmotionClassifier(Protocol):
    """Classifies face crops into the seven emotions."""

    @property
    def card(self) -> ModelCard:
        """The model's card: input size, scaling, labels, meaning of its output."""
        ...

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities (N, 7) in the order of `EMOTIONS` for grey `crops` (N, height, width) uint8 of the card's size.

        The row of a crop for which the model has no finite output is all NaN.
        """
        ...


class Perceiver(Protocol):
    """Detects, tracks and classifies the faces in frames."""

    @property
    def card(self) -> ModelCard:
        """The emotion model's card."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences for the report."""
        ...

    @property
    def notices(self) -> Sequence[str]:
        """Those of the warnings that the user should read at once; they never change, and new ones come last."""
        ...

    def is_due(self, t: float) -> bool:
        """Whether a frame at `t` seconds should be observed; False if it follows the last one too closely."""
        ...

    def observe(self, frame: Frame) -> Observation:
        """Find and classify the faces in `frame`."""
        ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """Text to speak.

    Attributes:
        text: text to speak; empty with `tone` for a tone alone.
        kind: ``cue`` or ``note``; cues take precedence over notes.
        ttl_s: time to live; the utterance is dropped if it does not start within this many seconds.
        language: language code such as ``en``; selects the voice.
        tone: whether to play a short tone first.
    """

    text: str
    kind: Literal["cue", "note"]
    ttl_s: float
    language: str = "en"
    tone: bool = False


class Speaker(Protocol):
    """Speaks without blocking its caller."""

    def say(self, utterance: Utterance) -> None:
        """Queue `utterance`; returns at once."""
        ...

    def hush(self) -> None:
        """Silence notes: drop queued ones and stop the current one. Cues continue."""
        ...

    def close(self) -> None:
        """Stop speaking and kill all processes. Safe to call twice."""
        ...


@runtime_checkable
class EventSink(Protocol):
    """Receives the events of a rehearsal: a display, a journal, a voice."""

    def handle(self, event: Event) -> None:
        """Handle one event; must return quickly, because the loop waits."""
        ...

    def close(self) -> None:
        """Finish; the take has ended or was aborted. Safe to call twice."""
        ...


@runtime_checkable
class FrameSink(Protocol):
    """Receives every analysed frame: a window, a video file."""

    def show(self, frame: Frame) -> None:
        """Handle one frame, which must not be changed."""
        ...

    def close(self) -> None:
        """Finish; no more frames come. Safe to call twice."""
        ...


@runtime_checkable
class Controls(Protocol):
    """Source of the actor's commands."""

    def poll(self) -> Sequence[CommandName]:
        """Commands since the last call, oldest first; never blocks."""
        ...


class Clock(Protocol):
    """A monotonic clock."""

    def now(self) -> float:
        """Seconds from an arbitrary start."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        ...
