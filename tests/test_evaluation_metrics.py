"""Metrics, compared with results worked out by hand, and the pooling of clips."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from tools.evaluation.metrics import (
    bootstrap_interval,
    confusion_matrix,
    expected_calibration_error,
    kl_divergence,
    log_odds,
    macro_average,
    macro_recall,
    mcnemar_test,
    reliability,
    roc_auc,
    scores_per_emotion,
    tag_test,
    top_share_reliability,
    weighted_average,
)
from tools.evaluation.predictions import pool
from tools.evaluation.report import jsonable

ANGRY, DISGUST, FEAR, HAPPY, SAD, SURPRISE, NEUTRAL = range(7)
TRUTH = np.array([ANGRY, ANGRY, ANGRY, ANGRY, HAPPY, HAPPY, SAD])
PREDICTED = np.array([ANGRY, ANGRY, ANGRY, HAPPY, HAPPY, ANGRY, FEAR])


def shares(*rows: tuple[float, ...]) -> NDArray[np.float64]:
    return np.array(rows, np.float64)


def peak_at(emotion: int, p: float) -> tuple[float, ...]:
    return tuple(p if i == emotion else (1 - p) / 6 for i in range(7))


def test_the_confusion_matrix_has_truth_in_rows_and_predictions_in_columns() -> None:
    table = confusion_matrix(TRUTH, PREDICTED)
    assert table.shape == (7, 7)
    assert table.sum() == 7
    assert (table[ANGRY, ANGRY], table[ANGRY, HAPPY], table[HAPPY, ANGRY], table[SAD, FEAR]) == (3, 1, 1, 1)


def test_precision_recall_and_f1_of_each_emotion() -> None:
    rows = {row.emotion: row for row in scores_per_emotion(confusion_matrix(TRUTH, PREDICTED))}
    assert [row.emotion for row in rows.values()] == list(EMOTIONS)
    angry, happy, sad, fear, disgust = (rows[name] for name in ("angry", "happy", "sad", "fear", "disgust"))
    assert (angry.count, angry.precision, angry.recall, angry.f1) == (4, 0.75, 0.75, 0.75)
    assert (happy.count, happy.precision, happy.recall, happy.f1) == (2, 0.5, 0.5, 0.5)
    assert (sad.count, sad.recall, sad.f1) == (1, 0.0, 0.0)
    assert math.isnan(sad.precision)
    assert (fear.count, fear.precision, fear.f1) == (0, 0.0, 0.0)
    assert math.isnan(fear.recall)
    assert math.isnan(disgust.f1)


def test_the_macro_average_weights_emotions_equally_and_the_weighted_one_items() -> None:
    rows = scores_per_emotion(confusion_matrix(TRUTH, PREDICTED))
    assert macro_average(rows).recall == pytest.approx((0.75 + 0.5 + 0) / 3)
    assert macro_average(rows).precision == pytest.approx((0.75 + 0.5 + 0) / 3)
    assert weighted_average(rows).recall == pytest.approx((4 * 0.75 + 2 * 0.5) / 7)
    assert weighted_average(rows).f1 == pytest.approx((4 * 0.75 + 2 * 0.5) / 7)
    assert macro_recall(TRUTH, PREDICTED) == macro_average(rows).recall


def test_metrics_without_items_are_nan() -> None:
    nothing = np.array([], np.int64)
    assert math.isnan(macro_average(scores_per_emotion(confusion_matrix(nothing, nothing))).recall)
    assert math.isnan(macro_recall(nothing, nothing))
    assert math.isnan(kl_divergence(np.empty((0, 7)), np.empty((0, 7))))
    assert all(map(math.isnan, bootstrap_interval(lambda drawn: 0.0, 0)))
    assert math.isnan(reliability(np.array([]), np.array([])).error)


def test_kl_divergence_is_in_nats_and_zero_for_equal_shares() -> None:
    viewers = shares((0.5, 0.5, 0, 0, 0, 0, 0), (0, 0, 0, 1, 0, 0, 0))
    answers = shares((0.25, 0.75, 0, 0, 0, 0, 0), (0, 0, 0, 0.5, 0.5, 0, 0))
    first = 0.5 * math.log(2) + 0.5 * math.log(0.5 / 0.75)
    assert kl_divergence(viewers, answers) == pytest.approx((first + math.log(2)) / 2)
    assert kl_divergence(viewers, viewers) == 0


def test_kl_divergence_stays_finite_for_a_zero_probability() -> None:
    viewers, answers = shares((1, 0, 0, 0, 0, 0, 0)), shares((0, 1, 0, 0, 0, 0, 0))
    assert kl_divergence(viewers, answers) == pytest.approx(-math.log(1e-7))


def test_the_bootstrap_interval_of_an_accuracy_is_that_of_the_binomial() -> None:
    """300 of 400 items are right; the normal approximation gives 0.75 ± 1.96 × 0.02165."""
    right = np.arange(400) < 300
    low, high = bootstrap_interval(lambda drawn: float(right[drawn].mean()), 400, 4000)
    assert low == pytest.approx(0.7076, abs=0.006)
    assert high == pytest.approx(0.7924, abs=0.006)


def test_the_bootstrap_interval_depends_only_on_the_seed() -> None:
    right = np.arange(50) < 20

    def share(indexes: NDArray[np.int64]) -> float:
        return float(right[indexes].mean() + indexes[0] * 1e-6)

    assert bootstrap_interval(share, 50) == bootstrap_interval(share, 50)
    assert bootstrap_interval(share, 50, seed=1) != bootstrap_interval(share, 50, seed=2)


def test_the_calibration_error_weights_bins_by_their_count() -> None:
    """Two of three faces at 0.95 are right, and so is one face at 0.55: the gaps are 0.95 - 2/3 and 0.45."""
    predictions = shares(peak_at(HAPPY, 0.95), peak_at(SAD, 0.95), peak_at(FEAR, 0.95), peak_at(ANGRY, 0.55))
    result = expected_calibration_error(predictions, np.array([HAPPY, SAD, NEUTRAL, ANGRY]))
    assert result.error == pytest.approx((3 * (0.95 - 2 / 3) + 0.45) / 4)
    assert result.counts == (0,) * 8 + (1,) + (0,) * 5 + (3,)
    assert result.by_bin == pytest.approx((0.95 - 2 / 3 + 0.45) / 2)
    assert result.observed[14] == pytest.approx(2 / 3)
    assert math.isnan(result.predicted[0])


def test_the_calibration_error_is_zero_if_seven_of_ten_at_0_7_are_right() -> None:
    predictions = shares(*[peak_at(HAPPY, 0.7)] * 10)
    assert expected_calibration_error(predictions, np.array([HAPPY] * 7 + [SAD] * 3)).error == pytest.approx(0)


def test_a_bin_includes_its_upper_edge_and_the_first_also_zero() -> None:
    assert reliability(np.array([0, 0.5, 0.51, 1.0]), np.zeros(4), bins=2).counts == (2, 2)


def test_the_top_share_is_compared_with_the_viewers_who_agree() -> None:
    predicted = np.array([peak_at(HAPPY, 0.7), peak_at(SAD, 0.9)])
    viewers = np.array([peak_at(HAPPY, 0.5), peak_at(SAD, 0.9)])
    assert top_share_reliability(predicted, viewers).error == pytest.approx(0.1)


def test_roc_auc_counts_a_tie_as_half() -> None:
    """Positives score 3 and 2, negatives 2 and 1: three of four pairs are ordered right, one is a tie."""
    assert roc_auc(np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, True, False, False])) == 3.5 / 4
    assert roc_auc(np.array([3.0, 2.0, 1.0]), np.array([False, False, True])) == 0
    assert roc_auc(np.zeros(5), np.array([True, False, True, False, False])) == 0.5
    assert math.isnan(roc_auc(np.zeros(2), np.array([True, True])))


def test_roc_auc_equals_the_count_over_all_pairs() -> None:
    rng = np.random.default_rng(3)
    scores, right = rng.integers(0, 20, 80).astype(float), rng.random(80) < 0.3
    pairs = np.sign(scores[right][:, None] - scores[~right][None, :])
    assert roc_auc(scores, right) == pytest.approx(float(((pairs + 1) / 2).mean()))


def test_the_tag_test_averages_the_auc_over_the_tags_that_occur() -> None:
    evidence = log_odds(shares(peak_at(HAPPY, 0.9), peak_at(HAPPY, 0.8), peak_at(SAD, 0.6), peak_at(HAPPY, 0.5)))
    result = tag_test(evidence, np.array([HAPPY, HAPPY, SAD, SAD]), 50)
    assert result.auc["happy"] == 1.0
    assert result.auc["sad"] == 1.0  # both sad faces have more evidence for sad than either happy one
    assert math.isnan(result.auc["fear"])
    assert result.mean == 1.0
    assert result.interval[1] == 1.0


def test_log_odds_are_zero_at_one_half_and_finite_at_the_ends() -> None:
    assert log_odds(np.array([0.5])) == pytest.approx(0)
    assert log_odds(np.array([0.8])) == pytest.approx(math.log(4))
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()


def test_mcnemar_is_a_binomial_test_of_the_discordant_items() -> None:
    """The count is 1 to 5, so p is twice the probability of at most 1 head in 6 tosses, 2 × 7 / 64."""
    first = np.array([True] * 1 + [False] * 5 + [True] * 10 + [False] * 4)
    second = np.array([False] * 1 + [True] * 5 + [True] * 10 + [False] * 4)
    result = mcnemar_test(first, second)
    assert (result.only_first, result.only_second) == (1, 5)
    assert result.p == pytest.approx(14 / 64)
    assert mcnemar_test(first, first).p == 1
    assert mcnemar_test(np.array([True, False]), np.array([False, True])).p == 1


def test_mcnemar_works_with_thousands_of_items() -> None:
    first = np.arange(6000) < 2800
    assert mcnemar_test(first, ~first).p == pytest.approx(2.5e-7, rel=0.2)


def ones(count: int) -> NDArray[np.float64]:
    return np.ones(count)


def test_a_clip_is_pooled_over_its_least_neutral_part_except_for_the_neutral_tag() -> None:
    frames = shares(
        *[peak_at(NEUTRAL, p) for p in (0.9, 0.8, 0.6)],
        peak_at(FEAR, 0.8),
        peak_at(SAD, 0.7),
        peak_at(HAPPY, 0.7),
    )
    pooled = pool(frames, np.array([0, 0, 0, 0, 0, 1]), ones(6), 2)
    odds = log_odds(frames)
    assert pooled.strongest[0] == pytest.approx(odds[3:5].mean(0))
    assert pooled.whole[0] == pytest.approx(odds[:5].mean(0))
    assert pooled.evidence[0, FEAR] == pooled.strongest[0, FEAR]
    assert pooled.evidence[0, NEUTRAL] == pooled.whole[0, NEUTRAL]
    assert pooled.shares.argmax(1).tolist() == [FEAR, HAPPY]


def test_a_single_frame_keeps_its_probabilities() -> None:
    frames = shares(peak_at(SAD, 0.6), (0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 0.1))
    pooled = pool(frames, np.arange(2), ones(2), 2)
    assert pooled.shares == pytest.approx(frames)
    assert pooled.evidence == pytest.approx(log_odds(frames))


def test_frames_are_pooled_by_weight() -> None:
    frames = shares(peak_at(HAPPY, 0.9), peak_at(FEAR, 0.9))
    for weights, expected in (([1.0, 0.1], HAPPY), ([0.1, 1.0], FEAR)):
        assert pool(frames, np.zeros(2, np.int64), np.array(weights), 1).whole[0].argmax() == expected


def test_items_can_be_picked() -> None:
    frames = shares(peak_at(HAPPY, 0.9), peak_at(FEAR, 0.9))
    assert pool(frames, np.arange(2), ones(2), 2).pick(np.array([1])).shares.argmax(1).tolist() == [FEAR]


def test_jsonable_converts_nan_to_null() -> None:
    converted = jsonable({"a": (np.float64(0.123456789), math.nan), "b": np.arange(2), "c": None, "d": True})
    assert json.dumps(converted, allow_nan=False) == '{"a": [0.12346, null], "b": [0, 1], "c": null, "d": true}'
