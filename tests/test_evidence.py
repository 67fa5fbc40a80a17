"""Evidence: measured above the actor's baseline, over the strongest part of a line, as a share of viewers."""

from __future__ import annotations

import math

import pytest
from core_help import VIEWERS, mixed
from hypothesis import given
from hypothesis import strategies as st

from coach.base.types import EMOTIONS, Probabilities
from coach.core.reading.card import EvidenceCard
from coach.core.scoring.evidence import (
    MAX_BASELINE_SHIFT,
    MIN_REST_S,
    STRONGEST_SHARE,
    Baseline,
    EvidencePool,
    log_odds,
    sigmoid,
    viewer_share,
    weigh,
)
from coach.core.scoring.verdict import verdict_of
from coach.core.script.targets import Part

assert VIEWERS.evidence is not None
EVIDENCE: EvidenceCard = VIEWERS.evidence
USUAL = tuple(EVIDENCE.neutral[emotion] for emotion in EMOTIONS)
SAD, NEUTRAL = EMOTIONS.index("sad"), EMOTIONS.index("neutral")


def shares(**named: float) -> Probabilities:
    actor = mixed(0.0, **named).actor
    assert actor is not None
    assert actor.probabilities is not None
    return actor.probabilities


def pooled(part: Part, *moments: tuple[Probabilities, float]) -> tuple[tuple[float, ...], float]:
    pool = EvidencePool(part)
    for probabilities, seconds in moments:
        pool.add(probabilities, seconds)
    mean = pool.strongest()
    assert mean is not None
    return mean


# curves


@pytest.mark.parametrize(
    ("evidence", "share"), [(-9.0, 0.0), (0.0, 0.0), (4.0, 0.5), (6.0, 0.75), (8.0, 1.0), (99, 1.0)]
)
def test_the_curve_is_linear_between_its_points_and_constant_outside(evidence: float, share: float) -> None:
    assert viewer_share(EVIDENCE, "sad", evidence) == pytest.approx(share)


def test_log_odds_are_clipped_at_the_rounding_of_outputs() -> None:
    assert log_odds(0.0) == log_odds(1e-4) == pytest.approx(-9.21, abs=0.01)
    assert log_odds(1.0) == pytest.approx(9.21, abs=0.01)
    assert sigmoid(log_odds(0.3)) == pytest.approx(0.3)


# pooling


def test_evidence_is_taken_from_the_least_neutral_part_of_a_line() -> None:
    still, sad = shares(neutral=0.9), shares(sad=0.8)
    seven, together = pooled(Part(("sad",)), (still, 3.0), (sad, 2.0))
    assert seven[SAD] == together == pytest.approx(log_odds(0.8))


def test_a_longer_expression_is_averaged() -> None:
    seven, _ = pooled(Part(("sad",)), (shares(neutral=0.9), 1.0), (shares(sad=0.8), 2.0))
    assert seven[SAD] == pytest.approx(log_odds(0.8))


def test_a_shorter_expression_is_diluted_by_the_next_least_neutral_time() -> None:
    seven, _ = pooled(Part(("sad",)), (shares(neutral=0.9, sad=0.05), 4.5), (shares(sad=0.8), 0.5))
    assert seven[SAD] == pytest.approx(0.25 * log_odds(0.8) + 0.75 * log_odds(0.05))


def test_a_neutral_target_uses_the_whole_line() -> None:
    seven, _ = pooled(Part(("neutral",)), (shares(neutral=0.9), 3.0), (shares(neutral=0.1, sad=0.8), 1.0))
    assert seven[NEUTRAL] == pytest.approx(0.75 * log_odds(0.9) + 0.25 * log_odds(0.1))


def test_probabilities_of_several_accepted_emotions_add_up() -> None:
    _, together = pooled(Part(("fear", "surprise")), (shares(fear=0.4, surprise=0.4), 1.0))
    assert together == pytest.approx(log_odds(0.8))


def test_an_empty_pool_has_no_mean() -> None:
    pool = EvidencePool(Part(("sad",)))
    pool.add(shares(sad=0.9), 0.0)
    assert pool.strongest() is None


moments = st.lists(st.tuples(st.lists(st.floats(0.01, 1), min_size=7, max_size=7), st.floats(0.01, 2)), min_size=1)


@given(moments)
def test_the_pooled_mean_is_exact_to_one_bin(
    given_: list[tuple[list[float], float]],
) -> None:
    """The reference is the exact mean over the sorted readings; a pool knows neutrality only to the width of a bin."""
    pool = EvidencePool(Part(("sad",)))
    rows = []
    for raw, seconds in given_:
        a, b, c, d, e, f, g = (value / sum(raw) for value in raw)
        pool.add((a, b, c, d, e, f, g), seconds)
        rows.append((log_odds(g), seconds))
    remaining = duration = sum(seconds for _, seconds in rows) * STRONGEST_SHARE
    exact = 0.0
    for odds, seconds in sorted(rows):
        exact += odds * min(seconds, remaining) / duration
        remaining -= min(seconds, remaining)
    mean = pool.strongest()
    assert mean is not None
    assert mean[0][NEUTRAL] == pytest.approx(exact, abs=0.25)
    assert len(pool._bins) <= 75


