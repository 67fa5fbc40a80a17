"""From the events of a take to its report: weighted by time, line by line, never a miss for what was not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coach.base.events import Event, LineEnded, LineStarted, NoteGiven, Paused, Reading, Resumed, TakeEnded
from coach.base.settings import Settings
from coach.base.types import EMOTIONS, Emotion, top_emotion
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import HELD_S
from coach.core.scoring.acceptance import Side
from coach.core.scoring.baseline import RestSink
from coach.core.scoring.feedback import after_notes, strength
from coach.core.scoring.line_stats import STABLE_S, Tally
from coach.core.scoring.norms import LIMIT, in_comparison
from coach.core.scoring.report import Created, LineReport, ModelReport, Note, Overall, Report, SourceReport
from coach.core.scoring.verdict import Judgement, Weighed, Yardstick, judge, scorable
from coach.core.script.timeline import Timeline, Turn

BAND_SHARE: Final = 0.2
"""The intensity is worth a word when it was missed in more of the scored time than this."""


class Scorer:
    """Takes every event of a take and gives the report at the end. Memory grows with the lines, not with the time.

    `card` is that of the model that reads the face, None where nobody looks.
    """

    def __init__(self, timeline: Timeline, settings: Settings, card: ModelCard | None = None) -> None:
        self._timeline = timeline
        self._settings = settings
        self._card = card
        self._rest = RestSink(timeline, card)
        self._turns = {turn.index: turn for turn in timeline.turns}
        self._kept: dict[int, Tally] = {}
        self._attempts: dict[int, int] = {}
        self._tally: Tally | None = None
        self._reading: Reading | None = None
        self._settled = 0.0
        self._paused_at: float | None = None
        self._notes: list[Note] = []
        self.ended: TakeEnded | None = None

    def handle(self, event: Event) -> None:
        """Take one event, in order of time."""
        self._rest.handle(event)
        if self._paused_at is None:
            self._settle(event.t)
        self._settled = event.t
        if isinstance(event, Reading):
            self._reading = event
        elif isinstance(event, LineStarted):
            self._start(event)
        elif isinstance(event, LineEnded):
            self._finish(event)
        elif isinstance(event, Paused):
            self._paused_at = event.t
        elif isinstance(event, Resumed):
            self._resume(event.t)
        elif isinstance(event, NoteGiven):
            self._notes.append(Note(t=_round(event.t), line=event.index, text=event.text, kind="live"))
        elif isinstance(event, TakeEnded):
            self.ended = event

    def close(self) -> None:
        """Nothing is held open."""

    def _settle(self, t: float) -> None:
        """Give the time since the last event to the reading that held in it."""
        reading = self._reading
        if reading is None:
            return
        until = min(t, reading.t + HELD_S)
        if until <= self._settled:
            return
        if self._tally is not None:
            self._tally.add(self._settled, until, reading, self._turns.get(self._tally.turn.index - 1))

    def _start(self, event: LineStarted) -> None:
        self._tally = Tally(self._turns[event.index], event.t, event.end, event.t, self._card)
        self._attempts[event.index] = event.attempt

    def _finish(self, event: LineEnded) -> None:
        tally, self._tally = self._tally, None
        if tally is None:
            return
        tally.ended_at, tally.cut = event.t, event.cut
        kept = self._kept.get(event.index)
        if kept is None or _supersedes(tally, kept):
            self._kept[event.index] = tally

    def _resume(self, t: float) -> None:
        if self._tally is not None and self._paused_at is not None:
            self._tally.began += t - self._paused_at
            self._tally.ends += t - self._paused_at
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
        judgements = {turn.index: self._judgement(turn.index) for turn in self._timeline.turns}
        lines = [self._line(turn, judgements[turn.index]) for turn in self._timeline.turns]
        notes = after_notes(self._kept, lines, judgements) if self._card else []
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

    def _judgement(self, index: int) -> Judgement:
        tally = self._kept.get(index)
        if tally is None:
            return Judgement("not_scored", "not reached")
        card = self._card.evidence if self._card else None
        yardstick = Yardstick(card, self._rest.odds, self._settings.strictness) if card else None
        return judge(tally, self._settings.strictness, yardstick)

    def _audience(self, turn: Turn, weighed: Weighed) -> str:
        card, target = self._card.evidence if self._card else None, turn.line.target
        if card is None or target is None:
            return ""
        return in_comparison(card, target.parts[weighed.number], turn.line.intensity, weighed.found.share)

    def _line(self, turn: Turn, judgement: Judgement) -> LineReport:
        tally = self._kept.get(turn.index) or Tally(turn, turn.start, turn.end, turn.start)
        reached = turn.index in self._kept
        verdict, weighed = judgement.verdict, judgement.weighed
        target, scored = turn.line.target, tally.scored_s
        read = _means(tally)
        return LineReport(
            index=turn.index,
            text=turn.line.text,
            targets=list(target.accepted) if target else [],
            target=str(target) if target else "",
            start_s=_round(tally.started_at) if reached else None,
            end_s=_round(tally.ended_at) if tally.ended_at is not None else None,
            played_s=_round(tally.length_s) if reached else 0.0,
            scored_s=_round(scored),
            coverage=_share(tally.usable_s, tally.length_s) if reached else 0.0,
            accuracy=_share(tally.accepted_s, scored) if verdict != "not_scored" else None,
            match=_share(tally.matched_s, tally.usable_s) if target and tally.usable_s else None,
            arrival_s=None if tally.arrival_s is None else _round(tally.arrival_s),
            hold_s=_round(tally.on.longest_s) if tally.on.longest_s >= STABLE_S else 0.0,
            bleed_s=_round(tally.lingered_s),
            read=read,
            top=top_emotion([read[emotion] for emotion in EMOTIONS]) if read else None,
            intensity=_intensity(tally),
            verdict=verdict,
            reason=judgement.reason,
            attempts=self._attempts.get(turn.index, 0),
            share=_round(weighed.found.share) if weighed else None,
            asked_share=_round(weighed.asked) if weighed else None,
            evidence={emotion: _round(each) for emotion, each in weighed.found.evidence.items()} if weighed else {},
            audience=self._audience(turn, weighed) if weighed else "",
        )


def _model(card: ModelCard) -> ModelReport:
    limit = LIMIT if card.evidence else ""
    return ModelReport(name=card.name, sha256=card.sha256, meaning=card.meaning, limit=limit)


def _supersedes(tally: Tally, kept: Tally) -> bool:
    """Whether the newer attempt is the one to report: a fragment never takes the place of more than a fragment."""
    if scorable(kept) and not scorable(tally):
        return False
    return not tally.cut or (kept.cut and tally.length_s >= kept.length_s)


def _intensity(tally: Tally) -> Side | None:
    side: Side = "too little" if tally.little_s >= tally.much_s else "too much"
    missed = max(tally.little_s, tally.much_s)
    return side if missed > BAND_SHARE * tally.scored_s and missed > 0 else None


def _means(tally: Tally) -> dict[Emotion, float]:
    if not tally.usable_s:
        return {}
    return {emotion: _share(s, tally.usable_s) for emotion, s in zip(EMOTIONS, tally.read_s, strict=True)}


def _overall(kept: dict[int, Tally], lines: Sequence[LineReport]) -> Overall:
    scored = [line for line in lines if line.verdict != "not_scored"]
    tracked = [tally for tally in kept.values() if tally.parts]
    scored_s = sum(kept[line.index].scored_s for line in scored)
    accepted_s = sum(kept[line.index].accepted_s for line in scored)
    count = [line.verdict for line in lines].count
    return Overall(
        accuracy=_share(accepted_s, scored_s) if scored_s else None,
        scored_s=_round(scored_s),
        coverage=_share(sum(tally.usable_s for tally in tracked), sum(tally.length_s for tally in tracked)),
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
