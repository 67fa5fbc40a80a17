"""The picture of the mirror, in the window and in a video: the frame with its faces, the bars and the graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from coach.base.messages import tr
from coach.base.palette import COLOURS_BGR
from coach.base.types import EMOTIONS
from coach.display.kit.lettering import LEADING, SMALLEST, Block, Colour, fit_text, normalise, width_of, write
from coach.display.mirror.bars import SOFT, Bars, bars_height, bars_width, draw_bars, meaning_height
from coach.display.mirror.faces import DARK, WHITE, Area, draw_faces
from coach.display.mirror.graph import SPAN_S
from coach.display.mirror.state import FaceStyle
from coach.display.mirror.texts import emotion_word, find_person, no_face_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from coach.base.types import Probabilities
    from coach.core.mirror.view import LabelStyle, MirrorView
    from coach.display.mirror.graph import ScrollGraph

    Picture = NDArray[np.uint8]

MIN_SIZE: Final = (320, 240)
"""Minimum width and height of a picture in pixels."""

LONG_SIDE: Final = 1920
"""Maximum width or height of a picture on screen in pixels; a larger one takes longer to draw and shows no more."""

FAINT: Final[Colour] = (140, 140, 140)
YELLOW: Final[Colour] = (90, 220, 255)
RED: Final[Colour] = (80, 80, 255)
MIN_NAMED_SHARE: Final = 0.15
"""Lines of the graph below this share are not named at its edge."""

MAX_NAMES: Final = 3
"""Maximum number of lines that are named."""

MAX_AREA_SCALE: Final = 0.5
"""Maximum scale for area interpolation; above it, that takes four times as long and looks no better."""

MIN_VIEW_SHARE: Final = 0.4
"""Minimum share of the height of an upright picture for the frame; rather than shrink it, the meaning is left out."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What is shown besides the view.

    Attributes:
        style: drawing style of faces and bars.
        paused: whether the mirror is paused.
        recording: whether a video is being written.
        notice: a sentence; empty for none.
        status: time, frames per second and the like.
        keys: what each key does, the most important first; as many as fit are shown.
    """

    style: FaceStyle = field(default_factory=FaceStyle)
    paused: bool = False
    recording: bool = False
    notice: str = ""
    status: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a picture.

    Attributes:
        size: width and height in pixels.
        letters: font size in pixels.
        view: area of the frame.
        bars: area of the bars.
        graph: area of the graph with its names; None if it is hidden.
        foot: area of status and keys.
        names: width in pixels of the names at the right of the graph.
    """

    size: tuple[int, int]
    letters: int
    view: Area
    bars: Area
    graph: Area | None
    foot: Area
    names: int

    @property
    def graph_size(self) -> tuple[int, int]:
        """Width and height of the graph without its names; (0, 0) if it is hidden."""
        if self.graph is None:
            return 0, 0
        return self.graph.right - self.graph.left - self.names, self.graph.bottom - self.graph.top


