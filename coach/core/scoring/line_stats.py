"""Statistics of a take while it is played, weighted by time: its lines and the actor's baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from coach.base.events import (
    BeatStarted,
    CommandTaken,
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
from coach.core.scoring.evidence import Baseline, EvidencePool, LogOdds, is_at_rest
from coach.core.script.targets import Part
from coach.core.script.timeline import Timeline, Turn

STABLE_S: Final = 0.3
"""Time on target from which it counts as stable; shorter times are flicker."""

MIN_SCORED_S: Final = 0.5
"""Scored time that a line, or a part of an arc, needs for a verdict."""

MIN_COVERAGE: Final = 0.25
"""Minimum share of a line with a usable face for the line to be scored."""

MIN_SURE: Final = 0.3
"""Minimum share of the usable time in which the model must not abstain for the line to be scored."""

_SAME_S: Final = 1e-6
"""Times that differ by at most this are equal."""


@dataclass(slots=True)
class Streak:
    """Finds the longest streak of a condition, and the first stable one, in take seconds.

    A gap or a pause ends a streak, because the face is unknown in between.
    """

    longest_s: float = 0.0
    longest_at: float = 0.0
    first_stable_at: float | None = None
    _since: float | None = None
    _until: float = -math.inf

    def add(self, start: float, end: float, holds: bool) -> None:
        """Record whether the condition holds from `start` to `end`. Times must not decrease."""
        unbroken = start - self._until <= _SAME_S
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
        pool: evidence from the scored time.
        scored_s: scored seconds.
        accepted_s: scored seconds on target.
        rival_s: scored seconds in which another emotion was read, keyed by the strongest emotion that is not accepted.
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
        turn: the line in the timeline.
        began, ends: planned take seconds. Each pause shifts both, so that `t - began` is the time spent in the line.
        pools_evidence: whether to pool evidence, because the model predicts viewer shares.
        previous_accepted: emotions accepted at the end of the previous line in the script; may be empty.
        started_at, ended_at: take seconds, not shifted; `ended_at` is None while the line is played.
        cut: whether the attempt was aborted.
        usable_s: seconds with a usable face.
        matched_s: integral of the target's probability over the usable seconds.
        too_little_s, too_much_s: seconds in which an accepted emotion was below or above the intensity band.
        read_s: integral of each emotion's probability over the usable seconds.
        unusable_s: seconds without a usable face, by reason.
        parts: statistics of the target's parts; empty for an untracked line.
        on_target, off_target: streaks on target and off it.
        arrival_s: seconds from the start of the line to the first stable time on target.
        bleed_s: seconds for which the emotion of the previous line lingered.
    """

    turn: Turn
    began: float
    ends: float
    pools_evidence: bool = False
    previous_accepted: tuple[Emotion, ...] = ()
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
        """Seconds in which an accepted emotion was outside the intensity band."""
        return self.too_little_s + self.too_much_s

    def share_at(self, t: float) -> float:
        """Share of the line's planned length that has been played at take time `t`."""
        return (t - self.began) / (self.ends - self.began)

    def shift(self, seconds: float) -> None:
        """Shift the planned times by a pause of `seconds`."""
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
        if self._bleeding:  # until another emotion is read for the first time
            self._bleeding = read in self.previous_accepted and read not in self.parts[0].part.accepted
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
        """Whether to report this attempt instead of `earlier`. An aborted attempt never replaces a complete one."""
        if earlier.can_be_scored and not self.can_be_scored:
            return False
        return not self.cut or (earlier.cut and self.length_s >= earlier.length_s)

    @property
    def can_be_scored(self) -> bool:
        """Whether there is a target and enough scored time for a verdict."""
        return bool(self.parts) and not self.unscored_reason()

    def unscored_reason(self) -> str:
        """Reason why a tracked line cannot be scored; empty if it can."""
        if self.usable_s < MIN_COVERAGE * self.length_s:
            return max(self.unusable_s, key=lambda reason: self.unusable_s[reason], default="no signal")
        if self.scored_s < MIN_SURE * self.usable_s:
            return "low confidence"
        return "too short" if self.scored_s < MIN_SCORED_S else ""

    def scored_part_numbers(self) -> list[int]:
        """0-based numbers of the parts with enough scored time; if there are none, of the part with the most."""
        enough = [number for number, part in enumerate(self.parts) if part.scored_s >= MIN_SCORED_S]
        return enough or [max(range(len(self.parts)), key=lambda number: self.parts[number].scored_s)]


