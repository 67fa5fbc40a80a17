"""The rehearsal engine, a pure state machine: observations, ticks and commands go in, events come out.

It never reads a clock. Each step emits all events that became due since the last step, with their own times. So no cue
is lost when a camera stalls, and the same input always gives the same events.
"""

from __future__ import annotations

from typing import Final

from coach.base.events import (
    BeatStarted,
    Command,
    CommandName,
    CommandTaken,
    EndCause,
    Event,
    LineEnded,
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
from coach.base.settings import Settings
from coach.base.types import Observation, Tick
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import ABSTAIN_BELOW, Smoother, even_handed
from coach.core.rehearsal.note_policy import LiveEvidence, Mismatch, NotePolicy, note_text
from coach.core.rehearsal.playhead import Playhead, Position, reschedule_cues
from coach.core.scoring.acceptance import fit_of
from coach.core.scoring.scorer import Scorer
from coach.core.script.targets import Target
from coach.core.script.timeline import Beat, PartnerTurn, Timeline, Turn

NOTE_S: Final = 1.0
"""Time to speak a note. A note is given only if that much of the line or beat is left."""

END_TOLERANCE_S: Final = 0.5
"""The last line still counts as complete if the recording ends at most this long before the line does."""

_LINES_BACK: Final[dict[CommandName, int]] = {"repeat": 0, "back": 1}
"""The commands that jump, with the number of lines that each goes back."""


class RehearsalEngine:
    """Plays a timeline. Live runs have a lead-in and accept every command, `next` only if lines wait for the actor.

    Where `Settings.takes_turns` holds, a line lasts until `next`, and a partner's line until `answered`, or `next`,
    which skips the rest of it. Recordings accept only pause and quit, and these two if the actor's voice ends lines.

    Attributes:
        scorer: makes the report. The engine adds every event to its statistics, and bases live notes on them.
        ended: whether the take has ended.
    """

    def __init__(
        self,
        timeline: Timeline,
        settings: Settings,
        *,
        live: bool,
        card: ModelCard | None = None,
        notes: bool = True,
    ) -> None:
        """Start at the lead-in.

        Args:
            timeline: the timeline to play.
            settings: settings of the take.
            live: whether time comes from a clock.
            card: card of the emotion model; None without a camera.
            notes: whether to compute live notes; all other events are the same without them.
        """
        self.scorer = Scorer(timeline, settings, card)
        self.ended = False
        self._settings = settings
        self._live = live
        self._floor = card.floor if card else ABSTAIN_BELOW
        self._calibrate = even_handed(card)
        self._smoother = Smoother(self._floor)
        self._policy = NotePolicy()
        self._gives_notes = notes and settings.coach != "off"
        self._stats = self.scorer.stats
        self._reactions = self.scorer.reactions
        self._evidence = self._make_evidence(card) if notes else None
        self._deferred: tuple[int, Mismatch] | None = None
        self._takes_turns = settings.takes_turns and (live or settings.advance == "voice")
        self._answered = False
        self._attempts: dict[int, int] = {}
        self._language = timeline.language
        self._prompts = 0
        self._playhead = Playhead(timeline, settings.announce, settings.loop if live else 1)
        self._paused_at: float | None = None
        self._position: Position = self._playhead.lead_in(self.start_t)
        self._slot: Turn | Beat | None = None
        self._target: Target | None = None
        self._due: float | None = self._next_due()
        self._events: list[Event] = []

    def _make_evidence(self, card: ModelCard | None) -> LiveEvidence | None:
        evidence, baseline = card.evidence if card else None, self._stats.baseline
        if evidence is None or baseline is None:
            return None
        return LiveEvidence(evidence, self._settings.strictness, baseline)

    @property
    def start_t(self) -> float:
        """Start of the take: minus the lead-in in a live run, 0 on a recording."""
        return -self._settings.lead_in_s if self._live else 0.0

    def start(self) -> list[Event]:
        """Start the take; return its first event."""
        self._emit(TakeStarted(self.start_t))
        return self._drain_events()

    def step(self, item: Observation | Tick | Command) -> list[Event]:
        """Advance to `item.t` and handle `item`; return the events. Times must not decrease."""
        self._advance(item.t)
        if self.ended:
            return self._drain_events()
        if isinstance(item, Observation):
            self._observe(item)
        elif isinstance(item, Command):
            self._execute(item)
        elif item.reason is not None:
            self._observe(Observation(item.t, (), item.reason))
        return self._drain_events()

    def finish(self, t: float, cause: EndCause) -> list[Event]:
        """End the take at `t`, unless it has ended; return the events."""
        self._advance(t)
        if not self.ended:
            self._end_take(t, cause)
        return self._drain_events()

    def _emit(self, event: Event) -> None:
        self._stats.handle(event)
        if self._reactions is not None:
            self._reactions.handle(event)
        self._events.append(event)

    def _drain_events(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    # Time: emit what is due.

    def _advance(self, t: float) -> None:
        """Emit all events that are due by `t`: cues, and the ends of lines and beats."""
        while not self.ended and (due := self._due) is not None and due <= t:
            self._stats.advance_to(due)
            cues = self._position.cues
            if cues and cues[0].t <= due:
                self._emit(cues[0])
                self._set_position(self._position.without_first_cue())
            else:
                self._go_to_next_slot(due)
        self._stats.advance_to(t)

    def _next_due(self) -> float | None:
        if self._paused_at is not None:
            return None
        if self._partner_speaks:
            return None  # a cue would talk over the partner
        cue = self._position.cues[0].t if self._position.cues else None
        end = None if self._waits else self._position.ends
        return min((due for due in (cue, end) if due is not None), default=None)

    @property
    def _waits(self) -> bool:
        """Whether the slot lasts until a command: the actor's own line, or a partner's that is not finished."""
        return self._takes_turns and isinstance(self._slot, Turn | PartnerTurn) and not self._answered

    @property
    def _partner_speaks(self) -> bool:
        """Whether a partner's line lasts until a command."""
        return self._waits and isinstance(self._slot, PartnerTurn)

    @property
    def _turn(self) -> Turn | None:
        """The line being played; None in the lead-in and in beats."""
        return self._slot if isinstance(self._slot, Turn) else None

    # Position in the timeline.

    def _set_position(self, position: Position) -> None:
        self._position = position
        self._slot = self._playhead.slot(position)
        self._target = self._slot.line.target if isinstance(self._slot, Turn) else None
        self._due = self._next_due()

    def _go_to_next_slot(self, t: float) -> None:
        # If the actor goes on early, the remaining cues of the next slot are given now. The last slot has none.
        for cue in reschedule_cues(self._position.cues, t):
            self._emit(cue)
        self._end_line(t)
        position = self._playhead.advance(self._position, t)
        if position is None:
            self.ended = True
            self._emit(TakeEnded(t, "finished"))
        else:
            self._start_slot(position)

    def _end_line(self, t: float, *, cut: bool = False) -> None:
        turn = self._turn
        if turn is None:
            return
        self._deferred = None
        if self._settings.coach == "gaps":
            self._defer_note(turn)
        self._emit(LineEnded(t, turn.index, cut))

    def _defer_note(self, turn: Turn) -> None:
        """Defer the line's note to the next beat, unless the line reached its thresholds before its end."""
        line, mismatch = self._stats.line, self._policy.longest()
        if mismatch is not None and not (self._evidence and line and self._evidence.is_reached(line)):
            self._deferred = turn.index, mismatch

    def _start_slot(self, position: Position) -> None:
        self._answered = False
        self._set_position(position)
        turn = self._turn
        if turn is None:
            self._start_beat(position.began, position.ends)
            return
        self._attempts[turn.index] = self._attempts.get(turn.index, 0) + 1
        self._prompts = 0
        self._policy.start_line(position.began)
        self._emit(LineStarted(position.began, turn.index, position.ends, self._attempts[turn.index]))

    def _start_beat(self, t: float, end: float) -> None:
        """Start the beat until `end`. A note waits for one without a partner's words."""
        if isinstance(self._slot, PartnerTurn):
            line = self._slot.line
            self._emit(PartnerStarted(t, end, line.role or "", line.text, self._slot.number))
        else:
            self._emit(BeatStarted(t, end))
            self._give_deferred_note(t, end)

    def _give_deferred_note(self, t: float, deadline: float) -> None:
        """Give the deferred note in the beat from `t` to `deadline`, if there is time."""
        deferred, self._deferred = self._deferred, None
        if deferred is None:
            return
        index, mismatch = deferred
        if deadline - t >= NOTE_S and self._policy.is_allowed(t, mismatch):
            self._policy.record_note(t, mismatch)
            self._emit(NoteGiven(t, index, tr(note_text(mismatch)), deadline))

    def _end_take(self, t: float, cause: EndCause) -> None:
        self._resume(t)
        self._end_line(t, cut=self._position.ends - t > END_TOLERANCE_S or self._waits)
        self.ended = True
        self._emit(TakeEnded(t, cause))

    # Commands.

    def _execute(self, command: Command) -> None:
        if not self._accepts(command):
            return
        self._emit(CommandTaken(command.t, command.name))
        if command.name == "quit":
            self._end_take(command.t, "quit")
        elif command.name in ("dispute", "reveal"):
            return  # the row of the command is all: the report uses the one, the displays the other
        elif command.name == "line":
            self._prompt(command.t)
        elif command.name == "pause" and self._paused_at is None:
            self._paused_at, self._due = command.t, None
            self._emit(Paused(command.t))
        else:
            self._resume(command.t)
            if command.name == "answered" or (command.name == "next" and self._partner_speaks):
                self._end_partner(command.t)
            elif command.name == "next":
                self._go_to_next_slot(command.t)
            elif command.name != "pause":
                self._jump(command)

    def _accepts(self, command: Command) -> bool:
        if command.name in ("pause", "quit"):
            return True
        if command.name == "dispute":
            return bool(self._settings.actor) and self._turn is not None and self._paused_at is None
        if command.name == "line":
            return self._live and self._turn is not None
        if command.name == "reveal":
            return self._live and self._settings.show != "full"
        if command.name == "next":
            return self._takes_turns and self._position.slot >= 0
        if command.name == "answered":
            return self._partner_speaks and self._paused_at is None
        return self._live and self._position.slot >= 0

    def _prompt(self, t: float) -> None:
        """Give the next words of the line; a new attempt begins with the first words again."""
        turn = self._turn
        if turn is None:
            return
        from coach.core.script.hiding import prompt_words  # most takes need no prompt

        self._prompts += 1
        if words := prompt_words(turn.line.text, self._prompts):
            self._emit(PromptGiven(t, turn.index, words, self._language))

    def _resume(self, t: float) -> None:
        if self._paused_at is None:
            return
        paused_s, self._paused_at = t - self._paused_at, None
        self._set_position(self._position.shift(paused_s))
        self._policy.shift(paused_s)
        self._emit(Resumed(t))

    def _end_partner(self, t: float) -> None:
        """The partner finished at `t`, or the rest is skipped: give the cues of the next line, then start it."""
        self._answered = True
        self._set_position(self._position.after_answer(t))
        self._advance(t)

    def _jump(self, command: Command) -> None:
        destination = self._playhead.turn_at_or_before(self._playhead.led_to(self._position.slot))
        for _ in range(_LINES_BACK[command.name]):
            destination = self._playhead.turn_at_or_before(destination - 1)
        self._end_line(command.t, cut=True)
        self._deferred = None  # no note on an attempt that the actor aborted
        self._start_slot(self._playhead.jump(self._playhead.lead_of(destination), command.t))

    # Observations and live notes.

    def _observe(self, observation: Observation) -> None:
        t, actor = observation.t, None
        for face in observation.faces:  # `Observation.actor`, inlined to save three calls a frame
            if face.track == 0:
                actor = face
        paused = self._paused_at is not None
        turn = self._slot if isinstance(self._slot, Turn) and not paused else None
        index = turn.index if turn else None
        if actor is None or actor.probabilities is None:
            if not paused:
                self._policy.update(t, None)
            self._emit(Reading(t, observation, index=index))
            return
        calibrated = self._calibrate(actor.probabilities)
        smoothed, read = self._smoother.update(t, calibrated)
        if turn is None or self._target is None:
            self._emit(Reading(t, observation, smoothed, read, index, None, calibrated, actor.weight))
            return
        share = (t - self._position.began) / (self._position.ends - self._position.began)
        fit = fit_of(self._target, turn.line.intensity, share, (smoothed, read), self._floor)
        line, verdict = self._stats.line, None
        if self._evidence is not None and line is not None:
            verdict = self._evidence.verdict_now(line, fit, smoothed)
        reading = Reading(t, observation, smoothed, read, index, fit, calibrated, actor.weight, verdict)
        self._emit(reading)
        if self._gives_notes:
            self._update_note_policy(turn, reading)

    def _update_note_policy(self, turn: Turn, reading: Reading) -> None:
        """Add `reading` to the note policy, and emit a note if one is due."""
        t, line, fit = reading.t, self._stats.line, reading.fit
        mismatch: Mismatch | None = None
        if line is not None and fit is not None:
            problem = fit.rival or fit.intensity_miss
            if self._evidence is not None:
                mismatch = self._evidence.mismatch(line, fit, reading.verdict)
            elif problem is not None:
                mismatch = line.parts[fit.part].part.accepted[0], problem
        self._policy.update(t, mismatch)
        if self._settings.coach != "live" or mismatch is None or not self._policy.is_due(t, mismatch):
            return
        if not self._waits and self._position.ends - t < NOTE_S:
            return
        self._policy.record_note(t, mismatch)
        deadline = t + 2 * NOTE_S if self._waits else self._position.ends
        self._emit(NoteGiven(t, turn.index, tr(note_text(mismatch)), deadline))
