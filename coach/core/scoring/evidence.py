"""Evidence for a target: log odds above the actor's baseline, pooled over the most expressive part of a line.

Expressions come and go while somebody speaks, so a mean over the whole line hides them. With every model and crop that
was tried, pooling the least neutral 25 to 40 % of an acted clip separated right from wrong tags better than the mean
did. Passages of the sample take are separated best at the upper end of that range.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coach.base.types import EMOTIONS, Emotion, Probabilities
from coach.core.reading.card import EvidenceCard
from coach.core.script.targets import Part

MIN_PROBABILITY: Final = 1e-4
"""Probabilities are clipped to this distance from 0 and 1, so that log odds are finite. Model outputs are rounded to it
too."""

_MAX_PROBABILITY: Final = 1 - MIN_PROBABILITY

LogOdds = Sequence[float]
"""Log odds of the seven emotions, in the order of `EMOTIONS`."""

STRONGEST_SHARE: Final = 0.4
"""Share of a line, by time and weight, that is pooled: the least neutral readings. A neutral target uses all."""

RIVAL_MARGIN: Final = 1.5
"""A rival clearly leads if its log odds exceed the target's by this: 4.5 times the odds. With the shipped model that
predicts viewer shares, on 319 portraits, this happens for under 15 % of the right tags and 86 % of the wrong ones."""

RIVAL_MARGIN_FOR_NOTE: Final = 2.5
"""Lead that a live note needs: 12 times the odds. It occurs for 7 % of the right tags and 76 % of the wrong ones."""

MIN_REST_S: Final = 2.0
"""Weighted seconds at rest after which the actor's own baseline is known."""

REST_SHARE: Final = 0.5
"""Share of the readings at rest that is used, the most neutral ones: an actor may grin before the first line."""

NEUTRAL_MARGIN: Final = 2.0
"""Neutral clearly leads if its log odds exceed every other emotion's by this: 7.4 times the odds. On the neutral faces
of the shipped model's card it leads by 2.5. A smaller lead would take a faint emotion of a short take for rest."""

MOST_NEUTRAL_SHARE: Final = 0.25
"""Share of the clearly neutral readings that stands for rest in a take without enough rest, the most neutral ones. It
is smaller than `REST_SHARE`, because faint emotions of the lines are among those readings."""

MAX_BASELINE_SHIFT: Final = 2.0
"""Largest difference, per emotion, between an actor's baseline and the card's. Without a limit, an actor who smiles at
rest would need more than a smile in every line."""

VIEWERS_ASKED: Final = 10
"""Shares of viewers are shown, and compared, as so many of this number of viewers."""

_BIN_WIDTH: Final = 0.25
"""Width of a pool's bins, in log odds of neutral."""

_NEUTRAL: Final = EMOTIONS.index("neutral")


def tenths(share: float) -> int:
    """A share of viewers as a number of ten viewers, 0 to 10. Figures are shown so, and decisions compare these.

    The share is first rounded to the four decimals that a report keeps, so that both come to the same number.
    """
    return math.floor(round(share, 4) * VIEWERS_ASKED + 0.5)


def percent(share: float) -> int:
    """A share of time in whole percent, 0 to 100. Figures are shown so, and decisions compare these."""
    return round(round(share, 4) * 100)


