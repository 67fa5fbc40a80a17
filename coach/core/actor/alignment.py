"""Lays faces over each other: takes place, size and the head's turn out of 478 landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.floating[Any]]
"""(..., 478, 3): MediaPipe's face landmarks, x to the right, y down and z away from the camera, in one unit."""

Shapes: TypeAlias = NDArray[np.float64]
"""(..., 146, 3): the points of `EXPRESSION_POINTS`, in eye distances."""

POINT_COUNT: Final = 478
"""Landmarks of a face."""

EYE_CORNERS: Final = (33, 263)
"""Outer corners of the person's right and left eye, as MediaPipe numbers them."""

EXPRESSION_POINTS: Final = (
    *(0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80),
    *(81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153),
    *(154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249),
    *(251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314),
    *(317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382),
    *(384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473),
    *(474, 475, 476, 477),
)
"""The 146 landmarks from which MediaPipe's blendshape network reads the expression (`face_blendshapes_graph.cc`)."""

_ROUNDS: Final = 2
"""Rounds in which faces are turned to their mean, and the mean is taken again. A third changes nothing visible."""


def level(points: Points, which: Sequence[int] = EXPRESSION_POINTS) -> Shapes:
    """Shapes of `points`: the middle of the eye corners at 0, these corners on a level line, their distance 1.

    Only the landmarks with the numbers `which` are returned, in that order.

    Raises:
        ValueError: the eye corners of a face coincide.
    """
    right, left = (np.asarray(points[..., corner, :], np.float64) for corner in EYE_CORNERS)
    across = left[..., :2] - right[..., :2]
    distance = np.linalg.norm(across, axis=-1)
    if not (distance > 0).all():
        raise ValueError("the eye corners of a face are in one place")
    cos, sin = (across / distance[..., None]).swapaxes(0, -1)
    rotation = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], -2)
    centred = points[..., list(which), :] - ((right + left) / 2)[..., None, :]
    flat = centred[..., :2] @ rotation.swapaxes(-1, -2)
    shapes: Shapes = np.concatenate([flat, centred[..., 2:]], -1) / distance[..., None, None]
    return shapes


def turn_to(reference: Shapes, shapes: Shapes) -> Shapes:
    """Move, scale and turn each of `shapes` (N, 146, 3) so that it lies best over `reference` (146, 3).

    The least-squares similarity of Umeyama (1991). A plain alignment by the eyes takes only the roll out: turned
    by six degrees at random, faces were then recognised half as often.
    """
    middle, target = shapes.mean(-2, keepdims=True), reference.mean(0)
    centred, wanted = shapes - middle, reference - target
    left, stretch, right = np.linalg.svd(centred.swapaxes(-1, -2) @ wanted)
    stretch[..., 2] *= np.sign(np.linalg.det(left @ right))
    left[..., 2] *= np.sign(np.linalg.det(left @ right))[..., None]
    scale = stretch.sum(-1) / (centred**2).sum((-1, -2))
    turned: Shapes = centred @ (left @ right) * scale[..., None, None] + target
    return turned


def mean_shape(shapes: Shapes) -> Shapes:
    """The mean (146, 3) of `shapes` (N, 146, 3), laid over each other."""
    mean: Shapes = shapes.mean(0)
    for _ in range(_ROUNDS):
        mean = turn_to(mean, shapes).mean(0)
    return mean
