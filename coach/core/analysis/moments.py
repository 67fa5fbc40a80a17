"""The moments of a take, for charts and comparisons, and its face pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from coach.base.events import Event, LineEnded, LineStarted, Paused, Reading, Resumed, TakeEnded
from coach.base.types import Box, Emotion, Probabilities, Reason


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of the actor's face.

    Attributes:
        t: take seconds.
        smoothed: even-handed probabilities, smoothed; None for an unusable face.
        read: the steady emotion; None for an unusable face or if the model abstains.
        line: 1-based number of the line being played; None between lines and while paused.
        on_target: whether the target accepts the reading; None without a target or if the model abstains.
        reason: why the face was unusable; None if it was usable.
        box: box of the actor's face in frame pixels; None while out of sight.
        weight: reliability of the face, 0 to 1.
        part: 0-based number of the current part of the target.
    """

    t: float
    smoothed: Probabilities | None
    read: Emotion | None
    line: int | None
    on_target: bool | None
    reason: Reason | None
    box: Box | None
    weight: float
    part: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a line.

    Attributes:
        line: 1-based number of the line.
        number: 1-based number of the attempt at this line.
        start, end: take seconds.
        cut: whether the attempt was aborted.
    """

    line: int
    number: int
    start: float
    end: float
    cut: bool


@dataclass(frozen=True, slots=True)
class TakeMoments:
    """All moments of a take, in order of time.

    Attributes:
        moments: all readings.
        attempts: all attempts at lines.
        pauses: start and end of each pause in take seconds.
        end: end of the take in seconds.
    """

    moments: tuple[Moment, ...]
    attempts: tuple[Attempt, ...]
    pauses: tuple[tuple[float, float], ...]
    end: float


@dataclass(slots=True)
class MomentsBuilder:
    """Event sink that collects `TakeMoments`; it needs about 300 bytes per reading."""

    _moments: list[Moment] = field(default_factory=list)
    _attempts: list[Attempt] = field(default_factory=list)
    _pauses: list[tuple[float, float]] = field(default_factory=list)
    _line: LineStarted | None = None
    _paused_at: float | None = None
    _last_t: float = 0.0

    def handle(self, event: Event) -> None:
        """Handle one event, in order of time."""
        self._last_t = max(event.t, self._last_t)
        if isinstance(event, Reading):
            self._moments.append(_moment(event))
        elif isinstance(event, LineStarted):
            self._line = event
        elif isinstance(event, LineEnded):
            self._end_line(event.t, cut=event.cut)
        elif isinstance(event, Paused):
            self._paused_at = event.t
        elif isinstance(event, Resumed | TakeEnded):
            self._end_pause(event.t)

    def close(self) -> None:
        """Do nothing; there is nothing to close."""

    def moments(self) -> TakeMoments:
        """The moments so far."""
        return TakeMoments(tuple(self._moments), tuple(self._attempts), tuple(self._pauses), self._last_t)

    def _end_line(self, t: float, *, cut: bool) -> None:
        started, self._line = self._line, None
        if started is not None:
            self._attempts.append(Attempt(started.index, started.attempt, started.t, t, cut))

    def _end_pause(self, t: float) -> None:
        if self._paused_at is not None:
            self._pauses.append((self._paused_at, t))
        self._paused_at = None


def _moment(reading: Reading) -> Moment:
    observation = reading.observation
    actor = observation.actor
    return Moment(
        reading.t,
        reading.smoothed,
        reading.read,
        reading.index,
        reading.on_target,
        observation.reason,
        actor.box if actor else None,
        actor.weight if actor else 0.0,
        reading.fit.part if reading.fit else 0,
    )


PictureKind = Literal["best", "worst", "turning point"]

PICTURE_KINDS: Final[tuple[PictureKind, ...]] = ("best", "turning point", "worst")
"""Kinds in display order. Best and worst have the largest and smallest probability of the target. The turning point is
the first moment at which the face came on target or went off it."""


@dataclass(frozen=True, slots=True)
class FacePicture:
    """A picture of the actor's face.

    Attributes:
        line: 1-based number of the line.
        kind: why the picture was chosen.
        t: take seconds.
        read: the steady emotion; None if the model abstained.
        share: smoothed probability of the target, 0 to 1.
        jpeg: the encoded picture.
    """

    line: int
    kind: PictureKind
    t: float
    read: Emotion | None
    share: float
    jpeg: bytes
