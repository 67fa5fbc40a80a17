"""A bar on the terminal for what takes longer than two seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from rich.console import Console
from rich.progress import Progress

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
