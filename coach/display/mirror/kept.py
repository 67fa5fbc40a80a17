"""The pictures that the mirror saves: frames of a video, snapshots and annotated copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import cv2

from coach.display.kit.lettering import SMALLEST
from coach.display.mirror.bars import Bars, bars_height, bars_width, draw_bars, meaning_height
from coach.display.mirror.faces import Area, area_of, draw_faces
from coach.display.mirror.graph import PersonGraph
from coach.display.mirror.picture import SMALLEST_ROOM, Screen, compose, layout_of
from coach.display.mirror.state import FaceStyle
from coach.display.mirror.words import person

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from coach.core.mirror.view import MirrorFace, MirrorView

    Picture = NDArray[np.uint8]

LEAST: Final = (640, 360)
"""Least size of a video, longer and shorter side in pixels: text in a smaller one is illegible."""


class VideoComposer:
    """Composes the frames of a video as the window shows them, but never mirrored, with a separate graph."""

    def __init__(self, style: FaceStyle) -> None:
        self._style = replace(style, mirrored=False)
        self._graph = PersonGraph()

    def add(self, view: MirrorView) -> None:
        """Take the next view, recorded or not, so that a video that starts later has the whole graph."""
        self._graph.add(view)

    def picture(self, view: MirrorView, chosen: int, *, graph: bool) -> Picture:
        """A new picture of `view` with the size of `video_size`; the frame is not changed.

        Args:
            view: the last one added, with a frame.
            chosen: the track of the person who has the bars and the graph.
            graph: whether the graph is shown.

        Raises:
            ValueError: the view has no frame.
        """
        if view.frame is None:
            raise ValueError("a view without a frame gives no picture of a film")
        height, width = view.frame.image.shape[:2]
        style = replace(self._style, chosen=chosen)
        layout = layout_of(video_size(width, height), style, graph=graph, foot=False)
        return compose(view, layout, self._graph.of(chosen, layout.graph_size) if graph else None, Screen(style))


def video_size(width: int, height: int) -> tuple[int, int]:
    """Width and height in pixels of the video of a source: the same, unless text would be illegible."""
    longer, shorter = LEAST
    scale = max(1.0, min(longer / max(width, height), shorter / min(width, height)))
    return max(SMALLEST_ROOM[0], round(width * scale)), max(SMALLEST_ROOM[1], round(height * scale))


def annotate(view: MirrorView, style: FaceStyle | None = None, *, bars: bool = True) -> Picture:
    """A new picture of the frame's size with boxes, tags and the chosen person's bars; never mirrored.

    Args:
        view: with a frame, which is not changed.
        style: of the drawing; the default one where None.
        bars: whether the bars are drawn, in a corner where they cover no face; they are left out where there is none.

    Raises:
        ValueError: the view has no frame.
    """
    if view.frame is None:
        raise ValueError("a view without a frame cannot be drawn on")
    style = replace(style, mirrored=False) if style else FaceStyle()
    picture: Picture = view.frame.image.copy()
    draw_faces(picture, view.faces, style)
    face = person(view, style.chosen)
    if bars and face is not None:
        _bars_over(picture, view.faces, Bars(style, face))
    return picture


def _bars_over(picture: Picture, faces: Sequence[MirrorFace], bars: Bars) -> None:
    """Draw the bars in the first corner where they cover no face; with their meaning if it fits."""
    height, width = int(picture.shape[0]), int(picture.shape[1])
    letters = max(SMALLEST, round(min(height, width * 0.75) / 32))
    pad = letters // 2
    wide = bars_width(letters, bars.style.labels) + 2 * pad
    least = bars_height(letters) + pad
    boxes = [_grown(face, letters * 2) for face in faces]
    for high in (least + meaning_height(bars.style.meaning, wide - 2 * pad, letters), least):
        area = _free_corner((width, height), (wide, high), boxes)
        if area is not None:
            part = picture[area.top : area.bottom, area.left : area.right]
            cv2.convertScaleAbs(part, part, alpha=0.3)
            inner = Area(area.left + pad, area.top + pad // 2, area.right - pad, area.bottom - pad // 2)
            draw_bars(picture, inner, bars, letters)
            return


def _free_corner(picture: tuple[int, int], size: tuple[int, int], boxes: Sequence[Area]) -> Area | None:
    """A corner of `size` that covers none of `boxes`; None where there is none or `size` is too large for `picture`.

    Sizes are width and height in pixels.
    """
    (width, height), (wide, high) = picture, size
    if wide > width // 2 or high > height * 0.8:
        return None
    corners = (0, height - high), (width - wide, height - high), (0, 0), (width - wide, 0)
    areas = (Area(left, top, left + wide, top + high) for left, top in corners)
    return next((area for area in areas if not any(area.shared(box) for box in boxes)), None)


def _grown(face: MirrorFace, by: int) -> Area:
    """The box of a face with room for its tag."""
    box = area_of(face.box, 1.0)
    return Area(box.left, box.top - by, box.right, box.bottom + by)
