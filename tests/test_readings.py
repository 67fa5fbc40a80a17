from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from coach.base.types import EMOTIONS, Probabilities, top_emotion
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import as_viewers_vote, even_handed

LINEAGE = ModelCard.model_validate_json((Path(__file__).parents[1] / "models" / "mini_xception.json").read_text())
PRIOR = (0.09, 0.01, 0.03, 0.27, 0.14, 0.12, 0.34)


def card(**fields: object) -> ModelCard:
    return ModelCard.model_validate({**LINEAGE.model_dump(mode="json"), "prior": PRIOR, "power": 1.0, **fields})


def test_the_prior_itself_reads_as_seven_equal_shares() -> None:
    assert even_handed(card())(PRIOR) == pytest.approx((1 / 7,) * 7)


def test_half_the_power_takes_half_of_the_prior_out() -> None:
    read = even_handed(card(power=0.5))(PRIOR)
    assert read[0] / read[6] == pytest.approx(math.sqrt(0.09 / 0.34))


def test_a_face_that_most_faces_would_pass_for_neutral_is_read_as_what_it_shows_besides() -> None:
    answer: Probabilities = (0.05, 0.05, 0.3, 0.05, 0.1, 0.05, 0.4)
    assert top_emotion(as_viewers_vote(answer)) == "neutral"
    assert top_emotion(even_handed(card())(answer)) == "fear"


def test_a_prior_in_the_models_own_order_is_put_into_the_coachs() -> None:
    backwards = card(labels=EMOTIONS[::-1], prior=PRIOR[::-1])
    assert even_handed(backwards)(PRIOR) == pytest.approx((1 / 7,) * 7)


@pytest.mark.parametrize("without", [None, LINEAGE, card(power=0.0)])
def test_without_a_power_both_readings_are_the_same(without: ModelCard | None) -> None:
    assert even_handed(without)(PRIOR) == PRIOR


@given(st.lists(st.floats(0.001, 1), min_size=7, max_size=7), st.floats(0.01, 1))
def test_every_reading_is_seven_shares_that_sum_to_one(raw: list[float], power: float) -> None:
    a, b, c, d, e, f, g = (each / sum(raw) for each in raw)
    read = even_handed(card(power=power))((a, b, c, d, e, f, g))
    assert sum(read) == pytest.approx(1)
    assert min(read) >= 0


def test_a_card_with_a_power_and_no_prior_is_refused() -> None:
    with pytest.raises(ValidationError, match="prior to take out"):
        card(prior=None)


def test_a_curve_whose_share_falls_is_refused() -> None:
    flat = dict.fromkeys(EMOTIONS, 0.5)
    evidence = {
        "neutral": flat,
        "curves": dict.fromkeys(EMOTIONS, ((-1, 0.2), (1, 0.1))),
        "typical": flat,
        "quartiles": dict.fromkeys(EMOTIONS, (0.2, 0.5, 0.8)),
    }
    with pytest.raises(ValidationError, match="share never falling"):
        card(meaning="viewers", evidence=evidence)
