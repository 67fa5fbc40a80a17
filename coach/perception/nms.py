"""Several finds of one face become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from coach.base.types import Box, Detection

SHARED: Final = 0.5
"""Two boxes that share more than so much of the smaller one are not two faces."""

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


def without_doubles(found: Iterable[Detection]) -> list[Detection]:
    """Those of the faces `found`, biggest first, without any that shares its place with one scored higher.

    Unlike intersection over union this holds for boxes of any two sizes: a face hides what is behind it, so a box in a
    box is a mistake or the same face again.
    """
    kept: list[Detection] = []
    for face in sorted(found, key=lambda face: -face.score):
        if not any(one_hides(face.box, other.box) for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.box.area)


def one_hides(a: Box, b: Box) -> bool:
    """Whether two boxes share so much that they are not two faces."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return width > 0 and height > 0 and width * height > SHARED * min(a.area, b.area)


def _overlaps(row: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of `row` with each of `rows`."""
    low = np.maximum(row[:2] - row[2:4] / 2, rows[:, :2] - rows[:, 2:4] / 2)
    high = np.minimum(row[:2] + row[2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2)
    shared = np.maximum(high - low, 0).prod(axis=1)
    total = row[2] * row[3] + rows[:, 2] * rows[:, 3] - shared
    return shared / np.maximum(total, np.float32(1e-9))  # type: ignore[no-any-return]  # numpy widens it to Any
