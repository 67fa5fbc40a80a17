"""Every figure of one model on one set, by the viewers' majority and by the labels, in both readings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tools.judging.answers import Answers, answer
from tools.judging.calibration import Reliability, expected_calibration_error, share_error
from tools.judging.corruptions import CORRUPTIONS, corrupt, equalised
from tools.judging.metrics import (
    RESAMPLES,
    Average,
    EmotionRow,
    Interval,
    bootstrap,
    confusion,
    divergence,
    macro,
    macro_recall,
    per_emotion,
    weighted,
)
from tools.judging.tag_test import TagTest, tag_test
from tools.judging.verdicts import ShareTest, Verdicts, judge_verdicts, look, share_test

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier
    from coach.core.reading.card import EvidenceCard, ModelCard
    from coach.core.scoring.evidence import PartEvidence
    from tools.judging.pooling import Pooled
    from tools.judging.sets import JudgedSet

MAJORITY: Final = "viewers' majority"
LABELS: Final = "labels"

Truths: TypeAlias = dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]
"""By name, which items have that truth, and what it is."""


@dataclass(frozen=True)
class Scores:
    """One reading held against one truth. `right` says which items, in the set's order among those with that truth."""

    count: int
    accuracy: float
    accuracy_interval: Interval
    macro_recall: float
    macro_recall_interval: Interval
    emotions: tuple[EmotionRow, ...]
    macro: Average
    weighted: Average
    confusion: NDArray[np.int64]
    calibration: Reliability
    tags: TagTest
    right: NDArray[np.bool_]


@dataclass(frozen=True)
class Robust:
    """What is left under one corruption, by reading and truth: accuracy and macro recall, plain and with CLAHE."""

    name: str
    plain: dict[str, dict[str, tuple[float, float]]]
    clahe: dict[str, dict[str, tuple[float, float]]]


@dataclass(frozen=True)
class Shaken:
    """What is left, even-handed and by the labels, when every box is off in one way."""

    name: str
    accuracy: float
    macro_recall: float
    tag_test: float


@dataclass(frozen=True)
class Judgement:
    """All figures of one model on one set.

    Attributes:
        card: the model's.
        judged: the set.
        scores: by reading, by truth.
        divergence: by reading, mean Kullback-Leibler divergence from the viewers' shares; empty where nobody voted.
        verdicts: what the coach would have said, by truth; empty where the card has no evidence.
        shares: expected shares of viewers against real ones; None without evidence or votes.
        confidence: by reading, the strongest share against that of the viewers who said the same; empty where nobody
            voted.
        corruptions: the first is none at all; empty where not asked for.
        shaken: pictures with the detector's box off, the first not at all; empty where not asked for.
    """

    card: ModelCard
    judged: JudgedSet
    scores: dict[str, dict[str, Scores]]
    divergence: dict[str, float]
    verdicts: dict[str, Verdicts]
    shares: ShareTest | None
    confidence: dict[str, Reliability] = field(default_factory=dict)
    corruptions: tuple[Robust, ...] = field(default=())
    shaken: tuple[Shaken, ...] = field(default=())


def judge(
    classifier: EmotionClassifier, judged: JudgedSet, corruptions: bool = False, resamples: int = RESAMPLES
) -> Judgement:
    """Everything there is to say about a model on a set.

    Raises:
        DataError: the model has no usable answer on a face.
    """
    answers, truths = answer(classifier, judged), truths_of(judged)
    readings = answers.readings(classifier.card)
    voted, evidence = judged.voted, classifier.card.evidence
    found = look(evidence, answers.even) if evidence else []
    told = {name: divergence(judged.shares[voted].astype(float), each.shares[voted]) for name, each in readings.items()}
    return Judgement(
        card=classifier.card,
        judged=judged,
        scores={
            name: {by: score(each, chosen, truth, resamples) for by, (chosen, truth) in truths.items()}
            for name, each in readings.items()
        },
        divergence=told if voted.any() else {},
        verdicts=_verdicts(evidence, found, truths) if evidence else {},
        shares=share_test(found, judged.shares) if evidence else None,
        confidence=_confidence(readings, judged) if voted.any() else {},
        corruptions=tuple(_robust(name, classifier, judged) for name in ("none", *CORRUPTIONS)) if corruptions else (),
    )


def _confidence(readings: dict[str, Pooled], judged: JudgedSet) -> dict[str, Reliability]:
    voted = judged.voted
    return {
        name: share_error(each.shares[voted], judged.shares[voted].astype(float)) for name, each in readings.items()
    }


def _verdicts(evidence: EvidenceCard, found: list[list[PartEvidence]], truths: Truths) -> dict[str, Verdicts]:
    return {by: judge_verdicts(evidence, [found[i] for i in chosen], truth) for by, (chosen, truth) in truths.items()}


def truths_of(judged: JudgedSet) -> Truths:
    """By name: which items have that truth, and what it is."""
    voted = np.flatnonzero(judged.voted)
    by_label = {LABELS: (np.arange(len(judged)), judged.labels)}
    return {MAJORITY: (voted, judged.shares[voted].argmax(1)), **by_label} if len(voted) else by_label


def score(pooled: Pooled, chosen: NDArray[np.int64], truth: NDArray[np.int64], resamples: int = RESAMPLES) -> Scores:
    """The figures of the `chosen` items against their `truth`."""
    shares, evidence = pooled.shares[chosen], pooled.evidence[chosen]
    answers = shares.argmax(1)
    right = answers == truth
    table = confusion(truth, answers)
    rows = per_emotion(table)
    return Scores(
        count=len(truth),
        accuracy=float(right.mean()),
        accuracy_interval=bootstrap(lambda drawn: float(right[drawn].mean()), len(truth), resamples),
        macro_recall=macro_recall(truth, answers),
        macro_recall_interval=bootstrap(
            lambda drawn: macro_recall(truth[drawn], answers[drawn]), len(truth), resamples
        ),
        emotions=rows,
        macro=macro(rows),
        weighted=weighted(rows),
        confusion=table,
        calibration=expected_calibration_error(shares, truth),
        tags=tag_test(evidence, truth, resamples),
        right=right,
    )


def _robust(name: str, classifier: EmotionClassifier, judged: JudgedSet) -> Robust:
    crops = judged.crops if name == "none" else corrupt(name, judged.crops)
    plain, clahe = (_short(answer(classifier, judged, each), classifier, judged) for each in (crops, equalised(crops)))
    return Robust(name, plain, clahe)


def _short(
    answers: Answers, classifier: EmotionClassifier, judged: JudgedSet
) -> dict[str, dict[str, tuple[float, float]]]:
    def two(pooled: Pooled, chosen: NDArray[np.int64], truth: NDArray[np.int64]) -> tuple[float, float]:
        found = pooled.shares[chosen].argmax(1)
        return float((found == truth).mean()), macro_recall(truth, found)

    truths = truths_of(judged)
    return {
        name: {by: two(pooled, chosen, truth) for by, (chosen, truth) in truths.items()}
        for name, pooled in answers.readings(classifier.card).items()
    }
