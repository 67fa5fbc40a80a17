"""The part of the picture in which faces are searched: outlined, and everything else darker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2

from coach.display.mirror_faces import DARK, WHITE, Area, area_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from coach.base.types import Box

    Picture = NDArray[np.uint8]

OUTSIDE: Final = 0.4
"""Brightness of what is not searched: plainly different, and still to be recognised."""


def draw_region(picture: Picture, region: Box, scale: float, *, mirrored: bool = False) -> None:
    """Show `region`, in frame pixels, in `picture` (height, width, 3) uint8 BGR, which is changed.

    Args:
        picture: shows the frame `scale` times as large.
        region: of which only what lies in the frame is searched.
        scale: picture pixels per frame pixel.
        mirrored: the picture shows the frame as in a looking glass.
    """
    height, width = int(picture.shape[0]), int(picture.shape[1])
    area = _clipped(area_of(region, scale, width if mirrored else 0), width, height)
    for part in _around(area, width, height):
        outside = picture[part.top : part.bottom, part.left : part.right]
        if outside.size:
            cv2.convertScaleAbs(outside, outside, alpha=OUTSIDE)
    if area.size:
        thin = max(1, round(min(height, width) / 400))
        for colour, thick in ((DARK, thin + 2), (WHITE, thin)):
            corners = (area.left, area.top), (area.right - 1, area.bottom - 1)
            cv2.rectangle(picture, corners[0], corners[1], colour, thick)


def _clipped(area: Area, width: int, height: int) -> Area:
    left, right = (min(max(x, 0), width) for x in (area.left, area.right))
    top, bottom = (min(max(y, 0), height) for y in (area.top, area.bottom))
    return Area(left, top, right, bottom)


def _around(area: Area, width: int, height: int) -> Iterator[Area]:
    """The four parts of the picture beside `area`."""
    yield Area(0, 0, width, area.top)
    yield Area(0, area.bottom, width, height)
    yield Area(0, area.top, area.left, area.bottom)
    yield Area(area.right, area.top, width, area.bottom)
