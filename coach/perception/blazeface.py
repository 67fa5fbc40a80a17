"""BlazeFace, MediaPipe's face detector: a short-range network for faces within two metres, and one for farther faces.

Bazarevsky and others, "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from coach.base.errors import ModelError
from coach.base.messages import tr
from coach.base.types import Box, Detection
from coach.core.reading.card import NetworkCard
from coach.perception.model_file import read_model
from coach.perception.models import DETECTOR, shipped_path
from coach.perception.onnx_session import open_session

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE: Final = 128
"""Width and height of the short-range network's input, in pixels."""

MIN_SCORE: Final = 0.5
"""Lowest confidence of a detection (MediaPipe's default)."""

NMS_IOU: Final = 0.3
"""Boxes with a larger IoU are merged into one face (MediaPipe's default)."""

_CELLS: Final = 16
"""Cells along one side of the finer grid of a square input."""

_ANCHORS: Final = ((1, 2), (2, 6))
"""For each grid the cell size in strides and the anchors per cell. (MediaPipe's layers have strides 8, 16, 16, 16 at
128 pixels, or 16, 32, 32, 32 at 256, with two anchors each.)"""


class BlazeFace:
    """A `FaceDetector` on ONNX Runtime."""

    def __init__(self, path: Path | None = None, min_score: float = MIN_SCORE) -> None:
        """Load the network.

        Args:
            path: a shipped network; None is the short-range one.
            min_score: detections of lower confidence are dropped.

        Raises:
            ModelError: the network cannot be used or is not shipped.
        """
        path = path or shipped_path(DETECTOR)
        file = read_model(path, NetworkCard)
        if not file.trusted:
            raise ModelError(
                tr(
                    "{file} is not the face detector that comes with the coach: install the coach again.",
                    file=path.name,
                )
            )
        self._session = open_session(file.data, path.name)
        self._min_logit = math.log(min_score / (1 - min_score))
        self._side = file.card.input.width
        self._stride = self._side // _CELLS
        self._input = np.empty((1, self._side, self._side, 3), np.float32)

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, largest first, without duplicates."""
        return self._detect(image, self._side, self._side)

    def detect_at(self, image: NDArray[np.uint8], longer_side: int) -> tuple[Detection, ...]:
        """The same with `image` scaled to `longer_side` pixels, a multiple of 32.

        The shorter side is padded to a multiple of the larger cell of the grid. The network must accept any input size,
        see its card.
        """
        height, width = image.shape[:2]
        cell = 2 * self._stride
        shorter_side = max(1, math.ceil(round(longer_side * min(height, width) / max(height, width)) / cell)) * cell
        size = (longer_side, shorter_side) if width >= height else (shorter_side, longer_side)
        return self._detect(image, *size)

    def _detect(self, image: NDArray[np.uint8], width: int, height: int) -> tuple[Detection, ...]:
        if self._input.shape[1:3] != (height, width):
            self._input = np.empty((1, height, width, 3), np.float32)
        scale, left, top = letterbox(image, self._input[0])
        regressors, logits = self._session.run(["regressors", "classificators"], {"input": self._input})
        logits = logits.ravel()
        hits = np.flatnonzero(logits > self._min_logit)
        if not len(hits):
            return ()
        centres = anchor_centres(width, height, self._stride)[hits] - np.array((left, top), np.float32)
        rows = _decode(regressors[0, hits], centres) / np.float32(scale)
        scores = 1 / (1 + np.exp(-logits[hits]))
        faces = [_detection(score, row) for score, row in merge_overlapping(rows, scores, NMS_IOU)]
        return tuple(sorted(faces, key=lambda face: -face.box.area))


def letterbox(image: NDArray[np.uint8], out: NDArray[np.float32]) -> tuple[float, int, int]:
    """Fit `image` (height, width, 3) BGR into `out` (height, width, 3) RGB, -1 to 1, padded with black.

    Returns scale, left, top: a point (x, y) of `image` lies at (x * scale + left, y * scale + top) in `out`.
    """
    height, width = image.shape[:2]
    scale = min(out.shape[0] / height, out.shape[1] / width)
    fit_width, fit_height = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (out.shape[1] - fit_width) // 2, (out.shape[0] - fit_height) // 2
    double = cv2.resize(image, (2 * fit_width, 2 * fit_height), interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(
        double, (fit_width, fit_height), interpolation=cv2.INTER_AREA
    )  # INTER_AREA is quick only by a whole factor
    out.fill(-1)
    inside = out[top : top + fit_height, left : left + fit_width]
    np.multiply(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.float32(2 / 255), out=inside)
    inside -= 1
    return scale, left, top


@cache
def anchor_centres(width: int = SIDE, height: int = SIDE, stride: int = SIDE // _CELLS) -> NDArray[np.float32]:
    """Anchor centres (N, 2), x and y in pixels of the input; 896 for a square one.

    Args:
        width: width of the input in pixels.
        height: height of the input in pixels.
        stride: pixels per cell of the finer grid.
    """
    grids = []
    for cell_strides, per_cell in _ANCHORS:
        cell = stride * cell_strides
        y, x = np.meshgrid(_cell_centres(height, cell), _cell_centres(width, cell), indexing="ij")
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), per_cell, axis=0))
    return np.concatenate(grids)


def _cell_centres(length: int, cell: int) -> NDArray[np.float32]:
    return ((np.arange(length // cell) + 0.5) * cell).astype(np.float32)


def _decode(regressors: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add the anchors' `centres` to the offsets: rows (N, 16) of centre x, y, width, height and six landmarks x, y."""
    rows: NDArray[np.float32] = regressors.reshape(-1, 8, 2).copy()
    rows[:, 0] += centres
    rows[:, 2:] += centres[:, None]
    return rows.reshape(-1, 16)


