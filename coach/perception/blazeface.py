"""BlazeFace, MediaPipe's face detector: short range for faces within two metres, and one for faces further off."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from coach.base.errors import ModelError
from coach.base.types import Box, Detection
from coach.core.reading.card import NetworkCard
from coach.perception.model_file import read_model
from coach.perception.nms import merge_overlapping
from coach.perception.session import open_session
from coach.perception.shipped import DETECTOR, shipped

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE: Final = 128
"""Pixels of the square picture that the short-range model takes."""

MIN_SCORE: Final = 0.5
"""A face is taken for one from this confidence on (MediaPipe's own default)."""

OVERLAP: Final = 0.3
"""Two boxes that overlap by more than this are one face (MediaPipe's own default)."""

_CELLS: Final = 16
"""Of the finer grid, across the square picture that a card names."""

_ANCHORS: Final = ((1, 2), (2, 6))
"""Sides of the cells, in strides, and anchors per cell (MediaPipe's layer strides 8, 16, 16, 16 of 128 pixels, or 16,
32, 32, 32 of 256, with two anchors each)."""


class BlazeFace:
    """A `FaceDetector` on ONNX Runtime."""

    def __init__(self, path: Path | None = None, min_score: float = MIN_SCORE) -> None:
        """Load the model at `path`, the short-range one where None; faces scored below `min_score` are not given."""
        path = path or shipped(DETECTOR)
        file = read_model(path, NetworkCard)
        if not file.trusted:
            raise ModelError(f"{path.name} is not the face detector that comes with the coach: install it again.")
        self._session = open_session(file.data, path.name)
        self._min_logit = math.log(min_score / (1 - min_score))
        self._side = file.card.input.width
        self._stride = self._side // _CELLS
        self._input = np.empty((1, self._side, self._side, 3), np.float32)

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, biggest first, without doubles."""
        return self._search(image, self._side, self._side)

    def detect_at(self, image: NDArray[np.uint8], longer: int) -> tuple[Detection, ...]:
        """The same, `image` shrunk to `longer` pixels along its longer side and no more black around it than needed.

        Only a network of free size can do that, which its card says; `longer` is a multiple of 32.
        """
        height, width = image.shape[:2]
        step = 2 * self._stride
        shorter = max(1, -(-round(longer * min(height, width) / max(height, width)) // step)) * step
        return self._search(image, *((longer, shorter) if width >= height else (shorter, longer)))

    def _search(self, image: NDArray[np.uint8], width: int, height: int) -> tuple[Detection, ...]:
        if self._input.shape[1:3] != (height, width):
            self._input = np.empty((1, height, width, 3), np.float32)
        scale, left, top = letterbox(image, self._input[0])
        regressors, logits = self._session.run(["regressors", "classificators"], {"input": self._input})
        logits = logits.ravel()
        near = np.flatnonzero(logits > self._min_logit)
        if not len(near):
            return ()
        places = anchors(width, height, self._stride)[near] - np.array((left, top), np.float32)
        rows = _decode(regressors[0, near], places) / np.float32(scale)
        scores = 1 / (1 + np.exp(-logits[near]))
        found = [_detection(score, row) for score, row in merge_overlapping(rows, scores, OVERLAP)]
        return tuple(sorted(found, key=lambda each: -each.box.area))


def letterbox(image: NDArray[np.uint8], out: NDArray[np.float32]) -> tuple[float, int, int]:
    """Fit `image` (height, width, 3) BGR into `out` (height, width, 3) RGB -1 to 1, black around it.

    Returns scale, left, top: a point (x, y) of `image` lies at (x * scale + left, y * scale + top) in `out`.
    """
    height, width = image.shape[:2]
    scale = min(out.shape[0] / height, out.shape[1] / width)
    fit_width, fit_height = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (out.shape[1] - fit_width) // 2, (out.shape[0] - fit_height) // 2
    double = cv2.resize(image, (2 * fit_width, 2 * fit_height), interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(double, (fit_width, fit_height), interpolation=cv2.INTER_AREA)  # all at once takes long
    out.fill(-1)
    inside = out[top : top + fit_height, left : left + fit_width]
    np.multiply(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.float32(2 / 255), out=inside)
    inside -= 1
    return scale, left, top


@cache
def anchors(width: int = SIDE, height: int = SIDE, stride: int = SIDE // _CELLS) -> NDArray[np.float32]:
    """Centres (N, 2) of the places where the model looks, x and y in pixels of its picture; 896 in a square one.

    Args:
        width: pixels across its picture.
        height: pixels down.
        stride: pixels of a cell of the finer grid.
    """
    grids = []
    for strides, each in _ANCHORS:
        cell = stride * strides
        y, x = np.meshgrid(_centres(height, cell), _centres(width, cell), indexing="ij")
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), each, axis=0))
    return np.concatenate(grids)


def _centres(length: int, cell: int) -> NDArray[np.float32]:
    return ((np.arange(length // cell) + 0.5) * cell).astype(np.float32)


def _decode(regressors: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (N, 16): centre x, y, width, height, six landmarks x, y, in the pixels that `places` are given in."""
    rows: NDArray[np.float32] = regressors.reshape(-1, 8, 2).copy()
    rows[:, 0] += places
    rows[:, 2:] += places[:, None]
    return rows.reshape(-1, 16)


def _detection(score: float, row: NDArray[np.float32]) -> Detection:
    x, y, width, height, *points = map(float, row)
    landmarks = tuple(zip(points[0::2], points[1::2], strict=True))
    return Detection(Box(x - width / 2, y - height / 2, width, height), score, landmarks)
