"""Composes the pictures that the mirror saves: frames of a video, snapshots and annotated copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import cv2

from coach.display.kit.lettering import SMALLEST
from coach.display.mirror.bars import Bars, bars_height, bars_width, draw_bars, meaning_height
from coach.display.mirror.faces import Area, area_of, draw_faces
from coach.display.mirror.graph import PersonGraph
from coach.display.mirror.picture import MIN_SIZE, Screen, compose, layout_of
from coach.display.mirror.state import FaceStyle
from coach.display.mirror.texts import find_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from coach.core.mirror.view import MirrorFace, MirrorView

    Picture = NDArray[np.uint8]

MIN_SIDES: Final = (640, 360)
"""Minimum longer and shorter side of a video in pixels; text in a smaller one is illegible."""


class VideoComposer:
    """Composes the frames of a video as the window shows them, but never mirrored, and with its own graph."""

    def __init__(self, style: FaceStyle) -> None:
        self._style = replace(style, mirrored=False)
        self._graph = PersonGraph()

    def add(self, view: MirrorView) -> None:
        """Take the next view, recorded or not, so that a video that starts later has the whole graph."""
        self._graph.add(view)

    def picture(self, view: MirrorView, chosen: int, *, graph: bool) -> Picture:
        """A new picture of `view` with the size of `video_size`; the frame is not changed.

        Args:
            view: the last view added, with a frame.
            chosen: the track of the person who has the bars and the graph.
            graph: whether the graph is shown.

        Raises:
            ValueError: the view has no frame.
        """
        if view.frame is None:
            raise ValueError("a view without a frame cannot be a picture of a video")
        height, width = view.frame.image.shape[:2]
        style = replace(self._style, chosen=chosen)
        layout = layout_of(video_size(width, height), style, graph=graph, foot=False)
        return compose(view, layout, self._graph.of(chosen, layout.graph_size) if graph else None, Screen(style))


def video_size(width: int, height: int) -> tuple[int, int]:
    """Width and height in pixels of the video of a source: the same, or scaled up until text is legible."""
    longer, shorter = MIN_SIDES
    scale = max(1.0, min(longer / max(width, height), shorter / min(width, height)))
    return max(MIN_SIZE[0], round(width * scale)), max(MIN_SIZE[1], round(height * scale))


def annotate(view: MirrorView, style: FaceStyle | None = None, *, bars: bool = True) -> Picture:
    """A new picture of the frame's size with boxes, tags and the chosen person's bars; never mirrored.

    Args:
        view: a view with a frame, which is not changed.
        style: drawing style; None for the default.
        bars: whether to draw the bars, in a corner where they cover no face; without such a corner they are left out.

    Raises:
        ValueError: the view has no frame.
    """
    if view.frame is None:
        raise ValueError("a view without a frame cannot be drawn on")
    style = replace(style, mirrored=False) if style else FaceStyle()
    picture: Picture = view.frame.image.copy()
    draw_faces(picture, view.faces, style)
    face = find_person(view, style.chosen)
    if bars and face is not None:
        _overlay_bars(picture, view.faces, Bars(style, face))
    return picture


def _overlay_bars(picture: Picture, faces: Sequence[MirrorFace], bars: Bars) -> None:
    """Draw the bars in the first corner where they cover no face; with their meaning if it fits."""
    height, width = int(picture.shape[0]), int(picture.shape[1])
    size = max(SMALLEST, round(min(height, width * 0.75) / 32))
    pad = size // 2
    wide = bars_width(size, bars.style.labels) + 2 * pad
    min_height = bars_height(size) + pad
    boxes = [_box_with_tags(face, size * 2) for face in faces]
    for high in (min_height + meaning_height(bars.style.meaning, wide - 2 * pad, size), min_height):
        area = _free_corner((width, height), (wide, high), boxes)
        if area is not None:
            part = picture[area.top : area.bottom, area.left : area.right]
            cv2.convertScaleAbs(part, part, alpha=0.3)
            inner = Area(area.left + pad, area.top + pad // 2, area.right - pad, area.bottom - pad // 2)
            draw_bars(picture, inner, bars, size)
            return


def _free_corner(picture: tuple[int, int], size: tuple[int, int], boxes: Sequence[Area]) -> Area | None:
    """A corner of `size` that covers none of `boxes`; None if there is none or `size` is too large for `picture`.

    Sizes are width and height in pixels.
    """
    (width, height), (wide, high) = picture, size
    if wide > width // 2 or high > height * 0.8:
        return None
    corners = (0, height - high), (width - wide, height - high), (0, 0), (width - wide, 0)
    areas = (Area(left, top, left + wide, top + high) for left, top in corners)
    return next((area for area in areas if not any(area.overlap(box) for box in boxes)), None)


def _box_with_tags(face: MirrorFace, margin: int) -> Area:
    """The box of a face, with `margin` pixels above and below for its tag."""
    box = area_of(face.box, 1.0)
    return Area(box.left, box.top - margin, box.right, box.bottom + margin)
