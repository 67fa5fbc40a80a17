"""Progress bars: the download of a web video, and any work whose length is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from coach.base.text import clean
from coach.display.kit.writer import shown

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from coach.base.types import Download

_NAME_WIDTH: Final = 80
_BAR_WIDTH: Final = 20
_NARROW: Final = 50
"""On fewer columns the bar is left out."""

_WORDS: Final = {
    "cookies": "Reading the browser's cookies",
    "asking": "Asking",
    "receiving": "Fetching",
    "joining": "Joining picture and sound of",
    "checking": "Checking",
}


class DownloadBar:
    """Shows the progress of one download; a context manager that removes the bar on exit.

    Where the console is no terminal, it prints one line for each stage instead.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        words = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True))
        amount = TextColumn("{task.fields[amount]}", markup=False, table_column=Column(no_wrap=True))
        bar = [] if console.width < _NARROW else [BarColumn(_BAR_WIDTH)]
        self._progress = Progress(
            words, *bar, amount, console=console, transient=True, disable=not console.is_terminal, expand=True
        )
        self._task = self._progress.add_task("", total=None, amount="")
        self._printed = ""

    def __enter__(self) -> DownloadBar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, download: Download) -> None:
        """Show the current state."""
        words = sentence(download)
        if self._console.is_terminal:
            self._progress.update(
                self._task,
                description=words,
                completed=download.done_bytes,
                total=download.total_bytes,
                amount=amount(download),
            )
        elif words != self._printed:
            self._console.print(Text(words))
        self._printed = words


def sentence(download: Download) -> str:
    """What is being done, such as ``Fetching A Winter's Tale``."""
    words = _WORDS[download.stage]
    return words if download.stage == "cookies" else f"{words} {clean(download.name, _NAME_WIDTH)}"


def amount(download: Download) -> str:
    """The amount received, such as ``34.5 of 90.0 MB``; empty at 0 bytes."""
    if not download.done_bytes:
        return ""
    done = f"{download.done_bytes / 1e6:.1f}"
    return f"{done} MB" if download.total_bytes is None else f"{done} of {download.total_bytes / 1e6:.1f} MB"


class WorkBar:
    """Shows how much of `total` is done; a context manager that removes the bar on exit.

    Where the console is no terminal it shows nothing: only the result is of interest in a pipe or a file.
    """

    def __init__(self, console: Console, words: str, total: float) -> None:
        safe = shown(words, console.encoding, 200)
        text = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True))
        bar = [] if console.width < _NARROW else [BarColumn(_BAR_WIDTH)]
        self._progress = Progress(
            text, *bar, TaskProgressColumn(), TimeRemainingColumn(compact=True),
            console=console, transient=True, disable=not console.is_terminal, expand=True,
        )  # fmt: skip
        self._task = self._progress.add_task(safe, total=max(total, 1e-9))

    def __enter__(self) -> WorkBar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, done: float) -> None:
        """Show that `done` of the total is done."""
        self._progress.update(self._task, completed=done)
