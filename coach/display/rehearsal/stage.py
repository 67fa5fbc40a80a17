"""The state of a rehearsal that its displays share: line, next line, cue, note and reading."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from coach.base.events import (
    BeatStarted,
    CommandTaken,
    CueDue,
    EndCause,
    Event,
    LineStarted,
    NoteGiven,
    PartnerStarted,
    Paused,
    PromptGiven,
    Reading,
    Resumed,
    TakeEnded,
    TakeStarted,
)
from coach.base.messages import tr
from coach.core.script.targets import target_words
from coach.core.script.timeline import PartnerTurn

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.base.settings import Settings
    from coach.base.types import Hearing
    from coach.core.script.targets import Part
    from coach.core.script.timeline import Timeline, Turn

SHOWN_S: Final = 4.0
"""Seconds that a note is shown, and a cue at least: a glance takes one second, but the actor must find time for it."""

REVEALED_S: Final = 5.0
"""Seconds that a hidden line is shown after its key: a terminal does not tell when a key is released."""

Meaning = Literal["label", "viewers"]
"""What a probability of the model means; see `coach.core.reading.card.ModelCard`."""

Phase = Literal["lead-in", "line", "beat", "ended"]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The description of a run for its displays.

    Attributes:
        timeline: the lines to play.
        settings: settings of the take.
        source_name: name of the source as the user gave it; empty without a camera.
        live: whether the actor can jump back to a line; a recording cannot.
        meaning: meaning of the model's probabilities.
        hearing: gives what is heard now; None if nobody listens.
    """

    timeline: Timeline
    settings: Settings
    source_name: str = ""
    live: bool = True
    meaning: Meaning = "label"
    hearing: Callable[[], Hearing] | None = None


@dataclass(frozen=True, slots=True)
class _Span:
    """Planned start and end in take seconds."""

    start: float
    end: float

    def later(self, seconds: float) -> _Span:
        return _Span(self.start + seconds, self.end + seconds)


