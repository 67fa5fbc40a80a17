"""Reactions: the actor's face while a partner speaks, judged by the rules of lines, and kept apart from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from coach.base.events import (
    BeatStarted,
    Event,
    LineEnded,
    LineStarted,
    PartnerStarted,
    Paused,
    Reading,
    Resumed,
    TakeEnded,
)
from coach.base.messages import tr
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import ABSTAIN_BELOW
from coach.core.scoring.acceptance import refit
from coach.core.scoring.evidence import LogOdds
from coach.core.scoring.line_stats import LineStats, TakeStats
from coach.core.scoring.norms import would_see
from coach.core.scoring.report import VERDICT_TEXTS, ReactionReport, reason_word
from coach.core.scoring.verdict import Judge, judge_line
from coach.core.script.targets import emotion_nouns, target_words
from coach.core.script.timeline import PartnerTurn, Timeline, Turn


class Reactions:
    """Statistics of the partners' lines that have a target for the listener.

    For `TakeStats` each of them is a line with its number among the partners' lines, and everything else is a beat.
    """

    def __init__(self, timeline: Timeline, card: ModelCard | None, rest: LogOdds | None) -> None:
        """Start without events; the arguments are those of `TakeStats`, with the timeline of the whole take."""
        self._heard = {slot.number: slot for slot in _listened_to(timeline)}
        self._turns = {number: _as_turn(slot) for number, slot in self._heard.items()}
        self._stats = TakeStats(Timeline(timeline.title, timeline.language, tuple(self._turns.values())), card, rest)
        self._floor = card.floor if card else ABSTAIN_BELOW
        self._attempts: Counter[int] = Counter()

    def handle(self, event: Event) -> None:
        """Handle one event."""
        if isinstance(event, Reading):
            self._stats.handle(self._compare(event))
        elif isinstance(event, Paused | Resumed):
            self._stats.handle(event)
        elif isinstance(event, BeatStarted | LineStarted | TakeEnded):
            self._end(event)
            if isinstance(event, PartnerStarted) and event.number in self._turns:
                self._attempts[event.number] += 1
                self._stats.handle(LineStarted(event.t, event.number, event.end, self._attempts[event.number]))

    def reports(self, judge: Judge) -> list[ReactionReport]:
        """The report of each reaction, in the order of the script."""
        return [self._report(slot, self._stats.lines.get(number), judge) for number, slot in self._heard.items()]

    def _compare(self, reading: Reading) -> Reading:
        """`reading` compared with the target of the partner's line being said."""
        line = self._stats.line
        return reading if line is None else refit(reading, line.turn, line.share_at(reading.t), self._floor)

    def _end(self, event: Event) -> None:
        line = self._stats.line
        if line is not None:
            cut = isinstance(event, TakeEnded) and event.cause != "finished"
            self._stats.handle(LineEnded(event.t, line.turn.index, cut))

    def _report(self, slot: PartnerTurn, stats: LineStats | None, judge: Judge) -> ReactionReport:
        target = slot.line.listening
        assert target is not None  # see `_listened_to`
        verdict = judge_line(stats, judge) if stats is not None else None
        deciding = verdict.deciding if verdict else None
        scored_s = stats.scored_s if stats is not None else 0.0
        is_scored = stats is not None and verdict is not None and verdict.verdict != "not_scored"
        return ReactionReport(
            line=slot.number,
            role=slot.line.role or "",
            text=slot.line.text,
            targets=list(target.accepted),
            target=str(target),
            start_s=round(stats.started_at, 4) if stats is not None else None,
            end_s=round(stats.ended_at, 4) if stats is not None and stats.ended_at is not None else None,
            scored_s=round(scored_s, 4),
            accuracy=round(min(stats.accepted_s / scored_s, 1.0), 4) if is_scored and stats and scored_s else None,
            verdict=verdict.verdict if verdict else "not_scored",
            reason=verdict.reason if verdict else "not reached",
            share=round(deciding.evidence.share, 4) if deciding else None,
            asked_share=round(deciding.threshold, 4) if deciding else None,
        )


def reaction_sentence(reaction: ReactionReport) -> str:
    """A reaction in words, without the words of the line: ``wanted sad, hit, 7 of 10 viewers would see sadness``."""
    parts = [tr("wanted {target}", target=target_words(reaction.target)), tr(VERDICT_TEXTS[reaction.verdict])]
    if reaction.share is not None:
        parts.append(would_see(reaction.share, emotion_nouns(reaction.targets)))
    elif reaction.accuracy is not None:
        share, seconds = reaction.accuracy, reaction.scored_s
        parts.append(tr("on target {share:.0%} of {seconds:.1f} s", share=share, seconds=seconds))
    return ", ".join([*parts, *([reason_word(reaction.reason)] if reaction.reason else [])])


def _listened_to(timeline: Timeline) -> Iterator[PartnerTurn]:
    return (slot for slot in timeline.slots if isinstance(slot, PartnerTurn) and slot.line.listening is not None)


def _as_turn(slot: PartnerTurn) -> Turn:
    """A partner's line as a line that asks of the listener what it asks."""
    fields = {"emotion": slot.line.listening, "intensity": None, "mode": "tracked"}
    return Turn(slot.number, slot.line.model_copy(update=fields), slot.start, slot.end)
