"""Writes text to the terminal, safely and in its encoding, with signs that do not depend on colour."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rich.cells import cell_len, set_cell_size
from rich.padding import Padding
from rich.text import Text

from coach.base.messages import tr
from coach.base.text import clean_name
from coach.core.scoring.report import clock_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType

    from coach.core.scoring.report import Verdict


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs that a display draws, each one cell wide.

    Attributes:
        yes: hit, or on target.
        no: miss, or off target.
        part: partial hit.
        none: no value or no verdict.
        full: filled cell of a bar.
        empty: empty cell of a bar.
        dot: separator.
    """

    yes: str
    no: str
    part: str
    none: str
    full: str
    empty: str
    dot: str

    def verdict(self, verdict: Verdict) -> str:
        """The sign of `verdict`."""
        return {"hit": self.yes, "partial": self.part, "miss": self.no, "not_scored": self.none}[verdict]

    def bar(self, share: float, width: int) -> str:
        """A bar of `width` cells, filled to `share` (0 to 1)."""
        filled = round(min(max(share, 0.0), 1.0) * width)
        return self.full * filled + self.empty * (width - filled)


UNICODE: Final = Signs(yes="✓", no="✗", part="~", none="–", full="█", empty="░", dot="·")
ASCII: Final = Signs(yes="+", no="x", part="~", none="-", full="#", empty=".", dot="-")

VERDICT_STYLES: Final[dict[Verdict, str]] = {"hit": "green", "partial": "yellow", "miss": "red", "not_scored": "dim"}


def signs_for(encoding: str) -> Signs:
    """The best signs that `encoding` can write."""
    signs = "".join((UNICODE.yes, UNICODE.no, UNICODE.none, UNICODE.full, UNICODE.empty, UNICODE.dot))
    return UNICODE if writable(signs, encoding) == signs else ASCII


_PLAIN: Final = str.maketrans("ĂăÂâÎîȘșȚț„”", 'AaAaIiSsTt""')
"""Romanian letters and quotes for old encodings, as Romanians write without their keyboard."""


def writable(text: str, encoding: str) -> str:
    """`text` as `encoding` can write it: Romanian letters without their marks, other missing characters as ``?``."""
    if not text.isascii():
        text = "".join(char if _can_write(char, encoding) else char.translate(_PLAIN) for char in text)
    return text.encode(encoding, "replace").decode(encoding, "replace")


def _can_write(char: str, encoding: str) -> bool:
    return char.encode(encoding, "ignore") != b""


def can_redraw() -> bool:
    """Whether standard output is a terminal that a full-screen view can be drawn on."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def overflow_for(encoding: str) -> Literal["ellipsis", "crop"]:
    """How to end a text that is too long: with an ellipsis, or cropped if `encoding` has none."""
    return "ellipsis" if writable("…", encoding) == "…" else "crop"


def shorten(text: str, cells: int, encoding: str) -> str:
    """`text` cut to `cells` after a whole word, or inside the first word if that is too long."""
    if cell_len(text) <= cells:
        return text
    end = "…" if overflow_for(encoding) == "ellipsis" else "..."
    kept = set_cell_size(text, max(0, cells - cell_len(end)))
    if not text.startswith(f"{kept} "):
        kept = kept.rpartition(" ")[0] or kept
    return kept.rstrip(" ,;:") + end


def safe_text(text: str, encoding: str, limit: int = 500) -> str:
    """External text, made safe (see `coach.base.text.clean_name`) and writable in `encoding`."""
    return writable(clean_name(text, limit), encoding)


def columns(texts: Sequence[str], widths: Sequence[int], encoding: str, style: str = "") -> Text:
    """A row of `texts` in columns of `widths` cells, indented by four; a text that is too long is cut."""
    row = Text(" " * 4)
    for text, width in zip(texts, widths, strict=True):
        cell = Text(text, style=style)
        cell.truncate(width - 1, overflow=overflow_for(encoding), pad=True)
        row.append_text(cell).append(" ")
    return row


def fitting_widths(headings: Sequence[str], widths: Sequence[int]) -> list[int]:
    """Widths of columns in cells: at least `widths`, more where a heading of the user's language needs it."""
    return [max(width, cell_len(heading) + 1) for heading, width in zip(headings, widths, strict=True)]


def indent_paragraph(text: str, style: str = "") -> Padding:
    """A paragraph of `text` (already safe) in which every row has the indent of the first."""
    unindented = text.lstrip(" ")
    return Padding(Text(unindented, style=style), (0, 0, 0, len(text) - len(unindented)), expand=False)


MIN_QUOTE_WIDTH: Final = 20
"""Minimum cells for a quoted line beside its number; with fewer it is quoted on a separate row."""

INDENT: Final = 2
"""Indent of a detail, in cells."""


class Writer:
    """Prints external text on a console as plain text, whatever it contains."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def gap(self) -> None:
        """Print an empty row."""
        self.print(Text())

    def line(self, text: str, style: str = "") -> None:
        """Print a paragraph."""
        self.print(Text(self._safe(text), style=style))

    def labelled(self, label: str, text: str) -> None:
        """Print a paragraph after a bold label."""
        self.print(Text(f"{self._safe(label)}: ", style="bold").append(self._safe(text), style="not bold"))

    def moment(self, label: str, t: float, line: int, text: str) -> None:
        """Print the take time `t` and the quoted line (see `quote`)."""
        self.quote(label, tr("{time} line {number}, ", time=clock_text(t), number=line), text)

    def quote(self, label: str, place: str, line: str) -> None:
        """Print a label, `place` and the quoted `line`, shortened to fit the row."""
        left = self._console.width - cell_len(f"{label}: {place}")
        if left >= MIN_QUOTE_WIDTH:
            self.labelled(label, place + self._quoted(line, left))
        else:
            self.labelled(label, place)
            self.detail(self._quoted(line, self._console.width - INDENT))

    def _quoted(self, text: str, cells: int) -> str:
        return tr('"{words}"', words=shorten(self._safe(text), cells - 2, self._console.encoding))

    def detail(self, text: str) -> None:
        """Print an indented paragraph that belongs to the one before."""
        self.print(Padding(Text(self._safe(text)), (0, 0, 0, INDENT), expand=False))

    def unwrapped(self, text: str) -> None:
        """Print one line of any length without wrapping it, so that it can be copied."""
        self._console.print(Text(self._safe(text, 4096)), soft_wrap=True, markup=False, highlight=False)

    def verbatim(self, row: str) -> None:
        """Print a row of the coach's own text, with its spaces."""
        text = " ".join(self._safe(word, 4096) for word in row.split(" "))
        self._console.print(Text(text), soft_wrap=True, markup=False, highlight=False)

    def _safe(self, text: str, limit: int = 1000) -> str:
        return safe_text(text, self._console.encoding, limit)

    def print(self, text: RenderableType) -> None:
        """Print a renderable that is already safe."""
        self._console.print(text, markup=False, highlight=False)
