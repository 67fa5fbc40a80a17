"""Performances of a line laid over the approved one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.app.face_notes import _MEASURE_WORDS
from coach.core.actor.approved import Performance, fit, likeness_to_approved
from coach.core.face.measures import MEASURES


def performance(
    peak_at: float = 0.5, seconds: float = 4.0, height: float = 3.0, noise: float = 0.1, seed: int = 0
) -> Performance:
    """Three measures at five times a second; the first rises and falls once."""
    times = np.arange(0, seconds, 0.2)
    places = times / seconds
    curves = np.random.default_rng(seed).normal(0, noise, (len(times), 3)) if noise else np.zeros((len(times), 3))
    curves[:, 0] += height * np.exp(-(((places - peak_at) / 0.15) ** 2))
    return Performance(times, curves)


def test_a_performance_with_another_timing_is_laid_over_the_first() -> None:
    early, late = performance(0.4, noise=0), performance(0.6, noise=0)
    assert fit(early, late).distance < 0.2 * np.sqrt(((early.curves - late.curves) ** 2).mean(-1)).mean()


def test_a_slower_performance_is_laid_over_the_first() -> None:
    assert fit(performance(noise=0), performance(seconds=6, noise=0)).distance < 0.1


@given(n=st.integers(1, 30), k=st.integers(1, 30), seed=st.integers(0, 50))
def test_every_moment_of_both_has_a_place_in_order(n: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = (Performance(np.arange(c) / 5, rng.normal(size=(c, 4))) for c in (n, k))
    found = fit(first, second)
    assert {i for i, _ in found.pairs} == set(range(n))
    assert {j for _, j in found.pairs} == set(range(k))
    assert list(found.pairs) == sorted(found.pairs)
    assert np.isfinite(found.distance)
    assert found.distance == pytest.approx(fit(second, first).distance)


def test_equal_performances_have_no_distance() -> None:
    assert fit(performance(), performance()).distance == 0


def test_the_same_performance_again_is_alike() -> None:
    likeness = likeness_to_approved(
        performance(seed=1), performance(seed=2), [performance(seed=3), performance(seed=4)]
    )
    assert likeness is not None
    assert likeness.word == "alike"


def test_another_performance_is_told_with_where_it_parts() -> None:
    flat = performance(height=0, seed=2)
    likeness = likeness_to_approved(performance(seed=1), flat, [performance(seed=3), performance(seed=4)])
    assert likeness is not None
    assert likeness.word == "another"
    assert likeness.parts_at_s == pytest.approx(2.0, abs=1.3)
    assert likeness.measure == 0


def test_an_actor_who_varies_much_is_held_to_it_less_strictly() -> None:
    steady = [performance(seed=s) for s in (3, 4)]
    varied = [performance(height=h, seed=s) for h, s in ((1, 3), (5, 4))]
    take = performance(height=2, seed=2)
    ratios = []
    for others in (steady, varied):
        likeness = likeness_to_approved(performance(seed=1), take, others)
        assert likeness is not None
        ratios.append(likeness.ratio)
    assert ratios[1] < ratios[0]


def test_two_takes_are_too_few() -> None:
    assert likeness_to_approved(performance(seed=1), performance(seed=2)) is None


def test_measures_must_be_the_same() -> None:
    other = Performance(np.arange(3.0), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="same measures"):
        fit(performance(), other)
    with pytest.raises(ValueError, match="one row"):
        Performance(np.arange(3.0), np.zeros((2, 2)))


def test_each_measure_has_a_word_for_the_actor_in_the_order_of_the_measures() -> None:
    assert tuple(measure.key.replace("_", " ") for measure in MEASURES) == _MEASURE_WORDS
