"""What one attempt at a line adds up to, weighted by time; constant memory however long it lasts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from coach.base.events import Reading
from coach.base.types import EMOTIONS, Emotion, Probabilities, Reason
from coach.core.reading.calibration import even_handed
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import ABSTAIN_BELOW
from coach.core.scoring.acceptance import accepts, outside, strongest_other
from coach.core.scoring.evidence import Pool
from coach.core.script.targets import Part
from coach.core.script.timeline import Turn

STABLE_S: Final = 0.3
"""A hit counts as stable when it lasts this long; shorter ones are flicker."""

MIN_SCORED_S: Final = 0.5
"""A line (or a part of an arc) needs this much scored time, else it is too short to judge."""

SAME_MOMENT_S: Final = 1e-6
"""Times closer than this are the same."""


@dataclass(slots=True)
class Stretch:
    """Finds the longest unbroken run of something, and the first that is stable, in take seconds.

    What was not seen (a gap, a pause) breaks a run: nobody knows what held in it.
    """

    longest_s: float = 0.0
    longest_at: float = 0.0
    first_stable_at: float | None = None
    _since: float | None = None
    _until: float = -math.inf

    def add(self, start: float, end: float, holds: bool) -> None:
        """From `start` to `end` it held, or it did not. Times do not decrease."""
        unbroken = start - self._until <= SAME_MOMENT_S
        self._until = end
        if not holds:
            self._since = None
            return
        if self._since is None or not unbroken:
            self._since = start
        lasted = end - self._since
        if lasted > self.longest_s:
            self.longest_s, self.longest_at = lasted, self._since
        if self.first_stable_at is None and lasted >= STABLE_S:
            self.first_stable_at = self._since


@dataclass(slots=True)
class PartTally:
    """Seconds of one part of the target: scored, accepted among them, and what was read in the others.

    `pool` holds the evidence of the scored ones.
    """

    pool: Pool
    scored_s: float = 0.0
    accepted_s: float = 0.0
    instead_s: dict[Emotion, float] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """Share of the scored time that was accepted; 0 where nothing was scored."""
        return self.accepted_s / self.scored_s if self.scored_s else 0.0


@dataclass(slots=True)
class Tally:
    """One attempt at `turn`, begun at take time `began` and planned to last until `ends`.

    `began` moves by the length of every pause, so that `t - began` is always the time spent in the line.
    The model's `card` says how its answers are read.
    """

    turn: Turn
    began: float
    ends: float
    started_at: float
    card: ModelCard | None = None
    ended_at: float | None = None
    cut: bool = False
    usable_s: float = 0.0
    matched_s: float = 0.0
    little_s: float = 0.0
    much_s: float = 0.0
    read_s: list[float] = field(default_factory=lambda: [0.0] * len(EMOTIONS))
    spoiled_s: dict[Reason, float] = field(default_factory=dict)
    parts: list[PartTally] = field(default_factory=list)
    on: Stretch = field(default_factory=Stretch)
    off: Stretch = field(default_factory=Stretch)
    arrival_s: float | None = None
    lingered_s: float = 0.0
    _lingering: bool = True
    _even_handed: Callable[[Probabilities], Probabilities] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        target = self.turn.line.target
        self._even_handed = even_handed(self.card)
        self.parts = [PartTally(Pool(part)) for part in target.parts] if target else []

    @property
    def length_s(self) -> float:
        """Seconds spent in the line, pauses taken out."""
        return (self.ended_at if self.ended_at is not None else self.ends) - self.began

    @property
    def scored_s(self) -> float:
        """Seconds in which the face was usable and the model did not abstain."""
        return sum(part.scored_s for part in self.parts)

    @property
    def accepted_s(self) -> float:
        """Seconds of them that the target accepted, intensity band included."""
        return sum(part.accepted_s for part in self.parts)

    @property
    def missed_band_s(self) -> float:
        """Seconds in which the right emotion was too weak or too strong."""
        return self.little_s + self.much_s

    def add(self, start: float, end: float, reading: Reading, before: Turn | None) -> None:
        """`reading` held from take time `start` to `end`; `before` is the line played before this one."""
        lasted = end - start
        if reading.smoothed is None:
            self._add_unusable(start, end, reading.observation.reason)
            return
        self.usable_s += lasted
        for i, probability in enumerate(reading.smoothed):
            self.read_s[i] += probability * lasted
        if self.turn.line.target is not None:
            self._judge(start, end, reading)
            self._linger(lasted, reading, before)

    def _add_unusable(self, start: float, end: float, reason: Reason | None) -> None:
        if reason is not None:
            self.spoiled_s[reason] = self.spoiled_s.get(reason, 0.0) + end - start
        self._stretches(start, end, None)

    def _judge(self, start: float, end: float, reading: Reading) -> None:
        target, smoothed, lasted = self.turn.line.target, reading.smoothed, end - start
        assert target is not None
        assert smoothed is not None
        number = target.part_at((start - self.began) / (self.ends - self.began))
        part = target.parts[number]
        probability = part.probability(smoothed)
        self.matched_s += probability * lasted
        accepted = accepts(part, smoothed, reading.read, self.card.floor if self.card else ABSTAIN_BELOW)
        side = outside(self.turn.line.intensity, probability)
        if accepted is not None:
            self.parts[number].scored_s += lasted
            self.parts[number].accepted_s += lasted if accepted and side is None else 0.0
            self._weigh(number, lasted, reading)
        if accepted is False:
            found = strongest_other(part, smoothed)
            self.parts[number].instead_s[found] = self.parts[number].instead_s.get(found, 0.0) + lasted
        if accepted:
            self.little_s += lasted if side == "too little" else 0.0
            self.much_s += lasted if side == "too much" else 0.0
        self._stretches(start, end, None if accepted is None else accepted and side is None)

    def _weigh(self, number: int, lasted: float, reading: Reading) -> None:
        actor = reading.observation.actor
        if self.card is not None and self.card.evidence is not None and actor and actor.probabilities:
            self.parts[number].pool.add(self._even_handed(actor.probabilities), lasted * actor.weight)

    def part(self, number: int) -> Part:
        """Part `number` (0-based) of the target, which the line has."""
        assert self.turn.line.target is not None
        return self.turn.line.target.parts[number]

    def _stretches(self, start: float, end: float, hit: bool | None) -> None:
        self.on.add(start, end, hit is True)
        self.off.add(start, end, hit is False)
        if self.arrival_s is None and self.on.first_stable_at is not None:
            self.arrival_s = self.on.first_stable_at - self.began

    def _linger(self, lasted: float, reading: Reading, before: Turn | None) -> None:
        """The last line's emotion lingers until something else is read for the first time."""
        last = before.line.target.parts[-1].accepted if before and before.line.target else ()
        mine = self.turn.line.target.parts[0].accepted if self.turn.line.target else ()
        self._lingering = self._lingering and reading.read in last and reading.read not in mine
        self.lingered_s += lasted if self._lingering else 0.0


def judged_parts(tally: Tally) -> list[int]:
    """The numbers of the target's parts that were scored for long enough; the best seen one where none was."""
    enough = [n for n, part in enumerate(tally.parts) if part.scored_s >= MIN_SCORED_S]
    return enough or [max(range(len(tally.parts)), key=lambda n: tally.parts[n].scored_s)]
