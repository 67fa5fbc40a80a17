"""From the events of a take to its report: weighted by time, line by line, never a miss for what was not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from coach.config import Settings, Strictness
from coach.core.aftermath import after_notes, strength
from coach.core.card import ModelCard
from coach.core.judging import Side
from coach.core.mismatch import HELD_S
from coach.core.report import Created, LineReport, ModelReport, Note, Overall, Report, SourceReport, Verdict
from coach.core.tally import MIN_SCORED_S, STABLE_S, Tally, judged_parts
from coach.core.timeline import Timeline, Turn
from coach.events import Event, LineEnded, LineStarted, NoteGiven, Paused, Reading, Resumed, TakeEnded
from coach.types import EMOTIONS, Emotion, top_emotion

HIT: Final[dict[Strictness, float]] = {"gentle": 0.35, "standard": 0.5, "strict": 0.65}
"""Share of a line's scored time that must be on target for a hit. Small models read stills right in 57 to 66 % and
acted clips in 55 to 60 %, so that a perfect actor is read right in a little more than half of the frames."""

PARTIAL_OF_HIT: Final = 0.5
"""Half of what a hit needs is a partial; less is a miss."""

MIN_COVERAGE: Final = 0.25
"""With the face usable in less of the line than this, the line is not scored."""

MIN_SURE: Final = 0.3
"""With the model sure in less of the usable time than this, the line is not scored."""

BAND_SHARE: Final = 0.2
"""The intensity is worth a word when it was missed in more of the scored time than this."""


class Scorer:
    """Takes every event of a take and gives the report at the end. Memory grows with the lines, not with the time."""

    def __init__(self, timeline: Timeline, settings: Settings) -> None:
        self._timeline = timeline
        self._settings = settings
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
        if self._tally is None or reading is None:
            return
        until = min(t, reading.t + HELD_S)
        if until > self._settled:
            self._tally.add(self._settled, until, reading, self._turns.get(self._tally.turn.index - 1))

    def _start(self, event: LineStarted) -> None:
        self._tally = Tally(self._turns[event.index], event.t, event.end, event.t)
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

    def report(
        self,
        created: Created,
        source: SourceReport,
        card: ModelCard | None,
        warnings: Sequence[str] = (),
    ) -> Report:
        """The report of everything handled so far."""
        lines = [self._line(turn) for turn in self._timeline.turns]
        meaning = card.meaning if card else "label"
        notes = after_notes(self._kept, lines, meaning) if card else []
        return Report(
            created=created,
            title=self._timeline.title,
            language=self._timeline.language,
            settings=self._settings.model_dump(mode="json"),
            source=source,
            model=ModelReport(name=card.name, sha256=card.sha256, meaning=meaning) if card else None,
            ended=self.ended.cause if self.ended else "error",
            warnings=list(warnings),
            overall=_overall(self._kept, lines),
            strength=strength(self._kept, lines, meaning),
            notes=[*self._notes, *notes],
            lines=lines,
        )

    def _line(self, turn: Turn) -> LineReport:
        tally = self._kept.get(turn.index) or Tally(turn, turn.start, turn.end, turn.start)
        reached = turn.index in self._kept
        verdict, reason = _verdict(tally, self._settings.strictness) if reached else ("not_scored", "not reached")
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
            reason=reason,
            attempts=self._attempts.get(turn.index, 0),
        )


def _verdict(tally: Tally, strictness: Strictness) -> tuple[Verdict, str]:
    """The verdict on a line that was played, and why it is not scored or what spoiled it."""
    if not tally.parts:
        return "not_scored", "untracked"
    reason = _unscored(tally)
    if reason:
        return "not_scored", reason
    judged = judged_parts(tally)
    worst = min(tally.parts[number].accuracy for number in judged)
    unseen = _unseen_part(tally, judged)
    verdict: Verdict = "partial" if worst >= HIT[strictness] * PARTIAL_OF_HIT else "miss"
    if worst >= HIT[strictness] and not unseen:
        verdict = "hit"
    return verdict, "broken off" if tally.cut else unseen


def _unseen_part(tally: Tally, judged: Sequence[int]) -> str:
    """Which part of an arc could not be judged though there was time to; empty where there is none."""
    long_enough = [n for n in range(len(tally.parts)) if tally.turn.part_s(n) >= MIN_SCORED_S]
    return next((f"part {n + 1} not seen" for n in long_enough if n not in judged), "")


def _supersedes(tally: Tally, kept: Tally) -> bool:
    """Whether the newer attempt is the one to report: a fragment never takes the place of more than a fragment."""
    if _scorable(kept) and not _scorable(tally):
        return False
    return not tally.cut or (kept.cut and tally.length_s >= kept.length_s)


def _scorable(tally: Tally) -> bool:
    return bool(tally.parts) and not _unscored(tally)


def _unscored(tally: Tally) -> str:
    """Why a line cannot be scored; empty where it can."""
    if tally.usable_s < MIN_COVERAGE * tally.length_s:
        return _spoiler(tally)
    if tally.scored_s < MIN_SURE * tally.usable_s:
        return "low confidence"
    return "too short" if tally.scored_s < MIN_SCORED_S else ""


def _spoiler(tally: Tally) -> str:
    return max(tally.spoiled_s, key=lambda reason: tally.spoiled_s[reason], default="no signal")


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
