"""Corruptions: each has its documented effect, is reproducible, and leaves the originals unchanged."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tools.evaluation.robustness import CORRUPTIONS, corrupt, equalise, even_light


def faces(count: int = 3, size: int = 48) -> NDArray[np.uint8]:
    rng = np.random.default_rng(1)
    coarse = rng.integers(60, 180, (count, 6, 6), np.uint8)
    return np.stack([cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC) for grid in coarse]).astype(np.uint8)


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("size", [48, 64])
def test_each_corruption_changes_copies_reproducibly(name: str, size: int) -> None:
    before = faces(size=size)
    original = before.copy()
    after = corrupt(name, before)
    assert after.shape == before.shape
    assert after.dtype == np.uint8
    assert (before == original).all()
    assert (after != before).any(axis=(1, 2)).all()
    assert (after == corrupt(name, before)).all()


def test_the_nine_corruptions_are_these() -> None:
    assert set(CORRUPTIONS) == {
        "noise", "dark", "bright", "blur", "salt and pepper", "clouds", "half resolution", "occluded mouth",
        "occluded eyes",
    }  # fmt: skip


def test_noise_has_the_same_sigma_as_in_the_lineage() -> None:
    grey = np.full((20, 48, 48), 128, np.uint8)
    assert corrupt("noise", grey).std() == pytest.approx(0.07 * 255, rel=0.03)


def test_dark_and_bright_change_the_mean() -> None:
    grey = np.full((1, 48, 48), 100, np.uint8)
    assert corrupt("dark", grey).mean() == 35
    assert corrupt("bright", grey).mean() == 170
    assert corrupt("bright", np.full((1, 48, 48), 200, np.uint8)).mean() == 255


def test_salt_and_pepper_changes_three_percent() -> None:
    changed = corrupt("salt and pepper", np.full((20, 48, 48), 128, np.uint8))
    assert set(np.unique(changed)) == {0, 128, 255}
    assert (changed != 128).mean() == pytest.approx(0.03, rel=0.1)


def test_clouds_only_brighten() -> None:
    before = faces()
    assert (corrupt("clouds", before) >= before).all()


def test_blur_and_half_resolution_reduce_detail() -> None:
    fine = np.indices((48, 48)).sum(0)[None] % 2 * np.uint8(200)
    for name in ("blur", "half resolution"):
        assert corrupt(name, fine.astype(np.uint8)).std() < 0.2 * fine.std()


def test_occlusions_cover_only_the_mouth_or_the_eyes() -> None:
    white = np.full((1, 48, 48), 255, np.uint8)
    for name, row in (("occluded mouth", 38), ("occluded eyes", 18)):
        covered = corrupt(name, white)[0] == 128
        assert covered[row, 24]
        assert not covered[2].any()
        assert not covered[28].any()
        assert 0.1 < covered.mean() < 0.3


def test_clahe_raises_contrast_and_accepts_no_faces() -> None:
    dull = (faces() // 8 + 40).astype(np.uint8)
    assert equalise(dull).std() > 1.5 * dull.std()
    assert equalise(dull[:0]).shape == (0, 48, 48)


def side_light(crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Light from one side: a quarter of it on the left, all of it on the right."""
    return np.rint(crops * np.linspace(0.25, 1, crops.shape[2])).astype(np.uint8)


def left_to_right(crops: NDArray[np.uint8]) -> float:
    middle = crops.shape[2] // 2
    return float(crops[:, :, :middle].mean() / crops[:, :, middle:].mean())


def test_fft_evens_out_light_from_one_side() -> None:
    lit = side_light(faces(10))
    assert left_to_right(lit) < 0.55
    assert left_to_right(even_light(lit)) > left_to_right(lit) + 0.15


def test_fft_keeps_the_mean_and_the_details_of_faces() -> None:
    before = faces(10)
    after = even_light(before)
    np.testing.assert_allclose(after.mean((1, 2)), before.mean((1, 2)), atol=2)
    fine = [np.diff(crops.astype(float)).ravel() for crops in (before, after)]
    assert np.corrcoef(*fine)[0, 1] > 0.9


def test_fft_leaves_an_even_face_and_accepts_black_ones_and_none() -> None:
    grey = np.full((1, 48, 64), 90, np.uint8)
    assert (even_light(grey) == grey).all()
    assert (even_light(grey * 0) == 0).all()
    assert len(even_light(grey[:0])) == 0


def test_fft_treats_each_face_alone() -> None:
    some = faces(3)
    assert (even_light(some)[1] == even_light(some[1:2])[0]).all()
