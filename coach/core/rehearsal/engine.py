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
from coach.base.types import Observation, Probabilities, Tick
from coach.core.reading.calibration import even_handed
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import ABSTAIN_BELOW, Smoother
from coach.core.rehearsal.live_evidence import Witness
from coach.core.rehearsal.note_policy import MismatchWatch, Thing, live_note
from coach.core.rehearsal.playhead import Place, Walk, late
from coach.core.scoring.acceptance import accepts, outside, strongest_other
from coach.core.script.targets import Part
from coach.core.script.timeline import Beat, Timeline, Turn

NOTE_S: Final = 1.0
"""A note needs about this long; with less of the line left it would be spoken over the next one."""

END_TOLERANCE_S: Final = 0.5
"""A recording that ends so little before its last line still ends it."""


class RehearsalEngine:
    """Walks a timeline. `live` runs have a lead-in and obey every command; recorded ones only pause and quit.

    Probabilities come as the model gives them and are read even-handed, as `card` (the model's) says.
    """

    def __init__(self, timeline: Timeline, settings: Settings, *, live: bool, card: ModelCard | None = None) -> None:
        self._settings = settings
        self._live = live
        self._walk = Walk(timeline, settings.announce, settings.loop if live else 1)
        self._place: Place = self._walk.lead_in(self.start_t)
        self._paused_at: float | None = None
        self._attempts: dict[int, int] = {}
        self._floor = card.floor if card else ABSTAIN_BELOW
        self._even_handed = even_handed(card)
        self._smoother = Smoother(self._floor)
        self._watch = MismatchWatch()
        evidence = card.evidence if card else None
        speaks = settings.coach != "off"
        self._witness = Witness(evidence, settings.strictness) if evidence and speaks else None
        self._owed: tuple[int, Thing] | None = None
        self.over = False

    @property
    def start_t(self) -> float:
        """When the take begins: minus the lead-in on a live run, 0 on a recorded one."""
        return -self._settings.lead_in_s if self._live else 0.0

    def start(self) -> list[Event]:
        """The first event of a take."""
        return [TakeStarted(self.start_t)]

    def step(self, item: Observation | Tick | Command) -> list[Event]:
        """Move on to `item.t` and take `item`. Times must not decrease."""
        events = self._advance(item.t)
        if self.over:
            return events
        if isinstance(item, Command):
            return events + self._obey(item)
        if isinstance(item, Tick):
            if item.reason is None:
                return events
            item = Observation(item.t, (), item.reason)
        return events + self._observe(item)

    def finish(self, t: float, cause: EndCause) -> list[Event]:
        """End the take at `t`, whatever is being played."""
        events = self._advance(t)
        return events if self.over else events + self._end(t, cause)

    # time

    def _advance(self, t: float) -> list[Event]:
        events: list[Event] = []
        while not self.over and (due := self._next_due()) is not None and due <= t:
            events += self._cross(due)
        return events

    def _next_due(self) -> float | None:
        if self._paused_at is not None:
            return None
        cue = self._place.cues[0].t if self._place.cues else None
        end = None if self._waits_for_key() else self._place.ends
        return min((due for due in (cue, end) if due is not None), default=None)

    def _waits_for_key(self) -> bool:
        return self._live and self._settings.advance == "key" and isinstance(self._playing(), Turn)

    def _cross(self, due: float) -> list[Event]:
        cues = self._place.cues
        if cues and cues[0].t <= due:
            self._place = Place(self._place.slot, self._place.began, self._place.ends, cues[1:])
            return [cues[0]]
        return self._move_on(due)

    def _playing(self) -> Turn | Beat | None:
        return self._walk.slot(self._place)

    # places

    def _move_on(self, t: float) -> list[Event]:
        missed: list[Event] = list(late(self._place.cues, t))
        left = self._leave(t)
        place = self._walk.after(self._place, t)
        if place is None:
            self.over = True
            return [*left, TakeEnded(t, "finished")]
        return [*missed, *left, *self._enter(place)]

    def _leave(self, t: float, cut: bool = False) -> list[Event]:
        slot = self._playing()
        if not isinstance(slot, Turn):
            return []
        met = self._witness is not None and self._witness.met
        worst = self._watch.worst() if self._settings.coach == "gaps" and not met else None
        self._owed = None if worst is None else (slot.index, worst)
        return [LineEnded(t, slot.index, cut)]

    def _enter(self, place: Place) -> list[Event]:
        self._place = place
        slot = self._playing()
        if isinstance(slot, Turn):
            self._attempts[slot.index] = self._attempts.get(slot.index, 0) + 1
            self._watch.line_started(place.began)
            if self._witness:
                self._witness.line_started(slot)
            return [LineStarted(place.began, slot.index, place.ends, self._attempts[slot.index])]
        return [BeatStarted(place.began, place.ends), *self._pay(place.began, place.ends)]

    def _pay(self, t: float, deadline: float) -> list[Event]:
        """The note owed for a line that is over, now that there is a gap to say it in."""
        owed, self._owed = self._owed, None
        if owed is None or deadline - t < NOTE_S or not self._watch.allowed(t, owed[1]):
            return []
        self._watch.noted(t, owed[1])
        return [NoteGiven(t, owed[0], live_note(owed[1]), deadline)]

    def _end(self, t: float, cause: EndCause) -> list[Event]:
        resumed: list[Event] = self._resume(t)
        left = self._leave(t, cut=self._place.ends - t > END_TOLERANCE_S or self._waits_for_key())
        self.over = True
        return [*resumed, *left, TakeEnded(t, cause)]

    # commands

    def _obey(self, command: Command) -> list[Event]:
        if not self._obeys(command):
            return []
        taken: list[Event] = [CommandTaken(command.t, command.name)]
        if command.name == "quit":
            return taken + self._end(command.t, "quit")
        if command.name == "pause":
            return taken + (self._pause(command.t) if self._paused_at is None else self._resume(command.t))
        resumed = self._resume(command.t)
        if command.name == "next":
            return taken + resumed + self._move_on(command.t)
        return taken + resumed + self._jump(command)

    def _obeys(self, command: Command) -> bool:
        if command.name in ("pause", "quit"):
            return True
        if command.name == "next":
            return self._live and self._settings.advance == "key" and self._place.slot >= 0
        return self._live and self._place.slot >= 0

    def _pause(self, t: float) -> list[Event]:
        self._paused_at = t
        return [Paused(t)]

    def _resume(self, t: float) -> list[Event]:
        if self._paused_at is None:
            return []
        self._place = self._place.shifted(t - self._paused_at)
        self._watch.shift(t - self._paused_at)
        self._paused_at = None
        return [Resumed(t)]

    def _jump(self, command: Command) -> list[Event]:
        here = self._walk.turn_at_or_before(self._place.slot)
        there = here if command.name == "repeat" else self._walk.turn_at_or_before(here - 1)
        left = self._leave(command.t, cut=True)
        self._owed = None
        return [*left, *self._enter(self._walk.at(there, command.t))]

    # faces

    def _observe(self, observation: Observation) -> list[Event]:
        actor = observation.actor
        if actor is None or actor.probabilities is None:
            if self._paused_at is None:
                self._watch.update(observation.t, None)
            self._pass_by(observation.t)
            return [Reading(observation.t, observation, None, None, self._index(), None)]
        even = self._even_handed(actor.probabilities)
        smoothed, read = self._smoother.update(observation.t, even)
        turn = self._playing()
        if not isinstance(turn, Turn) or self._paused_at is not None or turn.line.target is None:
            self._rest(observation.t, even, actor.weight)
            return [Reading(observation.t, observation, smoothed, read, self._index(), None)]
        number = turn.line.target.part_at(self._share(observation.t))
        part = turn.line.target.parts[number]
        accepted = accepts(part, smoothed, read, self._floor)
        thing = _wrong(part, turn.line.intensity, smoothed, accepted)
        on_target = None if accepted is None else thing is None
        reading = Reading(observation.t, observation, smoothed, read, turn.index, on_target, number)
        if self._witness:
            thing = self._weighed(self._witness, thing, reading, even, actor.weight)
        return [reading, *self._note(observation.t, turn.index, thing)]

    def _weighed(
        self, witness: Witness, thing: Thing | None, reading: Reading, even: Probabilities, weight: float
    ) -> Thing | None:
        """What is wrong by the evidence; of the label's own faults only the strength of the right emotion stays."""
        if reading.on_target is None or reading.smoothed is None:
            witness.pass_by(reading.t)
            return None
        witness.see(reading.t, reading.t - self._place.began, reading.part, even, weight)
        if thing is not None and (thing[1] == "too little" or thing[1] == "too much"):
            return thing
        return witness.wrong(reading.part, reading.smoothed)

    def _rest(self, t: float, even: Probabilities, weight: float) -> None:
        """A face that nothing is asked of: at rest in the lead-in, not counted elsewhere."""
        if self._witness and self._place.slot < 0 and self._paused_at is None:
            self._witness.at_rest(t, even, weight)
        else:
            self._pass_by(t)

    def _pass_by(self, t: float) -> None:
        if self._witness:
            self._witness.pass_by(t)

    def _index(self) -> int | None:
        slot = self._playing()
        return slot.index if isinstance(slot, Turn) and self._paused_at is None else None

    def _share(self, t: float) -> float:
        return (t - self._place.began) / (self._place.ends - self._place.began)

    def _note(self, t: float, index: int, thing: Thing | None) -> list[Event]:
        self._watch.update(t, thing)
        if self._settings.coach != "live" or thing is None or not self._watch.due(t, thing):
            return []
        if not self._waits_for_key() and self._place.ends - t < NOTE_S:
            return []
        self._watch.noted(t, thing)
        deadline = t + 2 * NOTE_S if self._waits_for_key() else self._place.ends
        return [NoteGiven(t, index, live_note(thing), deadline)]


def _wrong(
    part: Part, band: tuple[float, float] | None, smoothed: Probabilities, accepted: bool | None
) -> Thing | None:
    """What is wrong with this moment: another emotion, or the right one outside its band; None where nothing is."""
    if accepted is None:
        return None
    if not accepted:
        return part.accepted[0], strongest_other(part, smoothed)
    side = outside(band, part.probability(smoothed))
    return (part.accepted[0], side) if side else None
