"""What was asked and what the camera read in a take, moment by moment, for charts and comparisons."""

from __future__ import annotations

from dataclasses import dataclass, field

from coach.base.events import Event, LineEnded, LineStarted, Paused, Reading, Resumed, TakeEnded
from coach.base.types import Box, Emotion, Probabilities, Reason


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of the actor's face.

    Attributes:
        t: seconds since the take began.
        smoothed: even-handed and smoothed, as bars and accuracy use it; None where the face could not be used.
        read: the steady emotion; None where the face could not be used or the model abstains.
        line: 1-based number of the line being played; None between lines and while paused.
        on_target: whether `read` is what the line asks for now; None where nothing is asked or nothing is read.
        reason: why the face could not be used; None where it could.
        box: of the actor's face in frame pixels; None where it was out of sight.
        weight: how far the face can be relied on, 0 to 1.
        part: which part of the line's target is asked for, 0 unless it is an arc.
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
    """Line `line` (1-based) was played from `start` to `end`, take seconds, for the `number`-th time (1-based).

    `cut` says that it was broken off.
    """

    line: int
    number: int
    start: float
    end: float
    cut: bool


@dataclass(frozen=True, slots=True)
class TakeMoments:
    """A take from end to end.

    Attributes:
        moments: every reading, in order of time.
        attempts: every time a line was played, in order of time.
        pauses: begin and end of each pause in take seconds.
        ends: when the take ended.
    """

    moments: tuple[Moment, ...]
    attempts: tuple[Attempt, ...]
    pauses: tuple[tuple[float, float], ...]
    ends: float


@dataclass(slots=True)
class MomentsBuilder:
    """An event sink that keeps what a `TakeMoments` needs; about 300 bytes for each reading."""

    _moments: list[Moment] = field(default_factory=list)
    _attempts: list[Attempt] = field(default_factory=list)
    _pauses: list[tuple[float, float]] = field(default_factory=list)
    _line: LineStarted | None = None
    _paused_at: float | None = None
    _last_t: float = 0.0

    def handle(self, event: Event) -> None:
        """Take one event, in order of time."""
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
        """Nothing is held open."""

    def moments(self) -> TakeMoments:
        """What has happened until now."""
        return TakeMoments(tuple(self._moments), tuple(self._attempts), tuple(self._pauses), self._last_t)

    def _end_line(self, t: float, *, cut: bool) -> None:
        began, self._line = self._line, None
        if began is not None:
            self._attempts.append(Attempt(began.index, began.attempt, began.t, t, cut))

    def _end_pause(self, t: float) -> None:
        if self._paused_at is not None:
            self._pauses.append((self._paused_at, t))
        self._paused_at = None


def _moment(reading: Reading) -> Moment:
    seen = reading.observation
    actor = seen.actor
    return Moment(
        reading.t,
        reading.smoothed,
        reading.read,
        reading.index,
        reading.on_target,
        seen.reason,
        actor.box if actor else None,
        actor.weight if actor else 0.0,
        reading.fit.part if reading.fit else 0,
    )
