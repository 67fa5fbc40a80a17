"""Rebuilds the rows of a PDF page from the places of its characters, which come in any order and often without spaces.

Lengths are in points (1/72 inch); x goes right, y goes up.
"""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

_SAME_ROW: Final = 0.45
"""Difference of two baselines, as a share of the type size, up to which characters are on one row."""

_SPACE: Final = 0.22
"""Gap between two characters, as a share of the type size, from which there is a space. Spaces of common typefaces are
0.25 to 0.6 of the size; gaps within words are below 0.1."""

_COLUMN: Final = 2.2
"""Gap, as a share of the type size, from which the rest is a piece of its own: another column, or a scene number."""

_TWICE: Final = 0.12
"""Distance, as a share of the type size, at which the same character was drawn twice to look bold."""

_LARGE: Final = 1.8
"""Size relative to the usual one from which text is laid out by itself, because it may lie across other rows."""

_COMMON: Final = 0.15
"""Share of all distances between rows that makes one of them common."""

_DEFAULT_PITCH: Final = 14.0
"""Distance in points of two rows of 12-point type."""

_GAP: Final = 1.4
"""Distance of two rows relative to the usual one from which there is a blank row between them."""

_SIDE_BY_SIDE: Final = 1000.0
"""Points by which speeches side by side count as indented: the left one begins where actions do."""

_GUTTER_ROWS: Final = 8
"""Rows that each column of a page in two columns must have at least."""

_LIGATURES: Final = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\x02": "-", "\xa0": " "}
)
"""Letters that are drawn as one; U+0002 is what PDFium gives for a hyphen at the end of a row."""


class Char(NamedTuple):
    """A character from `x0` to `x1` on the baseline `y`, in type of `size`."""

    text: str
    x0: float
    x1: float
    y: float
    size: float


