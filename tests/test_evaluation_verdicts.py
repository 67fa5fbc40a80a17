"""Verdicts under right and wrong tags, and the reliability of expected shares."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from coach.base.types import EMOTIONS
from coach.core.reading.card import EvidenceCard
from tools.evaluation.predictions import PooledOdds
from tools.evaluation.verdicts import find_evidence, share_reliability, tag_rates, verdict_rates

FEAR, HAPPY, SAD, NEUTRAL = (EMOTIONS.index(name) for name in ("fear", "happy", "sad", "neutral"))


def evidence_card() -> EvidenceCard:
    """Return a card whose share rises from 0 at -1 to 1 at 3, so that the baseline expects 0.25 and a hit needs 0.35.

    The thresholds of fear are 0.35, 0.40 and 0.60 (actors reach 0.20, 0.40, 0.70; typical faces 0.60), that of happy is
    always 0.60.
    """
    return EvidenceCard.model_validate(
        {
            "neutral": dict.fromkeys(EMOTIONS, -2.0),
            "curves": dict.fromkeys(EMOTIONS, ((-1.0, 0.0), (3.0, 1.0))),
            "typical": dict.fromkeys(EMOTIONS, 0.6),
            "quartiles": dict.fromkeys(EMOTIONS, (0.3, 0.6, 0.8)),
        }
    )


def pooled(*odds: dict[int, float]) -> PooledOdds:
    """Return log odds, -5 where a row has no value; the strongest part equals the whole."""
    rows = np.array([[row.get(i, -5.0) for i in range(7)] for row in odds])
    return PooledOdds(rows, rows)


def truth(*emotions: int) -> NDArray[np.int64]:
    return np.array(emotions, np.int64)


def test_the_expected_share_follows_the_cards_curve_and_baseline() -> None:
    evidence = find_evidence(evidence_card(), pooled({HAPPY: 0.0, SAD: 5.0, NEUTRAL: 0.0}))[0]
    assert evidence[HAPPY].share == 0.75  # two above the baseline
    assert evidence[SAD].share == 1.0
    assert evidence[NEUTRAL].share == 0.25  # no baseline is subtracted
    assert evidence[FEAR].share == 0.0


def test_a_neutral_tag_uses_the_whole_clip_and_others_the_strongest_part() -> None:
    strongest, averaged = pooled({HAPPY: 1.0}), pooled({NEUTRAL: 2.0})
    evidence = find_evidence(evidence_card(), PooledOdds(strongest.strongest, averaged.whole))[0]
    assert evidence[HAPPY].share == 1.0
    assert evidence[NEUTRAL].share == 0.75


def test_verdicts_and_notes_are_counted_separately_for_right_and_wrong_tags() -> None:
    """Of four clear faces, the sad one under the happy tag is a miss with a note."""
    card = evidence_card()
    evidence = find_evidence(card, pooled({HAPPY: 2.0}, {HAPPY: 2.0}, {SAD: 2.0}, {SAD: 2.0}))
    result = tag_rates(card, evidence, truth(HAPPY, HAPPY, SAD, HAPPY), "standard")
    right, wrong = result.right_tag, result.wrong_tag
    assert (right.hit, right.partial, right.miss, right.note) == (
        0.75,
        0.0,
        0.25,
        0.25,
    )
    assert wrong.hit == pytest.approx(1 / 24)
    assert wrong.miss == wrong.note == pytest.approx(23 / 24)


def test_a_face_between_two_emotions_is_partial_and_gets_no_note() -> None:
    card = evidence_card()
    evidence = find_evidence(card, pooled({HAPPY: -1.0, SAD: 0.0}))
    result = tag_rates(card, evidence, truth(HAPPY), "standard")
    assert (result.right_tag.hit, result.right_tag.partial, result.right_tag.note) == (0, 1, 0)


def test_a_note_needs_more_evidence_than_a_miss() -> None:
    """A rival that leads by two makes a miss (from 1.5 on) but gives no note (from 2.5 on)."""
    card = evidence_card()
    result = tag_rates(card, find_evidence(card, pooled({HAPPY: -2.0, SAD: 0.0})), truth(HAPPY), "standard").right_tag
    assert (result.miss, result.note) == (1, 0)


def test_stricter_settings_need_a_larger_share() -> None:
    """Shares of 0.36, 0.45 and 0.70 against 0.35, 0.40 and 0.60, in viewers 4, 5 and 7 against 4, 4 and 6."""
    card = evidence_card()
    evidence = find_evidence(card, pooled(*({FEAR: -3 + 4 * share} for share in (0.36, 0.45, 0.70))))
    hits = [
        tag_rates(card, evidence, truth(FEAR, FEAR, FEAR), name).right_tag.hit
        for name in ("gentle", "standard", "strict")
    ]
    assert hits == [1.0, 1.0, pytest.approx(1 / 3)]


def test_verdicts_can_be_counted_for_one_tag() -> None:
    card = evidence_card()
    evidence = find_evidence(card, pooled({HAPPY: 2.0}, {SAD: 2.0}))
    result = tag_rates(card, evidence, truth(HAPPY, SAD), "standard", only="happy")
    assert (result.right_tag.hit, result.wrong_tag.hit, result.wrong_tag.note) == (1, 0, 1)
    assert math.isnan(tag_rates(card, evidence, truth(HAPPY, SAD), "standard", only="fear").right_tag.hit)


def test_expected_shares_are_compared_with_viewers_who_voted() -> None:
    viewers = np.full((3, 7), np.nan, np.float32)
    viewers[0] = [0, 0, 0, 0.75, 0, 0, 0.25]
    viewers[1] = [0, 0, 0, 0, 1, 0, 0]
    evidence = find_evidence(evidence_card(), pooled({HAPPY: 0.0, NEUTRAL: 0.0}, {SAD: -1.0}, {HAPPY: 9.0}))
    result = share_reliability(evidence, viewers)
    assert result is not None
    assert sum(result.together.counts) == 14
    assert result.tags["happy"].error == pytest.approx(0)
    assert result.tags["neutral"].error == pytest.approx(0)
    assert result.tags["sad"].error == pytest.approx(
        0.25
    )  # expected 0.5 where all viewers saw it, and 0 where none did
    assert result.tags["sad"].by_bin == pytest.approx(0.25)
    assert result.together.error == pytest.approx(0.5 / 14)


def test_without_votes_there_is_no_share_reliability() -> None:
    assert share_reliability(find_evidence(evidence_card(), pooled({})), np.full((1, 7), np.nan, np.float32)) is None


def test_verdict_rates_are_listed_by_strictness_and_by_tag() -> None:
    card = evidence_card()
    result = verdict_rates(card, find_evidence(card, pooled({HAPPY: 2.0})), truth(HAPPY))
    assert list(result.rates) == ["gentle", "standard", "strict"]
    assert list(result.tags) == list(EMOTIONS)
    assert result.rates["strict"].right_tag.hit == 1
    assert result.tags["happy"].right_tag.hit == 1