def _detection(score: float, row: NDArray[np.float32]) -> Detection:
    x, y, width, height, *points = map(float, row)
    landmarks = tuple(zip(points[0::2], points[1::2], strict=True))
    return Detection(Box(x - width / 2, y - height / 2, width, height), score, landmarks)


# --- overlapping detections -----------------------------------------------------------------------------------------

ScoredRow = tuple[float, "NDArray[np.float32]"]


def merge_overlapping(rows: NDArray[np.float32], scores: NDArray[np.float32], iou: float) -> list[ScoredRow]:
    """Merge overlapping detections (weighted NMS); one (score, row) per face, best score first.

    Rows that overlap the best one are averaged with it, weighted by score. This gives steadier boxes than the best row
    alone (Bazarevsky and others 2019, section 3.3; MediaPipe does it too).

    Args:
        rows: (N, 4 or more) centre x, centre y, width, height, then anything that can be averaged, such as landmarks.
        scores: (N,) 0 to 1.
        iou: rows whose IoU is larger are the same face.
    """
    order = np.argsort(-scores, kind="stable")
    rows, scores = rows[order], scores[order]
    merged: list[ScoredRow] = []
    while len(rows):
        same = _ious(rows[0], rows) > iou
        same[0] = True
        weights = scores[same]
        merged.append((float(scores[0]), weights @ rows[same] / weights.sum()))
        rows, scores = rows[~same], scores[~same]
    return merged


def _ious(row: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """IoU of `row` with each of `rows`."""
    low = np.maximum(row[:2] - row[2:4] / 2, rows[:, :2] - rows[:, 2:4] / 2)
    high = np.minimum(row[:2] + row[2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2)
    shared = np.maximum(high - low, 0).prod(axis=1)
    total = row[2] * row[3] + rows[:, 2] * rows[:, 3] - shared
    return shared / np.maximum(total, np.float32(1e-9))  # type: ignore[no-any-return]  # numpy returns Any
