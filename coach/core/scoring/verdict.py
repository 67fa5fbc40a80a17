"""Verdicts on lines: by evidence if the model predicts viewer shares, else by the time on target."""

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
    """Shares of viewers that trained actors reach with an emotion; those of still faces for surprise.

    Attributes:
        lower, median, upper: quartiles.
        threshold: share that makes a hit at the take's strictness.
    """

    lower: float
    median: float
    upper: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges evidence by the model's card, the actor's baseline and the strictness of the take.

    Attributes:
        card: calibration of the model; None if it does not predict viewer shares, so that the time on target decides.
        baseline: log odds of the actor's face at rest.
        strictness: strictness of the take.
    """

    card: EvidenceCard | None
    baseline: LogOdds
    strictness: Strictness

    def threshold(self, part: Part, band: Band | None) -> float:
        """Share of viewers that makes a hit for `part` at the intensity of `band`; 0 without a card."""
        return lowest_threshold(self.card, part, band, self.strictness)[1] if self.card else 0.0

    def norm(self, part: Part, band: Band | None) -> Norm | None:
        """The norm for `part` at the intensity of `band`; None without a card."""
        if self.card is None:
            return None
        emotion, share = lowest_threshold(self.card, part, band, self.strictness)
        return Norm(*quartiles(self.card, emotion, band), share)

    def weigh(self, part: Part, odds: LogOdds, part_odds: float) -> PartEvidence | None:
        """Evidence for `part` from the mean log odds of the seven emotions and of the part; None without a card."""
        return weigh(self.card, self.baseline, part, odds, part_odds) if self.card else None

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
"""Share of a line's scored time on target that makes a hit, for models that do not predict viewer shares. Small models
classify 57 to 66 % of stills and 55 to 60 % of acted clips correctly, so they recognise even a perfect actor in little
more than half of the frames."""

PARTIAL_OF_HIT: Final = 0.5
"""Share of `HIT_SHARE` that makes a partial; less is a miss."""

PARTIAL_ACCURACY: Final = 0.5
"""Accuracy from which a part is a partial even if a rival leads in its strongest moments."""

_WORST_FIRST: Final[tuple[Verdict, ...]] = ("miss", "partial", "hit")


def verdict_of(evidence: PartEvidence, threshold: float) -> Verdict:
    """A hit if the share reaches `threshold`, else a miss if a rival clearly leads, else a partial."""
    if evidence.share >= threshold:
        return "hit"
    return "miss" if evidence.rival_leads else "partial"


@dataclass(frozen=True, slots=True)
class DecidingPart:
    """The part of a target that decides the verdict by evidence.

    Attributes:
        number: 0-based number of the part.
        evidence: evidence for and against the part.
        threshold: share of viewers that makes a hit.
        accuracy: share of the part's scored time on target.
    """

    number: int
    evidence: PartEvidence
    threshold: float
    accuracy: float

    @property
    def verdict(self) -> Verdict:
        """Verdict on this part alone."""
        if self.rival_leads and self.accuracy >= PARTIAL_ACCURACY:
            return "partial"
        return verdict_of(self.evidence, self.threshold)

    @property
    def rival_leads(self) -> bool:
        """Whether the part is below its threshold and a rival clearly leads, whatever its accuracy."""
        return verdict_of(self.evidence, self.threshold) == "miss"


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """Verdict on a line.

    Attributes:
        verdict: hit, partial, miss or not scored.
        reason: why the line was not scored, or what impaired the verdict; empty if there is no reason.
        deciding: the part that decides the verdict; None without evidence.
    """

    verdict: Verdict
    reason: str = ""
    deciding: DecidingPart | None = None


def judge_line(stats: LineStats, judge: Judge) -> LineVerdict:
    """Judge a line that was played: by evidence, or without a card by the time on target."""
    if not stats.parts:
        return LineVerdict("not_scored", "own way" if stats.turn.line.mode == "own way" else "untracked")
    reason = stats.unscored_reason()
    if reason:
        return LineVerdict("not_scored", reason)
    scored = stats.scored_part_numbers()
    unseen = _unseen_part(stats, scored)
    deciding = deciding_part(stats, scored, judge)
    verdict = deciding.verdict if deciding else _by_time(stats, scored, judge.strictness)
    if verdict == "hit" and unseen:
        verdict = "partial"
    return LineVerdict(verdict, "broken off" if stats.cut else unseen, deciding)


def deciding_part(stats: LineStats, scored: Sequence[int], judge: Judge) -> DecidingPart | None:
    """Find the part that decides the verdict.

    Among the parts with the numbers in `scored` it is the one with the worst verdict; of several, the one furthest
    below its threshold. None without evidence.
    """
    band = stats.turn.line.intensity
    parts = []
    for number in scored:
        part = stats.parts[number]
        pooled = part.pool.strongest()
        evidence = judge.weigh(part.part, *pooled) if pooled else None
        if evidence is not None:
            parts.append(DecidingPart(number, evidence, judge.threshold(part.part, band), part.accuracy))
    return min(parts, key=_quality, default=None)


def _quality(part: DecidingPart) -> tuple[int, float]:
    """Sort key: smaller is worse."""
    return _WORST_FIRST.index(part.verdict), part.evidence.share - part.threshold


def _by_time(stats: LineStats, scored: Sequence[int], strictness: Strictness) -> Verdict:
    worst = min(stats.parts[number].accuracy for number in scored)
    if worst >= HIT_SHARE[strictness]:
        return "hit"
    return "partial" if worst >= HIT_SHARE[strictness] * PARTIAL_OF_HIT else "miss"


def _unseen_part(stats: LineStats, scored: Sequence[int]) -> str:
    """A reason that names the first part that was long enough but not scored; empty if there is no such part."""
    long_enough = [number for number in range(len(stats.parts)) if stats.turn.part_s(number) >= MIN_SCORED_S]
    return next((f"part {number + 1} not seen" for number in long_enough if number not in scored), "")
