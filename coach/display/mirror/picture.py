"""What the mirror shows, on screen and in a recording: the frame with its faces, the bars and the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from coach.base.palette import COLOURS_BGR
from coach.base.types import EMOTIONS
from coach.display.kit.lettering import LEADING, SMALLEST, Block, Colour, fitted, lettered, width_of, write
from coach.display.mirror.bars import SOFT, Bars, bars_height, bars_width, draw_bars, meaning_height
from coach.display.mirror.faces import DARK, WHITE, Area, draw_faces, draw_region
from coach.display.mirror.graph import SPAN_S
from coach.display.mirror.words import nobody, person, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from coach.base.types import Box, Frame
    from coach.core.mirror.view import LabelStyle, MirrorFace, MirrorView
    from coach.display.mirror.graph import ScrollGraph

    Picture = NDArray[np.uint8]

SMALLEST_ROOM: Final = (320, 240)
LONG_SIDE: Final = 1920
"""Pictures on screen are composed within these; beyond, drawing costs time and shows nothing more."""

FAINT: Final[Colour] = (140, 140, 140)
YELLOW: Final[Colour] = (90, 220, 255)
RED: Final[Colour] = (80, 80, 255)
NAMED_FROM: Final = 0.15
"""Lines of the graph that stand at less are not named at its edge."""

MOST_NAMES: Final = 3

FAR_SMALLER: Final = 0.5
"""From here on down pixels are averaged; above, that takes four times as long and looks no better."""

LEAST_VIEW: Final = 0.4
"""Of a high picture's height, what the frame keeps before there is room for the meaning."""


@dataclass(frozen=True, slots=True)
class Screen:
    """How the mirror is shown now.

    Attributes:
        labels: the words.
        meaning: what the percentages are.
        chosen: track of the person of bars and graph.
        mirrored: as in a looking glass; for cameras.
        paused: whether time stands still.
        recording: whether a video is being written.
        notice: a sentence that is shown, empty for none.
        status: time, frames per second and the like.
        keys: what the keys do, the most wanted first; as many as there is room for are told.
        region: the part of the frame in which faces are searched; None for all of it.
    """

    labels: LabelStyle = "plain"
    meaning: str = ""
    chosen: int = 0
    mirrored: bool = False
    paused: bool = False
    recording: bool = False
    notice: str = ""
    status: str = ""
    keys: tuple[str, ...] = ()
    region: Box | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands in a picture of `size`.

    Attributes:
        size: width and height in pixels.
        letters: size of letters in pixels.
        view: of the frame.
        bars: of the bars.
        graph: of the graph, names included; None where it is hidden.
        foot: of status and keys.
        names: width in pixels kept for names at the graph's right.
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
        """Width and height of the graph's lines, (0, 0) where it is hidden."""
        if self.graph is None:
            return 0, 0
        return self.graph.right - self.graph.left - self.names, self.graph.bottom - self.graph.top


