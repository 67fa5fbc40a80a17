"""Progress bars: the download of a web video, and tasks with a known total."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from coach.base.messages import mark, tr
from coach.base.text import clean
from coach.display.kit.writer import safe_text

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console
    from rich.progress import ProgressColumn
    from typing_extensions import Self

    from coach.base.types import Download

LATE_S: Final = 2.0
"""Seconds after which a `LateBar` is shown."""

_NAME_WIDTH: Final = 80
_BAR_WIDTH: Final = 20
_NARROW: Final = 50
"""On fewer columns the bar is left out."""

_STAGE_LABELS: Final = {
    "cookies": mark("Reading the browser's cookies"),
    "asking": mark("Asking {name}"),
    "receiving": mark("Fetching {name}"),
    "joining": mark("Joining picture and sound of {name}"),
    "checking": mark("Checking {name}"),
}


class _Bar:
    """A progress bar; a context manager that removes the bar on exit."""

    def __init__(self, console: Console, *columns: ProgressColumn) -> None:
        """Prepare a bar with a text before it and `columns` behind it."""
        label = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True))
        bar = [] if console.width < _NARROW else [BarColumn(_BAR_WIDTH)]
        self._progress = Progress(
            label, *bar, *columns, console=console, transient=True, disable=not console.is_terminal, expand=True
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()


class DownloadBar(_Bar):
    """Shows the progress of one download; a context manager that removes the bar on exit.

    If the console is not a terminal, it prints one line for each stage instead.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(console, TextColumn("{task.fields[amount]}", markup=False, table_column=Column(no_wrap=True)))
        self._console = console
        self._task = self._progress.add_task("", total=None, amount="")
        self._last_status = ""

    def __call__(self, download: Download) -> None:
        """Show the current state."""
        status = status_text(download)
        if self._console.is_terminal:
            self._progress.update(
                self._task,
                description=status,
                completed=download.done_bytes,
                total=download.total_bytes,
                amount=amount_text(download),
            )
        elif status != self._last_status:
            self._console.print(Text(status))
        self._last_status = status


def status_text(download: Download) -> str:
    """What is being done, for example ``Fetching A Winter's Tale``."""
    return tr(_STAGE_LABELS[download.stage], name=clean(download.name, _NAME_WIDTH))


def amount_text(download: Download) -> str:
    """The amount received, for example ``34.5 of 90.0 MB``; empty at 0 bytes."""
    if not download.done_bytes:
        return ""
    done = download.done_bytes / 1e6
    if download.total_bytes is None:
        return tr("{done:.1f} MB", done=done)
    return tr("{done:.1f} of {total:.1f} MB", done=done, total=download.total_bytes / 1e6)


class WorkBar(_Bar):
    """Shows the progress of a task; a context manager that removes the bar on exit.

    If the console is not a terminal, it shows nothing: a pipe or a file needs only the result.

    Args:
        console: console to draw on.
        label: text beside the bar.
        total: the value of `done` at which the task is complete.
    """

    def __init__(self, console: Console, label: str, total: float) -> None:
        super().__init__(console, TaskProgressColumn(), TimeRemainingColumn(compact=True))
        self._task = self._progress.add_task(safe_text(label, console.encoding, 200), total=max(total, 1e-9))

    def __call__(self, done: float) -> None:
        """Show `done`, 0 to the total."""
        self._progress.update(self._task, completed=done)


class LateBar:
    """A bar like `WorkBar` for a task that is usually short: shown once it has taken `LATE_S`."""

    def __init__(self, console: Console, label: str) -> None:
        self._console, self._label = console, label
        self._began_at = time.monotonic()
        self._stack = ExitStack()
        self._bar: WorkBar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` is done."""
        if self._bar is None and time.monotonic() - self._began_at >= LATE_S:
            self._bar = self._stack.enter_context(WorkBar(self._console, self._label, total))
        if self._bar is not None:
            self._bar(done)
