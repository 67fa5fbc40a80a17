"""Bars for what takes long: the download of a web video, a recording read anew, a film that is cut."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from coach.base.text import clean
from coach.display.kit.writer import shown

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from coach.base.types import Download

_NAME_WIDTH = 80
_BAR_WIDTH = 20
_NARROW = 50
"""Columns of a terminal that has no room for more than the words."""

_WORDS = {
    "cookies": "Reading the browser's cookies",
    "asking": "Asking",
    "receiving": "Fetching",
    "joining": "Joining picture and sound of",
    "checking": "Checking",
}


class DownloadBar:
    """Shows the moments of one download; a context manager, gone once it is left.

    Where the console is no terminal, a line says what is fetched and nothing moves.
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
        self._said = ""

    def __enter__(self) -> DownloadBar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, download: Download) -> None:
        """Show this moment."""
        words = sentence(download)
        if self._console.is_terminal:
            self._progress.update(
                self._task,
                description=words,
                completed=download.done_bytes,
                total=download.total_bytes,
                amount=amount(download),
            )
        elif words != self._said:
            self._console.print(Text(words))
        self._said = words


def sentence(download: Download) -> str:
    """What is being done, such as ``Fetching A Winter's Tale``."""
    words = _WORDS[download.stage]
    return words if download.stage == "cookies" else f"{words} {clean(download.name, _NAME_WIDTH)}"


def amount(download: Download) -> str:
    """How much is there, such as ``34.5 of 90.0 MB``; empty before anything is."""
    if not download.done_bytes:
        return ""
    done = f"{download.done_bytes / 1e6:.1f}"
    return f"{done} MB" if download.total_bytes is None else f"{done} of {download.total_bytes / 1e6:.1f} MB"


_WORK_WIDTH = 20
_WORK_NARROW = 50
"""Columns of a terminal that has no room for more than the words."""


class WorkBar:
    """Shows how much of `total` is done; a context manager, gone once it is left.

    Where the console is no terminal nothing is shown: its reader wants the result, and may go away before.
    """

    def __init__(self, console: Console, words: str, total: float) -> None:
        told = shown(words, console.encoding, 200)
        text = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True))
        bar = [] if console.width < _WORK_NARROW else [BarColumn(_WORK_WIDTH)]
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
