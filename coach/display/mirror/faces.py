"""Draws the boxes and tags of faces; tags never overlap, and get shorter where faces are close together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2

from coach.base.palette import COLOURS_BGR, DARK_BACKGROUND, bgr_of
from coach.display.kit.lettering import LEADING, SMALLEST, Block, Colour, width_of, write
from coach.display.mirror.texts import tag_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from coach.base.types import Box
    from coach.core.mirror.view import MirrorFace
    from coach.display.mirror.state import FaceStyle

    Picture = NDArray[np.uint8]

OUTSIDE_BRIGHTNESS: Final = 0.4
"""Brightness factor outside the searched region: clearly darker, and still recognisable."""

WHITE: Final[Colour] = (255, 255, 255)
UNREAD: Final[Colour] = (150, 150, 150)
DARK: Final[Colour] = bgr_of(DARK_BACKGROUND)

LETTERS_PER_FACE: Final = 7
"""Approximate number of characters in a tag as wide as a face; sets the font size."""

CORNER: Final = 0.25
"""Length of a corner mark, as a share of the side of the box."""

SHORTENING_COST: Final = 0.3
"""Cost of each step to a shorter tag, compared with the share of a tag that covers other faces."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of whole pixels in a picture; `right` and `bottom` are excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> int:
        """Number of pixels."""
        return max(0, self.right - self.left) * max(0, self.bottom - self.top)

    def overlap(self, other: Area) -> int:
        """Number of pixels in both areas."""
        if other.left >= self.right or other.right <= self.left or other.top >= self.bottom or other.bottom <= self.top:
            return 0
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Area(left, top, min(self.right, other.right), min(self.bottom, other.bottom)).size

    def move_into(self, other: Area) -> Area:
        """Move the area by the least distance into `other`; a larger area sticks out."""
        x = max(other.left - self.left, min(0, other.right - self.right))
        y = max(other.top - self.top, min(0, other.bottom - self.bottom))
        return self.shift(x, y)

    def clip(self, other: Area) -> Area:
        """The part of the area in `other`; an empty area at its edge if they do not overlap."""
        left, right = (min(max(x, other.left), other.right) for x in (self.left, self.right))
        top, bottom = (min(max(y, other.top), other.bottom) for y in (self.top, self.bottom))
        return Area(left, top, right, bottom)

    def shift(self, x: int, y: int) -> Area:
        """Shift the area by `x` pixels to the right and `y` down."""
        return Area(self.left + x, self.top + y, self.right + x, self.bottom + y)


@dataclass(frozen=True, slots=True)
class Tag:
    """The tag of a face and its place."""

    area: Area
    block: Block
    colour: Colour
    weight: int


def draw_faces(
    picture: Picture,
    faces: Sequence[MirrorFace],
    style: FaceStyle,
    scale: float = 1.0,
    *,
    largest: int = 0,
    taken: Sequence[Area] = (),
) -> None:
    """Draw the searched region and the boxes and tags of all `faces` into `picture`.

    Args:
        picture: (height, width, 3) uint8 BGR, the frame scaled by `scale`; drawn on in place.
        faces: faces with boxes in frame pixels.
        style: drawing style.
        scale: picture pixels per frame pixel.
        largest: maximum font size of a tag in pixels; 0 for 1/26 of its height, less in a narrow picture.
        taken: areas that no tag may cover.
    """
    height, width = int(picture.shape[0]), int(picture.shape[1])
    bounds = Area(0, 0, width, height)
    mirrored_in = width if style.mirrored else 0
    thin_width = max(1, round(min(height, width) / 400))
    if style.region is not None:
        _draw_region(picture, area_of(style.region, scale, mirrored_in).clip(bounds), thin_width)
    boxes = [area_of(face.box, scale, mirrored_in) for face in faces]
    max_size = largest or max(SMALLEST, round(min(height, width * 0.75) / 26))
    for face, box in zip(faces, boxes, strict=True):
        line_width = thin_width * 2 if face.track == style.chosen else thin_width
        _draw_box(picture, box, DARK, line_width + 2, closed=has_reading(face))
        _draw_box(picture, box, colour_of(face), line_width, closed=has_reading(face))
    for tag in place_tags(faces, boxes, bounds, style, max_size, taken):
        _write_tag(picture, tag)


def _draw_region(picture: Picture, area: Area, thin_width: int) -> None:
    """Darken everything outside `area`, and outline it."""
    height, width = int(picture.shape[0]), int(picture.shape[1])
    for part in _around(area, width, height):
        outside = picture[part.top : part.bottom, part.left : part.right]
        if outside.size:
            cv2.convertScaleAbs(outside, outside, alpha=OUTSIDE_BRIGHTNESS)
    if area.size:
        for colour, line_width in ((DARK, thin_width + 2), (WHITE, thin_width)):
            corners = (area.left, area.top), (area.right - 1, area.bottom - 1)
            cv2.rectangle(picture, corners[0], corners[1], colour, line_width)


def _around(area: Area, width: int, height: int) -> Iterator[Area]:
    """The four parts of the picture outside `area`."""
    yield Area(0, 0, width, area.top)
    yield Area(0, area.bottom, width, height)
    yield Area(0, area.top, area.left, area.bottom)
    yield Area(area.right, area.top, width, area.bottom)


