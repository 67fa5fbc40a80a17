"""Augmentations: each does what its name says, and outputs stay valid faces and shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.training.augment import BLENDS, TRANSFORMS, augment
from tools.training.trial import AugmentationConfig


def faces(seed: int = 0, count: int = 6, size: int = 48) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.integers(0, 256, (count, size, size)), np.float32)


def shares(count: int = 6) -> np.ndarray:
    return np.eye(7, dtype=np.float32)[np.arange(count) % 7]


def augment_once(name: str, before: np.ndarray) -> np.ndarray:
    return augment(before, shares(len(before)), (AugmentationConfig(name=name),), np.random.default_rng(1))[0]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted([*TRANSFORMS, *BLENDS])), st.integers(0, 1000), st.sampled_from([32, 48, 64]))
def test_outputs_are_valid_faces_and_shares(name: str, seed: int, size: int) -> None:
    before, targets = faces(seed, size=size), shares()
    original = before.copy()
    after, blended = augment(before, targets, (AugmentationConfig(name=name),), np.random.default_rng(seed))
    assert after.shape == before.shape
    assert after.dtype == np.float32
    assert np.isfinite(after).all()
    assert 0 <= after.min() <= after.max() <= 255
    assert blended.sum(1) == pytest.approx(np.ones(6), abs=1e-5)
    assert (before == original).all()


@pytest.mark.parametrize("name", sorted([*TRANSFORMS, *BLENDS]))
def test_each_augmentation_changes_faces_unless_its_probability_is_zero(name: str) -> None:
    rng = np.random.default_rng(1)
    assert (augment(faces(), shares(), (AugmentationConfig(name=name),), rng)[0] != faces()).any()
    assert (augment(faces(), shares(), (AugmentationConfig(name=name, probability=0),), rng)[0] == faces()).all()


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_only_blends_change_targets(name: str) -> None:
    assert (augment(faces(), shares(), (AugmentationConfig(name=name),), np.random.default_rng(1))[1] == shares()).all()


def test_salt_and_pepper_changes_the_requested_share_of_pixels() -> None:
    grey = np.full((20, 48, 48), 128, np.float32)
    step = AugmentationConfig(name="salt_and_pepper", strength=0.03)
    after = augment(grey, shares(20), (step,), np.random.default_rng(1))[0]
    assert (after != 128).mean() == pytest.approx(0.03, abs=0.003)
    assert set(np.unique(after)) == {0, 128, 255}


def test_multiply_scales_brightness_by_a_quarter_to_one_and_a_half() -> None:
    grey = np.full((500, 4, 4), 100, np.float32)
    after = augment(grey, shares(500), (AugmentationConfig(name="multiply"),), np.random.default_rng(1))[0]
    assert after.min() == pytest.approx(25, abs=2)
    assert after.max() == pytest.approx(150, abs=2)


def test_the_sigma_of_gaussian_noise_is_at_most_the_strength() -> None:
    grey = np.full((200, 48, 48), 128, np.float32)
    after = augment(grey, shares(200), (AugmentationConfig(name="gaussian_noise"),), np.random.default_rng(1))[0]
    assert after.std((1, 2)).max() == pytest.approx(0.07 * 255, rel=0.05)


def test_affine_shifts_the_centre_by_at_most_a_tenth() -> None:
    spot = np.zeros((50, 48, 48), np.float32)
    spot[:, 22:26, 22:26] = 255
    after = augment(spot, shares(50), (AugmentationConfig(name="affine"),), np.random.default_rng(1))[0]
    across = np.arange(48)
    x = (after.sum(1) * across).sum(1) / after.sum((1, 2))
    y = (after.sum(2) * across).sum(1) / after.sum((1, 2))
    assert np.abs(x - 23.5).max() <= 0.1 * 48 + 1
    assert np.abs(y - 23.5).max() <= 0.1 * 48 + 1
    assert np.abs(x.mean() - 23.5) < 1.5


def test_fixed_noise_has_the_same_sigma_on_every_face() -> None:
    after = augment_once("fixed_noise", np.full((50, 48, 48), 128, np.float32))
    assert after.std((1, 2)) == pytest.approx(np.full(50, 0.07 * 255), rel=0.06)


def test_fixed_blur_has_the_same_sigma_on_every_face() -> None:
    spot = np.zeros((5, 33, 33), np.float32)
    spot[:, 16, 16] = 255
    after = augment_once("fixed_blur", spot)
    spread = ((np.arange(33) - 16) ** 2 * after[0].sum(0)).sum() / after[0].sum()
    assert (after == after[0]).all()
    assert np.sqrt(spread) == pytest.approx(0.5, abs=0.05)


def test_flip_mirrors_faces() -> None:
    assert (augment_once("flip", faces()) == faces()[:, :, ::-1]).all()


def test_gamma_keeps_black_and_white_and_changes_grey() -> None:
    wedge = np.tile(np.linspace(0, 255, 48, dtype=np.float32), (20, 48, 1))
    after = augment_once("gamma", wedge)
    assert after[:, :, 0] == pytest.approx(0)
    assert after[:, :, -1] == pytest.approx(255)
    assert (np.diff(after, axis=2) >= 0).all()
    assert np.abs(after[:, :, 24] - wedge[:, :, 24]).max() > 10


@pytest.mark.parametrize("name", ["gaussian_blur", "low_resolution"])
def test_blur_and_low_resolution_reduce_detail(name: str) -> None:
    before = faces(count=20)
    after = augment_once(name, before)
    rough = np.abs(np.diff(after, axis=2)).mean((1, 2)) / np.abs(np.diff(before, axis=2)).mean((1, 2))
    assert rough.max() <= 1
    assert rough.min() < 0.7
    assert after.mean((1, 2)) == pytest.approx(before.mean((1, 2)), abs=6)


def test_clouds_are_white_and_smooth() -> None:
    dark = np.full((20, 48, 48), 40, np.float32)
    after = augment_once("clouds", dark)
    assert (after >= dark).all()
    assert after.max() <= 40 + 0.8 * 215 + 1e-3
    assert np.abs(np.diff(after, axis=1)).max() < 40


def test_side_light_brightens_one_side_and_darkens_the_other() -> None:
    grey = np.full((200, 48, 48), 100, np.float32)
    after = augment_once("side_light", grey)
    assert after.mean((1, 2)) == pytest.approx(100, abs=0.1)
    across = after[:, 24, -1] - after[:, 24, 0]
    assert across.max() > 60
    assert across.min() < -60


def test_erase_fills_one_rectangle_of_at_most_a_fifth() -> None:
    grey = np.full((100, 48, 48), 300 / 255, np.float32)
    touched = augment_once("erase", grey) != grey
    assert 0 < touched.mean((1, 2)).min() <= touched.mean((1, 2)).max() < 0.2 * 1.15
    rows, columns = touched.any(2).sum(1), touched.any(1).sum(1)
    assert touched.sum((1, 2)) == pytest.approx(rows * columns)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(BLENDS)), st.integers(0, 1000), st.floats(0.1, 2))
def test_blends_mix_targets_in_proportion_to_pixels(name: str, seed: int, strength: float) -> None:
    """The brightness of every face encodes its target, before and after."""
    first = np.random.default_rng(seed).random(8).astype(np.float32)
    targets = np.stack([first, 1 - first], 1)
    plain = np.broadcast_to(200 * first[:, None, None], (8, 48, 48)).astype(np.float32)
    step = AugmentationConfig(name=name, strength=strength)
    after, mixed = augment(plain, targets, (step,), np.random.default_rng(seed))
    assert after.mean((1, 2)) == pytest.approx(200 * mixed[:, 0], abs=0.05)


def test_mixup_keeps_the_larger_share_of_each_face() -> None:
    mixed = augment(faces(), shares(), (AugmentationConfig(name="mixup"),), np.random.default_rng(1))[1]
    assert (mixed.argmax(1) == shares().argmax(1)).all()


def test_a_chosen_step_is_applied_whatever_its_probability() -> None:
    grey = np.full((3, 8, 8), 100, np.float32)
    recipe = (
        AugmentationConfig(name="multiply", probability=0),
        AugmentationConfig(name="salt_and_pepper", strength=1),
    )
    after = augment(grey, shares(3), recipe, np.random.default_rng(1), np.array([0, 1, 2]))[0]
    assert len(np.unique(after[0])) == 1
    assert after[0, 0, 0] != 100
    assert set(np.unique(after[1])) == {0, 255}
    assert (after[2] == 100).all()
