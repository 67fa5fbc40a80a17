"""What tools print on the terminal besides their results: progress, and nothing from TensorFlow."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from rich.console import Console
from rich.progress import Progress


def quiet_tensorflow() -> None:
    """Make TensorFlow say only errors; before it is first imported. Its CPU rounding becomes the plain one, too."""
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", TF_ENABLE_ONEDNN_OPTS="0")
    warnings.filterwarnings("ignore", message=r"\s*Warning: tf\.lite\.Interpreter is deprecated", category=UserWarning)


PATIENCE_S: Final = 2.0

T = TypeVar("T")


def tracked(
    items: Sequence[T], doing: str, console: Console | None = None, patience_s: float = PATIENCE_S
) -> Iterator[T]:
    """The items, one by one; a bar `doing` appears on stderr once that has taken `patience_s`."""
    started = time.monotonic()
    bar = Progress(console=console or Console(stderr=True), transient=True)
    task = bar.add_task(doing, total=len(items))
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


def say(text: str) -> None:
    """Tell how far it is, beside the table."""
    print(text, file=sys.stderr, flush=True)
