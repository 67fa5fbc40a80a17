"""All scores of one model on one evaluation set, and two models compared on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.datasets.fer import DataError
from tools.evaluation.metrics import (
    RESAMPLES,
    AverageScores,
    EmotionScores,
    Interval,
    McNemar,
    Reliability,
    TagTest,
    bootstrap_interval,
    confusion_matrix,
    expected_calibration_error,
    kl_divergence,
    macro_average,
    macro_recall,
    mcnemar_test,
    scores_per_emotion,
    tag_test,
    top_share_reliability,
    weighted_average,
)
from tools.evaluation.predictions import EVEN_HANDED, predict
from tools.evaluation.robustness import BoxErrorScores, CorruptionScores, score_corruptions
from tools.evaluation.verdicts import (
    ShareReliability,
    VerdictRates,
    find_evidence,
    share_reliability,
    verdict_rates,
)

if TYPE_CHECKING:
    from coach.base.protocols import EmotionClassifier
    from coach.core.reading.card import EvidenceCard, ModelCard
    from coach.core.scoring.evidence import PartEvidence
    from tools.datasets.evaluation_set import EvaluationSet, Truths
    from tools.evaluation.predictions import PooledOdds


@dataclass(frozen=True)
class Scores:
    """Scores of one reading against one ground truth; `right` says which of the items with that truth are right."""

    count: int
    accuracy: float
    accuracy_interval: Interval
    macro_recall: float
    macro_recall_interval: Interval
    emotions: tuple[EmotionScores, ...]
    macro: AverageScores
    weighted: AverageScores
    confusion: NDArray[np.int64]
    calibration: Reliability
    tags: TagTest
    right: NDArray[np.bool_]


@dataclass(frozen=True)
class Evaluation:
    """All scores of one model on one set.

    Attributes:
        card: of the model.
        dataset: the evaluation set.
        scores: by reading and ground truth.
        divergence: Kullback-Leibler divergence from the viewers' shares, by reading; empty where nobody voted.
        verdicts: verdicts that the coach would give, by ground truth; empty where the card has no evidence.
        shares: expected shares of viewers against real ones; None without evidence or votes.
        confidence: share of the top emotion against the viewers who named it, by reading; empty where nobody voted.
        corruptions: scores under corruptions, the first without any; empty unless requested.
        box_errors: scores with errors added to boxes, the first without any; empty unless requested.
    """

    card: ModelCard
    dataset: EvaluationSet
    scores: dict[str, dict[str, Scores]]
    divergence: dict[str, float]
    verdicts: dict[str, VerdictRates]
    shares: ShareReliability | None
    confidence: dict[str, Reliability] = field(default_factory=dict)
    corruptions: tuple[CorruptionScores, ...] = field(default=())
    box_errors: tuple[BoxErrorScores, ...] = field(default=())


def evaluate(
    classifier: EmotionClassifier, dataset: EvaluationSet, corruptions: bool = False, resamples: int = RESAMPLES
) -> Evaluation:
    """Compute all scores of a model on a set, except those with box errors.

    Raises:
        DataError: the model has no usable output on a face.
    """
    readings = predict(classifier, dataset).readings(classifier.card)
    evidence_card = classifier.card.evidence
    found = find_evidence(evidence_card, readings[EVEN_HANDED]) if evidence_card else []
    return Evaluation(
        card=classifier.card,
        dataset=dataset,
        scores={
            reading: {name: score(odds, *truth, resamples) for name, truth in dataset.truths.items()}
            for reading, odds in readings.items()
        },
        divergence=_divergences(readings, dataset),
        verdicts=_verdicts(evidence_card, found, dataset.truths) if evidence_card else {},
        shares=share_reliability(found, dataset.shares) if evidence_card else None,
        confidence=_confidences(readings, dataset),
        corruptions=score_corruptions(classifier, dataset) if corruptions else (),
    )


def _divergences(readings: dict[str, PooledOdds], dataset: EvaluationSet) -> dict[str, float]:
    voted = dataset.voted
    if not voted.any():
        return {}
    viewers = dataset.shares[voted].astype(float)
    return {reading: kl_divergence(viewers, odds.shares[voted]) for reading, odds in readings.items()}


def _confidences(readings: dict[str, PooledOdds], dataset: EvaluationSet) -> dict[str, Reliability]:
    voted = dataset.voted
    if not voted.any():
        return {}
    viewers = dataset.shares[voted].astype(float)
    return {reading: top_share_reliability(odds.shares[voted], viewers) for reading, odds in readings.items()}


def _verdicts(card: EvidenceCard, found: list[list[PartEvidence]], truths: Truths) -> dict[str, VerdictRates]:
    return {name: verdict_rates(card, [found[i] for i in items], truth) for name, (items, truth) in truths.items()}


def score(odds: PooledOdds, items: NDArray[np.int64], truth: NDArray[np.int64], resamples: int = RESAMPLES) -> Scores:
    """Score the `items` with these indices against their `truth`."""
    shares, evidence = odds.shares[items], odds.evidence[items]
    predicted = shares.argmax(1)
    right = predicted == truth
    matrix = confusion_matrix(truth, predicted)
    rows = scores_per_emotion(matrix)
    return Scores(
        count=len(truth),
        accuracy=float(right.mean()),
        accuracy_interval=bootstrap_interval(lambda drawn: float(right[drawn].mean()), len(truth), resamples),
        macro_recall=macro_recall(truth, predicted),
        macro_recall_interval=bootstrap_interval(
            lambda drawn: macro_recall(truth[drawn], predicted[drawn]), len(truth), resamples
        ),
        emotions=rows,
        macro=macro_average(rows),
        weighted=weighted_average(rows),
        confusion=matrix,
        calibration=expected_calibration_error(shares, truth),
        tags=tag_test(evidence, truth, resamples),
        right=right,
    )


@dataclass(frozen=True)
class Comparison:
    """Accuracy of two models in one reading, by one ground truth, on the items that both could read."""

    reading: str
    truth: str
    count: int
    first: float
    second: float
    test: McNemar


def compare(first: Evaluation, second: Evaluation) -> list[Comparison]:
    """Compare two models in every reading and by every ground truth; a model with one reading is used for both.

    Raises:
        DataError: there is no item that both could read.
    """
    comparisons = []
    for reading in max((first.scores, second.scores), key=len):
        for truth in first.scores[EVEN_HANDED]:
            rights = [_right_by_name(each, reading, truth) for each in (first, second)]
            common = sorted(rights[0].keys() & rights[1].keys())
            if not common:
                raise DataError(f"{first.card.name} and {second.card.name} could not read a single item in common.")
            a, b = (np.array([right[name] for name in common]) for right in rights)
            test = mcnemar_test(a, b)
            comparisons.append(Comparison(reading, truth, len(common), float(a.mean()), float(b.mean()), test))
    return comparisons


def _right_by_name(evaluation: Evaluation, reading: str, truth: str) -> dict[str, np.bool_]:
    """Return by name of the item whether it was classified right."""
    scores = evaluation.scores.get(reading, evaluation.scores[EVEN_HANDED])[truth]
    items, _ = evaluation.dataset.truths[truth]
    return {evaluation.dataset.names[item]: right for item, right in zip(items, scores.right, strict=True)}
