"""Verdicts on lines: by evidence if the model predicts viewer shares, else by the time on target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from coach.base.settings import Strictness
from coach.base.types import EMOTIONS, Emotion, Probabilities
from coach.core.reading.card import EvidenceCard
from coach.core.scoring.acceptance import Band
from coach.core.scoring.evidence import LogOdds, PartEvidence, log_odds, percent, tenths, viewer_share, weigh
from coach.core.scoring.line_stats import MIN_SCORED_S, LineStats
from coach.core.scoring.norms import lowest_threshold, quartiles
from coach.core.scoring.report import NEVER_ON_TARGET, RIVAL_LED, UNSEEN_PART, Verdict
from coach.core.script.targets import EMOTION_NOUNS, Part

if TYPE_CHECKING:
    from coach.core.actor.own_verdict import OwnAnswer, Speaker


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

FAIR_ACCURACY: Final = 0.25
"""Accuracy from which a part can be a hit even if another emotion leads in its strongest moments."""

_UNSEEN: Final = UNSEEN_PART.partition("{number}")[2]
"""End of the reason of a line of which a part was not read."""

_WORST_FIRST: Final[tuple[Verdict, ...]] = ("miss", "partial", "hit")


def is_hit(evidence: PartEvidence, threshold: float, accuracy: float) -> bool:
    """Whether enough viewers would name the part, and it leads where it is strongest or was read for a fair time.

    Without the second condition, an emotion that viewers seldom name would be a hit on any face.
    """
    if tenths(evidence.share) < tenths(threshold):
        return False
    return evidence.leads or percent(accuracy) >= percent(FAIR_ACCURACY)


def verdict_of(evidence: PartEvidence, threshold: float, accuracy: float = 0.0) -> Literal["hit", "partial", "miss"]:
    """A hit by `is_hit`, else a miss if a rival clearly leads for most of the time, else a partial.

    Args:
        evidence: evidence for and against the part.
        threshold: share of viewers that a hit needs.
        accuracy: share of the scored time on target.
    """
    if is_hit(evidence, threshold, accuracy):
        return "hit"
    return "miss" if evidence.rival_leads and percent(accuracy) < percent(PARTIAL_ACCURACY) else "partial"


@dataclass(frozen=True, slots=True)
class DecidingPart:
    """The part of a target that decides the verdict by evidence.

    Attributes:
        number: 0-based number of the part.
        evidence: evidence for and against the part.
        threshold: share of viewers that makes a hit.
        accuracy: share of the part's scored time on target.
        verdict: verdict on this part alone.
    """

    number: int
    evidence: PartEvidence
    threshold: float
    accuracy: float
    verdict: Verdict

    @property
    def rival_leads(self) -> bool:
        """Whether the part is not a hit and a rival clearly leads, whatever its accuracy."""
        return self.verdict != "hit" and self.evidence.rival_leads

    @property
    def outrun(self) -> bool:
        """Whether enough viewers would name the part, and it is no hit because another emotion leads."""
        return self.verdict != "hit" and self.evidence.reaches(self.threshold)


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """Verdict on a line.

    Attributes:
        verdict: hit, partial, miss or not scored.
        reason: why the line was not scored, or what impaired the verdict; empty if there is no reason.
        deciding: the part that decides the verdict; None without evidence.
        own: whether the face was like the actor's own examples; None if nothing was compared.
        decided: which question decided the verdict: what viewers would see, what is the actor's own, or both.
    """

    verdict: Verdict
    reason: str = ""
    deciding: DecidingPart | None = None
    own: OwnAnswer | None = None
    decided: Speaker = "viewers"

    @property
    def allows_note(self) -> bool:
        """Whether a note may be given: not if the face was like the actor's own examples, or near them."""
        if self.own is None:
            return True
        from coach.core.actor.own_verdict import note_stands

        return note_stands(self.own)

    def joined_with(self, own: OwnAnswer | None) -> LineVerdict:
        """The verdict with the answer of the actor's own examples."""
        from coach.core.actor.own_verdict import join  # most takes have no own examples

        joined = join(self.verdict, own)
        if joined.verdict == "hit" and self.reason.endswith(_UNSEEN):
            return replace(self, own=own, decided="viewers")  # what was not seen cannot be right
        reason = self.reason if joined.verdict == self.verdict or self.reason == "broken off" else ""
        return replace(self, verdict=joined.verdict, reason=reason, own=own, decided=joined.spoke)


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
    hindrance = unseen or (_never_read(stats) if verdict == "hit" else "")
    if verdict == "hit" and hindrance:
        verdict = "partial"
    if deciding and deciding.outrun and not hindrance:
        hindrance = RIVAL_LED.format(rival=EMOTION_NOUNS[deciding.evidence.rival])
    return LineVerdict(verdict, "broken off" if stats.cut else hindrance, deciding)


def _never_read(stats: LineStats) -> str:
    """A reason for a line that was on target for none of its time; empty for any other."""
    accuracy = stats.accepted_s / stats.scored_s if stats.scored_s else 0.0
    return "" if percent(accuracy) else NEVER_ON_TARGET


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
            threshold = judge.threshold(part.part, band)
            verdict = verdict_of(evidence, threshold, part.accuracy)
            parts.append(DecidingPart(number, evidence, threshold, part.accuracy, verdict))
    return min(parts, key=_quality, default=None)


def _quality(part: DecidingPart) -> tuple[int, int, float]:
    """Sort key: smaller is worse."""
    viewers_above = tenths(part.evidence.share) - tenths(part.threshold)
    return _WORST_FIRST.index(part.verdict), viewers_above, part.evidence.share - part.threshold


def _by_time(stats: LineStats, scored: Sequence[int], strictness: Strictness) -> Verdict:
    worst = percent(min(stats.parts[number].accuracy for number in scored))
    needed = percent(HIT_SHARE[strictness])
    if worst >= needed:
        return "hit"
    return "partial" if worst >= needed * PARTIAL_OF_HIT else "miss"


def _unseen_part(stats: LineStats, scored: Sequence[int]) -> str:
    """A reason that names the first part that was long enough but not scored; empty if there is no such part."""
    long_enough = [number for number in range(len(stats.parts)) if stats.turn.part_s(number) >= MIN_SCORED_S]
    return next((UNSEEN_PART.format(number=number + 1) for number in long_enough if number not in scored), "")
