"""Statistics of a take while it is played, weighted by time: its lines and the actor's baseline."""

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
from coach.core.reading.smoothing import ABSTAIN_BELOW, GRACE_S, MAX_HOLD_S
from coach.core.scoring.acceptance import refit
from coach.core.scoring.evidence import Baseline, EvidencePool, asks_for_rest, shows_rest
from coach.core.script.targets import Part
from coach.core.script.timeline import Timeline, Turn

STABLE_S: Final = 0.3
"""Time on target that counts as stable; shorter is flicker."""

MIN_SCORED_S: Final = 0.5
"""Scored time that a line, or a part of an arc, needs for a verdict."""

MIN_COVERAGE: Final = 0.25
"""Share of a line with a usable face that the line needs to be scored."""

MIN_SURE: Final = 0.3
"""Share of the usable time without abstention that a line needs to be scored."""

SAME_MOMENT_S: Final = 1e-6
"""Times closer than this are equal."""


@dataclass(slots=True)
class Streak:
    """Finds the longest streak of a condition, and the first stable one, in take seconds.

    A gap or a pause breaks a streak, because nothing is known about it.
    """

    longest_s: float = 0.0
    longest_at: float = 0.0
    first_stable_at: float | None = None
    _since: float | None = None
    _until: float = -math.inf

    def add(self, start: float, end: float, holds: bool) -> None:
        """The condition holds, or does not, from `start` to `end`. Times must not decrease."""
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
    """Statistics of one part of a target.

    Attributes:
        part: the part.
        pool: evidence, over the scored time.
        scored_s: seconds scored.
        accepted_s: seconds on target among them.
        rival_s: seconds in which another emotion was read, by the strongest such emotion.
    """

    part: Part
    pool: EvidencePool
    scored_s: float = 0.0
    accepted_s: float = 0.0
    rival_s: dict[Emotion, float] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """Share of the scored time on target; 0 if nothing was scored."""
        return self.accepted_s / self.scored_s if self.scored_s else 0.0


@dataclass(slots=True)
class LineStats:
    """Statistics of one attempt at a line.

    Attributes:
        turn: the line.
        began, ends: planned take seconds. Each pause shifts both, so that `t - began` is the time spent in the line.
        pools_evidence: whether to pool evidence, because the model speaks for viewers.
        before: emotions accepted at the end of the previous line in the script; empty for none.
        started_at, ended_at: take seconds, not shifted; `ended_at` is None while the line is played.
        cut: whether it was broken off.
        usable_s: seconds with a usable face.
        matched_s: integral of the target's probability over them.
        too_little_s, too_much_s: seconds in which the right emotion was too weak, and too strong.
        read_s: integral of each emotion's probability over the usable seconds.
        unusable_s: seconds without a usable face, by reason.
        parts: statistics of the target's parts; empty for an untracked line.
        on_target, off_target: streaks on target and off it.
        arrival_s: from the start of the line to the first stable time on target.
        bleed_s: how long the emotion of the previous line lingered.
    """

    turn: Turn
    began: float
    ends: float
    pools_evidence: bool = False
    before: tuple[Emotion, ...] = ()
    ended_at: float | None = None
    cut: bool = False
    usable_s: float = 0.0
    matched_s: float = 0.0
    too_little_s: float = 0.0
    too_much_s: float = 0.0
    read_s: list[float] = field(default_factory=lambda: [0.0] * len(EMOTIONS))
    unusable_s: dict[Reason, float] = field(default_factory=dict)
    parts: list[PartStats] = field(init=False)
    on_target: Streak = field(default_factory=Streak)
    off_target: Streak = field(default_factory=Streak)
    arrival_s: float | None = None
    bleed_s: float = 0.0
    started_at: float = field(init=False)
    _bleeding: bool = True

    def __post_init__(self) -> None:
        target = self.turn.line.target
        self.started_at = self.began
        self.parts = []
        for part in target.parts if target else ():
            self.parts.append(PartStats(part, EvidencePool(part)))

    @property
    def length_s(self) -> float:
        """Seconds spent in the line, without pauses."""
        return (self.ended_at if self.ended_at is not None else self.ends) - self.began

    @property
    def scored_s(self) -> float:
        """Seconds with a usable face in which the model did not abstain."""
        return sum(part.scored_s for part in self.parts)

    @property
    def accepted_s(self) -> float:
        """Scored seconds on target, intensity included."""
        return sum(part.accepted_s for part in self.parts)

    @property
    def missed_band_s(self) -> float:
        """Seconds in which the right emotion was too weak or too strong."""
        return self.too_little_s + self.too_much_s

    def share_at(self, t: float) -> float:
        """Share of the line's planned length that has passed at take time `t`."""
        return (t - self.began) / (self.ends - self.began)

    def shift(self, seconds: float) -> None:
        """Take out a pause of `seconds`."""
        self.began += seconds
        self.ends += seconds

    def add(self, start: float, end: float, reading: Reading) -> None:
        """Add `reading`, which held from take time `start` to `end`."""
        seconds, fit = end - start, reading.fit
        if reading.smoothed is None:
            reason = reading.observation.reason
            if reason is not None:
                self.unusable_s[reason] = self.unusable_s.get(reason, 0.0) + seconds
            self.on_target.add(start, end, holds=False)
            self.off_target.add(start, end, holds=False)
            return
        self.usable_s += seconds
        for index, probability in enumerate(reading.smoothed):
            self.read_s[index] += probability * seconds
        if fit is None:
            return
        self.matched_s += fit.probability * seconds
        if fit.on_target is not None:
            self._score(seconds, reading, fit)
        self.on_target.add(start, end, fit.on_target is True)
        self.off_target.add(start, end, fit.on_target is False)
        self._time_arrival(seconds, reading.read)

    def _time_arrival(self, seconds: float, read: Emotion | None) -> None:
        """Update the time of arrival and the bleed of the previous line."""
        if self.arrival_s is None and self.on_target.first_stable_at is not None:
            self.arrival_s = self.on_target.first_stable_at - self.began
        if self._bleeding:  # until something else is read for the first time
            self._bleeding = read in self.before and read not in self.parts[0].part.accepted
            self.bleed_s += seconds if self._bleeding else 0.0

    def _score(self, seconds: float, reading: Reading, fit: Fit) -> None:
        stats = self.parts[fit.part]
        stats.scored_s += seconds
        if fit.on_target:
            stats.accepted_s += seconds
        elif fit.intensity_miss == "too little":
            self.too_little_s += seconds
        elif fit.intensity_miss == "too much":
            self.too_much_s += seconds
        elif fit.rival is not None:
            stats.rival_s[fit.rival] = stats.rival_s.get(fit.rival, 0.0) + seconds
        if self.pools_evidence and reading.even_handed is not None:
            stats.pool.add(reading.even_handed, seconds * reading.weight)

    def supersedes(self, earlier: LineStats) -> bool:
        """Whether to report this attempt instead of `earlier`; a fragment never replaces a complete attempt."""
        if earlier.can_be_scored and not self.can_be_scored:
            return False
        return not self.cut or (earlier.cut and self.length_s >= earlier.length_s)

    @property
    def can_be_scored(self) -> bool:
        """Whether there is a target and enough scored time for a verdict."""
        return bool(self.parts) and not self.why_unscored()

    def why_unscored(self) -> str:
        """Why a tracked line cannot be scored; empty if it can."""
        if self.usable_s < MIN_COVERAGE * self.length_s:
            return max(self.unusable_s, key=lambda reason: self.unusable_s[reason], default="no signal")
        if self.scored_s < MIN_SURE * self.usable_s:
            return "low confidence"
        return "too short" if self.scored_s < MIN_SCORED_S else ""

    def scored_parts(self) -> list[int]:
        """Numbers of the parts with enough scored time; if there is none, of the one with the most."""
        enough = [number for number, part in enumerate(self.parts) if part.scored_s >= MIN_SCORED_S]
        return enough or [max(range(len(self.parts)), key=lambda number: self.parts[number].scored_s)]