class EvidencePool:
    """Histogram of even-handed readings by how neutral they are, weighted by time; constant memory.

    It pools the log odds of the seven emotions and of `part`, whose probability is the sum of its accepted emotions'.
    """

    def __init__(self, part: Part) -> None:
        self._part = part
        self._accepted = tuple(map(EMOTIONS.index, part.accepted))
        self.seconds = 0.0
        """Total weight of the readings."""
        self._bins: dict[int, list[float]] = {}
        """For each bin: its seconds, then seconds times log odds of each of the seven and of the part."""

    def add(self, probabilities: Probabilities, seconds: float) -> None:
        """Add an even-handed reading that held for `seconds` (already multiplied by its weight)."""
        if seconds <= 0:
            return
        part_probability = 0.0
        for index in self._accepted:
            part_probability += probabilities[index]
        odds = log_odds_each((*probabilities, part_probability))
        number = math.floor(odds[_NEUTRAL] / _BIN_WIDTH)
        sums = self._bins.get(number)
        if sums is None:
            sums = self._bins[number] = [0.0] * (len(odds) + 1)
        sums[0] += seconds
        self.seconds += seconds
        for index, value in enumerate(odds, start=1):
            sums[index] += value * seconds

    def strongest(self) -> tuple[tuple[float, ...], float] | None:
        """Mean log odds of the seven, and of the part, over the strongest readings; None without readings."""
        return self.mean(1.0 if "neutral" in self._part.accepted else STRONGEST_SHARE)

    def mean(self, share: float, *, most_neutral: bool = False) -> tuple[tuple[float, ...], float] | None:
        """Mean log odds of the seven, and of the part, over the least (or most) neutral `share` of the readings."""
        pooled_s = remaining_s = self.seconds * share
        if not pooled_s:
            return None
        totals = [0.0] * (len(EMOTIONS) + 1)
        for number in sorted(self._bins, reverse=most_neutral):
            seconds, *sums = self._bins[number]
            used_s = min(seconds, remaining_s)
            totals = [total + value * used_s / seconds for total, value in zip(totals, sums, strict=True)]
            remaining_s -= used_s
            if remaining_s <= 0:
                break
        *odds, part_odds = (total / pooled_s for total in totals)
        return tuple(odds), part_odds


def viewer_share(card: EvidenceCard, emotion: Emotion, evidence: float) -> float:
    """Share of viewers who would read `emotion`, by the card's curve: linear between its points, constant outside."""
    points = card.curves[emotion]
    if evidence <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if evidence <= x1:
            return y0 + (y1 - y0) * (evidence - x0) / (x1 - x0)
    return points[-1][1]


@dataclass(frozen=True, slots=True)
class PartEvidence:
    """Evidence for and against a part of a target.

    Attributes:
        by_emotion: log odds of each emotion above the baseline; for neutral the log odds themselves.
        share: share of viewers who would name any accepted emotion of the part.
        rival: the strongest emotion that the part does not accept.
        lead: log odds of the rival minus those of the part.
    """

    by_emotion: dict[Emotion, float]
    share: float
    rival: Emotion
    lead: float

    @property
    def leads(self) -> bool:
        """Whether no other emotion is ahead of the part."""
        return self.lead <= 0

    @property
    def rival_leads(self) -> bool:
        """Whether the rival clearly leads."""
        return self.lead > RIVAL_MARGIN

    def reaches(self, threshold: float) -> bool:
        """Whether as many of ten viewers would name the part as `threshold`, a share, asks for."""
        return tenths(self.share) >= tenths(threshold)

    def deserves_note(self, threshold: float) -> bool:
        """Whether a note may be given: a hit is out of reach and the rival is far ahead."""
        return self.lead > RIVAL_MARGIN_FOR_NOTE and not (self.leads and self.reaches(threshold))


def weigh(card: EvidenceCard, baseline: LogOdds, part: Part, odds: LogOdds, part_odds: float) -> PartEvidence:
    """Evidence for `part` from the mean log odds of the seven emotions (`odds`) and of the part (`part_odds`).

    Log odds above the actor's `baseline` give the shares. The lead compares log odds shifted by the difference between
    the card's baseline and the actor's, not log odds above the baseline: the emotion with the lowest baseline would
    always lead by those.
    """
    evidence: dict[Emotion, float] = {}
    rival, rival_odds = part.accepted[0], -math.inf
    for emotion, value, at_rest in zip(EMOTIONS, odds, baseline, strict=True):
        above = evidence[emotion] = value if emotion == "neutral" else value - at_rest
        shifted = above if emotion == "neutral" else above + card.neutral[emotion]
        if shifted > rival_odds and emotion not in part.accepted:
            rival, rival_odds = emotion, shifted
    share = 0.0
    for emotion in part.accepted:
        share += viewer_share(card, emotion, evidence[emotion])
    lead = rival_odds - (part_odds + _baseline_shift(card, baseline, part)) if rival_odds > -math.inf else -math.inf
    return PartEvidence(evidence, min(share, 1.0), rival, lead)


