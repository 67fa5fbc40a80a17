"""Corruptions: each has its documented effect, is reproducible, and leaves the originals unchanged."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tools.evaluation.robustness import CORRUPTIONS, corrupt, equalise


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
