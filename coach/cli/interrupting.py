"""Ctrl-C and SIGTERM, made into an orderly end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
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
def interrupted_by_term() -> Iterator[None]:
    """SIGTERM breaks off as Ctrl-C does, so that what is not finished is cleared away."""

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a handler
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
