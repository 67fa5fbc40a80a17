"""Every figure by which a model is judged, against answers worked out by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from tools.evaluation.metrics import (
    area,
    bootstrap,
    confusion,
    divergence,
    expected_calibration_error,
    macro,
    macro_recall,
    mcnemar,
    per_emotion,
    plain,
    reliability,
    share_error,
    tag_test,
    weighted,
)
from tools.evaluation.predictions import log_odds, pool

ANGRY, DISGUST, FEAR, HAPPY, SAD, SURPRISE, NEUTRAL = range(7)
TRUTH = np.array([ANGRY, ANGRY, ANGRY, ANGRY, HAPPY, HAPPY, SAD])
ANSWERS = np.array([ANGRY, ANGRY, ANGRY, HAPPY, HAPPY, ANGRY, FEAR])


def shares(*rows: tuple[float, ...]) -> NDArray[np.float64]:
    return np.array(rows, np.float64)


def sure(emotion: int, p: float) -> tuple[float, ...]:
    return tuple(p if i == emotion else (1 - p) / 6 for i in range(7))


def test_confusion_has_the_truth_in_rows_and_the_answers_in_columns() -> None:
    table = confusion(TRUTH, ANSWERS)
    assert table.shape == (7, 7)
    assert table.sum() == 7
    assert (table[ANGRY, ANGRY], table[ANGRY, HAPPY], table[HAPPY, ANGRY], table[SAD, FEAR]) == (3, 1, 1, 1)


def test_precision_recall_and_f1_of_each_emotion() -> None:
    rows = {row.emotion: row for row in per_emotion(confusion(TRUTH, ANSWERS))}
    assert [row.emotion for row in rows.values()] == list(EMOTIONS)
    angry, happy, sad, fear, disgust = (rows[name] for name in ("angry", "happy", "sad", "fear", "disgust"))
    assert (angry.count, angry.precision, angry.recall, angry.f1) == (4, 0.75, 0.75, 0.75)
    assert (happy.count, happy.precision, happy.recall, happy.f1) == (2, 0.5, 0.5, 0.5)
    assert (sad.count, sad.recall, sad.f1) == (1, 0.0, 0.0)
    assert math.isnan(sad.precision)
    assert (fear.count, fear.precision, fear.f1) == (0, 0.0, 0.0)
    assert math.isnan(fear.recall)
    assert math.isnan(disgust.f1)


def test_macro_counts_each_emotion_that_occurs_the_same_and_weighted_each_item() -> None:
    rows = per_emotion(confusion(TRUTH, ANSWERS))
    assert macro(rows).recall == pytest.approx((0.75 + 0.5 + 0) / 3)
    assert macro(rows).precision == pytest.approx((0.75 + 0.5 + 0) / 3)
    assert weighted(rows).recall == pytest.approx((4 * 0.75 + 2 * 0.5) / 7)
    assert weighted(rows).f1 == pytest.approx((4 * 0.75 + 2 * 0.5) / 7)
    assert macro_recall(TRUTH, ANSWERS) == macro(rows).recall


def test_nothing_to_count_gives_no_figure_instead_of_an_error() -> None:
    nothing = np.array([], np.int64)
    assert math.isnan(macro(per_emotion(confusion(nothing, nothing))).recall)
    assert math.isnan(macro_recall(nothing, nothing))
    assert math.isnan(divergence(np.empty((0, 7)), np.empty((0, 7))))
    assert all(map(math.isnan, bootstrap(lambda drawn: 0.0, 0)))
    assert math.isnan(reliability(np.array([]), np.array([])).error)


def test_divergence_is_zero_for_the_viewers_own_shares_and_in_nats() -> None:
    viewers = shares((0.5, 0.5, 0, 0, 0, 0, 0), (0, 0, 0, 1, 0, 0, 0))
    answers = shares((0.25, 0.75, 0, 0, 0, 0, 0), (0, 0, 0, 0.5, 0.5, 0, 0))
    first = 0.5 * math.log(2) + 0.5 * math.log(0.5 / 0.75)
    assert divergence(viewers, answers) == pytest.approx((first + math.log(2)) / 2)
    assert divergence(viewers, viewers) == 0


def test_divergence_stays_finite_where_the_model_rules_out_what_viewers_saw() -> None:
    viewers, answers = shares((1, 0, 0, 0, 0, 0, 0)), shares((0, 1, 0, 0, 0, 0, 0))
    assert divergence(viewers, answers) == pytest.approx(-math.log(1e-7))


def test_bootstrap_is_the_interval_of_the_binomial_for_an_accuracy() -> None:
    """400 items, 300 right: the normal approximation says 0.75 ± 1.96 × 0.02165."""
    right = np.arange(400) < 300
    low, high = bootstrap(lambda drawn: float(right[drawn].mean()), 400, 4000)
    assert low == pytest.approx(0.7076, abs=0.006)
    assert high == pytest.approx(0.7924, abs=0.006)


def test_bootstrap_gives_the_same_interval_each_time_and_another_by_another_seed() -> None:
    right = np.arange(50) < 20

    def share(drawn: NDArray[np.int64]) -> float:
        return float(right[drawn].mean() + drawn[0] * 1e-6)

    assert bootstrap(share, 50) == bootstrap(share, 50)
    assert bootstrap(share, 50, seed=1) != bootstrap(share, 50, seed=2)


def test_calibration_error_weighs_the_gap_of_each_bin_by_its_count() -> None:
    """Three faces at 0.95, two right; one at 0.55, right: gaps 0.95 - 2/3 and 0.45."""
    found = shares(sure(HAPPY, 0.95), sure(SAD, 0.95), sure(FEAR, 0.95), sure(ANGRY, 0.55))
    result = expected_calibration_error(found, np.array([HAPPY, SAD, NEUTRAL, ANGRY]))
    assert result.error == pytest.approx((3 * (0.95 - 2 / 3) + 0.45) / 4)
    assert result.counts == (0,) * 8 + (1,) + (0,) * 5 + (3,)
    assert result.by_bin == pytest.approx((0.95 - 2 / 3 + 0.45) / 2)
    assert result.came[14] == pytest.approx(2 / 3)
    assert math.isnan(result.said[0])


def test_calibration_error_is_zero_where_seven_of_ten_at_0_7_are_right() -> None:
    found = shares(*[sure(HAPPY, 0.7)] * 10)
    assert expected_calibration_error(found, np.array([HAPPY] * 7 + [SAD] * 3)).error == pytest.approx(0)


def test_a_bin_holds_its_upper_edge_and_the_first_also_zero() -> None:
    assert reliability(np.array([0, 0.5, 0.51, 1.0]), np.zeros(4), bins=2).counts == (2, 2)


def test_a_share_is_held_against_the_viewers_who_said_the_same() -> None:
    said = np.array([sure(HAPPY, 0.7), sure(SAD, 0.9)])
    viewers = np.array([sure(HAPPY, 0.5), sure(SAD, 0.9)])
    assert share_error(said, viewers).error == pytest.approx(0.1)


def test_area_under_the_curve_counts_pairs_with_ties_half() -> None:
    """Right at 3 and 2, wrong at 2 and 1: of four pairs three are won, one is a tie."""
    assert area(np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, True, False, False])) == 3.5 / 4
    assert area(np.array([3.0, 2.0, 1.0]), np.array([False, False, True])) == 0
    assert area(np.zeros(5), np.array([True, False, True, False, False])) == 0.5
    assert math.isnan(area(np.zeros(2), np.array([True, True])))


def test_area_agrees_with_every_pair_counted() -> None:
    rng = np.random.default_rng(3)
    scores, right = rng.integers(0, 20, 80).astype(float), rng.random(80) < 0.3
    pairs = np.sign(scores[right][:, None] - scores[~right][None, :])
    assert area(scores, right) == pytest.approx(float(((pairs + 1) / 2).mean()))


def test_the_tag_test_holds_each_face_against_each_tag_and_averages_the_tags_that_occur() -> None:
    evidence = log_odds(shares(sure(HAPPY, 0.9), sure(HAPPY, 0.8), sure(SAD, 0.6), sure(HAPPY, 0.5)))
    result = tag_test(evidence, np.array([HAPPY, HAPPY, SAD, SAD]), 50)
    assert result.areas["happy"] == 1.0
    assert result.areas["sad"] == 1.0  # both sad ones hold more of sad than either happy one
    assert math.isnan(result.areas["fear"])
    assert result.mean == 1.0
    assert result.interval[1] == 1.0


def test_log_odds_are_0_at_a_half_and_end_before_infinity() -> None:
    assert log_odds(np.array([0.5])) == pytest.approx(0)
    assert log_odds(np.array([0.8])) == pytest.approx(math.log(4))
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()


def test_mcnemar_tosses_a_coin_for_each_item_that_one_model_alone_has_right() -> None:
    """1 against 5: twice the chance of at most 1 head in 6 tosses, 2 × 7 / 64."""
    first = np.array([True] * 1 + [False] * 5 + [True] * 10 + [False] * 4)
    second = np.array([False] * 1 + [True] * 5 + [True] * 10 + [False] * 4)
    result = mcnemar(first, second)
    assert (result.only_first, result.only_second) == (1, 5)
    assert result.p == pytest.approx(14 / 64)
    assert mcnemar(first, first).p == 1
    assert mcnemar(np.array([True, False]), np.array([False, True])).p == 1


def test_mcnemar_of_thousands_of_items_stays_a_number() -> None:
    first = np.arange(6000) < 2800
    assert mcnemar(first, ~first).p == pytest.approx(2.5e-7, rel=0.2)


def ones(count: int) -> NDArray[np.float64]:
    return np.ones(count)


def test_a_clip_is_read_by_its_least_neutral_part_and_neutral_by_all_of_it() -> None:
    frames = shares(*[sure(NEUTRAL, p) for p in (0.9, 0.8, 0.6)], sure(FEAR, 0.8), sure(SAD, 0.7), sure(HAPPY, 0.7))
    pooled = pool(frames, np.array([0, 0, 0, 0, 0, 1]), ones(6), 2)
    odds = log_odds(frames)
    assert pooled.strongest[0] == pytest.approx(odds[3:5].mean(0))
    assert pooled.whole[0] == pytest.approx(odds[:5].mean(0))
    assert pooled.evidence[0, FEAR] == pooled.strongest[0, FEAR]
    assert pooled.evidence[0, NEUTRAL] == pooled.whole[0, NEUTRAL]
    assert pooled.shares.argmax(1).tolist() == [FEAR, HAPPY]


def test_one_frame_says_what_it_said() -> None:
    frames = shares(sure(SAD, 0.6), (0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 0.1))
    pooled = pool(frames, np.arange(2), ones(2), 2)
    assert pooled.shares == pytest.approx(frames)
    assert pooled.evidence == pytest.approx(log_odds(frames))


def test_frames_that_are_hard_to_read_count_less() -> None:
    frames = shares(sure(HAPPY, 0.9), sure(FEAR, 0.9))
    for weights, whole in (([1.0, 0.1], HAPPY), ([0.1, 1.0], FEAR)):
        assert pool(frames, np.zeros(2, np.int64), np.array(weights), 1).whole[0].argmax() == whole


def test_items_can_be_picked() -> None:
    frames = shares(sure(HAPPY, 0.9), sure(FEAR, 0.9))
    assert pool(frames, np.arange(2), ones(2), 2).pick(np.array([1])).shares.argmax(1).tolist() == [FEAR]


def test_figures_go_into_json_without_nan() -> None:
    told = plain({"a": (np.float64(0.123456789), math.nan), "b": np.arange(2), "c": None, "d": True})
    assert json.dumps(told, allow_nan=False) == '{"a": [0.12346, null], "b": [0, 1], "c": null, "d": true}'
