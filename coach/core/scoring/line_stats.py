"""What a take adds up to while it is played, weighted by time: its lines, and the actor's baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from coach.base.events import (
    BeatStarted,
    Event,
    Fit,
    LineEnded,
    LineStarted,
    NoteGiven,
    Paused,
    Reading,
    Resumed,
    TakeEnded,
    TakeStarted,
)
from coach.base.types import EMOTIONS, Emotion, Reason
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import ABSTAIN_BELOW, GRACE_S, HELD_S
from coach.core.scoring.acceptance import held_against
from coach.core.scoring.baseline import Baseline, asks_for_rest, shows_rest
from coach.core.scoring.evidence import EvidencePool
from coach.core.script.targets import Part
from coach.core.script.timeline import Timeline, Turn

STABLE_S: Final = 0.3
"""A hit counts as stable when it lasts this long; shorter ones are flicker."""

MIN_SCORED_S: Final = 0.5
"""A line (or a part of an arc) needs this much scored time, else it is too short to judge."""

MIN_COVERAGE: Final = 0.25
"""With the face usable in less of the line than this, the line is not scored."""

MIN_SURE: Final = 0.3
"""With the model sure in less of the usable time than this, the line is not scored."""

SAME_MOMENT_S: Final = 1e-6
"""Times closer than this are the same."""


@dataclass(slots=True)
class Streak:
    """Finds the longest unbroken streak of something, and the first that is stable, in take seconds.

    A gap or a pause breaks a streak: nobody knows what held in it.
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
class PartStats:
    """Seconds of one part of the target: scored, accepted among them, and what was read in the others.

    `pool` holds the evidence of the scored ones.
    """

    part: Part
    pool: EvidencePool
    scored_s: float = 0.0
    accepted_s: float = 0.0
    instead_s: dict[Emotion, float] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """Share of the scored time that was accepted; 0 where nothing was scored."""
        return self.accepted_s / self.scored_s if self.scored_s else 0.0


@dataclass(slots=True)
class LineStats:
    """One attempt at `turn`, planned to last from take time `began` until `ends`.

    Both move by the length of every pause, so that `t - began` is always the time spent in the line.

    Attributes:
        pools: whether the evidence is pooled: the model speaks for viewers.
        before: what the line before this one in the script accepts at its end; empty for none.
        started_at, ended_at: take seconds; `ended_at` is None while the line is played.
        cut: whether it was broken off.
        usable_s: seconds with a usable face.
        matched_s: those seconds times the target's probability.
        little_s, much_s: seconds in which the right emotion was too weak, and too strong.
        read_s: per emotion, usable seconds times its probability.
        spoiled_s: seconds without a usable face, by reason.
        on, off: streaks on target and off it.
        arrival_s: from the start of the line to the first stable hit.
        lingered_s: how long the emotion of the line before lingered.
    """

    turn: Turn
    began: float
    ends: float
    pools: bool = False
    before: tuple[Emotion, ...] = ()
    ended_at: float | None = None
    cut: bool = False
    usable_s: float = 0.0
    matched_s: float = 0.0
    little_s: float = 0.0
    much_s: float = 0.0
    read_s: list[float] = field(default_factory=lambda: [0.0] * len(EMOTIONS))
    spoiled_s: dict[Reason, float] = field(default_factory=dict)
    parts: list[PartStats] = field(init=False)
    on: Streak = field(default_factory=Streak)
    off: Streak = field(default_factory=Streak)
    arrival_s: float | None = None
    lingered_s: float = 0.0
    started_at: float = field(init=False)
    _lingering: bool = True

    def __post_init__(self) -> None:
        target = self.turn.line.target
        self.started_at = self.began
        self.parts = []
        for part in target.parts if target else ():
            self.parts.append(PartStats(part, EvidencePool(part)))

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

    def share_at(self, t: float) -> float:
        """How far the line has got at take time `t`, as a share of its planned length."""
        return (t - self.began) / (self.ends - self.began)

    def shift(self, seconds: float) -> None:
        """The script stood still for `seconds`."""
        self.began += seconds
        self.ends += seconds

    def add(self, start: float, end: float, reading: Reading) -> None:
        """Count `reading`, which held from take time `start` to `end`."""
        lasted, fit = end - start, reading.fit
        if reading.smoothed is None:
            reason = reading.observation.reason
            if reason is not None:
                self.spoiled_s[reason] = self.spoiled_s.get(reason, 0.0) + lasted
            self.on.add(start, end, holds=False)
            self.off.add(start, end, holds=False)
            return
        self.usable_s += lasted
        for place, probability in enumerate(reading.smoothed):
            self.read_s[place] += probability * lasted
        if fit is None:
            return
        self.matched_s += fit.probability * lasted
        if fit.on_target is not None:
            self._score(lasted, reading, fit)
        self.on.add(start, end, fit.on_target is True)
        self.off.add(start, end, fit.on_target is False)
        self._time_arrival(lasted, reading.read)

    def _time_arrival(self, lasted: float, read: Emotion | None) -> None:
        """When the target was first hit for a while, and how long the emotion of the line before lingered."""
        if self.arrival_s is None and self.on.first_stable_at is not None:
            self.arrival_s = self.on.first_stable_at - self.began
        if self._lingering:  # until something else is read for the first time
            self._lingering = read in self.before and read not in self.parts[0].part.accepted
            self.lingered_s += lasted if self._lingering else 0.0

    def _score(self, lasted: float, reading: Reading, fit: Fit) -> None:
        stats = self.parts[fit.part]
        stats.scored_s += lasted
        if fit.on_target:
            stats.accepted_s += lasted
        elif fit.side == "too little":
            self.little_s += lasted
        elif fit.side == "too much":
            self.much_s += lasted
        elif fit.instead is not None:
            stats.instead_s[fit.instead] = stats.instead_s.get(fit.instead, 0.0) + lasted
        if self.pools and reading.even is not None:
            stats.pool.add(reading.even, lasted * reading.weight)

    def supersedes(self, kept: LineStats) -> bool:
        """Whether this newer attempt is the one to report: a fragment never replaces more than a fragment."""
        if kept.can_be_scored and not self.can_be_scored:
            return False
        return not self.cut or (kept.cut and self.length_s >= kept.length_s)

    @property
    def can_be_scored(self) -> bool:
        """Whether the line was tracked and seen well enough for a verdict."""
        return bool(self.parts) and not self.why_unscored()

    def why_unscored(self) -> str:
        """Why a tracked line cannot be scored; empty where it can."""
        if self.usable_s < MIN_COVERAGE * self.length_s:
            return max(self.spoiled_s, key=lambda reason: self.spoiled_s[reason], default="no signal")
        if self.scored_s < MIN_SURE * self.usable_s:
            return "low confidence"
        return "too short" if self.scored_s < MIN_SCORED_S else ""

    def judged_parts(self) -> list[int]:
        """Numbers of the target's parts that were scored for long enough; the best seen one where none was."""
        enough = [number for number, part in enumerate(self.parts) if part.scored_s >= MIN_SCORED_S]
        return enough or [max(range(len(self.parts)), key=lambda number: self.parts[number].scored_s)]


