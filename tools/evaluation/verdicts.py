"""The verdicts and notes that the coach would give each face or clip under each of the seven tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

import numpy as np
from numpy.typing import NDArray

from coach.base.settings import Strictness
from coach.base.types import EMOTIONS, Emotion
from coach.core.scoring.evidence import PartEvidence, weigh
from coach.core.scoring.norms import threshold
from coach.core.scoring.verdict import verdict_of
from coach.core.script.targets import Part
from tools.evaluation.metrics import Reliability, reliability
from tools.evaluation.predictions import NEUTRAL

if TYPE_CHECKING:
    from coach.core.reading.card import EvidenceCard
    from tools.evaluation.predictions import PooledOdds

STRICTNESSES: Final[tuple[Strictness, ...]] = get_args(Strictness)
BY_TAG_STRICTNESS: Final[Strictness] = "standard"
"""The strictness at which verdicts are also counted tag by tag."""


@dataclass(frozen=True)
class VerdictShares:
    """The share of each verdict among tested pairs of item and tag, and the share that may get a spoken note."""

    hit: float
    partial: float
    miss: float
    note: float


@dataclass(frozen=True)
class TagRates:
    """Verdicts of all items under their own tag, and under each of the six others."""

    right_tag: VerdictShares
    wrong_tag: VerdictShares


@dataclass(frozen=True)
class VerdictRates:
    """Verdicts by strictness, and at `BY_TAG_STRICTNESS` by tag."""

    rates: dict[Strictness, TagRates]
    tags: dict[Emotion, TagRates]


@dataclass(frozen=True)
class ShareReliability:
    """The expected share of viewers against the real one, over all tags together and tag by tag."""

    together: Reliability
    tags: dict[Emotion, Reliability]


def verdict_rates(card: EvidenceCard, found: list[list[PartEvidence]], truth: NDArray[np.int64]) -> VerdictRates:
    """Count the verdicts on items with these true tags, given the evidence `found` in them.

    The actor's own baseline is unknown here, so the card's is used. A note is decided on the whole clip, whereas the
    coach may give it earlier.
    """
    rates = {strictness: tag_rates(card, found, truth, strictness) for strictness in STRICTNESSES}
    by_tag = {tag: tag_rates(card, found, truth, BY_TAG_STRICTNESS, only=tag) for tag in EMOTIONS}
    return VerdictRates(rates, by_tag)


def find_evidence(card: EvidenceCard, odds: PooledOdds) -> list[list[PartEvidence]]:
    """Return the evidence for each item (M) under each tag (7), by the rule of the coach."""
    baseline = [card.neutral[emotion] for emotion in EMOTIONS]
    parts = [Part((emotion,)) for emotion in EMOTIONS]
    items = zip(odds.strongest.tolist(), odds.whole.tolist(), strict=True)
    rows = [[whole if i == NEUTRAL else strongest for i in range(len(EMOTIONS))] for strongest, whole in items]
    return [[weigh(card, baseline, part, row[i], row[i][i]) for i, part in enumerate(parts)] for row in rows]


def tag_rates(
    card: EvidenceCard,
    found: list[list[PartEvidence]],
    truth: NDArray[np.int64],
    strictness: Strictness,
    only: Emotion | None = None,
) -> TagRates:
    """Count verdicts and notes under right tags and under wrong ones; with `only`, for that tag."""
    thresholds = [threshold(card, emotion, None, strictness) for emotion in EMOTIONS]
    outcomes: dict[bool, list[tuple[str, bool]]] = {True: [], False: []}
    for row, right in zip(found, truth.tolist(), strict=True):
        for i, each in enumerate(row):
            if only in (None, EMOTIONS[i]):
                outcomes[i == right].append((verdict_of(each, thresholds[i]), each.deserves_note(thresholds[i])))
    return TagRates(_shares(outcomes[True]), _shares(outcomes[False]))


def share_reliability(found: list[list[PartEvidence]], viewers: NDArray[np.float32]) -> ShareReliability | None:
    """Compare expected shares with those of viewers (M, 7), NaN for items without votes; None where nobody voted."""
    voted = np.isfinite(viewers).all(1)
    if not voted.any():
        return None
    expected = np.array([[each.share for each in row] for row in found])[voted]
    real = viewers[voted].astype(np.float64)
    tags = {emotion: reliability(expected[:, i], real[:, i]) for i, emotion in enumerate(EMOTIONS)}
    return ShareReliability(reliability(expected.ravel(), real.ravel()), tags)


def _shares(outcomes: list[tuple[str, bool]]) -> VerdictShares:
    if not outcomes:
        return VerdictShares(*[float("nan")] * 4)
    count = len(outcomes)
    verdicts = [verdict for verdict, _ in outcomes]
    hit, partial, miss = (verdicts.count(name) / count for name in ("hit", "partial", "miss"))
    return VerdictShares(hit, partial, miss, sum(note for _, note in outcomes) / count)
