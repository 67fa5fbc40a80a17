"""The judge of a take, and its verdicts on lines: by evidence if there is any, else by the time on target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coach.base.settings import Strictness
from coach.base.types import EMOTIONS, Emotion, Probabilities
from coach.core.reading.card import EvidenceCard
from coach.core.scoring.acceptance import Band
from coach.core.scoring.evidence import LogOdds, PartEvidence, log_odds, viewer_share, weigh
from coach.core.scoring.line_stats import MIN_SCORED_S, LineStats
from coach.core.scoring.norms import lowest_threshold, quartiles
from coach.core.scoring.report import Verdict
from coach.core.script.targets import Part


@dataclass(frozen=True, slots=True)
class Norm:
    """Shares of viewers that trained actors reach with an emotion; for surprise, which none acted, still faces do.

    Attributes:
        lower, median, upper: quartiles.
        asked: the share that makes a hit at the take's strictness.
    """

    lower: float
    median: float
    upper: float
    asked: float


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges evidence by the model's card, the actor's baseline and the strictness of the take.

    Attributes:
        card: None for a model without the meaning ``viewers``; then only the time on target counts.
        baseline: log odds of the actor's face at rest.
        strictness: of the take.
    """

    card: EvidenceCard | None
    baseline: LogOdds
    strictness: Strictness

    def asked(self, part: Part, band: Band | None) -> float:
        """Share of viewers that makes a hit for `part` at the intensity of `band`; 0 without a card."""
        return lowest_threshold(self.card, part, band, self.strictness)[1] if self.card else 0.0

    def norm(self, part: Part, band: Band | None) -> Norm | None:
        """Norm for `part` at the intensity of `band`; None without a card."""
        if self.card is None:
            return None
        emotion, asked = lowest_threshold(self.card, part, band, self.strictness)
        return Norm(*quartiles(self.card, emotion, band), asked)

    def weigh(self, part: Part, seven: LogOdds, together: float) -> PartEvidence | None:
        """Evidence for `part` from mean log odds of the seven and of the part; None without a card."""
        return weigh(self.card, self.baseline, part, seven, together) if self.card else None

    def share(self, accepted: Sequence[Emotion], smoothed: Probabilities) -> float:
        """Share of viewers who would read one of `accepted` now; without a card the sum of their probabilities."""
        indices = [EMOTIONS.index(emotion) for emotion in accepted]
        if self.card is None:
            return min(sum(smoothed[i] for i in indices), 1.0)
        return min(sum(self._share(self.card, i, smoothed[i]) for i in indices), 1.0)

    def _share(self, card: EvidenceCard, index: int, probability: float) -> float:
        emotion = EMOTIONS[index]
        baseline = 0.0 if emotion == "neutral" else self.baseline[index]
        return viewer_share(card, emotion, log_odds(probability) - baseline)


HIT_SHARE: Final[dict[Strictness, float]] = {"gentle": 0.35, "standard": 0.5, "strict": 0.65}
"""Share of a line's scored time on target that makes a hit, for models that do not speak for viewers. Small ones
classify 57 to 66 % of stills and 55 to 60 % of acted clips correctly, so even a perfect actor is read correctly in
little more than half of the frames."""

PARTIAL_OF_HIT: Final = 0.5
"""This share of what a hit needs makes a partial; less is a miss."""

MOSTLY_READ: Final = 0.5
"""A part that was on target for this share of its scored time is no miss: one strong moment of something else does not
undo the rest."""

_WORST_FIRST: Final[tuple[Verdict, ...]] = ("miss", "partial", "hit")


def verdict_of(evidence: PartEvidence, asked: float) -> Verdict:
    """A hit if the share reaches `asked`, else a miss if a rival clearly leads, else a partial."""
    if evidence.share >= asked:
        return "hit"
    return "miss" if evidence.rival_leads else "partial"


@dataclass(frozen=True, slots=True)
class DecidingPart:
    """The part of a target that decides the verdict by evidence.

    Attributes:
        number: of the part, 0-based.
        evidence: for the part and against it.
        asked: share of viewers that makes a hit.
        accuracy: share of the part's scored time on target.
    """

    number: int
    evidence: PartEvidence
    asked: float
    accuracy: float

    @property
    def verdict(self) -> Verdict:
        """Verdict on this part alone."""
        return "partial" if self.rival_leads and self.accuracy >= MOSTLY_READ else verdict_of(self.evidence, self.asked)

    @property
    def rival_leads(self) -> bool:
        """Whether a rival clearly leads, although the part may have been read mostly."""
        return verdict_of(self.evidence, self.asked) == "miss"


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """Verdict on a line.

    Attributes:
        verdict: hit, partial, miss or not scored.
        reason: why it was not scored or what impaired it; empty for none.
        deciding: the part that decides; None without evidence.
    """

    verdict: Verdict
    reason: str = ""
    deciding: DecidingPart | None = None


def judge_line(stats: LineStats, judge: Judge) -> LineVerdict:
    """The verdict on a line that was played: by evidence, or without a card by the time on target."""
    if not stats.parts:
        return LineVerdict("not_scored", "untracked")
    reason = stats.why_unscored()
    if reason:
        return LineVerdict("not_scored", reason)
    scored = stats.scored_parts()
    unseen = _unseen_part(stats, scored)
    deciding = deciding_part(stats, scored, judge)
    verdict = deciding.verdict if deciding else _by_time(stats, scored, judge.strictness)
    if verdict == "hit" and unseen:
        verdict = "partial"
    return LineVerdict(verdict, "broken off" if stats.cut else unseen, deciding)


def deciding_part(stats: LineStats, scored: Sequence[int], judge: Judge) -> DecidingPart | None:
    """Of the parts `scored`, the one with the worst verdict, furthest below what is asked; None without evidence."""
    band = stats.turn.line.intensity
    parts = []
    for number in scored:
        part = stats.parts[number]
        pooled = part.pool.strongest()
        evidence = judge.weigh(part.part, *pooled) if pooled else None
        if evidence is not None:
            parts.append(DecidingPart(number, evidence, judge.asked(part.part, band), part.accuracy))
    return min(parts, key=_quality, default=None)


def _quality(part: DecidingPart) -> tuple[int, float]:
    """Sort key: smaller is worse."""
    return _WORST_FIRST.index(part.verdict), part.evidence.share - part.asked


def _by_time(stats: LineStats, scored: Sequence[int], strictness: Strictness) -> Verdict:
    worst = min(stats.parts[number].accuracy for number in scored)
    if worst >= HIT_SHARE[strictness]:
        return "hit"
    return "partial" if worst >= HIT_SHARE[strictness] * PARTIAL_OF_HIT else "miss"


def _unseen_part(stats: LineStats, scored: Sequence[int]) -> str:
    """The first part of an arc that was long enough but not scored, as a reason; empty if there is none."""
    long_enough = [number for number in range(len(stats.parts)) if stats.turn.part_s(number) >= MIN_SCORED_S]
    return next((f"part {number + 1} not seen" for number in long_enough if number not in scored), "")
