"""All scores of one model on one evaluation set, and two models compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.datasets.evaluation_set import Truths, truths_of
from tools.datasets.fer import DataError
from tools.evaluation.metrics import (
    RESAMPLES,
    Average,
    EmotionRow,
    Interval,
    McNemar,
    Reliability,
    TagTest,
    bootstrap,
    confusion,
    divergence,
    expected_calibration_error,
    macro,
    macro_recall,
    mcnemar,
    per_emotion,
    share_error,
    tag_test,
    weighted,
)
from tools.evaluation.predictions import EVEN, answer
from tools.evaluation.robustness import CORRUPTIONS, Robust, Shaken, _robust
from tools.evaluation.verdicts import ShareTest, Verdicts, judge_verdicts, look, share_test

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier
    from coach.core.reading.card import EvidenceCard, ModelCard
    from coach.core.scoring.evidence import Found
    from tools.datasets.evaluation_set import JudgedSet
    from tools.evaluation.predictions import Pooled


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


def _verdicts(evidence: EvidenceCard, found: list[list[Found]], truths: Truths) -> dict[str, Verdicts]:
    return {by: judge_verdicts(evidence, [found[i] for i in chosen], truth) for by, (chosen, truth) in truths.items()}


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


@dataclass(frozen=True)
class Pair:
    """Two models, each in one reading, by one truth, on the items that both could read."""

    reading: str
    truth: str
    count: int
    first: float
    second: float
    test: McNemar


def side_by_side(first: Judgement, second: Judgement) -> list[Pair]:
    """Every reading and truth of either; a model with one reading stands in both.

    Raises:
        DataError: there is no item that both could read.
    """
    readings = max((first.scores, second.scores), key=len)
    truths = first.scores[EVEN]
    pairs = []
    for reading in readings:
        for truth in truths:
            theirs = [_right(each, reading, truth) for each in (first, second)]
            both = sorted(theirs[0].keys() & theirs[1].keys())
            if not both:
                raise DataError(f"{first.card.name} and {second.card.name} could not read a single item in common.")
            a, b = (np.array([found[name] for name in both]) for found in theirs)
            pairs.append(Pair(reading, truth, len(both), float(a.mean()), float(b.mean()), mcnemar(a, b)))
    return pairs


def _right(judgement: Judgement, reading: str, truth: str) -> dict[str, np.bool_]:
    """By name, whether the item was read right."""
    scores = judgement.scores.get(reading, judgement.scores[EVEN])[truth]
    chosen: NDArray[np.int64] = truths_of(judgement.judged)[truth][0]
    return {judgement.judged.names[item]: right for item, right in zip(chosen, scores.right, strict=True)}
