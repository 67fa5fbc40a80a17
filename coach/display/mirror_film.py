"""The pictures of a recording: the mirror as it is shown, at the source's size, without keys and notices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from coach.display.mirror_graph import PersonGraph
from coach.display.mirror_picture import SMALLEST_ROOM, Screen, compose, layout_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.base.types import Box
    from coach.core.mirror.view import Labels, MirrorView

    Picture = NDArray[np.uint8]

LEAST: Final = (640, 360)
"""Longer and shorter side of a film: smaller ones could not be read."""


class MirrorFilm:
    """Composes views as the window does, never mirrored, with a graph of its own.

    Args:
        labels: the words.
        meaning: what the percentages are.
        region: the part of the frame in which faces are searched; None for all of it.
    """

    def __init__(self, labels: Labels, meaning: str, region: Box | None = None) -> None:
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
