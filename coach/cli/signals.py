"""Turn Ctrl-C, Ctrl-backslash and SIGTERM into an orderly end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, Protocol

ENDING: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGQUIT") if hasattr(signal, name))
"""Ctrl-C, the usual request to end, and Ctrl-backslash, after which the terminal would else stay without a cursor."""


class Interruptible(Protocol):
    """A run that can be interrupted.

    Attributes:
        interrupted: set this to end the run at the next moment.
        playing: whether it is playing now and not yet closing.
    """

    interrupted: bool
    playing: bool


@contextmanager
def ending_on_signals(run: Interruptible) -> Iterator[None]:
    """End the run at the next moment after the first signal of `ENDING`, and at once after the second.

    They are ignored while the run closes and writes its results, so that no captured data is lost. They stay ignored,
    because the process ends then.
    """

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a handler
        if run.interrupted and run.playing:
            raise KeyboardInterrupt
        run.interrupted = True

    for number in ENDING:
        signal.signal(number, end)
    try:
        yield
    finally:
        # Only the end of the process is left; interrupting that would look like a crash.
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def restoring_signals() -> Iterator[None]:
    """Restore the handlers of `ENDING` on leaving; for a run after which the process goes on."""
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C and SIGTERM stop long work at safe points.

    Yields a function that raises KeyboardInterrupt if one of the signals has arrived. A handler that raised it directly
    could do so inside a library, which may swallow it.
    """
    signalled = False

    def remember(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a handler
        nonlocal signalled
        signalled = True

    def check_interrupt() -> None:
        if signalled:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield check_interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
