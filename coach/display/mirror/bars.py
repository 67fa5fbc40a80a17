"""The bars of the chosen person: label, bar and percentage of the seven emotions, always in the same order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2

from coach.base.messages import tr
from coach.base.palette import COLOURS_BGR
from coach.base.types import EMOTIONS
from coach.display.kit.lettering import LEADING, SMALLEST, Block, Colour, fit_text, width_of, write
from coach.display.mirror.faces import UNREAD, WHITE, Area, colour_of
from coach.display.mirror.texts import emotion_word, percent, reading_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.base.types import Emotion
    from coach.core.mirror.view import LabelStyle, MirrorFace
    from coach.display.mirror.state import FaceStyle

    Picture = NDArray[np.uint8]

SOFT: Final[Colour] = (190, 190, 190)
TROUGH: Final[Colour] = (64, 60, 56)
ROW_HEIGHT: Final = 1.5
"""Height of a row, as a multiple of the font size."""

HEAD_ROWS: Final = 2
"""Rows above the bars: the person and the reading."""

_ANY_HEIGHT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Bars:
    """The content of the panel.

    Attributes:
        style: drawing style, with the chosen person; its meaning is left out if it does not fit.
        face: face of the chosen person; None while out of sight.
    """

    style: FaceStyle
    face: MirrorFace | None


def bars_width(size: int, labels: LabelStyle) -> int:
    """Minimum width in pixels for text of `size`."""
    return _word_width(size, labels) + width_of("100%", size) + 7 * size


def bars_height(size: int) -> int:
    """Minimum height in pixels for text of `size`: all rows except the meaning."""
    return (HEAD_ROWS + len(EMOTIONS)) * round(ROW_HEIGHT * size)


def meaning_height(meaning: str, width: int, size: int) -> int:
    """The height in pixels of the meaning under bars of `width`; 0 for an empty meaning."""
    if not meaning:
        return 0
    small = _small_size(size)
    return small // 2 + fit_text(_meaning_text(meaning), width, _ANY_HEIGHT, small).height


def draw_bars(picture: Picture, area: Area, bars: Bars, size: int) -> None:
    """Draw the panel into `area` of `picture` (height, width, 3) uint8 BGR, with text of `size` pixels."""
    row = min(round(ROW_HEIGHT * size), (area.bottom - area.top) // (HEAD_ROWS + len(EMOTIONS)))
    _draw_head(picture, area, bars, size, row)
    top = area.top + HEAD_ROWS * row
    for emotion in EMOTIONS:
        _draw_bar(picture, Area(area.left, top, area.right, top + row), emotion, bars, size)
        top += row
    _draw_meaning(picture, Area(area.left, top, area.right, area.bottom), bars.style.meaning, size)


def _draw_head(picture: Picture, area: Area, bars: Bars, size: int, row: int) -> None:
    width = area.right - area.left
    reading = reading_text(bars.face, bars.style.labels) if bars.face else tr("out of sight")
    colour = colour_of(bars.face) if bars.face else UNREAD
    write(picture, Block((_person_text(bars, width, size),), size), (area.left, area.top), SOFT)
    stripe = max(3, size // 4)
    top = area.top + row
    cv2.rectangle(picture, (area.left, top + size // 5), (area.left + stripe - 1, top + row - 1), colour, cv2.FILLED)
    block = fit_text(reading, width - size, row, round(size * 1.15), 700)
    write(picture, block, (area.left + stripe + size // 3, top), WHITE, 700)


def _person_text(bars: Bars, width: int, size: int) -> str:
    name = tr("person {number}", number=bars.style.chosen)
    claim = tr("person {number}, the camera reads", number=bars.style.chosen)
    is_read = bars.face is not None and bars.face.smoothed is not None
    return claim if is_read and width_of(claim, size) <= width else name


def _draw_bar(picture: Picture, area: Area, emotion: Emotion, bars: Bars, size: int) -> None:
    shares = bars.face.smoothed if bars.face else None
    share = shares[EMOTIONS.index(emotion)] if shares else None
    is_read = bars.face is not None and shares is not None and bars.face.label == emotion
    weight = 700 if is_read else 400
    colour = WHITE if is_read else SOFT
    top = (area.top + area.bottom - round(size * LEADING)) // 2
    write(picture, Block((emotion_word(emotion, bars.style.labels),), size), (area.left, top), colour, weight)
    percentage = "–" if share is None else percent(share)
    write(picture, Block((percentage,), size), (area.right - width_of(percentage, size, weight), top), colour, weight)
    left = area.left + _word_width(size, bars.style.labels) + size // 2
    right = area.right - width_of("100%", size, 700) - size // 2
    thickness = max(4, round(size * 0.7))
    y = (area.top + area.bottom - thickness) // 2
    cv2.rectangle(picture, (left, y), (right, y + thickness), TROUGH, cv2.FILLED)
    end = left + round((right - left) * (share or 0.0))
    if end > left:
        cv2.rectangle(picture, (left, y), (end, y + thickness), COLOURS_BGR[emotion], cv2.FILLED)


def _draw_meaning(picture: Picture, area: Area, meaning: str, size: int) -> None:
    small = _small_size(size)
    height = area.bottom - area.top - small // 2
    if meaning and height >= round(small * LEADING):
        block = fit_text(_meaning_text(meaning), area.right - area.left, height, small)
        if not block.rows[-1].endswith("…"):  # a shortened meaning would mislead
            write(picture, block, (area.left, area.top + small // 2), SOFT)


def _meaning_text(meaning: str) -> str:
    return f"% = {tr(meaning)}"


def _small_size(size: int) -> int:
    return max(SMALLEST, round(size * 0.75))


def _word_width(size: int, labels: LabelStyle) -> int:
    return max(width_of(emotion_word(emotion, labels), size, 700) for emotion in EMOTIONS)
