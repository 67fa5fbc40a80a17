"""The seams: what a source, a detector, a classifier, a voice, a sink and a clock must do. Fakes: `coach.testing`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from coach.base.events import CommandName, Event
from coach.base.types import Detection, Frame, Observation, Tick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.core.reading.card import ModelCard


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source is.

    Attributes:
        kind: ``camera``, ``video``, ``images`` or ``none``.
        name: how a user would name it: ``camera:0``, a file name.
        live: whether `t` comes from a clock (frames may be dropped) or from the recording (never dropped).
        path: absolute path of a recorded source, else empty.
        sha256: of a recorded file, else empty.
        width, height: of the upright picture in pixels, 0 where unknown.
        duration_s: of a recorded source, None where unknown.
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
    """Counts that a source keeps while it is read; `warnings` are sentences for the report."""

    frames: int = 0
    dropped: int = 0
    damaged: int = 0
    warnings: list[str] = field(default_factory=list)


class FrameSource(Protocol):
    """Frames in time order, from a camera, a recording or nothing."""

    @property
    def info(self) -> SourceInfo:
        """What this source is."""
        ...

    @property
    def stats(self) -> SourceStats:
        """What has happened so far."""
        ...

    def read(self) -> Frame | Tick | None:
        """The next moment, or None when the recording is over. A live source returns within 0.1 s.

        Raises:
            SourceError: it can no longer be read and what was seen before stays valid.
        """
        ...

    def close(self) -> None:
        """Let go of device, threads and processes. Safe to call twice."""
        ...


class FaceDetector(Protocol):
    """Finds faces in one picture."""

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, biggest first, without doubles."""
        ...


class EmotionClassifier(Protocol):
    """Reads seven emotions from face crops."""

    @property
    def card(self) -> ModelCard:
        """The model's card: input size, scaling, labels, meaning."""
        ...

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities (N, 7) in the order of `EMOTIONS` for grey `crops` (N, height, width) uint8 of the card's size.

        A row is all-NaN where the model has no finite answer for that crop.
        """
        ...


class Perceiver(Protocol):
    """Reads faces in frames: detector, tracker and classifier together."""

    @property
    def card(self) -> ModelCard:
        """The emotion model's card."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences for the report."""
        ...

    def observe(self, frame: Frame) -> Observation:
        """What is seen in `frame`."""
        ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something to be said.

    Attributes:
        text: the words; empty with `tone` for a short tone alone.
        kind: cues outrank notes.
        ttl_s: seconds from now after which it is dropped instead of begun.
        language: such as ``en``; chooses the voice.
        tone: sound a short tone first.
    """

    text: str
    kind: Literal["cue", "note"]
    ttl_s: float
    language: str = "en"
    tone: bool = False


class Speaker(Protocol):
    """Says things without ever blocking its caller."""

    def say(self, utterance: Utterance) -> None:
        """Queue `utterance`; returns at once."""
        ...

    def hush(self) -> None:
        """Silence notes: drop waiting ones and stop the one being said. Cues go on."""
        ...

    def close(self) -> None:
        """Stop everything and let go of all processes. Safe to call twice."""
        ...


@runtime_checkable
class EventSink(Protocol):
    """Takes part in a rehearsal by listening: a display, a journal, a voice."""

    def handle(self, event: Event) -> None:
        """Take one event; must return soon, since the loop waits."""
        ...

    def close(self) -> None:
        """The take is over or was broken off. Safe to call twice."""
        ...


@runtime_checkable
class FrameSink(Protocol):
    """Takes every analysed frame: a window, a video file."""

    def show(self, frame: Frame) -> None:
        """Take one frame; it must not be changed."""
        ...

    def close(self) -> None:
        """No more frames come. Safe to call twice."""
        ...


@runtime_checkable
class Controls(Protocol):
    """Where the actor's commands come from."""

    def poll(self) -> Sequence[CommandName]:
        """The commands given since the last call, oldest first; never blocks."""
        ...


class Clock(Protocol):
    """A monotonic clock."""

    def now(self) -> float:
        """Seconds from an arbitrary start."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
