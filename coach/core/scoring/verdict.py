"""What a take is judged by, and the verdict on a line: by the evidence if there is any, else by the time on target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coach.base.settings import Strictness
from coach.base.types import EMOTIONS, Emotion, Probabilities
from coach.core.reading.card import EvidenceCard
from coach.core.scoring.acceptance import Band
from coach.core.scoring.evidence import Found, Odds, find, log_odds, share_of
from coach.core.scoring.line_stats import MIN_SCORED_S, LineStats
from coach.core.scoring.norms import easiest, quartiles
from coach.core.scoring.report import Verdict
from coach.core.script.targets import Part


@dataclass(frozen=True, slots=True)
class Norm:
    """What trained actors reach for an emotion, as shares of viewers; for surprise, which was not acted, still faces.

    Attributes:
        lower, median, upper: their quartiles.
        asked: the share that makes a hit at the take's strictness.
    """

    lower: float
    median: float
    upper: float
    asked: float


@dataclass(frozen=True, slots=True)
class Judge:
    """Holds readings against their targets, by the card's curves where the model speaks for viewers.

    Attributes:
        card: None where the model does not speak for viewers; then only the time on target counts.
        baseline: log odds of the actor's face at rest.
    """

    card: EvidenceCard | None
    baseline: Odds
    strictness: Strictness

    def asked(self, part: Part, band: Band | None) -> float:
        """Share of viewers that makes a hit for `part` at the intensity of `band`; 0 without a card."""
        return easiest(self.card, part, band, self.strictness)[1] if self.card else 0.0

    def norm(self, part: Part, band: Band | None) -> Norm | None:
        """What trained actors reach for `part` at the intensity of `band`; None without a card."""
        if self.card is None:
            return None
        emotion, asked = easiest(self.card, part, band, self.strictness)
        return Norm(*quartiles(self.card, emotion, band), asked)

    def find(self, part: Part, seven: Odds, together: float) -> Found | None:
        """What mean log odds (of the seven, and of the part) say of `part`; None without a card."""
        return find(self.card, self.baseline, part, seven, together) if self.card else None

    def share(self, accepted: Sequence[Emotion], smoothed: Probabilities) -> float:
        """Share of viewers who would read one of `accepted` at this moment; without a card the reading itself."""
        places = [EMOTIONS.index(emotion) for emotion in accepted]
        if self.card is None:
            return min(sum(smoothed[place] for place in places), 1.0)
        return min(sum(self._share(self.card, place, smoothed[place]) for place in places), 1.0)

    def _share(self, card: EvidenceCard, place: int, probability: float) -> float:
        emotion = EMOTIONS[place]
        rest = 0.0 if emotion == "neutral" else self.baseline[place]
        return share_of(card, emotion, log_odds(probability) - rest)


HIT: Final[dict[Strictness, float]] = {"gentle": 0.35, "standard": 0.5, "strict": 0.65}
"""Share of a line's scored time that must be on target for a hit, of models that do not speak for viewers. Small ones
read stills right in 57 to 66 % and acted clips in 55 to 60 %, so that a perfect actor is read right in a little more
than half of the frames."""

PARTIAL_OF_HIT: Final = 0.5
"""Half of what a hit needs is a partial; less is a miss."""

MOSTLY: Final = 0.5
"""Where the camera read what was asked for so much of a part's scored time, the part is no miss: a strong moment of
something else cannot undo the rest of it."""

_WORST_FIRST: Final[tuple[Verdict, ...]] = ("miss", "partial", "hit")


def verdict_of(found: Found, asked: float) -> Verdict:
    """A hit where the share reaches `asked`, a miss where another emotion clearly outruns it, partial between."""
    if found.share >= asked:
        return "hit"
    return "miss" if found.outrun else "partial"


@dataclass(frozen=True, slots=True)
class DecidingPart:
    """The part of a target that decides the verdict, by the evidence.

    Attributes:
        number: of the part, 0-based.
        found: what speaks for it and against it.
        asked: share of viewers that makes a hit.
        accuracy: share of the part's scored time in which it was read.
    """

    number: int
    found: Found
    asked: float
    accuracy: float

    @property
    def verdict(self) -> Verdict:
        """Of this part alone."""
        return "partial" if self.outrun and self.accuracy >= MOSTLY else verdict_of(self.found, self.asked)

    @property
    def outrun(self) -> bool:
        """Whether another emotion clearly outruns it, miss or not."""
        return verdict_of(self.found, self.asked) == "miss"


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """A verdict, why it is none or what spoiled it, and the part that decides it where that is evidence."""

    verdict: Verdict
    reason: str = ""
    deciding: DecidingPart | None = None


def judge_line(stats: LineStats, judge: Judge) -> LineVerdict:
    """The verdict on a line that was played; where the model does not speak for viewers, by the time on target."""
    if not stats.parts:
        return LineVerdict("not_scored", "untracked")
    reason = stats.why_unscored()
    if reason:
        return LineVerdict("not_scored", reason)
    judged = stats.judged_parts()
    unseen = _unseen_part(stats, judged)
    deciding = deciding_part(stats, judged, judge)
    verdict = deciding.verdict if deciding else _by_time(stats, judged, judge.strictness)
    if verdict == "hit" and unseen:
        verdict = "partial"
    return LineVerdict(verdict, "broken off" if stats.cut else unseen, deciding)


def deciding_part(stats: LineStats, judged: Sequence[int], judge: Judge) -> DecidingPart | None:
    """The part of those `judged` with the worst verdict, furthest from what is asked; None without any evidence."""
    band = stats.turn.line.intensity
    parts = []
    for number in judged:
        part = stats.parts[number]
        pooled = part.pool.strongest()
        found = judge.find(part.part, *pooled) if pooled else None
        if found is not None:
            parts.append(DecidingPart(number, found, judge.asked(part.part, band), part.accuracy))
    return min(parts, key=lambda each: (_WORST_FIRST.index(each.verdict), each.found.share - each.asked), default=None)


def _by_time(stats: LineStats, judged: Sequence[int], strictness: Strictness) -> Verdict:
    worst = min(stats.parts[number].accuracy for number in judged)
    if worst >= HIT[strictness]:
        return "hit"
    return "partial" if worst >= HIT[strictness] * PARTIAL_OF_HIT else "miss"


def _unseen_part(stats: LineStats, judged: Sequence[int]) -> str:
    """Which part of an arc could not be judged though there was time to; empty where there is none."""
    long_enough = [number for number in range(len(stats.parts)) if stats.turn.part_s(number) >= MIN_SCORED_S]
    return next((f"part {number + 1} not seen" for number in long_enough if number not in judged), "")
