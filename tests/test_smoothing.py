"""Calibration and smoothing: prior correction, seconds instead of frames, hysteresis, abstention."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from core_help import probabilities
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from coach.base.types import EMOTIONS, Emotion, Probabilities, top_emotion
from coach.core.reading.card import ModelCard
from coach.core.reading.smoothing import RESET_GAP_S, TAKEOVER_S, TAU_S, Smoother, even_handed, uncalibrated


def emotions_read(
    smoother: Smoother, emotion: Emotion, start: float, seconds: float, fps: float
) -> list[Emotion | None]:
    count = round(seconds * fps)
    return [smoother.update(start + i / fps, probabilities(emotion))[1] for i in range(count)]


def test_the_first_reading_is_unchanged() -> None:
    assert Smoother().update(3.0, probabilities("fear")) == (probabilities("fear"), "fear")


@pytest.mark.parametrize("fps", [10, 30, 120])
def test_smoothing_is_in_seconds_not_in_frames(fps: float) -> None:
    smoother = Smoother()
    smoother.update(0.0, probabilities("sad", 1.0))
    for i in range(1, round(TAU_S * fps) + 1):
        smoothed, _ = smoother.update(i / fps, probabilities("happy", 1.0))
    assert smoothed[3] == pytest.approx(1 - math.exp(-1), abs=1e-6)


def test_one_outlier_does_not_change_the_steady_emotion() -> None:
    smoother = Smoother()
    assert set(emotions_read(smoother, "sad", 0, 1, 25)) == {"sad"}
    assert emotions_read(smoother, "happy", 1, 0.04, 25) == ["sad"]
    assert set(emotions_read(smoother, "sad", 1.04, 1, 25)) == {"sad"}


def test_a_lasting_change_is_read_within_half_a_second() -> None:
    smoother = Smoother()
    emotions_read(smoother, "sad", 0, 1, 50)
    after = emotions_read(smoother, "happy", 1, 1, 50)
    arrival = after.index("happy") / 50
    assert TAKEOVER_S < arrival < 0.6
    assert set(after[after.index("happy") :]) == {"happy"}


def test_two_close_emotions_do_not_flicker() -> None:
    """Hysteresis: a rival with a lead below the margin never takes over."""
    smoother = Smoother()
    a: Probabilities = (0.0, 0.0, 0.41, 0.0, 0.4, 0.0, 0.19)
    b: Probabilities = (0.0, 0.0, 0.4, 0.0, 0.41, 0.0, 0.19)
    assert {smoother.update(i / 25, (a, b)[i % 2])[1] for i in range(200)} == {"fear"}


def test_the_model_abstains_below_the_floor() -> None:
    assert Smoother().update(0.0, probabilities("sad", 0.2))[1] is None


def test_smoothing_restarts_after_a_long_gap() -> None:
    smoother = Smoother()
    emotions_read(smoother, "sad", 0, 1, 25)
    assert smoother.update(1 + RESET_GAP_S + 0.1, probabilities("happy")) == (probabilities("happy"), "happy")


@given(st.lists(st.tuples(st.floats(0, 2), st.sampled_from(["sad", "happy", "fear"])), min_size=1, max_size=50))
def test_smoothed_probabilities_sum_to_one(steps: list[tuple[float, Emotion]]) -> None:
    smoother, t = Smoother(), 0.0
    for gap, emotion in steps:
        t += gap
        smoothed, _ = smoother.update(t, probabilities(emotion))
        assert sum(smoothed) == pytest.approx(1)
        assert min(smoothed) >= 0


FER_CARD = ModelCard.model_validate_json((Path(__file__).parents[1] / "models" / "mini_xception.json").read_text())
PRIOR = (0.09, 0.01, 0.03, 0.27, 0.14, 0.12, 0.34)


def card(**fields: object) -> ModelCard:
    return ModelCard.model_validate({**FER_CARD.model_dump(mode="json"), "prior": PRIOR, "power": 1.0, **fields})


def test_probabilities_equal_to_the_prior_are_corrected_to_a_uniform_distribution() -> None:
    assert even_handed(card())(PRIOR) == pytest.approx((1 / 7,) * 7)


def test_half_the_power_divides_by_the_square_root_of_the_prior() -> None:
    corrected = even_handed(card(power=0.5))(PRIOR)
    assert corrected[0] / corrected[6] == pytest.approx(math.sqrt(0.09 / 0.34))


def test_a_slightly_fearful_face_is_neutral_before_the_correction_and_fear_after_it() -> None:
    answer: Probabilities = (0.05, 0.05, 0.3, 0.05, 0.1, 0.05, 0.4)
    assert top_emotion(uncalibrated(answer)) == "neutral"
    assert top_emotion(even_handed(card())(answer)) == "fear"


def test_a_prior_in_the_models_label_order_is_reordered() -> None:
    backwards = card(labels=EMOTIONS[::-1], prior=PRIOR[::-1])
    assert even_handed(backwards)(PRIOR) == pytest.approx((1 / 7,) * 7)


@pytest.mark.parametrize("without", [None, FER_CARD, card(power=0.0)])
def test_without_a_power_probabilities_are_not_corrected(without: ModelCard | None) -> None:
    assert even_handed(without)(PRIOR) == PRIOR


@given(st.lists(st.floats(0.001, 1), min_size=7, max_size=7), st.floats(0.01, 1))
def test_corrected_probabilities_sum_to_one(raw: list[float], power: float) -> None:
    a, b, c, d, e, f, g = (value / sum(raw) for value in raw)
    corrected = even_handed(card(power=power))((a, b, c, d, e, f, g))
    assert sum(corrected) == pytest.approx(1)
    assert min(corrected) >= 0


def test_a_card_with_power_but_no_prior_is_refused() -> None:
    with pytest.raises(ValidationError, match="prior to remove"):
        card(prior=None)


def test_a_card_with_a_falling_curve_is_refused() -> None:
    flat = dict.fromkeys(EMOTIONS, 0.5)
    evidence = {
        "neutral": flat,
        "curves": dict.fromkeys(EMOTIONS, ((-1, 0.2), (1, 0.1))),
        "typical": flat,
        "quartiles": dict.fromkeys(EMOTIONS, (0.2, 0.5, 0.8)),
    }
    with pytest.raises(ValidationError, match="share never falling"):
        card(meaning="viewers", evidence=evidence)
