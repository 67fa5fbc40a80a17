"""The child process that reads a PDF with PDFium: files of strangers can make it crash, hang or fill the memory.

It reads the PDF from standard input and writes a row of JSON for each page to standard output, or one with a reason.
"""

from __future__ import annotations

import ctypes
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from coach.base.messages import mark
from coach.scripts.importing.pdf_rows import Char, Piece, lines_of, pitch_of, rows_of

MAX_PAGES: Final = 3000
MAX_CHARACTERS: Final = 50_000
"""Most characters of a page; a page in small type has 6,000."""

MEMORY_BYTES: Final = 2**30
"""Largest address space of the child. Python and PDFium map 0.3 GB."""

_LEVEL: Final = 2.0
"""Angle in degrees up to which text counts as level."""

_NO_CHARACTERS: Final = frozenset({0, 10, 13, 0xFFFE, 0xFFFF}) | frozenset(range(0xD800, 0xE000))
"""Codes of line ends, of glyphs without a character, and of halves of characters."""


class _Page(NamedTuple):
    """The lines of a page and its size in points, with the text that does not run level, or lies outside it."""

    width: float
    height: float
    lines: list[list[Piece]]
    slanting: str
    outside: str


class _Drawn(NamedTuple):
    """A character as PDFium places it: its origin, and how wide and high its box is, in points."""

    text: str
    x: float
    y: float
    wide: float
    high: float


def main() -> int:
    """Read the PDF from standard input, and write its pages."""
    _limit_memory()
    try:
        for row in _pages(sys.stdin.buffer.read()):
            sys.stdout.write(json.dumps(row) + "\n")
    except _Refused as refused:
        sys.stdout.write(json.dumps({"refused": refused.message, "values": refused.values}) + "\n")
    except MemoryError:
        sys.stdout.write(json.dumps({"refused": mark("reading it takes too much memory"), "values": {}}) + "\n")
    return 0


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """A reason for which the PDF is not read: a message with its values, which the parent translates."""

    def __init__(self, message: str, **values: object) -> None:
        self.message = message
        self.values = values
        super().__init__(message)


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):  # Windows, or a system without this limit
        return


def _pages(data: bytes) -> Iterator[dict[str, Any]]:
    """The pages of the PDF `data`, each with its size, its rows and its slanting text."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise _Refused(mark("it is locked by a password; save it without one")) from None
        raise _Refused(mark("it is damaged: {reason}"), reason=str(error)) from None
    if len(document) > MAX_PAGES:
        message = mark("it has {count:,} pages; a script may have {limit:,}")
        raise _Refused(message, count=len(document), limit=MAX_PAGES)
    pages = [_page(document, number) for number in range(len(document))]
    pitch = pitch_of(page.lines for page in pages)
    for page in pages:
        rows = [(r.text, r.x0, r.x1, r.y, r.size, r.gap) for r in rows_of(page.lines, page.width, pitch)]
        yield {"height": page.height, "rows": rows, "slanting": page.slanting, "outside": page.outside}


def _page(document: Any, number: int) -> _Page:  # noqa: ANN401 - pypdfium2 comes without types
    """Read page `number`, from 0."""
    import pypdfium2

    try:
        page = document[number]
        text = page.get_textpage()
    except pypdfium2.PdfiumError as error:
        raise _Refused(mark("page {page} is damaged: {reason}"), page=number + 1, reason=str(error)) from None
    count = text.count_chars()
    if count > MAX_CHARACTERS:
        message = mark("page {page} has {count:,} characters; a page of a script has a few thousand")
        raise _Refused(message, page=number + 1, count=count)
    left, bottom, right, top = page.get_mediabox()
    found = list(_chars(text.raw, count))
    text.close()
    page.close()
    turned = _turn(found)
    width, height = (right - left, top - bottom) if turned % 180 == 0 else (top - bottom, right - left)
    level = [_upright(char, turned, (left, bottom, right, top)) for angle, char in found if _is_level(angle, turned)]
    slanting = "".join(char.text for angle, char in found if not _is_level(angle, turned))
    outside = "".join(char.text for char in level if not 0 <= char.y <= height)
    lines = lines_of([char for char in level if 0 <= char.y <= height], width)
    return _Page(width, height, lines, slanting, outside)


def _chars(page: Any, count: int) -> Iterator[tuple[float, _Drawn]]:  # noqa: ANN401 - a ctypes pointer
    """Angle in degrees and place of each character, without those that PDFium makes up, as it does with line ends."""
    from pypdfium2 import raw

    x, y, box = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF()
    for index in range(count):
        code = raw.FPDFText_GetUnicode(page, index)
        if code in _NO_CHARACTERS or raw.FPDFText_IsGenerated(page, index) == 1:
            continue
        raw.FPDFText_GetCharOrigin(page, index, x, y)
        raw.FPDFText_GetLooseCharBox(page, index, box)
        angle = math.degrees(raw.FPDFText_GetCharAngle(page, index))
        yield angle, _Drawn(chr(code), x.value, y.value, abs(box.right - box.left), abs(box.top - box.bottom))


def _turn(found: list[tuple[float, _Drawn]]) -> int:
    """How far, in quarter turns of 90 degrees, most of the text is turned: a page may be stored on its side."""
    turns = Counter(round(angle / 90) * 90 % 360 for angle, _ in found)
    return turns.most_common(1)[0][0] if turns else 0


def _is_level(angle: float, turned: int) -> bool:
    return abs((angle - turned + 180) % 360 - 180) <= _LEVEL


def _upright(char: _Drawn, turned: int, box: tuple[float, float, float, float]) -> Char:
    """A character of a page on its side, as it is on the page when that is read."""
    left, bottom, right, top = box
    if turned == 0:
        x, y = char.x - left, char.y - bottom
    elif turned == 90:
        x, y = top - char.y, char.x - left
    elif turned == 180:
        x, y = right - char.x, top - char.y
    else:
        x, y = char.y - bottom, right - char.x
    along, across = (char.wide, char.high) if turned % 180 == 0 else (char.high, char.wide)
    return Char(char.text, x, x + along, y, across)


if __name__ == "__main__":
    raise SystemExit(main())