class TakeStats:
    """Statistics of a take: of each line, and of the actor's baseline.

    `handle` takes the events in order of time. Each reading holds until the next event, but at most `MAX_HOLD_S`.
    Memory grows with the number of lines, not with time.

    Attributes:
        line: statistics of the line being played; None between lines.
        lines: for each line number, statistics of the attempt to report: the last complete one.
        attempts: for each line number, how often the line was started.
        prompts: for each line number, how often the actor asked for the line, in all attempts.
        notes: live notes, in order.
        baseline: the actor's face at rest; None for a model that does not predict viewer shares.
        ended: the end of the take; None until then.
    """

    def __init__(self, timeline: Timeline, card: ModelCard | None = None, rest: LogOdds | None = None) -> None:
        """Start without events.

        Args:
            timeline: timeline of the take.
            card: card of the emotion model; None without a camera.
            rest: log odds of the actor's calibrated face at rest; None to learn them from the take.
        """
        self._turns = {turn.index: turn for turn in timeline.turns}
        self._floor = card.floor if card else ABSTAIN_BELOW
        self._pools_evidence = card is not None and card.evidence is not None
        self._reading: Reading | None = None
        self._added_until = 0.0
        self._paused_at: float | None = None
        self._in_lead_in = False
        self._beat_at: float | None = None
        self.line: LineStats | None = None
        self.lines: dict[int, LineStats] = {}
        self.attempts: dict[int, int] = {}
        self.prompts: dict[int, int] = {}
        self.notes: list[NoteGiven] = []
        self.baseline = Baseline(card.evidence, rest) if card and card.evidence else None
        self.ended: TakeEnded | None = None

    def handle(self, event: Event) -> None:
        """Handle one event."""
        self.advance_to(event.t)
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
            self._in_lead_in = True
        elif isinstance(event, BeatStarted):
            self._in_lead_in, self._beat_at = False, event.t
        elif isinstance(event, CommandTaken):
            self._count_prompt(event)
        elif isinstance(event, NoteGiven | TakeEnded):
            self._keep(event)

    def _keep(self, event: NoteGiven | TakeEnded) -> None:
        if isinstance(event, NoteGiven):
            self.notes.append(event)
        else:
            self.ended = event

    def _count_prompt(self, event: CommandTaken) -> None:
        if event.name == "line" and self.line is not None:
            index = self.line.turn.index
            self.prompts[index] = self.prompts.get(index, 0) + 1

    def close(self) -> None:
        """Do nothing; there is nothing to close."""

    def advance_to(self, t: float) -> None:
        """Credit the time up to `t` to the last reading, for as long as that reading holds."""
        start, self._added_until = self._added_until, t
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
            resting = self._in_lead_in
            if self._beat_at is not None and start - self._beat_at >= GRACE_S:
                resting = is_at_rest(reading.even_handed)
            self.baseline.add(reading.even_handed, (end - start) * reading.weight, resting=resting)

    def _start_line(self, event: LineStarted) -> None:
        turn, previous = self._turns[event.index], self._turns.get(event.index - 1)
        target = previous.line.target if previous else None
        self.line = LineStats(
            turn, event.t, event.end, self._pools_evidence, target.parts[-1].accepted if target else ()
        )
        self.attempts[event.index] = event.attempt
        self._in_lead_in, self._beat_at = False, None

    def _refit(self, t: float) -> None:
        """Compare the last reading with the line that starts or resumes at `t`; it holds until the next reading."""
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
