from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.training.augment import BLENDS, CHANGES, augment, check
from tools.training.trial import Augmentation


def faces(seed: int = 0, count: int = 6, size: int = 48) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.integers(0, 256, (count, size, size)), np.float32)


def shares(count: int = 6) -> np.ndarray:
    return np.eye(7, dtype=np.float32)[np.arange(count) % 7]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted([*CHANGES, *BLENDS])), st.integers(0, 1000), st.sampled_from([32, 48, 64]))
def test_faces_stay_pictures_and_targets_stay_shares(name: str, seed: int, size: int) -> None:
    before, targets = faces(seed, size=size), shares()
    kept = before.copy()
    after, blended = augment(before, targets, (Augmentation(name=name),), np.random.default_rng(seed))
    assert after.shape == before.shape
    assert after.dtype == np.float32
    assert np.isfinite(after).all()
    assert 0 <= after.min() <= after.max() <= 255
    assert blended.sum(1) == pytest.approx(np.ones(6), abs=1e-5)
    assert (before == kept).all()


@pytest.mark.parametrize("name", sorted([*CHANGES, *BLENDS]))
def test_every_augmentation_changes_faces_and_probability_0_none(name: str) -> None:
    rng = np.random.default_rng(1)
    assert (augment(faces(), shares(), (Augmentation(name=name),), rng)[0] != faces()).any()
    assert (augment(faces(), shares(), (Augmentation(name=name, probability=0),), rng)[0] == faces()).all()


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_only_blends_touch_targets(name: str) -> None:
    assert (augment(faces(), shares(), (Augmentation(name=name),), np.random.default_rng(1))[1] == shares()).all()


def test_salt_and_pepper_reaches_the_share_of_pixels_asked_for() -> None:
    grey = np.full((20, 48, 48), 128, np.float32)
    step = Augmentation(name="salt_and_pepper", strength=0.03)
    after = augment(grey, shares(20), (step,), np.random.default_rng(1))[0]
    assert (after != 128).mean() == pytest.approx(0.03, abs=0.003)
    assert set(np.unique(after)) == {0, 128, 255}


def test_multiply_stays_between_a_quarter_and_one_and_a_half() -> None:
    grey = np.full((500, 4, 4), 100, np.float32)
    after = augment(grey, shares(500), (Augmentation(name="multiply"),), np.random.default_rng(1))[0]
    assert after.min() == pytest.approx(25, abs=2)
    assert after.max() == pytest.approx(150, abs=2)


def test_noise_has_the_deviation_asked_for_at_most() -> None:
    grey = np.full((200, 48, 48), 128, np.float32)
    after = augment(grey, shares(200), (Augmentation(name="gaussian_noise"),), np.random.default_rng(1))[0]
    assert after.std((1, 2)).max() == pytest.approx(0.07 * 255, rel=0.05)


def test_an_affine_step_keeps_the_middle_of_the_face_in_the_middle() -> None:
    spot = np.zeros((50, 48, 48), np.float32)
    spot[:, 22:26, 22:26] = 255
    after = augment(spot, shares(50), (Augmentation(name="affine"),), np.random.default_rng(1))[0]
    across = np.arange(48)
    x = (after.sum(1) * across).sum(1) / after.sum((1, 2))
    y = (after.sum(2) * across).sum(1) / after.sum((1, 2))
    assert np.abs(x - 23.5).max() <= 0.1 * 48 + 1
    assert np.abs(y - 23.5).max() <= 0.1 * 48 + 1
    assert np.abs(x.mean() - 23.5) < 1.5


def test_one_of_gives_each_face_one_step_or_none() -> None:
    grey = np.full((600, 8, 8), 100, np.float32)
    recipe = (Augmentation(name="multiply"), Augmentation(name="salt_and_pepper", strength=1))
    after = augment(grey, shares(600), recipe, np.random.default_rng(1), one_of=True)[0]
    untouched = (after == 100).all((1, 2))
    peppered = ((after == 0) | (after == 255)).all((1, 2))
    assert untouched.mean() == pytest.approx(1 / 3, abs=0.07)
    assert peppered.mean() == pytest.approx(1 / 3, abs=0.07)


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no augmentation fog. There are: affine"):
        check((Augmentation(name="fog"),))
