"""Writes sentences on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.padding import Padding
from rich.text import Text

from coach.core.scoring.report import clock_text
from coach.display.signs import shortened, shown

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from coach.core.scoring.report import Note, Strength

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