def screen_size(room: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the picture for a window of `room`, with the same aspect ratio and within the limits."""
    scale = max(1.0, MIN_SIZE[0] / room[0], MIN_SIZE[1] / room[1])
    scale = min(scale, LONG_SIDE / max(room))
    return max(MIN_SIZE[0], round(room[0] * scale)), max(MIN_SIZE[1], round(room[1] * scale))


def layout_of(size: tuple[int, int], style: FaceStyle, *, graph: bool, foot: bool = True) -> Layout:
    """Place the bars at the right and the graph below; in an upright picture place both below the frame.

    Args:
        size: width and height in pixels.
        style: drawing style; its meaning goes under the bars if the frame keeps enough height.
        graph: whether the graph is shown.
        foot: whether there is a foot; a video has none.
    """
    width, height = size
    upright = height > width * 1.15
    letters = max(SMALLEST, round(min(height, width * (0.9 if upright else 0.58)) / 32))
    gap = letters // 2
    foot_height = round(letters * LEADING * (2 if upright else 1)) + gap // 2 if foot else 0
    below = Area(0, height - foot_height, width, height)
    names = max(width_of(emotion_word(emotion, style.labels), letters) for emotion in EMOTIONS) + gap * 2
    graph_top = below.top - (max(5 * letters, height // (8 if upright else 5)) if graph else 0)
    lines = Area(gap, graph_top, width - gap, below.top - gap) if graph else None
    if upright:
        top = graph_top - bars_height(letters) - gap
        lower = meaning_height(style.meaning, width - 2 * gap, letters)
        top -= lower if top - lower >= height * MIN_VIEW_SHARE else 0
        return Layout(
            size, letters, Area(0, 0, width, top), Area(gap, top + gap, width - gap, graph_top), lines, below, names
        )
    left = width - bars_width(letters, style.labels) - gap
    bars = Area(left, gap, width - gap, graph_top - gap // 2)
    return Layout(size, letters, Area(0, 0, left - gap, graph_top - gap), bars, lines, below, names)


def compose(view: MirrorView | None, layout: Layout, graph: ScrollGraph | None, screen: Screen) -> Picture:
    """A new picture (height, width, 3) uint8 BGR of `layout.size`; the frame is not changed.

    Args:
        view: current view; None before the first one.
        layout: layout of the picture, see `layout_of`.
        graph: graph of the chosen person with size `layout.graph_size`; None if it is hidden.
        screen: everything else.
    """
    picture = np.empty((layout.size[1], layout.size[0], 3), np.uint8)
    cv2.rectangle(picture, (0, 0), layout.size, DARK, cv2.FILLED)  # several times faster than np.full
    rows = _rows(layout, view, screen)
    if view is not None and view.frame is not None:
        _draw_view(picture, layout, view, screen.style, [row.area for row in rows])
    for row in rows:
        _draw_row(picture, row, layout.letters // 2)
    face = find_person(view, screen.style.chosen) if view else None
    draw_bars(picture, layout.bars, Bars(screen.style, face), layout.letters)
    if graph is not None and layout.graph is not None:
        _draw_graph(picture, layout.graph, graph, layout.letters)
        if face is not None and face.smoothed is not None:
            _name_lines(picture, layout, graph, face.smoothed, screen.style.labels)
    _foot(picture, layout, screen)
    return picture


def _draw_view(picture: Picture, layout: Layout, view: MirrorView, style: FaceStyle, taken: Sequence[Area]) -> None:
    """Draw the frame of `view` as large as it fits, with the faces; no tag covers the areas `taken` of the picture."""
    assert view.frame is not None
    image, area = view.frame.image, layout.view
    height, width = image.shape[:2]
    scale = min((area.right - area.left) / width, (area.bottom - area.top) / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    left = area.left + (area.right - area.left - size[0]) // 2
    top = area.top + (area.bottom - area.top - size[1]) // 2
    part = picture[top : top + size[1], left : left + size[0]]
    cv2.resize(image, size, part, interpolation=cv2.INTER_AREA if scale < MAX_AREA_SCALE else cv2.INTER_LINEAR)
    if style.mirrored:
        cv2.flip(part, 1, part)
    # OpenCV draws only on contiguous memory, which a part of the picture is not.
    frame = np.ascontiguousarray(part)
    taken_in_frame = [row.shift(-left, -top) for row in taken]
    draw_faces(frame, view.faces, style, scale, largest=layout.letters, taken=taken_in_frame)
    part[:] = frame


@dataclass(frozen=True, slots=True)
class _Row:
    """A message over the frame."""

    area: Area
    block: Block
    colour: Colour


def _rows(layout: Layout, view: MirrorView | None, screen: Screen) -> list[_Row]:
    """The messages over the top of the frame, the most important first, as many as fit."""
    messages = [(tr("PAUSED"), WHITE)] if screen.paused else []
    messages += [(tr("● recording"), RED)] if screen.recording else []
    messages += [(screen.notice, YELLOW)] if screen.notice else []
    reason = tr("waiting for the first picture") if view is None else no_face_text(view)
    messages += [(reason, WHITE)] if reason else []
    rows: list[_Row] = []
    left, top, width = layout.view.left, layout.view.top, layout.view.right - layout.view.left - layout.letters
    for text, colour in messages:
        height_left = layout.view.bottom - top
        if height_left < layout.letters * LEADING:
            break
        block = fit_text(
            normalise(text), width, min(height_left, round(layout.letters * LEADING * 3)), layout.letters, 600
        )
        right = min(width, max(width_of(row, block.size, 600) for row in block.rows)) + layout.letters
        rows.append(_Row(Area(left, top, left + right, top + block.height), block, colour))
        top += block.height
    return rows


def _draw_row(picture: Picture, row: _Row, indent: int) -> None:
    area = row.area
    part = picture[area.top : area.bottom, area.left : area.right]
    cv2.convertScaleAbs(part, part, alpha=0.25)
    write(picture, row.block, (area.left + indent, area.top), row.colour, 600)


def _draw_graph(picture: Picture, area: Area, graph: ScrollGraph, letters: int) -> None:
    """Draw the graph into `area`, with its scale in its corner."""
    picture[area.top : area.bottom, area.left : area.left + graph.size[0]] = graph.picture()
    small = max(SMALLEST, round(letters * 0.75))
    place = area.left + small // 3, area.top + round(graph.height_of(1.0))
    write(picture, Block((tr("100% · last {seconds:.0f} s", seconds=SPAN_S),), small), place, FAINT)


def _name_lines(
    picture: Picture, layout: Layout, graph: ScrollGraph, shares: Probabilities, labels: LabelStyle
) -> None:
    """Write the names of the highest lines at the right of the graph, each joined to the end of its line."""
    area = layout.graph
    assert area is not None
    top = sorted(((share, emotion) for share, emotion in zip(shares, EMOTIONS, strict=True)), reverse=True)
    step = round(layout.letters * LEADING)
    limit = min(MAX_NAMES, (area.bottom - area.top) // step)
    named = [(share, emotion) for share, emotion in top if share >= MIN_NAMED_SHARE][:limit]
    places = _spread([area.top + graph.height_of(share) - step / 2 for share, _ in named], step, area)
    x = area.left + graph.size[0]
    for (share, emotion), y in zip(named, places, strict=True):
        end = round(area.top + graph.height_of(share))
        cv2.line(picture, (x, end), (x + layout.letters // 2, y + step // 2), COLOURS_BGR[emotion], 2, cv2.LINE_AA)
        block = Block((emotion_word(emotion, labels),), layout.letters)
        write(picture, block, (x + layout.letters * 3 // 4, y), WHITE)


def _spread(tops: Sequence[float], step: int, area: Area) -> list[int]:
    """Places for rows of height `step` near `tops` (in ascending order), moved apart so that they do not overlap."""
    places: list[int] = []
    y = float(area.top)
    for top in tops:
        y = max(y, top)
        places.append(round(y))
        y += step
    if not places or places[-1] + step <= area.bottom:
        return places
    for number in reversed(range(len(places))):
        limit = area.bottom - step * (len(places) - number)
        places[number] = max(area.top, min(places[number], limit))
    return places


def _foot(picture: Picture, layout: Layout, screen: Screen) -> None:
    """Draw the status at the right, and as many keys as fit at the left."""
    area, size = layout.foot, layout.letters
    row = round(size * LEADING)
    width = area.right - area.left - size
    status = fit_text(normalise(screen.status), width, row, size) if screen.status else None
    right = width_of(status.rows[0], size) if status else 0
    one_row = area.bottom - area.top < 2 * row
    keys_width = width - (right + size * 2 if one_row else 0)
    keys = _join_fitting(screen.keys, keys_width, size)
    if keys:
        write(picture, Block((keys,), size), (area.left + size // 2, area.top), SOFT)
    if status:
        top = area.top if one_row else area.top + row
        write(picture, status, (area.right - size // 2 - right, top), SOFT)


def _join_fitting(parts: Sequence[str], width: int, size: int) -> str:
    """The first of `parts`, as many as fit `width` pixels, joined by dots."""
    for count in range(len(parts), 0, -1):
        text = " · ".join(parts[:count])
        if width_of(text, size) <= width:
            return text
    return ""