class Stage:
    """The state of a rehearsal for a display, updated by events; it has no clock and draws nothing.

    Attributes:
        run: the run that is shown.
        t: time of the last event, in take seconds.
        phase: current phase of the take.
        turn: the current line; None before the first.
        attempt: number of times that the current line was started.
        reading: the last reading; None before the first.
        cause: cause of the end of the take; None before the end.
    """

    def __init__(self, run: RunInfo) -> None:
        self.run = run
        self._turns = run.timeline.turns
        self._listening = {
            slot.number: str(slot.line.listening)
            for slot in run.timeline.slots
            if isinstance(slot, PartnerTurn) and slot.line.listening
        }
        self._span = _Span(0.0, 0.0)
        self._cue: CueDue | None = None
        self._announced: CueDue | None = None
        self._note: NoteGiven | None = None
        self._prompt: PromptGiven | None = None
        self._revealed_until = float("-inf")
        self._partner: PartnerStarted | None = None
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
                self._partner = event if isinstance(event, PartnerStarted) else None
            case CommandTaken(name="answered" | "next") if self.partner is not None:
                self._partner, self._span = None, _Span(event.t, event.t)
            case CueDue():
                self._take_cue(event)
            case NoteGiven() | PromptGiven() | CommandTaken():
                self._help(event)
            case Reading():
                self.reading = event
            case Paused() | Resumed():
                self._hold(event)
            case TakeEnded():
                self.phase, self.cause = "ended", event.cause

    def _help(self, event: NoteGiven | PromptGiven | CommandTaken) -> None:
        """Show a note or a prompt, or show or hide the line."""
        if isinstance(event, NoteGiven):
            self._note = event
        elif isinstance(event, PromptGiven):
            self._prompt = event
        elif event.name == "reveal":
            self._revealed_until = float("-inf") if self.revealed else event.t + REVEALED_S

    def _start(self, event: LineStarted) -> None:
        self.phase, self.attempt, self._span = "line", event.attempt, _Span(event.t, event.end)
        self.turn = self._find(event.index)
        self._note = self._announced = self._prompt = None
        self._revealed_until = float("-inf")

    def _take_cue(self, event: CueDue) -> None:
        if event.kind == "cue":
            self._cue = event
        elif not self._has_started(event):
            self._announced = event

    def _has_started(self, announced: CueDue) -> bool:
        """Whether the announced line has started already: after a jump to it, its announcement comes at its start."""
        is_current = self.phase == "line" and self.turn is not None and self.turn.index == announced.index
        return is_current and announced.t <= self._span.start

    def _hold(self, event: Paused | Resumed) -> None:
        if self._paused_at is not None:
            self._span = self._span.later(event.t - self._paused_at)
        self._paused_at = event.t if isinstance(event, Paused) else None

    @property
    def paused(self) -> bool:
        """Whether the rehearsal is paused."""
        return self._paused_at is not None

    @property
    def count(self) -> int:
        """Number of lines to play."""
        return len(self._turns)

    def position(self, turn: Turn) -> int:
        """The position of `turn` among the lines to play, from 1."""
        return turn.index - self._turns[0].index + 1

    @property
    def featured(self) -> Turn | None:
        """The line to show: the current one, or the next one during lead-in and beats."""
        coming = self._after(self.turn) if self.phase in ("lead-in", "beat") else None
        return coming or self.turn

    @property
    def following(self) -> Turn | None:
        """The line after the featured one; None after the last."""
        return self._after(self.featured) if self.featured else None

    def _after(self, turn: Turn | None) -> Turn | None:
        following = self._turns[0] if self._turns and (turn is None or self.run.settings.loop > 1) else None
        return following if turn is None else self._find(turn.index + 1) or following

    def _find(self, index: int) -> Turn | None:
        """The line with number `index`; None if it is not played. The lines have consecutive numbers."""
        position = index - self._turns[0].index if self._turns else -1
        return self._turns[position] if 0 <= position < self.count else None

    @property
    def partner(self) -> PartnerStarted | None:
        """The partner's line that is being said; None at other times."""
        return self._partner if self.phase == "beat" else None

    @property
    def listening(self) -> str:
        """The target of the actor's face while the partner speaks; empty for none."""
        return target_words(self._listening.get(self.partner.number, "")) if self.partner is not None else ""

    @property
    def left_s(self) -> float:
        """Seconds left in the line, beat or lead-in; 0 after its planned end."""
        return max(0.0, self._span.end - self._script_now)

    @property
    def left_share(self) -> float:
        """`left_s` as a share of the planned length, 0 to 1."""
        length = self._span.end - self._span.start
        return min(1.0, self.left_s / length) if length > 0 else 0.0

    @property
    def waits(self) -> bool:
        """Whether a key goes on: the line is past its planned end, or the partner speaks for as long as they need."""
        if self.paused or not (self.run.live and self.run.settings.takes_turns):
            return False
        return self.partner is not None or (self.phase == "line" and self.left_s == 0)

    @property
    def unwatched(self) -> bool:
        """Whether there is no camera, so no face can be read."""
        return self.reading is not None and self.reading.observation.reason == "no camera"

    @property
    def countdown(self) -> int | None:
        """The countdown of the lead-in: 3, 2, 1; None outside it."""
        return math.ceil(self.left_s) if self.phase == "lead-in" and self.left_s > 0 else None

    @property
    def part(self) -> Part | None:
        """The part of the target that applies now; None outside a line with a target."""
        if self.phase != "line" or self.turn is None or self.turn.line.target is None:
            return None
        return self.turn.line.target.parts[self.turn.line.target.part_at(self._share)]

    @property
    def revealed(self) -> bool:
        """Whether the actor has uncovered the featured line, for some seconds."""
        return self.t < self._revealed_until

    def words(self, turn: Turn) -> str:
        """What the actor may see of `turn`; everything in a run that hides nothing."""
        show = self.run.settings.show
        if show == "full" or (self.revealed and turn is self.featured):
            return turn.line.text
        from coach.core.script.hiding import shown_text

        return shown_text(turn.line.text, show)

    @property
    def prompt(self) -> str:
        """The words that the coach said when asked for the line, for a while; empty for none."""
        return self._prompt.text if self._prompt and self.t < self._prompt.t + SHOWN_S else ""

    @property
    def cue(self) -> str:
        """The partner's line being said, or the current cue; empty for none, and where no words are shown."""
        if self.run.settings.show == "none":
            return ""
        if self.partner is not None:
            return f"{self.partner.role}: {self.partner.text}"
        cue = self._cue
        return cue.text if cue and self.t < max(cue.deadline, cue.t + SHOWN_S) else ""

    @property
    def announced(self) -> str:
        """The announcement of the next line, until it starts; empty for none."""
        event = self._announced
        return "" if event is None else event.text or tr("line {number}", number=event.index)

    @property
    def note(self) -> str:
        """The current note, until the next line starts; empty for none."""
        return self._note.text if self._note and self.t < self._note.t + SHOWN_S else ""

    @property
    def _share(self) -> float:
        length = self._span.end - self._span.start
        return (self._script_now - self._span.start) / length if length > 0 else 0.0

    @property
    def _script_now(self) -> float:
        return self.t if self._paused_at is None else self._paused_at
