"""Writes sentences on the terminal, with signs that say the same as colour does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rich.cells import cell_len, set_cell_size
from rich.padding import Padding
from rich.text import Text

from coach.base.text import clean_name
from coach.core.scoring.report import clock_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from coach.core.scoring.report import Note, Strength, Verdict


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters a display draws with, each one cell wide."""

    yes: str
    no: str
    part: str
    none: str
    full: str
    empty: str
    dot: str

    def verdict(self, verdict: Verdict) -> str:
        """The sign of a verdict."""
        return {"hit": self.yes, "partial": self.part, "miss": self.no, "not_scored": self.none}[verdict]

    def bar(self, share: float, width: int) -> str:
        """A bar `width` cells long, filled to `share` (0 to 1)."""
        filled = round(min(max(share, 0.0), 1.0) * width)
        return self.full * filled + self.empty * (width - filled)


UNICODE: Final = Signs(yes="✓", no="✗", part="~", none="–", full="█", empty="░", dot="·")
ASCII: Final = Signs(yes="+", no="x", part="~", none="-", full="#", empty=".", dot="-")


def signs_for(encoding: str) -> Signs:
    """The finest signs that `encoding` can write."""
    wanted = "".join((UNICODE.yes, UNICODE.no, UNICODE.none, UNICODE.full, UNICODE.empty, UNICODE.dot))
    return UNICODE if writable(wanted, encoding) == wanted else ASCII


def writable(text: str, encoding: str) -> str:
    """`text` with every character that `encoding` cannot write as ``?``."""
    return text.encode(encoding, "replace").decode(encoding, "replace")


def overflow_for(encoding: str) -> Literal["ellipsis", "crop"]:
    """How text that is too long may end where `encoding` is written."""
    return "ellipsis" if writable("…", encoding) == "…" else "crop"


def shortened(text: str, cells: int, encoding: str) -> str:
    """`text` cut to `cells` after a whole word, or within the first where even that is too long."""
    if cell_len(text) <= cells:
        return text
    end = "…" if overflow_for(encoding) == "ellipsis" else "..."
    kept = set_cell_size(text, max(0, cells - cell_len(end)))
    if not text.startswith(f"{kept} "):
        kept = kept.rpartition(" ")[0] or kept
    return kept.rstrip(" ,;:") + end


def shown(text: str, encoding: str, limit: int = 500) -> str:
    """`text` from outside made safe and writable; see `coach.base.text.clean_name`."""
    return writable(clean_name(text, limit), encoding)


SHORTEST_QUOTE: Final = 20
"""Cells; where less is left beside its number, a line is quoted on a row of its own."""

INDENT: Final = 2


class Writer:
    """Writes text from outside as plain text, whatever is in it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def gap(self) -> None:
        """An empty row."""
        self.print(Text())

    def line(self, text: str, style: str = "") -> None:
        """A paragraph."""
        self.print(Text(self._own(text), style=style))

    def labelled(self, label: str, text: str) -> None:
        """A paragraph behind a word that says what it is."""
        self.print(Text(f"{label}: ", style="bold").append(self._own(text), style="not bold"))

    def moment(self, label: str, said: Note | Strength, line: str) -> None:
        """When and on which line, quoted as far as the row is wide, and what is said of it."""
        self.quoting(label, f"{clock_text(said.t)} line {said.line}, ", line)
        self.detail(said.text)

    def quoting(self, label: str, place: str, line: str) -> None:
        """What it is about: `place`, and `line` quoted as far as the row is wide."""
        left = self._console.width - cell_len(f"{label}: {place}")
        if left >= SHORTEST_QUOTE:
            self.labelled(label, place + self._quoted(line, left))
        else:
            self.labelled(label, place)
            self.detail(self._quoted(line, self._console.width - INDENT))

    def _quoted(self, text: str, cells: int) -> str:
        return f'"{shortened(self._own(text), cells - 2, self._console.encoding)}"'

    def detail(self, text: str) -> None:
        """A paragraph that belongs to the one before."""
        self.print(Padding(Text(self._own(text)), (0, 0, 0, INDENT), expand=False))

    def whole(self, text: str) -> None:
        """One line however long, so that it can be copied."""
        self._console.print(Text(self._own(text, 4096)), soft_wrap=True, markup=False, highlight=False)

    def _own(self, text: str, limit: int = 1000) -> str:
        return shown(text, self._console.encoding, limit)

    def print(self, text: RenderableType) -> None:
        """Whatever is safe already."""
        self._console.print(text, markup=False, highlight=False)