def colour_of(face: MirrorFace) -> Colour:
    """The colour of the emotion that is read; grey if none is."""
    return COLOURS_BGR[face.label] if face.label and has_reading(face) else UNREAD


def has_reading(face: MirrorFace) -> bool:
    """Whether an emotion is read in `face`; false if it is unclear or unread."""
    return face.smoothed is not None and face.label is not None


def _draw_box(picture: Picture, box: Area, colour: Colour, line_width: int, *, closed: bool) -> None:
    """Draw a box, or only its corners if not `closed`.

    Colour alone would not do: without red, the colour of fear looks like the grey of an unread face.
    """
    corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
    if closed:
        cv2.rectangle(picture, corners[0], corners[3], colour, line_width, cv2.LINE_AA)
        return
    reach_x, reach_y = round((box.right - box.left) * CORNER), round((box.bottom - box.top) * CORNER)
    for x, y in corners:
        across = (x + (reach_x if x == box.left else -reach_x), y)
        down = (x, y + (reach_y if y == box.top else -reach_y))
        cv2.line(picture, (x, y), across, colour, line_width, cv2.LINE_AA)
        cv2.line(picture, (x, y), down, colour, line_width, cv2.LINE_AA)


def place_tags(
    faces: Sequence[MirrorFace],
    boxes: Sequence[Area],
    bounds: Area,
    style: FaceStyle,
    max_size: int,
    taken: Sequence[Area] = (),
) -> list[Tag]:
    """Place the tags so that they cover neither each other nor `taken`; a face gets no tag if there is no room.

    Args:
        faces: faces to tag: first the chosen person, then from the largest box to the smallest.
        boxes: boxes of `faces`, in picture pixels.
        bounds: area of the picture.
        style: drawing style.
        max_size: maximum font size in pixels.
        taken: areas that no tag may cover.
    """
    placed: list[Tag] = []
    order = sorted(range(len(faces)), key=lambda i: (faces[i].track != style.chosen, -boxes[i].size, faces[i].track))
    for i in order:
        others = [box for j, box in enumerate(boxes) if j != i]
        room = _Room(bounds, others, [*taken, *(tag.area for tag in placed)])
        tag = _best_tag(faces[i], boxes[i], room, style, max_size)
        if tag is not None:
            placed.append(tag)
    return placed


@dataclass(frozen=True, slots=True)
class _Room:
    """Where a tag may be placed: inside `bounds`, preferably outside `faces`, never over `covered`."""

    bounds: Area
    faces: Sequence[Area]
    covered: Sequence[Area]

    def cost_of(self, area: Area) -> float | None:
        """The share of `area` over faces; None if no tag may be placed there."""
        if any(area.overlap(other) for other in self.covered):
            return None
        return sum(area.overlap(other) for other in self.faces) / max(1, area.size)


def _best_tag(face: MirrorFace, box: Area, room: _Room, style: FaceStyle, max_size: int) -> Tag | None:
    """The longest form of a tag at the place that covers other faces least; None if there is no room."""
    size = max(SMALLEST, min(max_size, (box.right - box.left) // LETTERS_PER_FACE * 2))
    weight = 600 if face.track == style.chosen else 450
    best: tuple[float, Tag] | None = None
    for number, text in enumerate(tag_texts(face, style.labels)):
        if best is not None and best[0] <= number * SHORTENING_COST:
            break
        width, height = width_of(text, size, weight) + size, round(size * LEADING)
        for place in _places(box, width, height):
            area = place.move_into(room.bounds)
            cost = room.cost_of(area)
            if cost is not None and (best is None or number * SHORTENING_COST + cost < best[0]):
                best = number * SHORTENING_COST + cost, Tag(area, Block((text,), size), colour_of(face), weight)
            if cost == 0:
                break
    return best[1] if best else None


def _places(box: Area, width: int, height: int) -> Iterator[Area]:
    """Candidate places for a tag at `box`, best first."""
    above, below = box.top - height, box.bottom
    inside = box.bottom - height
    for left, top in (
        (box.left, above),
        (box.left, below),
        (box.right - width, above),
        (box.right - width, below),
        (box.left, box.top),
        (box.left, inside),
        (box.right, box.top),
        (box.left - width, box.top),
        (box.right, inside),
        (box.left - width, inside),
    ):
        yield Area(left, top, left + width, top + height)


def area_of(box: Box, scale: float, mirrored_in: int = 0) -> Area:
    """`box` of the frame in a picture scaled by `scale`; mirrored in a picture `mirrored_in` pixels wide unless 0."""
    left, top = round(box.x * scale), round(box.y * scale)
    right, bottom = round((box.x + box.width) * scale), round((box.y + box.height) * scale)
    return Area(mirrored_in - right, top, mirrored_in - left, bottom) if mirrored_in else Area(left, top, right, bottom)


def _write_tag(picture: Picture, tag: Tag) -> None:
    area, size = tag.area, tag.block.size
    cv2.rectangle(picture, (area.left, area.top), (area.right - 1, area.bottom - 1), DARK, cv2.FILLED)
    stripe = max(3, size // 4)
    cv2.rectangle(picture, (area.left, area.top), (area.left + stripe - 1, area.bottom - 1), tag.colour, cv2.FILLED)
    write(picture, tag.block, (area.left + stripe + size // 4, area.top), WHITE, tag.weight)
