"""Scoring: makes the report of a take from its events, weighted by time. Time without a usable face is never a miss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from coach.base.events import Event, NoteGiven
from coach.base.messages import tr, tr_n
from coach.base.settings import Settings
from coach.base.types import EMOTIONS, Emotion, IntensityMiss, top_emotion
from coach.core.reading.card import ModelCard
from coach.core.scoring.feedback import after_notes, strongest_moment
from coach.core.scoring.line_stats import STABLE_S, LineStats, TakeStats
from coach.core.scoring.norms import SHARES_CAVEAT, misses_sentence, norm_sentence
from coach.core.scoring.report import (
    LineReport,
    ModelReport,
    Note,
    Overall,
    OwnReport,
    Report,
    RunMetadata,
    SourceReport,
)
from coach.core.scoring.verdict import DecidingPart, Judge, LineVerdict, judge_line
from coach.core.script.timeline import PartnerTurn, Timeline, Turn

if TYPE_CHECKING:
    from coach.core.actor.own_verdict import OwnAnswer
    from coach.core.scoring.reactions import Reactions

MIN_BAND_MISS_SHARE: Final = 0.2
"""Share of the scored time outside the intensity band from which the report mentions it."""


class OwnAnswers(Protocol):
    """Compares the lines of a take with one actor's own examples (`coach.core.scoring.own_judge.OwnJudge`).

    Attributes:
        actor: name of the actor.
    """

    actor: str

    def answer(self, index: int, parts: Sequence[Sequence[Emotion]], /) -> OwnAnswer | None:
        """Whether the face of line `index` was like the examples of the accepted emotions of each part."""
        ...


class Scorer:
    """Handles the events of a take in order of time, and makes its report.

    Attributes:
        stats: statistics of the take.
        reactions: statistics of the face while partners speak; None if no line of theirs has a target for that.
    """

    def __init__(self, timeline: Timeline, settings: Settings, card: ModelCard | None = None) -> None:
        """Start without events.

        Args:
            timeline: timeline of the take.
            settings: settings of the take.
            card: card of the emotion model; None without a camera.
        """
        self.stats = TakeStats(timeline, card, settings.rest)
        self.reactions = _reactions_in(timeline, card, settings)
        self._timeline = timeline
        self._settings = settings
        self._card = card

    def handle(self, event: Event) -> None:
        """Handle one event."""
        self.stats.handle(event)
        if self.reactions is not None:
            self.reactions.handle(event)

    def close(self) -> None:
        """Do nothing; there is nothing to close."""

    def early_end_warnings(self) -> list[str]:
        """One warning if the recording ended before the last lines; empty otherwise."""
        missing = [turn.index for turn in self._timeline.turns if turn.index not in self.stats.lines]
        if not missing or self.stats.ended is None or self.stats.ended.cause != "source ended":
            return []
        ended = tr_n(
            "The take ended at {end:.1f} s, before line {first}.",
            "The take ended at {end:.1f} s, before lines {first} to {last}.",
            len(missing),
            end=self.stats.ended.t,
            first=missing[0],
            last=missing[-1],
        )
        return [ended]

    def report(
        self,
        created: RunMetadata,
        source: SourceReport,
        warnings: Sequence[str] = (),
        own: OwnAnswers | None = None,
    ) -> Report:
        """Make the report on the events so far; `own` has seen the same events."""
        judge = self.judge()
        verdicts = {turn.index: self._verdict(turn, judge, own) for turn in self._timeline.turns}
        lines = [self._line_report(turn, verdicts[turn.index]) for turn in self._timeline.turns]
        after = after_notes(self.stats.lines, lines, verdicts) if self._card else []
        notes = [*(_live_note(note) for note in self.stats.notes), *after]
        return Report(
            created=created,
            title=self._timeline.title,
            language=self._timeline.language,
            settings=self._settings.model_dump(mode="json"),
            source=source,
            model=_model_report(self._card, self._timeline) if self._card else None,
            ended=self.stats.ended.cause if self.stats.ended else "error",
            warnings=list(warnings),
            overall=_overall(self.stats.lines, lines),
            strength=strongest_moment(self.stats.lines, lines, notes),
            notes=notes,
            lines=lines,
            actor=own.actor if own else "",
            reactions=self.reactions.reports(judge) if self.reactions is not None else [],
        )

    def judge(self) -> Judge:
        """Make the judge of this take, with the baseline estimated so far."""
        card = self._card.evidence if self._card else None
        return Judge(card, self.stats.baseline.odds if self.stats.baseline else (), self._settings.strictness)

    def _verdict(self, turn: Turn, judge: Judge, own: OwnAnswers | None) -> LineVerdict:
        stats, target = self.stats.lines.get(turn.index), turn.line.target
        if stats is None:
            return LineVerdict("not_scored", "not reached")
        verdict = judge_line(stats, judge)
        if own is None or target is None:
            return verdict
        return verdict.joined_with(own.answer(turn.index, [part.accepted for part in target.parts]))

    def _norm_sentence(self, turn: Turn, deciding: DecidingPart) -> str:
        card, target = self._card.evidence if self._card else None, turn.line.target
        if card is None or target is None:
            return ""
        return norm_sentence(card, target.parts[deciding.number], turn.line.intensity, deciding.evidence.share)

    def _line_report(self, turn: Turn, verdict: LineVerdict) -> LineReport:
        stats = self.stats.lines.get(turn.index) or LineStats(turn, turn.start, turn.end)
        reached = turn.index in self.stats.lines
        deciding, target, scored = verdict.deciding, turn.line.target, stats.scored_s
        read = _mean_probabilities(stats)
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
            accuracy=_share(stats.accepted_s, scored) if verdict.verdict != "not_scored" else None,
            match=_share(stats.matched_s, stats.usable_s) if target and stats.usable_s else None,
            arrival_s=None if stats.arrival_s is None else _round(stats.arrival_s),
            hold_s=_round(stats.on_target.longest_s) if stats.on_target.longest_s >= STABLE_S else 0.0,
            bleed_s=_round(stats.bleed_s),
            read=read,
            top=top_emotion([read[emotion] for emotion in EMOTIONS]) if read else None,
            intensity=_intensity_miss(stats),
            verdict=verdict.verdict,
            reason=verdict.reason,
            attempts=self.stats.attempts.get(turn.index, 0),
            share=_round(deciding.evidence.share) if deciding else None,
            asked_share=_round(deciding.threshold) if deciding else None,
            evidence={emotion: _round(odds) for emotion, odds in deciding.evidence.by_emotion.items()}
            if deciding
            else {},
            audience=self._norm_sentence(turn, deciding) if deciding else "",
            own=_own_report(verdict, target.accepted) if target else None,
            prompts=self.stats.prompts.get(turn.index, 0),
        )


def _reactions_in(timeline: Timeline, card: ModelCard | None, settings: Settings) -> Reactions | None:
    if not any(isinstance(slot, PartnerTurn) and slot.line.listening for slot in timeline.slots):
        return None
    from coach.core.scoring.reactions import Reactions  # most scripts have no target for the listener

    return Reactions(timeline, card, settings.rest)


def _own_report(verdict: LineVerdict, accepted: Sequence[Emotion]) -> OwnReport | None:
    own = verdict.own
    if own is None:
        return None
    from coach.core.actor.own_verdict import own_text  # most takes have no own examples

    return OwnReport(kind=own.kind, like=own.like, decided=verdict.decided, text=own_text(own, accepted))


def _model_report(card: ModelCard, timeline: Timeline) -> ModelReport:
    wanted = [emotion for turn in timeline.turns if turn.line.target for emotion in turn.line.target.accepted]
    limits = [tr(SHARES_CAVEAT), misses_sentence(card, wanted)] if card.evidence else []
    limit = " ".join(filter(None, limits))
    return ModelReport(name=card.name, sha256=card.sha256, meaning=card.meaning, limit=limit)


def _live_note(note: NoteGiven) -> Note:
    return Note(t=_round(note.t), line=note.index, text=note.text, kind="live")


def _intensity_miss(stats: LineStats) -> IntensityMiss | None:
    miss: IntensityMiss = "too little" if stats.too_little_s >= stats.too_much_s else "too much"
    missed_s = max(stats.too_little_s, stats.too_much_s)
    return miss if missed_s > MIN_BAND_MISS_SHARE * stats.scored_s and missed_s > 0 else None


def _mean_probabilities(stats: LineStats) -> dict[Emotion, float]:
    if not stats.usable_s:
        return {}
    return {emotion: _share(s, stats.usable_s) for emotion, s in zip(EMOTIONS, stats.read_s, strict=True)}


def _overall(stats: dict[int, LineStats], lines: Sequence[LineReport]) -> Overall:
    scored = [line for line in lines if line.verdict != "not_scored"]
    tracked = [line_stats for line_stats in stats.values() if line_stats.parts]
    scored_s = sum(stats[line.index].scored_s for line in scored)
    accepted_s = sum(stats[line.index].accepted_s for line in scored)
    count = [line.verdict for line in lines].count
    return Overall(
        accuracy=_share(accepted_s, scored_s) if scored_s else None,
        scored_s=_round(scored_s),
        coverage=_share(sum(line.usable_s for line in tracked), sum(line.length_s for line in tracked)),
        hits=count("hit"),
        partials=count("partial"),
        misses=count("miss"),
        not_scored=count("not_scored"),
    )


def _share(part: float, total: float) -> float:
    return _round(min(part / total, 1.0)) if total > 0 else 0.0


def _round(value: float) -> float:
    """Round to four decimals, so that reports are equal on every machine."""
    return round(value, 4)
