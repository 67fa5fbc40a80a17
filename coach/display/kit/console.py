"""The console that everything is printed on, and the terminal's second screen."""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let the command line decide what a reader that has gone means; rich would end the process as failed."""
        raise  # the BrokenPipeError: rich calls this where it has caught it


def open_console() -> Console:
    """Standard output as it is: text is never markup, nothing is coloured by guessing."""
    return _Console(markup=False, highlight=False)


class FullScreen:
    """Draws rows on `console` in its second screen, and leaves the first one as it was, cursor included."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    @property
    def taken(self) -> bool:
        """Whether the screen is held now."""
        return self._live is not None

    def draw(self, rows: Iterable[Text]) -> None:
        """Show `rows` and nothing else; takes the screen where it is not held."""
        if self._live is None:
            self._live = self._started()
        self._live.update(Group(*rows), refresh=True)

    def give_back(self) -> None:
        """Leave the screen; the next drawing takes it again. Safe to call twice."""
        live, self._live = self._live, None
        if live:
            live.stop()
            atexit.unregister(self.give_back)

    def _started(self) -> Live:
        # Not redirected: replacing sys.stdout would reach everyone. What others print is drawn over soon.
        live = Live(
            console=self._console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        atexit.register(self.give_back)
        live.start()
        return live
