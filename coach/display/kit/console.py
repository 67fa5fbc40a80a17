"""The console for everything that is printed, and the full-screen view of a terminal."""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from coach.display.kit.writer import overflow_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

REFRESH_S: Final = 1 / 12
"""Least time between two drawings of a full screen: smooth for the eye, cheap for the loop."""

ROOMY: Final = 20
"""From this many rows on there is room for empty rows between the sections."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave a broken pipe to the command line; rich would end the process with a failure."""
        raise  # the BrokenPipeError: rich calls this where it has caught it


def open_console() -> Console:
    """A console on standard output that never interprets markup and never highlights."""
    return _Console(markup=False, highlight=False)


class FullScreen:
    """Draws rows on the alternate screen of `console`, and restores the main screen and the cursor afterwards."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    @property
    def active(self) -> bool:
        """Whether the alternate screen is in use."""
        return self._live is not None

    def draw(self, rows: Iterable[Text]) -> None:
        """Show `rows` and nothing else; switches to the alternate screen where needed."""
        if self._live is None:
            self._live = self._started()
        self._live.update(Group(*rows), refresh=True)

    def leave(self) -> None:
        """Return to the main screen; the next drawing leaves it again. Safe to call twice."""
        live, self._live = self._live, None
        if live:
            live.stop()
            atexit.unregister(self.leave)

    def _started(self) -> Live:
        # Not redirected: replacing sys.stdout would affect everyone. Foreign output is drawn over soon.
        live = Live(
            console=self._console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        atexit.register(self.leave)
        live.start()
        return live


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together.

    Attributes:
        weight: sections with the least weight are left out first where the terminal is too low.
        rows: of the section.
    """

    weight: int
    rows: list[Text]


def fit_rows(sections: Sequence[Section], console: Console) -> list[Text]:
    """The rows of the most important `sections`: at most as many as `console` has, none wider than it."""
    kept = list(sections)
    while sum(len(section.rows) for section in kept) > console.height and len(kept) > 1:
        kept.remove(min(kept, key=lambda section: section.weight))
    rows = [row for section in kept for row in section.rows][: console.height]
    for row in rows:
        row.truncate(console.width, overflow=overflow_for(console.encoding))
    return rows


def wrap_text(text: Text, console: Console, most: int) -> list[Text]:
    """`text` wrapped to the width of `console`, at most `most` rows; an ellipsis ends a text that is cut."""
    lines = list(text.wrap(console, console.width, overflow="fold"))
    if len(lines) > most:
        lines[most - 1].append(" " * console.width + ".")  # wider than the row, so `fit_rows` ends it in an ellipsis
    return lines[:most]
