"""Lays faces over each other: takes place, size and the head's turn out of 478 landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from coach.base.mesh import BLENDSHAPE_POINTS, LEFT_EYE_OUTER, POINTS, RIGHT_EYE_OUTER

Points: TypeAlias = NDArray[np.floating[Any]]
"""(..., 478, 3): MediaPipe's face landmarks, x to the right, y down and z away from the camera, in one unit."""

Shapes: TypeAlias = NDArray[np.float64]
"""(..., 146, 3): the points of `EXPRESSION_POINTS`, in eye distances."""

POINT_COUNT: Final = POINTS
"""Landmarks of a face."""

EYE_CORNERS: Final = (RIGHT_EYE_OUTER, LEFT_EYE_OUTER)
"""Outer corners of the person's right and left eye."""

EXPRESSION_POINTS: Final = BLENDSHAPE_POINTS
"""The 146 landmarks that are compared: those from which MediaPipe's blendshape network reads the expression."""

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
