"""From the events of a take to its report: weighted by time, line by line, never a miss for what was not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coach.base.events import (
    BeatStarted,
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
from coach.base.types import EMOTIONS, Emotion, Side, top_emotion
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import ABSTAIN_BELOW, GRACE_S, HELD_S
from coach.core.scoring.acceptance import held_against
from coach.core.scoring.baseline import Baseline, asks_for_rest, shows_rest
from coach.core.scoring.feedback import after_notes, strength
from coach.core.scoring.judge import Judge
from coach.core.scoring.line_stats import STABLE_S, LineStats
from coach.core.scoring.norms import LIMIT, in_comparison
from coach.core.scoring.report import Created, LineReport, ModelReport, Note, Overall, Report, SourceReport
from coach.core.scoring.verdict import DecidingPart, LineVerdict, can_be_scored, judge_line
from coach.core.script.timeline import Timeline, Turn

BAND_SHARE: Final = 0.2
"""The intensity is worth a word when it was missed in more of the scored time than this."""


class Scorer:
    """Takes every event of a take, in order of time, and gives the report at the end.

    Each reading holds until the next event, but no longer than `HELD_S`. Memory grows with the lines, not with the
    time.

    Attributes:
        line: sums of the line being played; None between lines.
        baseline: what is known of the actor's face at rest; None where the model does not speak for viewers.
        ended: how the take ended.
    """

    def __init__(self, timeline: Timeline, settings: Settings, card: ModelCard | None = None) -> None:
        """Prepare. `card` is that of the model that reads the face, None where nobody looks."""
        self._timeline = timeline
        self._settings = settings
        self._card = card
        self._turns = {turn.index: turn for turn in timeline.turns}
        self._floor = card.floor if card else ABSTAIN_BELOW
        self._pools = card is not None and card.evidence is not None
        self._kept: dict[int, LineStats] = {}
        self._attempts: dict[int, int] = {}
        self._notes: list[Note] = []
        self._reading: Reading | None = None
        self._settled = 0.0
        self._paused_at: float | None = None
        self._leading_in = False
        self._line_asks_for_rest = False
        self.line: LineStats | None = None
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
        elif isinstance(event, NoteGiven):
            self._notes.append(Note(t=_round(event.t), line=event.index, text=event.text, kind="live"))
        elif isinstance(event, TakeStarted):
            self._leading_in = True
        elif isinstance(event, BeatStarted):
            self._leading_in = False
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
                self._learn_rest(reading, end - start)

    def _learn_rest(self, reading: Reading, lasted: float) -> None:
        actor = reading.observation.actor
        if self.baseline is not None and reading.even is not None and actor is not None:
            self.baseline.add(reading.even, lasted * actor.weight)

    def _start_line(self, event: LineStarted) -> None:
        turn, before = self._turns[event.index], self._turns.get(event.index - 1)
        target = before.line.target if before else None
        self.line = LineStats(turn, event.t, event.end, self._pools, target.parts[-1].accepted if target else ())
        self._attempts[event.index] = event.attempt
        self._leading_in = False
        self._line_asks_for_rest = asks_for_rest(turn)
        self._hold_against_line(event.t)

    def _hold_against_line(self, t: float) -> None:
        if self.line is not None and self._reading is not None:
            self._reading = held_against(self._reading, self.line.turn, self.line.share_at(t), self._floor)

    def _end_line(self, event: LineEnded) -> None:
        line, self.line = self.line, None
        if line is None:
            return
        line.ended_at, line.cut = event.t, event.cut
        kept = self._kept.get(event.index)
        if kept is None or _supersedes(line, kept):
            self._kept[event.index] = line

    def _resume(self, t: float) -> None:
        if self.line is not None and self._paused_at is not None:
            self.line.shift(t - self._paused_at)
            self._hold_against_line(t)
        self._paused_at = None

    def unreached(self) -> list[str]:
        """A warning about the lines that the recording did not reach; empty where all were played or the actor quit."""
        missing = [turn.index for turn in self._timeline.turns if turn.index not in self._kept]
        if not missing or self.ended is None or self.ended.cause != "source ended":
            return []
        lines = f"line {missing[0]}" if len(missing) == 1 else f"lines {missing[0]} to {missing[-1]}"
        return [f"The take ended at {self.ended.t:.1f} s, before {lines}."]

    def report(self, created: Created, source: SourceReport, warnings: Sequence[str] = ()) -> Report:
        """The report of everything handled so far."""
        judge = self.judge()
        verdicts = {turn.index: self._verdict(turn.index, judge) for turn in self._timeline.turns}
        lines = [self._line_report(turn, verdicts[turn.index]) for turn in self._timeline.turns]
        notes = after_notes(self._kept, lines, verdicts) if self._card else []
        return Report(
            created=created,
            title=self._timeline.title,
            language=self._timeline.language,
            settings=self._settings.model_dump(mode="json"),
            source=source,
            model=_model(self._card) if self._card else None,
            ended=self.ended.cause if self.ended else "error",
            warnings=list(warnings),
            overall=_overall(self._kept, lines),
            strength=strength(self._kept, lines),
            notes=[*self._notes, *notes],
            lines=lines,
        )

    def judge(self) -> Judge:
        """What the take is judged by, with the baseline as it is known now."""
        card = self._card.evidence if self._card else None
        return Judge(card, self.baseline.odds if self.baseline else (), self._settings.strictness)

    def _verdict(self, index: int, judge: Judge) -> LineVerdict:
        stats = self._kept.get(index)
        return LineVerdict("not_scored", "not reached") if stats is None else judge_line(stats, judge)

    def _audience(self, turn: Turn, deciding: DecidingPart) -> str:
        card, target = self._card.evidence if self._card else None, turn.line.target
        if card is None or target is None:
            return ""
        return in_comparison(card, target.parts[deciding.number], turn.line.intensity, deciding.found.share)

    def _line_report(self, turn: Turn, judged: LineVerdict) -> LineReport:
        stats = self._kept.get(turn.index) or LineStats(turn, turn.start, turn.end)
        reached = turn.index in self._kept
        deciding, target, scored = judged.deciding, turn.line.target, stats.scored_s
        read = _means(stats)
        return LineReport(
            index=turn.index,
            text=turn.line.text,
            targets=list(target.accepted) if target else [],
            target=str(target) if target else "",
            start_s=_round(stats.started_at) if reached else None,
            end_s=_round(stats.ended_at) if stats.ended_at is not None else None,
            played_s=_round(stats.length_s) if reached else 0.0,
            scored_s=_round(scored),
            coverage=_share(stats.usable_s, stats.length_s) if reached else 0.0,
            accuracy=_share(stats.accepted_s, scored) if judged.verdict != "not_scored" else None,
            match=_share(stats.matched_s, stats.usable_s) if target and stats.usable_s else None,
            arrival_s=None if stats.arrival_s is None else _round(stats.arrival_s),
            hold_s=_round(stats.on.longest_s) if stats.on.longest_s >= STABLE_S else 0.0,
            bleed_s=_round(stats.lingered_s),
            read=read,
            top=top_emotion([read[emotion] for emotion in EMOTIONS]) if read else None,
            intensity=_intensity(stats),
            verdict=judged.verdict,
            reason=judged.reason,
            attempts=self._attempts.get(turn.index, 0),
            share=_round(deciding.found.share) if deciding else None,
            asked_share=_round(deciding.asked) if deciding else None,
            evidence={emotion: _round(each) for emotion, each in deciding.found.evidence.items()} if deciding else {},
            audience=self._audience(turn, deciding) if deciding else "",
        )


def _model(card: ModelCard) -> ModelReport:
    limit = LIMIT if card.evidence else ""
    return ModelReport(name=card.name, sha256=card.sha256, meaning=card.meaning, limit=limit)


def _supersedes(newer: LineStats, kept: LineStats) -> bool:
    """Whether the newer attempt is the one to report: a fragment never replaces more than a fragment."""
    if can_be_scored(kept) and not can_be_scored(newer):
        return False
    return not newer.cut or (kept.cut and newer.length_s >= kept.length_s)


def _intensity(stats: LineStats) -> Side | None:
    side: Side = "too little" if stats.little_s >= stats.much_s else "too much"
    missed = max(stats.little_s, stats.much_s)
    return side if missed > BAND_SHARE * stats.scored_s and missed > 0 else None


def _means(stats: LineStats) -> dict[Emotion, float]:
    if not stats.usable_s:
        return {}
    return {emotion: _share(s, stats.usable_s) for emotion, s in zip(EMOTIONS, stats.read_s, strict=True)}


def _overall(kept: dict[int, LineStats], lines: Sequence[LineReport]) -> Overall:
    scored = [line for line in lines if line.verdict != "not_scored"]
    tracked = [stats for stats in kept.values() if stats.parts]
    scored_s = sum(kept[line.index].scored_s for line in scored)
    accepted_s = sum(kept[line.index].accepted_s for line in scored)
    count = [line.verdict for line in lines].count
    return Overall(
        accuracy=_share(accepted_s, scored_s) if scored_s else None,
        scored_s=_round(scored_s),
        coverage=_share(sum(stats.usable_s for stats in tracked), sum(stats.length_s for stats in tracked)),
        hits=count("hit"),
        partials=count("partial"),
        misses=count("miss"),
        not_scored=count("not_scored"),
    )


def _share(part: float, whole: float) -> float:
    return _round(min(part / whole, 1.0)) if whole > 0 else 0.0


def _round(value: float) -> float:
    """Four decimals: tenths of milliseconds, enough for any reader and the same on every machine."""
    return round(value, 4)
