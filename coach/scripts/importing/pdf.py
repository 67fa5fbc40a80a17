"""Reads PDFs with text into a draft. What belongs to the page and not to the script is listed as left out."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from coach.base.child_process import kill_tree, start_child
from coach.base.messages import mark, tr
from coach.base.text import clean
from coach.scripts.importing.draft import MAX_BYTES, Draft
from coach.scripts.importing.names import cue_in_capitals, is_act, numbered_scene
from coach.scripts.importing.pdf_rows import Piece
from coach.scripts.importing.plain_text import Row, plain_draft
from coach.scripts.load import read_bytes
from coach.scripts.nodes import BrokenFile

LIMIT_S: Final = 120.0
"""Longest time for a PDF; a screenplay of 120 pages takes two seconds."""

_CHARACTER: Final = 7.2
"""Width in points of a character of 12-point Courier, the typeface of screenplays."""

_PAGE_NUMBER: Final = re.compile(
    r"[-–—\s(]*(?:page|p\.|pag\.)?\s*\d{1,4}(?:\s*(?:of|/|din)\s*\d{1,4})?[-–—\s.)]*", re.I
)
_BY: Final = re.compile(r"(?:an?\s+)?(?:\w+\s+){0,3}(?:by|de)\b", re.I)
_DIVIDED: Final = re.compile(r"[^\W\d]-$")

_HEAD: Final = 0.915
"""Share of the height of a page above which its head begins; its foot is as high."""

_REPEATED: Final = 0.5
"""Share of the pages on which a text at the same place is a header, a footer or a watermark."""

_MIN_REPEATED: Final = 3
_LARGE: Final = 1.6
"""Size relative to the usual one from which text that comes on several pages is a watermark."""

_MAX_FRONT_ROWS: Final = 14
"""Most rows of a page in front of the script that has no "by" on it."""


@dataclass(frozen=True, slots=True)
class _Page:
    number: int
    height: float
    rows: tuple[Piece, ...]
    slanting: str
    outside: str

    def is_at_edge(self, row: Piece) -> bool:
        """Whether `row` is in the head or in the foot of the page."""
        return not 1 - _HEAD <= row.y / self.height <= _HEAD

    def place_of(self, row: Piece) -> tuple[str, int]:
        """Text and height of `row`, to find it on other pages; in a head or foot without digits, which count up."""
        text = re.sub(r"\d+", "#", row.text) if self.is_at_edge(row) else row.text
        return text, round(row.y / 6)


def read_pdf(path: Path, _: Callable[[str], None]) -> Draft:
    """Read the PDF at `path`, in a child process; its places are pages.

    Raises:
        BrokenFile: it is a scan without text, locked, damaged, too large, or takes too long.
    """
    pages = _pages(read_bytes(path, MAX_BYTES))
    draft = Draft("page")
    empty = [page.number for page in pages if not page.rows]
    if len(empty) == len(pages):
        message = tr(
            "this PDF has no text on any page: it is a scan; make its text readable with a text recognition (OCR)"
        )
        raise BrokenFile(message, (0, 0))
    for number in empty:
        draft.drop(mark("page without text"), tr("a picture or nothing"), number)
    rows = [_script_rows(page, repeated, draft) for repeated in [_repeated(pages)] for page in pages]
    plain_draft(_joined(_without_front(rows, draft), draft), draft)
    return draft


def _pages(data: bytes) -> list[_Page]:
    """The pages that the child process reads from the PDF `data`."""
    with start_child("coach.scripts.importing.pdf_child") as child:
        try:
            output, _ = child.communicate(data, LIMIT_S)
        except subprocess.TimeoutExpired:
            message = tr("this PDF was refused: reading it took longer than {seconds:g} s", seconds=LIMIT_S)
            raise BrokenFile(message, (0, 0)) from None
        finally:
            kill_tree(child)
    rows = [json.loads(row) for row in output.splitlines()] if child.returncode == 0 else []
    if not rows:
        message = tr("this PDF was refused: it ended the program that reads it, or it has no pages")
        raise BrokenFile(message, (0, 0))
    if message := rows[-1].get("refused"):
        reason = clean(tr(message, **rows[-1]["values"]))
        raise BrokenFile(tr("this PDF was refused: {reason}", reason=reason), (0, 0))
    return [
        _Page(number, row["height"], tuple(Piece(*piece) for piece in row["rows"]), row["slanting"], row["outside"])
        for number, row in enumerate(rows, start=1)
    ]


# What belongs to the page.


def _repeated(pages: list[_Page]) -> set[tuple[str, int]]:
    """Texts at the same height of many pages, and large ones of several, with that height.

    Names and headings in ordinary type are not among them: they may well be at the same height of some pages.
    """
    sizes = sorted(row.size for page in pages for row in page.rows)
    large = _LARGE * sizes[len(sizes) // 2]
    counts: Counter[tuple[str, int]] = Counter()
    large_places = set()
    for page in pages:
        rows = [row for row in page.rows if row.size > large or page.is_at_edge(row) or not _is_of_script(row.text)]
        counts.update({page.place_of(row) for row in rows})
        large_places |= {page.place_of(row) for row in rows if row.size > large}
    enough = max(_MIN_REPEATED, _REPEATED * len(pages))
    often = {place for place, count in counts.items() if count >= enough or (count > 1 and place in large_places)}
    return often | _counting_up(pages)


def _counting_up(pages: list[_Page]) -> set[tuple[str, int]]:
    """Rows in the head or foot of several pages that have a number which counts up with the pages.

    Headings of scenes and acts are not among them: each may begin a page.
    """
    counts: Counter[tuple[tuple[str, int], int]] = Counter()
    for page in pages:
        for row in page.rows:
            heading = numbered_scene(row.text)[0] or is_act(row.text)
            numbers = re.findall(r"\d{1,4}", row.text) if page.is_at_edge(row) and not heading else []
            counts.update({(page.place_of(row), int(numbers[-1]) - page.number)} if numbers else ())
    return {place for (place, _), count in counts.items() if count > 1}


def _is_of_script(text: str) -> bool:
    return bool(cue_in_capitals(text)[0] or numbered_scene(text)[0])


def _script_rows(page: _Page, repeated: set[tuple[str, int]], draft: Draft) -> list[Row]:
    """The rows of a page that belong to the script."""
    draft.drop(mark("text across the page (a watermark)"), page.slanting, page.number)
    draft.drop(mark("text outside the page"), page.outside, page.number)
    rows, gap = [], False
    for row in page.rows:
        if page.is_at_edge(row) and _PAGE_NUMBER.fullmatch(row.text):
            draft.drop(mark("page number"), row.text, page.number)
        elif page.place_of(row) in repeated:
            draft.drop(mark("the same on many pages (a header, a footer or a watermark)"), row.text, page.number)
        else:
            rows.append(Row(page.number, row.text, row.x0 / _CHARACTER, row.gap or gap))
            gap = False
            continue
        gap = gap or row.gap
    return rows


def _without_front(pages: list[list[Row]], draft: Draft) -> list[list[Row]]:
    """The pages from the first one with a scene or several names on; a title page before them is left out."""
    first = next((number for number, rows in enumerate(pages) if _has_script(rows)), 0)
    front = pages[:first]
    if not all(_is_front(rows) for rows in front):
        return pages
    for rows in front:
        for row in rows:
            if not draft.title:
                draft.title = row.text
            draft.drop(mark("title page"), row.text, row.place)
    return pages[first:]


def _has_script(rows: list[Row]) -> bool:
    below = itertools.pairwise(rows)
    names = sum(row.gap and not after.gap and bool(cue_in_capitals(row.text)[0]) for row, after in below)
    with_colon = sum(bool(re.match(r"[^\W\d_][^:]{0,30}:\s", row.text)) for row in rows)
    return any(numbered_scene(row.text)[0] for row in rows) or max(names, with_colon) > 1


def _is_front(rows: list[Row]) -> bool:
    return any(_BY.match(row.text) for row in rows) or len(rows) <= _MAX_FRONT_ROWS


# One text of many pages.


def _joined(pages: list[list[Row]], draft: Draft) -> list[Row]:
    """The rows of all pages. A row at the top of a page goes on with the row before if it is indented like it."""
    joined: list[Row] = []
    for rows in pages:
        for number, row in enumerate(rows):
            if number == 0 and joined:
                row = replace(row, gap=abs(row.indent - joined[-1].indent) > 1)
            if joined and not row.gap and _DIVIDED.search(joined[-1].text) and row.text[0].islower():
                joined[-1], rest = _undivided(joined[-1], row, draft)
                if rest is None:
                    continue
                row = rest
            joined.append(row)
    return joined


def _undivided(row: Row, below: Row, draft: Draft) -> tuple[Row, Row | None]:
    """Two rows after the word that they divide was put together in the first one; None if nothing is left."""
    rest, _, remainder = below.text.partition(" ")
    whole = replace(row, text=row.text + rest)
    draft.doubt(
        mark("a word divided at the end of a row, put together with its hyphen"), whole.text.split(" ")[-1], row.place
    )
    return whole, replace(below, text=remainder) if remainder else None