def _baseline_shift(card: EvidenceCard, baseline: LogOdds, part: Part) -> float:
    """Difference between the card's baseline and the actor's, in log odds of `part`."""
    if "neutral" in part.accepted:
        return 0.0
    card_probability = own_probability = 0.0
    for emotion in part.accepted:
        card_probability += sigmoid(card.neutral[emotion])
        own_probability += sigmoid(baseline[EMOTIONS.index(emotion)])
    return log_odds(card_probability) - log_odds(own_probability)


def log_odds(probability: float) -> float:
    """log(p / (1 - p)), clipped to -9.2 to 9.2."""
    clipped = min(max(probability, MIN_PROBABILITY), _MAX_PROBABILITY)
    return math.log(clipped / (1 - clipped))


def log_odds_each(probabilities: Sequence[float]) -> list[float]:
    """`log_odds` of each of `probabilities`; inlined because it runs for every frame."""
    odds = []
    for probability in probabilities:
        clipped = probability
        if not MIN_PROBABILITY <= probability <= _MAX_PROBABILITY:
            clipped = min(max(probability, MIN_PROBABILITY), _MAX_PROBABILITY)
        odds.append(math.log(clipped / (1 - clipped)))
    return odds


def sigmoid(odds: float) -> float:
    """The probability whose log odds are `odds`."""
    return 1 / (1 + math.exp(-odds))


class Baseline:
    """Learns the actor's face at rest from what a take shows, in order of time and whatever the tags are.

    A calibrated face at rest stays what it is. Otherwise, first come the moments without a line: the lead-in, and the
    pauses of the script. Without enough of those it is the most neutral part of all moments so far in which neutral
    clearly leads, and without enough of that the card's.
    """

    def __init__(self, card: EvidenceCard, calibrated: LogOdds | None = None) -> None:
        """Start with the rest of `card`, or keep the `calibrated` one (7,)."""
        self._calibrated = tuple(calibrated) if calibrated is not None else None
        self._default = tuple(card.neutral[emotion] for emotion in EMOTIONS)
        self._resting = EvidencePool(Part(("neutral",)))
        self._neutral = EvidencePool(Part(("neutral",)))
        self._odds: tuple[float, ...] | None = self._default

    def add(self, probabilities: Probabilities, seconds: float, *, resting: bool = True) -> None:
        """Add an even-handed reading that held for `seconds` (already multiplied by its weight).

        Args:
            probabilities: the reading.
            seconds: how long it held, times its weight.
            resting: whether the actor had no line to play.
        """
        if resting:
            self._resting.add(probabilities, seconds)
        if rival_lead(probabilities) <= -NEUTRAL_MARGIN:
            self._neutral.add(probabilities, seconds)
        self._odds = None

    @property
    def odds(self) -> tuple[float, ...]:
        """Log odds of the seven emotions at rest: calibrated, else the actor's own once known, else the card's."""
        if self._calibrated is not None:
            return self._calibrated
        if self._odds is None:
            self._odds = self._estimate()
        return self._odds

    def _estimate(self) -> tuple[float, ...]:
        pool, share = self._resting, REST_SHARE
        if pool.seconds < MIN_REST_S:
            pool = self._neutral
            share = max(MOST_NEUTRAL_SHARE, MIN_REST_S / pool.seconds) if pool.seconds else 1.0
        mean = pool.mean(share, most_neutral=True) if pool.seconds >= MIN_REST_S else None
        if mean is None:
            return self._default
        pairs = zip(mean[0], self._default, strict=True)
        return tuple(min(max(own, known - MAX_BASELINE_SHIFT), known + MAX_BASELINE_SHIFT) for own, known in pairs)


def is_at_rest(probabilities: Probabilities) -> bool:
    """Whether an even-handed reading in a pause of the script counts as rest: no emotion clearly leads over neutral.

    Otherwise tears that last through a pause would become part of the baseline.
    """
    return rival_lead(probabilities) <= RIVAL_MARGIN


def rival_lead(probabilities: Probabilities) -> float:
    """Log odds of the strongest emotion minus those of neutral; below 0 where neutral is the strongest."""
    *others, neutral = probabilities
    return log_odds(max(others)) - log_odds(neutral)  # log odds grow with the probability