class TakeStats:
    """What a take adds up to, line by line, and the actor's baseline: takes every event, in order of time.

    Each reading holds until the next event, but no longer than `HELD_S`. Memory grows with the lines, not with the
    time.

    Attributes:
        line: sums of the line being played; None between lines.
        lines: by the line's number, sums of the attempt that counts: the last full one.
        attempts: by the line's number, how often it was begun.
        notes: given live, in order.
        baseline: the actor's face at rest, as far as it is known; None where the model does not speak for viewers.
        ended: how the take ended.
    """

    def __init__(self, timeline: Timeline, card: ModelCard | None = None) -> None:
        """Prepare. `card` is that of the model that reads the face, None where nobody looks."""
        self._turns = {turn.index: turn for turn in timeline.turns}
        self._floor = card.floor if card else ABSTAIN_BELOW
        self._pools = card is not None and card.evidence is not None
        self._reading: Reading | None = None
        self._settled = 0.0
        self._paused_at: float | None = None
        self._leading_in = False
        self._line_asks_for_rest = False
        self.line: LineStats | None = None
        self.lines: dict[int, LineStats] = {}
        self.attempts: dict[int, int] = {}
        self.notes: list[NoteGiven] = []
        self.baseline = Baseline(card.evidence) if card and card.evidence else None
        self.ended: TakeEnded | None = None

    def handle(self, event: Event) -> None:
        """Take one event."""
        self.settle(event.t)
        if isinstance(event, Reading):
            self._reading = event
        elif isinstance(event, LineStarted):
            self._start_line(event)
        elif isinstance(event, LineEnded):
            self._end_line(event)
        elif isinstance(event, Paused):
            self._paused_at = event.t
        elif isinstance(event, Resumed):
            self._resume(event.t)
        elif isinstance(event, TakeStarted):
            self._leading_in = True
        elif isinstance(event, BeatStarted):
            self._leading_in = False
        elif isinstance(event, NoteGiven):
            self.notes.append(event)
        elif isinstance(event, TakeEnded):
            self.ended = event

    def close(self) -> None:
        """Nothing is held open."""

    def settle(self, t: float) -> None:
        """Count the time until `t` for the reading that held in it."""
        start, self._settled = self._settled, t
        reading = self._reading
        if reading is None or self._paused_at is not None:
            return
        end = min(t, reading.t + HELD_S)
        if end <= start:
            return
        line = self.line
        if line is not None:
            line.add(start, end, reading)
        if self.baseline is not None and reading.even is not None:
            resting = self._leading_in
            if line is not None and self._line_asks_for_rest and start - line.began >= GRACE_S:
                resting = shows_rest(reading.even)
            if resting:
                self.baseline.add(reading.even, (end - start) * reading.weight)

    def _start_line(self, event: LineStarted) -> None:
        turn, before = self._turns[event.index], self._turns.get(event.index - 1)
        target = before.line.target if before else None
        self.line = LineStats(turn, event.t, event.end, self._pools, target.parts[-1].accepted if target else ())
        self.attempts[event.index] = event.attempt
        self._leading_in = False
        self._line_asks_for_rest = asks_for_rest(turn)
        self._hold_against_line(event.t)

    def _hold_against_line(self, t: float) -> None:
        """Hold the last reading against the line that begins or goes on at `t`: it speaks for its first moments."""
        if self.line is not None and self._reading is not None:
            self._reading = held_against(self._reading, self.line.turn, self.line.share_at(t), self._floor)

    def _end_line(self, event: LineEnded) -> None:
        line, self.line = self.line, None
        if line is None:
            return
        line.ended_at, line.cut = event.t, event.cut
        kept = self.lines.get(event.index)
        if kept is None or line.supersedes(kept):
            self.lines[event.index] = line

    def _resume(self, t: float) -> None:
        if self.line is not None and self._paused_at is not None:
            self.line.shift(t - self._paused_at)
            self._hold_against_line(t)
        self._paused_at = None
