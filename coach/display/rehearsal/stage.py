"""What stands on the stage now: current line, next line, cue, note and reading, kept up to date by events."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from coach.base.events import (
    BeatStarted,
    CueDue,
    EndCause,
    Event,
    LineStarted,
    NoteGiven,
    Paused,
    Reading,
    Resumed,
    TakeEnded,
    TakeStarted,
)

if TYPE_CHECKING:
    from coach.core.script.targets import Part
    from coach.core.script.timeline import Timeline, Turn

SHOWN_S: Final = 4.0
"""How long a note stays, and a cue at least: a glance needs one second, finding the moment for it more."""

Phase = Literal["lead-in", "line", "beat", "ended"]


@dataclass(frozen=True, slots=True)
class _Span:
    """From when to when something is planned, in take seconds."""

    start: float
    end: float

    def later(self, seconds: float) -> _Span:
        return _Span(self.start + seconds, self.end + seconds)


class Stage:
    """Listens to a rehearsal and answers what a display needs to know; no clock, no drawing."""

    def __init__(self, timeline: Timeline, loop: int = 1, *, by_key: bool = False) -> None:
        self._turns = timeline.turns
        self._loops = loop > 1
        self._by_key = by_key
        self._span = _Span(0.0, 0.0)
        self._cue: CueDue | None = None
        self._announced: CueDue | None = None
        self._note: NoteGiven | None = None
        self._paused_at: float | None = None
        self.t = 0.0
        self.phase: Phase = "lead-in"
        self.turn: Turn | None = None
        self.attempt = 1
        self.reading: Reading | None = None
        self.cause: EndCause | None = None

    def handle(self, event: Event) -> None:
        """Take one event."""
        self.t = event.t
        match event:
            case TakeStarted():
                self._span = _Span(event.t, 0.0)
            case LineStarted():
                self._start(event)
            case BeatStarted():
                self.phase, self._span = "beat", _Span(event.t, event.end)
            case CueDue():
                self._hear(event)
            case NoteGiven():
                self._note = event
            case Reading():
                self.reading = event
            case Paused():
                self._paused_at = event.t
            case Resumed():
                self._resume(event.t)
            case TakeEnded():
                self.phase, self.cause = "ended", event.cause

    def _start(self, event: LineStarted) -> None:
        self.phase, self.attempt, self._span = "line", event.attempt, _Span(event.t, event.end)
        self.turn = next((turn for turn in self._turns if turn.index == event.index), None)
        self._note = self._announced = None

    def _hear(self, event: CueDue) -> None:
        if event.kind == "cue":
            self._cue = event
        elif not self._has_begun(event):
            self._announced = event

    def _has_begun(self, announced: CueDue) -> bool:
        """Whether a jump led to the line itself, so that its announcement came with its first moment."""
        here = self.phase == "line" and self.turn is not None and self.turn.index == announced.index
        return here and announced.t <= self._span.start

    def _resume(self, t: float) -> None:
        if self._paused_at is not None:
            self._span = self._span.later(t - self._paused_at)
        self._paused_at = None

    @property
    def paused(self) -> bool:
        """Whether the clock of the script stands still."""
        return self._paused_at is not None

    @property
    def count(self) -> int:
        """How many lines there are to play."""
        return len(self._turns)

    def position(self, turn: Turn) -> int:
        """Which of the lines to play `turn` is, from 1."""
        return self._turns.index(turn) + 1

    @property
    def featured(self) -> Turn | None:
        """The line to have in mind: the one being played, in lead-in and beats the one to come."""
        coming = self._after(self.turn) if self.phase in ("lead-in", "beat") else None
        return coming or self.turn

    @property
    def following(self) -> Turn | None:
        """The line after the featured one; None after the last."""
        return self._after(self.featured) if self.featured else None

    def _after(self, turn: Turn | None) -> Turn | None:
        later = [each for each in self._turns if turn is None or each.index > turn.index]
        return later[0] if later else self._turns[0] if self._loops else None

    @property
    def left_s(self) -> float:
        """Seconds left in the line, beat or lead-in; 0 once its planned time is over."""
        return max(0.0, self._span.end - self._script_now)

    @property
    def left_share(self) -> float:
        """The same as a share of the whole, 0 to 1."""
        length = self._span.end - self._span.start
        return min(1.0, self.left_s / length) if length > 0 else 0.0

    @property
    def waits(self) -> bool:
        """Whether the planned time of the line is over and a key ends it."""
        return self._by_key and self.phase == "line" and not self.paused and self.left_s == 0

    @property
    def unwatched(self) -> bool:
        """Whether there is no camera, so that nothing will ever be read."""
        return self.reading is not None and self.reading.observation.reason == "no camera"

    @property
    def countdown(self) -> int | None:
        """The number to show in the lead-in: 3, 2, 1; None outside it."""
        return math.ceil(self.left_s) if self.phase == "lead-in" and self.left_s > 0 else None

    @property
    def part(self) -> Part | None:
        """What the line asks of the face now; None outside a tracked line."""
        if self.phase != "line" or self.turn is None or self.turn.line.target is None:
            return None
        return self.turn.line.target.parts[self.turn.line.target.part_at(self._share)]

    @property
    def cue(self) -> str:
        """The cue of the moment, empty where there is none."""
        cue = self._cue
        return cue.text if cue and self.t < max(cue.deadline, cue.t + SHOWN_S) else ""

    @property
    def announced(self) -> str:
        """What is said of the line to come, until it begins; empty where nothing is."""
        event = self._announced
        return "" if event is None else event.text or f"line {event.index}"

    @property
    def note(self) -> str:
        """The note of the moment, empty where there is none; a line that begins takes it away."""
        return self._note.text if self._note and self.t < self._note.t + SHOWN_S else ""

    @property
    def _share(self) -> float:
        length = self._span.end - self._span.start
        return (self._script_now - self._span.start) / length if length > 0 else 0.0

    @property
    def _script_now(self) -> float:
        return self.t if self._paused_at is None else self._paused_at