def screen_size(room: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the picture for a window of `room`: its shape, within the limits."""
    scale = max(1.0, SMALLEST_ROOM[0] / room[0], SMALLEST_ROOM[1] / room[1])
    scale = min(scale, LONG_SIDE / max(room))
    return max(SMALLEST_ROOM[0], round(room[0] * scale)), max(SMALLEST_ROOM[1], round(room[1] * scale))


def layout_of(
    size: tuple[int, int], labels: LabelStyle, *, graph: bool, meaning: str = "", foot: bool = True
) -> Layout:
    """Bars at the right and graph below; in a high window everything below the picture.

    Args:
        size: width and height in pixels.
        labels: the words.
        graph: whether it is shown.
        meaning: stands under the bars, where the picture keeps enough room.
        foot: whether there is one; a recording has none.
    """
    width, height = size
    upright = height > width * 1.15
    letters = max(SMALLEST, round(min(height, width * (0.9 if upright else 0.58)) / 32))
    gap = letters // 2
    foot_height = round(letters * LEADING * (2 if upright else 1)) + gap // 2 if foot else 0
    below = Area(0, height - foot_height, width, height)
    names = width_of("surprised" if labels == "classic" else "surprise", letters) + gap * 2
    graph_top = below.top - (max(5 * letters, height // (8 if upright else 5)) if graph else 0)
    lines = Area(gap, graph_top, width - gap, below.top - gap) if graph else None
    if upright:
        top = graph_top - bars_height(letters) - gap
        lower = meaning_height(meaning, width - 2 * gap, letters)
        top -= lower if top - lower >= height * LEAST_VIEW else 0
        return Layout(
            size, letters, Area(0, 0, width, top), Area(gap, top + gap, width - gap, graph_top), lines, below, names
        )
    left = width - bars_width(letters, labels) - gap
    bars = Area(left, gap, width - gap, graph_top - gap // 2)
    return Layout(size, letters, Area(0, 0, left - gap, graph_top - gap), bars, lines, below, names)


def compose(view: MirrorView | None, layout: Layout, graph: ScrollGraph | None, screen: Screen) -> Picture:
    """A new picture (height, width, 3) uint8 BGR of `layout.size`; the frame is not changed.

    Args:
        view: None before the first moment.
        layout: see `layout_of`.
        graph: of the chosen person, of the size `layout.graph_size`; None where it is hidden.
        screen: everything else.
    """
    picture = np.empty((layout.size[1], layout.size[0], 3), np.uint8)
    cv2.rectangle(picture, (0, 0), layout.size, DARK, cv2.FILLED)  # several times as fast as np.full
    frame = view.frame if view else None
    rows = _rows(layout, view, screen)
    if view is not None and frame is not None:
        _view(picture, layout, view, frame, screen, rows)
    for row in rows:
        _say(picture, row, layout.letters // 2)
    face = person(view, screen.chosen) if view else None
    draw_bars(picture, layout.bars, Bars(screen.chosen, face, screen.labels, screen.meaning), layout.letters)
    if graph is not None and layout.graph is not None:
        _graph(picture, layout, layout.graph, graph, (face, screen.labels))
    _foot(picture, layout, screen)
    return picture


def _view(
    picture: Picture, layout: Layout, view: MirrorView, frame: Frame, screen: Screen, rows: Sequence[_Row]
) -> None:
    """The frame as large as fits, with boxes, and tags where no row of words will stand."""
    height, width = frame.image.shape[:2]
    area = layout.view
    scale = min((area.right - area.left) / width, (area.bottom - area.top) / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    left = area.left + (area.right - area.left - size[0]) // 2
    top = area.top + (area.bottom - area.top - size[1]) // 2
    part = picture[top : top + size[1], left : left + size[0]]
    cv2.resize(frame.image, size, part, interpolation=cv2.INTER_AREA if scale < FAR_SMALLER else cv2.INTER_LINEAR)
    if screen.mirrored:
        cv2.flip(part, 1, part)
    shown = np.ascontiguousarray(part)
    if screen.region is not None:
        draw_region(shown, screen.region, scale, mirrored=screen.mirrored)
    draw_faces(
        shown, view.faces, scale, labels=screen.labels, chosen=screen.chosen, mirrored=screen.mirrored,
        largest=layout.letters, taken=[row.area.moved(-left, -top) for row in rows],
    )  # fmt: skip
    part[:] = shown


@dataclass(frozen=True, slots=True)
class _Row:
    """Words in their place."""

    area: Area
    block: Block
    colour: Colour


def _rows(layout: Layout, view: MirrorView | None, screen: Screen) -> list[_Row]:
    """What must be known at once, in rows over the top of the picture, as many as there is room for."""
    said = [("PAUSED", WHITE)] if screen.paused else []
    said += [("● recording", RED)] if screen.recording else []
    said += [(screen.notice, YELLOW)] if screen.notice else []
    reason = "waiting for the first picture" if view is None else nobody(view)
    said += [(reason, WHITE)] if reason else []
    rows: list[_Row] = []
    left, top, width = layout.view.left, layout.view.top, layout.view.right - layout.view.left - layout.letters
    for text, colour in said:
        room = layout.view.bottom - top
        if room < layout.letters * LEADING:
            break
        block = fitted(lettered(text), width, min(room, round(layout.letters * LEADING * 3)), layout.letters, 600)
        right = min(width, max(width_of(row, block.size, 600) for row in block.rows)) + layout.letters
        rows.append(_Row(Area(left, top, left + right, top + block.height), block, colour))
        top += block.height
    return rows


def _say(picture: Picture, row: _Row, indent: int) -> None:
    area = row.area
    part = picture[area.top : area.bottom, area.left : area.right]
    cv2.convertScaleAbs(part, part, alpha=0.25)
    write(picture, row.block, (area.left + indent, area.top), row.colour, 600)


def _graph(
    picture: Picture, layout: Layout, area: Area, graph: ScrollGraph, chosen: tuple[MirrorFace | None, LabelStyle]
) -> None:
    width, _ = graph.size
    picture[area.top : area.bottom, area.left : area.left + width] = graph.picture()
    small = max(SMALLEST, round(layout.letters * 0.75))
    write(
        picture,
        Block((f"100% · last {SPAN_S:.0f} s",), small),
        (area.left + small // 3, area.top + round(graph.height_of(1.0))),
        FAINT,
    )
    face, labels = chosen
    if face is None or face.smoothed is None:
        return
    top = sorted(((share, emotion) for share, emotion in zip(face.smoothed, EMOTIONS, strict=True)), reverse=True)
    step = round(layout.letters * LEADING)
    most = min(MOST_NAMES, (area.bottom - area.top) // step)
    named = [(share, emotion) for share, emotion in top if share >= NAMED_FROM][:most]
    places = _spread([area.top + graph.height_of(share) - step / 2 for share, _ in named], step, area)
    for (share, emotion), y in zip(named, places, strict=True):
        end = round(area.top + graph.height_of(share))
        x = area.left + width
        cv2.line(picture, (x, end), (x + layout.letters // 2, y + step // 2), COLOURS_BGR[emotion], 2, cv2.LINE_AA)
        block = Block((word(emotion, labels),), layout.letters)
        write(picture, block, (x + layout.letters * 3 // 4, y), WHITE)


def _spread(tops: Sequence[float], step: int, area: Area) -> list[int]:
    """Rows of height `step`, in falling order of share, moved apart so that none covers another."""
    places: list[int] = []
    y = float(area.top)
    for top in tops:
        y = max(y, top)
        places.append(round(y))
        y += step
    over = max(0, (places[-1] + step if places else 0) - area.bottom)
    for number in reversed(range(len(places))):
        limit = area.bottom - step * (len(places) - number)
        places[number] = max(area.top, min(places[number], limit)) if over else places[number]
    return places


def _foot(picture: Picture, layout: Layout, screen: Screen) -> None:
    """Status at the right, as many keys as there is room for at the left; nothing where there is no foot."""
    area, size = layout.foot, layout.letters
    row = round(size * LEADING)
    width = area.right - area.left - size
    status = fitted(lettered(screen.status), width, row, size) if screen.status else None
    right = width_of(status.rows[0], size) if status else 0
    one_row = area.bottom - area.top < 2 * row
    left_over = width - (right + size * 2 if one_row else 0)
    keys = _joined(screen.keys, left_over, size)
    if keys:
        write(picture, Block((keys,), size), (area.left + size // 2, area.top), SOFT)
    if status:
        top = area.top if one_row else area.top + row
        write(picture, status, (area.right - size // 2 - right, top), SOFT)


def _joined(parts: Sequence[str], width: int, size: int) -> str:
    """As many of `parts`, from the first, as fit into `width` pixels."""
    for count in range(len(parts), 0, -1):
        text = " · ".join(parts[:count])
        if width_of(text, size) <= width:
            return text
    return ""
