"""Weighted non-maximum suppression: overlapping finds of one face become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Scored = tuple[float, "NDArray[np.float32]"]


def merge_overlapping(rows: NDArray[np.float32], scores: NDArray[np.float32], overlap: float) -> list[Scored]:
    """One (score, row) per face, best score first.

    Rows that overlap the best one are averaged with it, weighted by score, which lets a box tremble less from frame to
    frame than the best row alone (as MediaPipe does: BlazeFace, Bazarevsky and others 2019, section 3.3).

    Args:
        rows: (N, 4 or more) centre x, centre y, width, height, then anything that averages, such as landmarks.
        scores: (N,) 0 to 1.
        overlap: intersection over union above which two rows are one face.
    """
    order = np.argsort(-scores, kind="stable")
    rows, scores = rows[order], scores[order]
    found: list[Scored] = []
    while len(rows):
        same = _overlaps(rows[0], rows) > overlap
        same[0] = True
        weights = scores[same]
        found.append((float(scores[0]), weights @ rows[same] / weights.sum()))
        rows, scores = rows[~same], scores[~same]
    return found


def _overlaps(row: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of `row` with each of `rows`."""
    low = np.maximum(row[:2] - row[2:4] / 2, rows[:, :2] - rows[:, 2:4] / 2)
    high = np.minimum(row[:2] + row[2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2)
    shared = np.maximum(high - low, 0).prod(axis=1)
    total = row[2] * row[3] + rows[:, 2] * rows[:, 3] - shared
    return shared / np.maximum(total, np.float32(1e-9))  # type: ignore[no-any-return]  # numpy widens it to Any
