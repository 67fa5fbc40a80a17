"""The console that everything is printed on."""

from __future__ import annotations

from rich.console import Console


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let the command line decide what a reader that has gone means; rich would end the process as failed."""
        raise  # the BrokenPipeError: rich calls this where it has caught it


def open_console() -> Console:
    """Standard output as it is: text is never markup, nothing is coloured by guessing."""
    return _Console(markup=False, highlight=False)
