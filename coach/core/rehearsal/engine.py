"""The rehearsal as a pure machine: observations, ticks and commands go in with their time, events come out.

It never reads a clock. Every deadline crossed since the last call is emitted with the deadline's own time, so a stalled
camera loses no cue, and the same input always gives the same events.
"""

from __future__ import annotations

from typing import Final

from coach.base.events import (
    BeatStarted,
    Command,
    CommandTaken,
    EndCause,
    Event,
    LineEnded,
    LineStarted,
    NoteGiven,
    Paused,
    Reading,
    Resumed,
    TakeEnded,
    TakeStarted,
)
from coach.base.settings import Settings
from coach.base.types import Observation, Tick
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import ABSTAIN_BELOW, Smoother, even_handed
from coach.core.rehearsal.note_policy import LiveEvidence, Mismatch, NotePolicy, live_note
from coach.core.rehearsal.playhead import Place, Playhead, late
from coach.core.scoring.acceptance import fit_of
from coach.core.scoring.scorer import Scorer
from coach.core.script.targets import Target
from coach.core.script.timeline import Beat, Timeline, Turn

NOTE_S: Final = 1.0
"""A note takes about this long; with less of the line left it would be spoken over the next one."""

END_TOLERANCE_S: Final = 0.5
"""A recording that ends this little before its last line still ends it."""


