"""The steady reading: smoothed in seconds, slow to change its mind, honest when unsure."""

from __future__ import annotations

import math

import pytest
from core_help import probabilities
from hypothesis import given
from hypothesis import strategies as st

from coach.base.types import Emotion, Probabilities
from coach.core.reading.smoothing import RESET_GAP_S, TAKEOVER_S, TAU_S, Smoother


def reads(smoother: Smoother, emotion: Emotion, start: float, seconds: float, fps: float) -> list[Emotion | None]:
    count = round(seconds * fps)
    return [smoother.update(start + i / fps, probabilities(emotion))[1] for i in range(count)]


def test_the_first_reading_is_taken_as_it_is() -> None:
    assert Smoother().update(3.0, probabilities("fear")) == (probabilities("fear"), "fear")


@pytest.mark.parametrize("fps", [10, 30, 120])
def test_smoothing_is_in_seconds_not_in_frames(fps: float) -> None:
    smoother = Smoother()
    smoother.update(0.0, probabilities("sad", 1.0))
    for i in range(1, round(TAU_S * fps) + 1):
        smoothed, _ = smoother.update(i / fps, probabilities("happy", 1.0))
    assert smoothed[3] == pytest.approx(1 - math.exp(-1), abs=1e-6)


def test_one_odd_frame_does_not_change_the_reading() -> None:
    smoother = Smoother()
    assert set(reads(smoother, "sad", 0, 1, 25)) == {"sad"}
    assert reads(smoother, "happy", 1, 0.04, 25) == ["sad"]
    assert set(reads(smoother, "sad", 1.04, 1, 25)) == {"sad"}


def test_a_lasting_change_is_read_within_half_a_second_but_not_at_once() -> None:
    smoother = Smoother()
    reads(smoother, "sad", 0, 1, 50)
    after = reads(smoother, "happy", 1, 1, 50)
    arrival = after.index("happy") / 50
    assert TAKEOVER_S < arrival < 0.6
    assert set(after[after.index("happy") :]) == {"happy"}


def test_two_emotions_side_by_side_do_not_flicker() -> None:
    """Hysteresis: a rival that leads by less than the margin never takes over."""
    smoother = Smoother()
    a: Probabilities = (0.0, 0.0, 0.41, 0.0, 0.4, 0.0, 0.19)
    b: Probabilities = (0.0, 0.0, 0.4, 0.0, 0.41, 0.0, 0.19)
    assert {smoother.update(i / 25, (a, b)[i % 2])[1] for i in range(200)} == {"fear"}


def test_the_model_abstains_when_nothing_stands_out() -> None:
    assert Smoother().update(0.0, probabilities("sad", 0.2))[1] is None


def test_nothing_is_carried_over_a_long_gap() -> None:
    smoother = Smoother()
    reads(smoother, "sad", 0, 1, 25)
    assert smoother.update(1 + RESET_GAP_S + 0.1, probabilities("happy")) == (probabilities("happy"), "happy")


@given(st.lists(st.tuples(st.floats(0, 2), st.sampled_from(["sad", "happy", "fear"])), min_size=1, max_size=50))
def test_smoothed_probabilities_stay_a_distribution(steps: list[tuple[float, Emotion]]) -> None:
    smoother, t = Smoother(), 0.0
    for gap, emotion in steps:
        t += gap
        smoothed, _ = smoother.update(t, probabilities(emotion))
        assert sum(smoothed) == pytest.approx(1)
        assert min(smoothed) >= 0