@dataclass(slots=True)
class Piece:
    """Text of one row without wide gaps, from `x0` to `x1` on the baseline `y`, in type of `size`.

    `gap` means that a blank row is above it.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    gap: bool = False


def lines_of(chars: Sequence[Char], width: float) -> list[list[Piece]]:
    """The lines of a page of `width` points from top to bottom, each cut into pieces at wide gaps."""
    if not chars:
        return []
    usual = statistics.median(char.size for char in chars) or 1.0
    large = [char for char in chars if char.size > _LARGE * usual]
    lines = _lines([char for char in chars if char.size <= _LARGE * usual]) + _lines(large)
    lines.sort(key=lambda line: -line[0].y)
    return [kept for line in lines if (kept := _without_margin_marks(line, width))]


def rows_of(lines: list[list[Piece]], width: float, pitch: float) -> list[Piece]:
    """The rows of a page of `width` points in reading order: column by column where there are two.

    `pitch` is the usual distance of two rows.
    """
    gutter = _gutter(lines, width)
    if gutter:
        columns = [[p for line in lines for p in line if (p.x0 < gutter) == left] for left in (True, False)]
        return [piece for column in columns for piece in _with_gaps(column, pitch)]
    return _in_reading_order(lines, pitch)


def _lines(chars: Sequence[Char]) -> list[list[Piece]]:
    """Characters grouped by their baselines, each line cut into pieces at wide gaps."""
    lines: list[list[Char]] = []
    for char in sorted(chars, key=lambda char: -char.y):
        if lines and lines[-1][0].y - char.y <= _SAME_ROW * max(lines[-1][0].size, char.size):
            lines[-1].append(char)
        else:
            lines.append([char])
    return [pieces for line in lines if (pieces := _pieces(sorted(line, key=lambda char: char.x0)))]


def _pieces(line: Sequence[Char]) -> list[Piece]:
    pieces: list[Piece] = []
    spaced = False
    previous: Char | None = None
    for char in line:
        if char.text.isspace():
            spaced = True
            continue
        text = char.text.translate(_LIGATURES)
        if previous is None or char.x0 - previous.x1 > _COLUMN * char.size:
            pieces.append(Piece(text, char.x0, char.x1, char.y, char.size))
        elif previous.text == char.text and char.x0 - previous.x0 < _TWICE * char.size:
            continue
        else:
            piece = pieces[-1]
            gap = spaced or char.x0 - previous.x1 > _SPACE * char.size
            piece.text += f" {text}" if gap else text
            piece.x1 = max(piece.x1, char.x1)
        previous, spaced = char, False
    return pieces


def _without_margin_marks(line: list[Piece], width: float) -> list[Piece]:
    """A line without the stars that mark revised lines in the right margin."""
    return [piece for piece in line if piece.text.strip("*") or piece.x0 < 0.8 * width]


def pitch_of(pages: Iterable[Sequence[Sequence[Piece]]]) -> float:
    """The usual distance of two rows: the smallest one that is common on the pages, whose lines are given."""
    distances: Counter[float] = Counter()
    for lines in pages:
        for above, below in itertools.pairwise(lines):
            distance = above[0].y - below[0].y
            if 0.8 * below[0].size < distance < 4 * below[0].size:
                distances[round(distance, 1)] += 1
    common = [distance for distance, count in distances.items() if count >= _COMMON * sum(distances.values())]
    return min(common, default=_DEFAULT_PITCH)


def _gutter(lines: Sequence[Sequence[Piece]], width: float) -> float:
    """The place between the two columns of a page; 0 if the page has one column."""
    pieces = [piece for line in lines for piece in line]
    for place in (width * share / 100 for share in range(40, 61, 2)):
        crossing = sum(piece.x0 < place < piece.x1 for piece in pieces)
        right = sum(piece.x0 >= place for piece in pieces)
        left = sum(piece.x1 <= place for piece in pieces)
        # Both columns begin at their left edges; names in the middle of a page and page numbers do not.
        edges = [Counter(round(p.x0 / 10) for p in pieces if (p.x0 < place) == side) for side in (True, False)]
        if (
            min(left, right) >= _GUTTER_ROWS
            and crossing <= 0.05 * len(pieces)
            and all(max(edge.values(), default=0) >= _GUTTER_ROWS / 2 for edge in edges)
        ):
            return place
    return 0.0


def _in_reading_order(lines: Sequence[list[Piece]], pitch: float) -> list[Piece]:
    """Lines from top to bottom. Where a few lines without blank rows have two pieces, the left ones come first."""
    rows: list[Piece] = []
    for block in _blocks(lines, pitch):
        double = [line for line in block if len(line) > 1]
        if len(double) > 1:
            place = statistics.median((line[0].x1 + line[1].x0) / 2 for line in double)
            for left in (True, False):
                column = _with_gaps([p for line in block for p in line if (p.x0 < place) == left], pitch)
                rows += [replace(piece, x0=piece.x0 + _SIDE_BY_SIDE) for piece in column]
        else:
            rows += _with_gaps([_joined(line) for line in block], pitch)
    return rows


def _blocks(lines: Sequence[list[Piece]], pitch: float) -> list[list[list[Piece]]]:
    blocks: list[list[list[Piece]]] = []
    for line in lines:
        if blocks and blocks[-1][-1][0].y - line[0].y <= _GAP * pitch:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _joined(line: list[Piece]) -> Piece:
    """The pieces of a line as one: a scene heading with its numbers, for example."""
    first = line[0]
    return Piece(" ".join(piece.text for piece in line), first.x0, line[-1].x1, first.y, first.size)


def _with_gaps(pieces: Iterable[Piece], pitch: float) -> list[Piece]:
    """`pieces` of one column, each marked if there is a blank row above it. The first one is."""
    marked: list[Piece] = []
    for piece in pieces:
        piece.gap = not marked or marked[-1].y - piece.y > _GAP * pitch
        marked.append(piece)
    return marked