class RehearsalEngine:
    """Plays a timeline. Live runs have a lead-in and obey every command; recorded ones only pause and quit.

    Attributes:
        scorer: hears every event as it is made; live notes rest on its figures, and it gives the report.
        over: whether the take has ended.
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
        """Prepare.

        Args:
            timeline: what is played.
            settings: of the take.
            live: whether time comes from a clock.
            card: of the model that reads the face; says how to read its probabilities even-handed.
            notes: False gives no live notes, which changes nothing else and takes less time.
        """
        self.scorer = Scorer(timeline, settings, card)
        self.over = False
        self._settings = settings
        self._live = live
        self._floor = card.floor if card else ABSTAIN_BELOW
        self._even_handed = even_handed(card)
        self._smoother = Smoother(self._floor)
        self._policy = NotePolicy()
        self._speaks = notes and settings.coach != "off"
        self._stats = self.scorer.stats
        self._evidence = self._open_evidence(card) if self._speaks else None
        self._deferred: tuple[int, Mismatch] | None = None
        self._attempts: dict[int, int] = {}
        self._playhead = Playhead(timeline, settings.announce, settings.loop if live else 1)
        self._paused_at: float | None = None
        self._place: Place = self._playhead.lead_in(self.start_t)
        self._slot: Turn | Beat | None = None
        self._target: Target | None = None
        self._due: float | None = self._next_due()
        self._events: list[Event] = []

    def _open_evidence(self, card: ModelCard | None) -> LiveEvidence | None:
        evidence, baseline = card.evidence if card else None, self._stats.baseline
        if evidence is None or baseline is None:
            return None
        return LiveEvidence(evidence, self._settings.strictness, baseline)

    @property
    def start_t(self) -> float:
        """When the take begins: minus the lead-in on a live run, 0 on a recorded one."""
        return -self._settings.lead_in_s if self._live else 0.0

    def start(self) -> list[Event]:
        """The first event of a take."""
        self._tell(TakeStarted(self.start_t))
        return self._told()

    def step(self, item: Observation | Tick | Command) -> list[Event]:
        """Move on to `item.t` and take `item`; the events that come of it. Times must not decrease."""
        self._advance(item.t)
        if self.over:
            return self._told()
        if isinstance(item, Observation):
            self._observe(item)
        elif isinstance(item, Command):
            self._obey(item)
        elif item.reason is not None:
            self._observe(Observation(item.t, (), item.reason))
        return self._told()

    def finish(self, t: float, cause: EndCause) -> list[Event]:
        """End the take at `t`, whatever is being played."""
        self._advance(t)
        if not self.over:
            self._end(t, cause)
        return self._told()

    def _tell(self, event: Event) -> None:
        self._stats.handle(event)
        self._events.append(event)

    def _told(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    # time

    def _advance(self, t: float) -> None:
        """Cross every deadline until `t`: cues that are due, and the ends of lines and beats."""
        while not self.over and (due := self._due) is not None and due <= t:
            self._stats.settle(due)
            cues = self._place.cues
            if cues and cues[0].t <= due:
                self._tell(cues[0])
                self._move(self._place.without_first_cue())
            else:
                self._move_on(due)
        self._stats.settle(t)

    def _next_due(self) -> float | None:
        if self._paused_at is not None:
            return None
        cue = self._place.cues[0].t if self._place.cues else None
        end = None if self._waits_for_key else self._place.ends
        return min((due for due in (cue, end) if due is not None), default=None)

    @property
    def _waits_for_key(self) -> bool:
        return self._live and self._settings.advance == "key" and isinstance(self._slot, Turn)

    @property
    def _turn(self) -> Turn | None:
        """The line being played; None in the lead-in and in beats."""
        return self._slot if isinstance(self._slot, Turn) else None

    # places

    def _move(self, place: Place) -> None:
        self._place = place
        self._slot = self._playhead.slot(place)
        self._target = self._slot.line.target if isinstance(self._slot, Turn) else None
        self._due = self._next_due()

    def _move_on(self, t: float) -> None:
        missed = late(self._place.cues, t)
        place = self._playhead.after(self._place, t)
        if place is not None:
            for cue in missed:
                self._tell(cue)
        self._leave(t)
        if place is None:
            self.over = True
            self._tell(TakeEnded(t, "finished"))
        else:
            self._enter(place)

    def _leave(self, t: float, *, cut: bool = False) -> None:
        turn = self._turn
        if turn is None:
            return
        self._deferred = None
        if self._settings.coach == "gaps":
            self._defer_note(turn)
        self._tell(LineEnded(t, turn.index, cut))

    def _defer_note(self, turn: Turn) -> None:
        """Keep the line's note for the next beat, unless the line was met after all."""
        line, worst = self._stats.line, self._policy.worst()
        if worst is not None and not (self._evidence and line and self._evidence.met(line)):
            self._deferred = turn.index, worst

    def _enter(self, place: Place) -> None:
        self._move(place)
        turn = self._turn
        if turn is None:
            self._tell(BeatStarted(place.began, place.ends))
            self._give_deferred(place.began, place.ends)
            return
        self._attempts[turn.index] = self._attempts.get(turn.index, 0) + 1
        self._policy.line_started(place.began)
        self._tell(LineStarted(place.began, turn.index, place.ends, self._attempts[turn.index]))

    def _give_deferred(self, t: float, deadline: float) -> None:
        """Give the note of the line that is over, now that there is a gap to say it in."""
        deferred, self._deferred = self._deferred, None
        if deferred is None or deadline - t < NOTE_S or not self._policy.allowed(t, deferred[1]):
            return
        self._policy.noted(t, deferred[1])
        self._tell(NoteGiven(t, deferred[0], live_note(deferred[1]), deadline))

    def _end(self, t: float, cause: EndCause) -> None:
        self._resume(t)
        self._leave(t, cut=self._place.ends - t > END_TOLERANCE_S or self._waits_for_key)
        self.over = True
        self._tell(TakeEnded(t, cause))

    # commands

    def _obey(self, command: Command) -> None:
        if not self._obeys(command):
            return
        self._tell(CommandTaken(command.t, command.name))
        if command.name == "quit":
            self._end(command.t, "quit")
        elif command.name == "pause" and self._paused_at is None:
            self._paused_at, self._due = command.t, None
            self._tell(Paused(command.t))
        else:
            self._resume(command.t)
            if command.name == "next":
                self._move_on(command.t)
            elif command.name != "pause":
                self._jump(command)

    def _obeys(self, command: Command) -> bool:
        if command.name in ("pause", "quit"):
            return True
        if command.name == "next":
            return self._live and self._settings.advance == "key" and self._place.slot >= 0
        return self._live and self._place.slot >= 0

    def _resume(self, t: float) -> None:
        if self._paused_at is None:
            return
        stood_still, self._paused_at = t - self._paused_at, None
        self._move(self._place.shifted(stood_still))
        self._policy.shift(stood_still)
        self._tell(Resumed(t))

    def _jump(self, command: Command) -> None:
        here = self._playhead.turn_at_or_before(self._place.slot)
        there = here if command.name == "repeat" else self._playhead.turn_at_or_before(here - 1)
        self._leave(command.t, cut=True)
        self._deferred = None
        self._enter(self._playhead.at(there, command.t))

    # faces

    def _observe(self, observation: Observation) -> None:
        t, actor = observation.t, None
        for face in observation.faces:  # as `Observation.actor` does, without three calls for each frame
            if face.track == 0:
                actor = face
        paused = self._paused_at is not None
        turn = self._slot if isinstance(self._slot, Turn) and not paused else None
        index = turn.index if turn else None
        if actor is None or actor.probabilities is None:
            if not paused:
                self._policy.update(t, None)
            self._tell(Reading(t, observation, index=index))
            return
        even = self._even_handed(actor.probabilities)
        smoothed, read = self._smoother.update(t, even)
        if turn is None or self._target is None:
            self._tell(Reading(t, observation, smoothed, read, index, None, even, actor.weight))
            return
        share = (t - self._place.began) / (self._place.ends - self._place.began)
        fit = fit_of(self._target, turn.line.intensity, share, (smoothed, read), self._floor)
        reading = Reading(t, observation, smoothed, read, index, fit, even, actor.weight)
        self._tell(reading)
        if self._speaks:
            self._note(turn, reading)

    def _note(self, turn: Turn, reading: Reading) -> None:
        """Give a note where one is due."""
        t, line, fit = reading.t, self._stats.line, reading.fit
        mismatch: Mismatch | None = None
        if line is not None and fit is not None:
            wrong = fit.instead or fit.side
            if self._evidence is not None:
                mismatch = self._evidence.mismatch(line, reading)
            elif wrong is not None:
                mismatch = line.parts[fit.part].part.accepted[0], wrong
        self._policy.update(t, mismatch)
        if self._settings.coach != "live" or mismatch is None or not self._policy.due(t, mismatch):
            return
        if not self._waits_for_key and self._place.ends - t < NOTE_S:
            return
        self._policy.noted(t, mismatch)
        deadline = t + 2 * NOTE_S if self._waits_for_key else self._place.ends
        self._tell(NoteGiven(t, turn.index, live_note(mismatch), deadline))
