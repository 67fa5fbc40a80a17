"""Boxes and tags around faces: each tag where it covers no other tag, shortened where faces stand close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2

from coach.base.palette import COLOURS_BGR, DARK_BACKGROUND, bgr_of
from coach.display.kit.lettering import LEADING, SMALLEST, Block, Colour, width_of, write
from coach.display.mirror.words import tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from coach.base.types import Box

    Picture = NDArray[np.uint8]
    from collections.abc import Sequence

    from coach.core.mirror.view import LabelStyle, MirrorFace

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


WHITE: Final[Colour] = (255, 255, 255)
UNREAD: Final[Colour] = (150, 150, 150)
DARK: Final[Colour] = bgr_of(DARK_BACKGROUND)

LETTERS_PER_FACE: Final = 7
"""A tag's letters are as large as lets about so many of them stand above a face."""


CORNER: Final = 0.25
"""Of a box of which only the corners are drawn, so much of each side at each end."""

SHORTER: Final = 0.3
"""A shorter tag is as bad as covering so much of itself over other faces."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of whole pixels in a picture."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> int:
        """Pixels in it."""
        return max(0, self.right - self.left) * max(0, self.bottom - self.top)

    def shared(self, other: Area) -> int:
        """Pixels that are also in `other`."""
        if other.left >= self.right or other.right <= self.left or other.top >= self.bottom or other.bottom <= self.top:
            return 0
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Area(left, top, min(self.right, other.right), min(self.bottom, other.bottom)).size

    def within(self, other: Area) -> Area:
        """Moved as little as puts it into `other`, as far as it is not larger."""
        x = max(other.left - self.left, min(0, other.right - self.right))
        y = max(other.top - self.top, min(0, other.bottom - self.bottom))
        return self.moved(x, y)

    def moved(self, x: int, y: int) -> Area:
        """The same, so many pixels to the right and down."""
        return Area(self.left + x, self.top + y, self.right + x, self.bottom + y)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag in its place."""

    area: Area
    block: Block
    colour: Colour
    weight: int


def draw_faces(
    picture: Picture,
    faces: Sequence[MirrorFace],
    scale: float,
    *,
    labels: LabelStyle,
    chosen: int = 0,
    mirrored: bool = False,
    largest: int = 0,
    taken: Sequence[Area] = (),
) -> None:
    """Draw everybody's box and tag into `picture`, which shows the frame `scale` times as large.

    Args:
        picture: (height, width, 3) uint8 BGR; changed.
        faces: in frame pixels.
        scale: picture pixels per frame pixel.
        labels: the words.
        chosen: the track whose box is drawn thicker.
        mirrored: the picture shows the frame as in a looking glass.
        largest: size of letters in pixels that no tag goes beyond; one thirtieth of the picture where 0.
        taken: where other words will stand, so that no tag does.
    """
    height, width = int(picture.shape[0]), int(picture.shape[1])
    whole = Area(0, 0, width, height)
    boxes = [area_of(face.box, scale, width if mirrored else 0) for face in faces]
    most = largest or max(SMALLEST, round(min(height, width * 0.75) / 26))
    thin = max(1, round(min(height, width) / 400))
    for face, box in zip(faces, boxes, strict=True):
        thick = thin * 2 if face.track == chosen else thin
        _draw_box(picture, box, DARK, thick + 2, whole=says_a_word(face))
        _draw_box(picture, box, colour_of(face), thick, whole=says_a_word(face))
    for tag in place_tags(faces, boxes, whole, labels, chosen, most, taken):
        _write_tag(picture, tag)


def colour_of(face: MirrorFace) -> Colour:
    """The colour of what is read, grey where nothing is."""
    return COLOURS_BGR[face.label] if face.label and says_a_word(face) else UNREAD


def says_a_word(face: MirrorFace) -> bool:
    """Whether an emotion is read in `face`, neither unclear nor unread."""
    return face.smoothed is not None and face.label is not None


def _draw_box(picture: Picture, box: Area, colour: Colour, thick: int, *, whole: bool) -> None:
    """All of a box, or only its corners, since eyes that see no red take the colour of fear for grey."""
    corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
    if whole:
        cv2.rectangle(picture, corners[0], corners[3], colour, thick, cv2.LINE_AA)
        return
    reach_x, reach_y = round((box.right - box.left) * CORNER), round((box.bottom - box.top) * CORNER)
    for x, y in corners:
        across = (x + (reach_x if x == box.left else -reach_x), y)
        down = (x, y + (reach_y if y == box.top else -reach_y))
        cv2.line(picture, (x, y), across, colour, thick, cv2.LINE_AA)
        cv2.line(picture, (x, y), down, colour, thick, cv2.LINE_AA)


def place_tags(
    faces: Sequence[MirrorFace],
    boxes: Sequence[Area],
    whole: Area,
    labels: LabelStyle,
    chosen: int,
    most: int,
    taken: Sequence[Area] = (),
) -> list[Tag]:
    """Tags that cover neither another nor `taken`, the chosen person's first; who has no room has only a box."""
    placed: list[Tag] = []
    order = sorted(range(len(faces)), key=lambda i: (faces[i].track != chosen, -boxes[i].size, faces[i].track))
    for i in order:
        others = [box for j, box in enumerate(boxes) if j != i]
        weight = 600 if faces[i].track == chosen else 450
        covered = [*taken, *(tag.area for tag in placed)]
        tag = _placed(faces[i], boxes[i], whole, labels, others, covered, (most, weight))
        if tag is not None:
            placed.append(tag)
    return placed


def _placed(
    face: MirrorFace,
    box: Area,
    whole: Area,
    labels: LabelStyle,
    others: Sequence[Area],
    covered: Sequence[Area],
    lettering: tuple[int, int],
) -> Tag | None:
    most, weight = lettering
    letters = max(SMALLEST, min(most, (box.right - box.left) // LETTERS_PER_FACE * 2))
    best: tuple[float, Tag] | None = None
    for number, text in enumerate(tags(face, labels)):
        if best is not None and best[0] <= number * SHORTER:
            break
        width, height = width_of(text, letters, weight) + letters, round(letters * LEADING)
        for place in _places(box, width, height):
            area = place.within(whole)
            if any(area.shared(other) for other in covered):
                continue
            cost = number * SHORTER + sum(area.shared(other) for other in others) / max(1, area.size)
            if best is None or cost < best[0]:
                best = cost, Tag(area, Block((text,), letters), colour_of(face), weight)
            if cost == number * SHORTER:  # no place is better
                break
    return best[1] if best else None


def _places(box: Area, width: int, height: int) -> Iterator[Area]:
    """Where a tag may stand at `box`, the best place first."""
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
    """Where `box` of the frame lies in a picture `scale` times as large, mirrored in that many pixels where not 0."""
    left, top = round(box.x * scale), round(box.y * scale)
    right, bottom = round((box.x + box.width) * scale), round((box.y + box.height) * scale)
    return Area(mirrored_in - right, top, mirrored_in - left, bottom) if mirrored_in else Area(left, top, right, bottom)


def _write_tag(picture: Picture, tag: Tag) -> None:
    area, size = tag.area, tag.block.size
    cv2.rectangle(picture, (area.left, area.top), (area.right - 1, area.bottom - 1), DARK, cv2.FILLED)
    stripe = max(3, size // 4)
    cv2.rectangle(picture, (area.left, area.top), (area.left + stripe - 1, area.bottom - 1), tag.colour, cv2.FILLED)
    top = area.top + round((LEADING - 1.3) * size / 2)
    write(picture, tag.block, (area.left + stripe + size // 4, top), WHITE, tag.weight)
