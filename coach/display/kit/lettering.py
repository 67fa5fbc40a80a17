"""Writes text into a picture, wrapped and sized to fit, in every script that the fonts of OpenCV cover.

The wheels of OpenCV 5 contain two fonts, Rubik and WenQuanYi Micro Hei, so Latin with all its accents, Greek, Cyrillic,
Chinese, Japanese and Korean look the same on every machine. OpenCV writes from left to right and does not join letters;
`unwritable` names the scripts it cannot write.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from coach.base.messages import tr
from coach.base.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Colour = tuple[int, int, int]
"""Blue, green and red, 0 to 255."""

LEADING: Final = 1.3
"""Line height, as a multiple of the font size."""

SMALLEST: Final = 12
"""Smallest legible font size in pixels."""

_WIDE: Final = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60"
_PIECE: Final = re.compile(rf"[{_WIDE}][、。，．！？」』）]*\s*|[^\s{_WIDE}]+\s*")
"""A word, or one letter of a script without spaces, with the marks that may not begin a row."""


@dataclass(frozen=True, slots=True)
class Block:
    """Wrapped rows of text, with their font size in pixels."""

    rows: tuple[str, ...]
    size: int

    @property
    def height(self) -> int:
        """Height of all rows in pixels."""
        return round(len(self.rows) * self.size * LEADING)


@functools.lru_cache(maxsize=1)
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")


def normalise(text: str, limit: int = 500) -> str:
    """`text` made safe (see `coach.base.text.clean`) and in NFC, since the fonts cannot place combining accents."""
    return unicodedata.normalize("NFC", clean(text, limit))


def width_of(text: str, size: int, weight: int = 400) -> int:
    """Width of `text` in pixels at `size`."""
    return int(cv2.getTextSize((0, 0), text, (0, 0), _font(), size, weight)[2])


@functools.lru_cache(maxsize=128)
def fit_text(text: str, width: int, height: int, largest: int, weight: int = 400) -> Block:
    """`text` at the largest size that fits `width` by `height` pixels; cut at the smallest size if none fits."""
    size = max(largest, SMALLEST)
    block = Block(_wrap(text, width, size, weight), size)
    while size > SMALLEST and not _fits(block, width, height, weight):
        size = max(SMALLEST, int(size * 0.9))
        block = Block(_wrap(text, width, size, weight), size)
    limit = max(1, int(height / (size * LEADING)))
    if len(block.rows) <= limit:
        return block
    return Block((*block.rows[: limit - 1], _shorten(block.rows[limit - 1] + "…", width, size, weight)), size)


def scrolled_text(text: str, room: tuple[int, int], largest: int, share: float) -> Block:
    """The part of `text` to read when `share` of it (0 to 1) is said; all of it where it fits.

    It is written as large as all of it fits, but not smaller than half of `largest`.

    Args:
        text: the words.
        room: width and height in pixels.
        largest: largest font size in pixels.
        share: how much of the text is said.
    """
    whole = _whole_text(text, room, largest)
    count = max(1, int(room[1] / (whole.size * LEADING)))
    first = round(max(0, len(whole.rows) - count) * share)
    return Block(whole.rows[first : first + count], whole.size)


@functools.lru_cache(maxsize=8)
def _whole_text(text: str, room: tuple[int, int], largest: int) -> Block:
    """All of `text`, wrapped for `scrolled_text`."""
    size, smallest = max(largest, SMALLEST), max(SMALLEST, largest // 2)
    block = Block(_wrap(text, room[0], size, 400), size)
    while size > smallest and block.height > room[1]:
        size = max(smallest, int(size * 0.9))
        block = Block(_wrap(text, room[0], size, 400), size)
    return block


def _fits(block: Block, width: int, height: int, weight: int) -> bool:
    return block.height <= height and all(width_of(row, block.size, weight) <= width for row in block.rows)


def _wrap(text: str, width: int, size: int, weight: int) -> tuple[str, ...]:
    rows = [""]
    for piece in _PIECE.findall(text):
        for part in _split_wide(piece, width, size, weight):
            if rows[-1] and width_of((rows[-1] + part).rstrip(), size, weight) > width:
                rows.append("")
            rows[-1] += part
    return tuple(row.rstrip() for row in rows)


def _split_wide(piece: str, width: int, size: int, weight: int) -> list[str]:
    """`piece`, split into letters if it is wider than a row."""
    return [piece] if width_of(piece.rstrip(), size, weight) <= width else list(piece)


def _shorten(text: str, width: int, size: int, weight: int) -> str:
    while len(text) > 1 and width_of(text, size, weight) > width:
        text = text[:-2] + "…"
    return text


def write(image: NDArray[np.uint8], block: Block, place: tuple[int, int], colour: Colour, weight: int = 400) -> None:
    """Write `block` into `image`, its upper left corner at `place` (x, y)."""
    x, y = place
    for number, row in enumerate(block.rows):
        baseline = y + round((number * LEADING + 0.98) * block.size)
        cv2.putText(image, row, (x, baseline), colour, _font(), block.size, weight)


def unwritable(text: str) -> tuple[str, ...]:
    """The scripts in `text` that cannot be written (no font, or right to left), by name; ``signs`` for symbols."""
    letters = dict.fromkeys(normalise(text, len(text)))
    return tuple(dict.fromkeys(_script(char) for char in letters if not char.isascii() and not _can_write(char)))


def cannot_show_text(scripts: Sequence[str]) -> str:
    """A notice that a window cannot show letters of `scripts`, see `unwritable`."""
    return tr("this window cannot show {scripts}; the terminal may be able to", scripts=", ".join(scripts))


def _script(char: str) -> str:
    """The script of `char` as Unicode names it, for example ``Thai``; ``signs`` for a symbol."""
    if unicodedata.category(char)[0] not in "LM":
        return tr("signs")
    return unicodedata.name(char, "unknown").split()[0].capitalize()


@functools.lru_cache(maxsize=1024)
def _can_write(char: str) -> bool:
    return unicodedata.bidirectional(char) not in ("R", "AL") and (char.isspace() or _pixels(char) != _pixels("?"))


def _pixels(char: str) -> bytes:
    """The pixels of one letter; a missing letter is drawn as a question mark."""
    image = np.zeros((48, 64, 3), np.uint8)
    cv2.putText(image, char, (8, 36), (255, 255, 255), _font(), 24, 400)
    return image.tobytes()
