"""Ctrl-C and SIGTERM, made into an orderly end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol


class Interruptible(Protocol):
    """A run that can be ended.

    Attributes:
        interrupted: set to end it as soon as the next moment has come.
        playing: whether it is being played now, and not yet being closed.
    """

    interrupted: bool
    playing: bool


@contextmanager
def ending_on_signals(run: Interruptible) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM ends the run as soon as the next moment has come, the second at once.

    While the run is closed and its results written, both are ignored: what was captured must not be lost to impatience.
    """

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a handler
        if run.interrupted and run.playing:
            raise KeyboardInterrupt
        run.interrupted = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    try:
        yield
    finally:
        # Nothing is left to be interrupted but the end of the process, which would then look like a crash.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def giving_signals_back() -> Iterator[None]:
    """For a run behind which something else follows: Ctrl-C and SIGTERM do again what they did before it."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Work that Ctrl-C and SIGTERM break off where it looks for them: by calling what this gives.

    That raises KeyboardInterrupt once one of them has come. A handler that raised it anywhere could do so inside a
    library, which may swallow it.
    """
    came = False

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a handler
        nonlocal came
        came = True

    def look() -> None:
        if came:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield look
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
