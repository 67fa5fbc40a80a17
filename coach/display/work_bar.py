"""A bar for work whose length is known: a recording read anew, a film that is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column

from coach.display.signs import shown

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

_BAR_WIDTH = 20
_NARROW = 50
"""Columns of a terminal that has no room for more than the words."""


class WorkBar:
    """Shows how much of `total` is done; a context manager, gone once it is left.

    Where the console is no terminal nothing is shown: its reader wants the result, and may go away before.
    """

    def __init__(self, console: Console, words: str, total: float) -> None:
        told = shown(words, console.encoding, 200)
        text = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True))
        bar = [] if console.width < _NARROW else [BarColumn(_BAR_WIDTH)]
        self._progress = Progress(
            text, *bar, TaskProgressColumn(), TimeRemainingColumn(compact=True),
            console=console, transient=True, disable=not console.is_terminal, expand=True,
        )  # fmt: skip
        self._task = self._progress.add_task(told, total=max(total, 1e-9))

    def __enter__(self) -> WorkBar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, done: float) -> None:
        """So much of the total is done."""
        self._progress.update(self._task, completed=done)
