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
"""Minimum time between two drawings of a full screen, in seconds: smooth to watch, and cheap for the main loop."""

MIN_ROWS_FOR_SPACING: Final = 20
"""Minimum terminal height, in rows, for empty rows between the sections."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let the command line handle a broken pipe; by default rich exits the process with a failure."""
        raise  # rich calls this in its `except BrokenPipeError` block


def open_console() -> Console:
    """A console on standard output that never interprets markup and never highlights."""
    return _Console(markup=False, highlight=False)


class FullScreen:
    """Draws rows on the alternate screen of `console`; `close` restores the main screen and the cursor."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    @property
    def active(self) -> bool:
        """Whether the alternate screen is in use."""
        return self._live is not None

    def draw(self, rows: Iterable[Text]) -> None:
        """Replace the screen content with `rows`; the first call switches to the alternate screen."""
        if self._live is None:
            self._live = self._start()
        self._live.update(Group(*rows), refresh=True)

    def close(self) -> None:
        """Restore the main screen; the next `draw` reopens the full screen. Safe to call twice."""
        live, self._live = self._live, None
        if live:
            live.stop()
            atexit.unregister(self.close)

    def _start(self) -> Live:
        # No redirection: it would replace sys.stdout for the whole process. The next `draw` covers any other output.
        live = Live(
            console=self._console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        atexit.register(self.close)
        live.start()
        return live


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together.

    Attributes:
        weight: importance; if the terminal is not tall enough, sections with the least weight are left out first.
        rows: rows of text, from top to bottom.
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


def wrap_text(text: Text, console: Console, limit: int) -> list[Text]:
    """`text` wrapped to the width of `console`, in at most `limit` rows, see `limit_rows`."""
    return limit_rows(list(text.wrap(console, console.width, overflow="fold")), console, limit)


def limit_rows(rows: list[Text], console: Console, limit: int) -> list[Text]:
    """The first `limit` of `rows`; if there are more, the last one ends in an ellipsis at the right edge."""
    if len(rows) > limit:
        last = rows[limit - 1]
        last.append(" " * (console.width + 1))  # longer than the row, so that `truncate` adds the ellipsis
        last.truncate(console.width, overflow=overflow_for(console.encoding))
    return rows[:limit]