# baseline and lead


def test_evidence_is_measured_above_the_baseline() -> None:
    odds = [log_odds(p) for p in shares(sad=0.5)]
    evidence = weigh(EVIDENCE, USUAL, Part(("sad",)), odds, log_odds(0.5))
    assert evidence.by_emotion["sad"] == pytest.approx(3.0)
    assert evidence.share == pytest.approx(3 / 8)
    own = tuple(-1.0 if e == "sad" else -3.0 for e in EMOTIONS)
    assert weigh(EVIDENCE, own, Part(("sad",)), odds, log_odds(0.5)).share == pytest.approx(1 / 8)


def test_neutral_has_no_baseline() -> None:
    odds = [log_odds(p) for p in shares(neutral=0.7)]
    for baseline in (USUAL, (0.0,) * 7):
        evidence = weigh(EVIDENCE, baseline, Part(("neutral",)), odds, log_odds(0.7))
        assert evidence.by_emotion["neutral"] == pytest.approx(log_odds(0.7))


def test_shares_of_several_accepted_emotions_add_up_to_at_most_one() -> None:
    probabilities = shares(fear=0.45, surprise=0.45)
    odds = [log_odds(p) for p in probabilities]
    evidence = weigh(EVIDENCE, USUAL, Part(("fear", "surprise")), odds, log_odds(0.9))
    assert evidence.share == pytest.approx(2 * (log_odds(0.45) + 3) / 8)
    many = weigh(EVIDENCE, (-9.0,) * 7, Part(("fear", "surprise")), odds, log_odds(0.9))
    assert many.share == 1.0


def test_the_lead_compares_log_odds_shifted_by_the_actors_baseline() -> None:
    odds = [log_odds(p) for p in shares(sad=0.3, angry=0.6)]
    evidence = weigh(EVIDENCE, USUAL, Part(("sad",)), odds, log_odds(0.3))
    assert evidence.rival == "angry"
    assert evidence.lead == pytest.approx(log_odds(0.6) - log_odds(0.3))
    grim = tuple(-1.0 if e == "angry" else -3.0 for e in EMOTIONS)
    assert weigh(EVIDENCE, grim, Part(("sad",)), odds, log_odds(0.3)).lead == pytest.approx(evidence.lead - 2.0)
    low = tuple(-1.0 if e == "sad" else -3.0 for e in EMOTIONS)
    assert weigh(EVIDENCE, low, Part(("sad",)), odds, log_odds(0.3)).lead == pytest.approx(evidence.lead + 2.0)


def test_a_target_that_accepts_everything_has_no_rival() -> None:
    assert weigh(EVIDENCE, USUAL, Part(EMOTIONS), [0.0] * 7, 9.0).lead == -math.inf


def test_a_note_needs_a_larger_lead_than_a_miss() -> None:
    behind = weigh(EVIDENCE, USUAL, Part(("sad",)), [log_odds(p) for p in shares(sad=0.15, angry=0.5)], log_odds(0.15))
    assert verdict_of(behind, 0.5) == "miss"
    assert not behind.deserves_note(0.5)
    far = weigh(EVIDENCE, USUAL, Part(("sad",)), [log_odds(p) for p in shares(sad=0.05, angry=0.8)], log_odds(0.05))
    assert far.deserves_note(0.5)
    assert far.deserves_note(0.0), "enough viewers are not enough while another emotion is far ahead"


def test_the_baseline_is_known_after_two_seconds() -> None:
    baseline = Baseline(EVIDENCE)
    baseline.add(shares(neutral=0.7, sad=0.2), MIN_REST_S - 0.1)
    assert baseline.odds == USUAL
    baseline.add(shares(neutral=0.7, sad=0.2), 0.2)
    assert baseline.odds[SAD] == pytest.approx(log_odds(0.2))


def test_a_grin_before_the_first_line_does_not_count_as_rest() -> None:
    baseline = Baseline(EVIDENCE)
    baseline.add(shares(neutral=0.85), 2.0)
    baseline.add(shares(happy=0.9), 2.0)
    assert baseline.odds[EMOTIONS.index("happy")] == pytest.approx(log_odds(0.025))


def test_the_baseline_shift_is_limited() -> None:
    baseline = Baseline(EVIDENCE)
    baseline.add(shares(happy=0.95), 9.0)
    assert baseline.odds[EMOTIONS.index("happy")] == -3.0 + MAX_BASELINE_SHIFT