class TakeStats:
    """Statistics of a take from its events, in order of time: line by line, and the actor's baseline.

    Each reading holds until the next event, at most `MAX_HOLD_S`. Memory grows with the number of lines, not with time.

    Attributes:
        line: the line being played; None between lines.
        lines: by the line's number, the attempt to report: the last complete one.
        attempts: by the line's number, how often it was begun.
        notes: live notes, in order.
        baseline: the actor's face at rest; None for a model that does not speak for viewers.
        ended: the end of the take; None until then.
    """

    def __init__(self, timeline: Timeline, card: ModelCard | None = None) -> None:
        """Prepare.

        Args:
            timeline: of the take.
            card: of the emotion model; None without a camera.
        """
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
        """Handle one event."""
        self.settle(event.t)
        if isinstance(event, Reading):
            self._reading = event
        elif isinstance(event, LineStarted):
            self._start_line(event)
            self._refit(event.t)
        elif isinstance(event, LineEnded):
            self._end_line(event)
        elif isinstance(event, Paused):
            self._paused_at = event.t
        elif isinstance(event, Resumed):
            self._resume(event.t)
            self._refit(event.t)
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
        """Add the time until `t`, with the reading that held in it."""
        start, self._settled = self._settled, t
        reading = self._reading
        if reading is None or self._paused_at is not None:
            return
        end = min(t, reading.t + MAX_HOLD_S)
        if end <= start:
            return
        line = self.line
        if line is not None:
            line.add(start, end, reading)
        if self.baseline is not None and reading.even_handed is not None:
            resting = self._leading_in
            if line is not None and self._line_asks_for_rest and start - line.began >= GRACE_S:
                resting = shows_rest(reading.even_handed)
            if resting:
                self.baseline.add(reading.even_handed, (end - start) * reading.weight)

    def _start_line(self, event: LineStarted) -> None:
        turn, before = self._turns[event.index], self._turns.get(event.index - 1)
        target = before.line.target if before else None
        self.line = LineStats(turn, event.t, event.end, self._pools, target.parts[-1].accepted if target else ())
        self.attempts[event.index] = event.attempt
        self._leading_in = False
        self._line_asks_for_rest = asks_for_rest(turn)

    def _refit(self, t: float) -> None:
        """Compare the last reading with the line that begins or resumes at `t`; it counts for its first moments."""
        if self.line is not None and self._reading is not None:
            self._reading = refit(self._reading, self.line.turn, self.line.share_at(t), self._floor)

    def _end_line(self, event: LineEnded) -> None:
        line, self.line = self.line, None
        if line is None:
            return
        line.ended_at, line.cut = event.t, event.cut
        earlier = self.lines.get(event.index)
        if earlier is None or line.supersedes(earlier):
            self.lines[event.index] = line

    def _resume(self, t: float) -> None:
        if self.line is not None and self._paused_at is not None:
            self.line.shift(t - self._paused_at)
        self._paused_at = None
