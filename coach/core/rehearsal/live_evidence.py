"""What the evidence says while a line is being played: whether the director may speak."""

from __future__ import annotations

from coach.base.settings import Strictness
from coach.base.types import Probabilities
from coach.core.reading.card import EvidenceCard
from coach.core.reading.smoothing import HELD_S
from coach.core.rehearsal.note_policy import Thing
from coach.core.scoring.baseline import Rest, at_ease, is_rest
from coach.core.scoring.evidence import Found, Pool, deserves_note, find, log_odds
from coach.core.scoring.norms import easiest
from coach.core.script.targets import Part
from coach.core.script.timeline import Turn


class Witness:
    """Follows one actor from line to line. Only models that speak for viewers have one."""

    def __init__(self, card: EvidenceCard, strictness: Strictness) -> None:
        self._card = card
        self._strictness = strictness
        self._rest = Rest(card)
        self._pools: dict[int, Pool] = {}
        self._turn: Turn | None = None
        self._last: float | None = None

    def line_started(self, turn: Turn) -> None:
        """Nothing is known of `turn` yet."""
        self._turn = turn
        self._pools = {}

    def pass_by(self, t: float) -> None:
        """Nothing was seen, or it does not count, until `t`."""
        self._last = t

    def at_rest(self, t: float, even: Probabilities, weight: float) -> None:
        """The even-handed reading `even` at `t` in the lead-in."""
        self._rest.add(even, self._lasted(t) * weight)

    def see(self, t: float, spent_s: float, number: int, even: Probabilities, weight: float) -> None:
        """The even-handed reading `even` at `t`, `spent_s` into the line, held against part `number` of its target."""
        part = self._part(number)
        seconds = self._lasted(t) * weight
        self._pools.setdefault(number, Pool(part)).add(even, seconds)
        if self._turn is not None and is_rest(self._turn, spent_s) and at_ease(even):
            self._rest.add(even, seconds)

    def wrong(self, number: int, smoothed: Probabilities) -> Thing | None:
        """What a note may be about now: an emotion far ahead of a part that the line has not met so far either."""
        part = self._part(number)
        odds = [log_odds(each) for each in smoothed]
        now = self._find(part, odds, log_odds(part.probability(smoothed)))
        if not deserves_note(now, self._asked(part)) or self._met(number):
            return None
        return part.accepted[0], now.rival

    @property
    def met(self) -> bool:
        """Whether every part of the line that was seen has reached what is asked."""
        return bool(self._pools) and all(self._met(number) for number in self._pools)

    def _met(self, number: int) -> bool:
        pooled = self._pools[number].strongest() if number in self._pools else None
        part = self._part(number)
        return pooled is not None and self._find(part, *pooled).share >= self._asked(part)

    def _find(self, part: Part, seven: tuple[float, ...] | list[float], together: float) -> Found:
        return find(self._card, self._rest.odds, part, seven, together)

    def _asked(self, part: Part) -> float:
        return easiest(self._card, part, self._turn.line.intensity if self._turn else None, self._strictness)[1]

    def _part(self, number: int) -> Part:
        assert self._turn is not None
        assert self._turn.line.target is not None
        return self._turn.line.target.parts[number]

    def _lasted(self, t: float) -> float:
        """Seconds for which a reading at `t` speaks: since the one before, but no longer than a reading holds."""
        since = 0.0 if self._last is None else t - self._last
        self._last = t
        return min(max(since, 0.0), HELD_S)
