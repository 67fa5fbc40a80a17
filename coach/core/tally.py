"""What one attempt at a line adds up to, weighted by time; constant memory however long it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from coach.core.judging import accepts, outside
from coach.core.timeline import Turn
from coach.events import Reading
from coach.types import EMOTIONS, Reason

STABLE_S: Final = 0.3
"""A hit counts as stable when it lasts this long; shorter ones are flicker."""


@dataclass(slots=True)
class Stretch:
    """Finds the longest unbroken run of something, and the first that is stable. Times are seconds into the line."""

    longest_s: float = 0.0
    longest_at: float = 0.0
    first_stable_at: float | None = None
    _since: float | None = None

    def add(self, start: float, end: float, holds: bool) -> None:
        """From `start` to `end` it held, or it did not."""
        if not holds:
            self._since = None
            return
        if self._since is None:
            self._since = start
        lasted = end - self._since
        if lasted > self.longest_s:
            self.longest_s, self.longest_at = lasted, self._since
        if self.first_stable_at is None and lasted >= STABLE_S:
            self.first_stable_at = self._since


@dataclass(slots=True)
class PartTally:
    """Seconds of one part of the target: scored, and accepted among them."""

    scored_s: float = 0.0
    accepted_s: float = 0.0


@dataclass(slots=True)
class Tally:
    """One attempt at `turn`, begun at take time `began` and planned to last until `ends`.

    `began` moves by the length of every pause, so that `t - began` is always the time spent in the line.
    """

    turn: Turn
    began: float
    ends: float
    started_at: float
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
    lingered_s: float = 0.0
    _lingering: bool = True

    def __post_init__(self) -> None:
        target = self.turn.line.target
        self.parts = [PartTally() for _ in target.parts] if target else []

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
        accepted = accepts(part, smoothed, reading.read)
        side = outside(self.turn.line.intensity, probability)
        if accepted is not None:
            self.parts[number].scored_s += lasted
            self.parts[number].accepted_s += lasted if accepted and side is None else 0.0
        if accepted:
            self.little_s += lasted if side == "too little" else 0.0
            self.much_s += lasted if side == "too much" else 0.0
        self._stretches(start, end, None if accepted is None else accepted and side is None)

    def _stretches(self, start: float, end: float, hit: bool | None) -> None:
        self.on.add(start - self.began, end - self.began, hit is True)
        self.off.add(start - self.began, end - self.began, hit is False)

    def _linger(self, lasted: float, reading: Reading, before: Turn | None) -> None:
        """The last line's emotion lingers until something else is read for the first time."""
        last = before.line.target.parts[-1].accepted if before and before.line.target else ()
        mine = self.turn.line.target.parts[0].accepted if self.turn.line.target else ()
        self._lingering = self._lingering and reading.read in last and reading.read not in mine
        self.lingered_s += lasted if self._lingering else 0.0
