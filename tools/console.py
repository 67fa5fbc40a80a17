"""Terminal output that tools share: progress on stderr, and TensorFlow without its log messages."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE_S: Final = 2.0
"""A progress bar appears only after this many seconds."""

T = TypeVar("T")


def quiet_tensorflow() -> None:
    """Reduce TensorFlow's log to errors and disable oneDNN for reproducible sums; call it before the import."""
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", TF_ENABLE_ONEDNN_OPTS="0")
    warnings.filterwarnings("ignore", message=r"\s*Warning: tf\.lite\.Interpreter is deprecated", category=UserWarning)


def log(text: str) -> None:
    """Print a line of progress on stderr."""
    print(text, file=sys.stderr, flush=True)


def with_progress(
    items: Sequence[T], description: str, console: Console | None = None, patience_s: float = PATIENCE_S
) -> Iterator[T]:
    """Iterate over `items`; show a progress bar on stderr after `patience_s` seconds."""
    from rich.console import Console
    from rich.progress import Progress

    started = time.monotonic()
    bar = Progress(console=console or Console(stderr=True), transient=True)
    task = bar.add_task(description, total=len(items))
    running = False
    try:
        for item in items:
            if not running and time.monotonic() - started >= patience_s:
                bar.start()
                running = True
            yield item
            bar.advance(task)
    finally:
        if running:
            bar.stop()
