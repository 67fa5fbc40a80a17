"""The mirror's pictures that are kept: frames of a recording, snapshots and annotated copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import cv2

from coach.display.kit.lettering import SMALLEST
from coach.display.mirror.bars import Bars, bars_height, bars_width, draw_bars, meaning_height
from coach.display.mirror.faces import Area, area_of, draw_faces, draw_region
from coach.display.mirror.graph import PersonGraph
from coach.display.mirror.picture import SMALLEST_ROOM, Screen, compose, layout_of
from coach.display.mirror.words import person

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.base.types import Box
    from coach.core.mirror.view import LabelStyle, MirrorView

    Picture = NDArray[np.uint8]
    from collections.abc import Sequence

    from coach.core.mirror.view import MirrorFace

LEAST: Final = (640, 360)
"""Longer and shorter side of a film: smaller ones could not be read."""


class MirrorFilm:
    """Composes views as the window does, never mirrored, with a graph of its own.

    Args:
        labels: the words.
        meaning: what the percentages are.
        region: the part of the frame in which faces are searched; None for all of it.
    """

    def __init__(self, labels: LabelStyle, meaning: str, region: Box | None = None) -> None:
        self._screen = Screen(labels=labels, meaning=meaning, region=region)
        self._graph = PersonGraph()

    def add(self, view: MirrorView) -> None:
        """Take the next view, recorded or not, so that a film begun later has the graph that is shown."""
        self._graph.add(view)

    def picture(self, view: MirrorView, chosen: int, *, graph: bool) -> Picture:
        """A new picture of `view`, the last one added, as large as `film_size` says; the frame is not changed.

        Args:
            view: with a frame.
            chosen: the track of the person of bars and graph.
            graph: whether it is shown.

        Raises:
            ValueError: the view has no frame.
        """
        if view.frame is None:
            raise ValueError("a view without a frame gives no picture of a film")
        height, width = view.frame.image.shape[:2]
        screen = replace(self._screen, chosen=chosen)
        size = film_size(width, height)
        layout = layout_of(size, screen.labels, graph=graph, meaning=screen.meaning, foot=False)
        return compose(view, layout, self._graph.of(chosen, layout.graph_size) if graph else None, screen)


def film_size(width: int, height: int) -> tuple[int, int]:
    """Width and height in pixels of the film of a source: the same, unless that could not be read."""
    longer, shorter = LEAST
    scale = max(1.0, min(longer / max(width, height), shorter / min(width, height)))
    return max(SMALLEST_ROOM[0], round(width * scale)), max(SMALLEST_ROOM[1], round(height * scale))


def annotate(
    view: MirrorView,
    *,
    labels: LabelStyle = "plain",
    meaning: str = "",
    chosen: int = 0,
    region: Box | None = None,
    bars: bool = True,
) -> Picture:
    """A new picture of the frame's own size with boxes, tags and, where they cover no face, the chosen person's bars.

    Args:
        view: what is shown; its frame is not changed.
        labels: the words.
        meaning: what the percentages are, under the bars where there is room.
        chosen: the track of the person of the bars.
        region: the part of the frame in which faces are searched; None for all of it.
        bars: whether they are drawn.

    Raises:
        ValueError: the view has no frame.
    """
    if view.frame is None:
        raise ValueError("a view without a frame cannot be drawn on")
    picture: Picture = view.frame.image.copy()
    if region is not None:
        draw_region(picture, region, 1.0)
    draw_faces(picture, view.faces, 1.0, labels=labels, chosen=chosen)
    face = person(view, chosen)
    if bars and face is not None:
        _bars_over(picture, view.faces, Bars(chosen, face, labels, meaning))
    return picture


def _bars_over(picture: Picture, faces: Sequence[MirrorFace], bars: Bars) -> None:
    """Put the bars into the first corner in which they cover no face; leave them out where there is none."""
    height, width = int(picture.shape[0]), int(picture.shape[1])
    letters = max(SMALLEST, round(min(height, width * 0.75) / 32))
    pad = letters // 2
    wide = bars_width(letters, bars.labels) + 2 * pad
    least = bars_height(letters) + pad
    boxes = [_grown(face, letters * 2) for face in faces]
    for high in (least + meaning_height(bars.meaning, wide - 2 * pad, letters), least):
        area = _free_corner((width, height), (wide, high), boxes)
        if area is not None:
            part = picture[area.top : area.bottom, area.left : area.right]
            cv2.convertScaleAbs(part, part, alpha=0.3)
            inner = Area(area.left + pad, area.top + pad // 2, area.right - pad, area.bottom - pad // 2)
            draw_bars(picture, inner, bars, letters)
            return


def _free_corner(picture: tuple[int, int], size: tuple[int, int], boxes: Sequence[Area]) -> Area | None:
    """Where a part of `size` covers none of `boxes` nor too much of the picture; all are width and height."""
    (width, height), (wide, high) = picture, size
    if wide > width // 2 or high > height * 0.8:
        return None
    corners = (0, height - high), (width - wide, height - high), (0, 0), (width - wide, 0)
    areas = (Area(left, top, left + wide, top + high) for left, top in corners)
    return next((area for area in areas if not any(area.shared(box) for box in boxes)), None)


def _grown(face: MirrorFace, by: int) -> Area:
    """The face's box with room for its tag."""
    box = area_of(face.box, 1.0)
    return Area(box.left, box.top - by, box.right, box.bottom + by)
