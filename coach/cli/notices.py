"""Sentences for the user that may come from any thread and at any time of a run."""

from __future__ import annotations

import sys
from collections import deque
from typing import Protocol

from coach.base.events import Event
from coach.base.text import clean


class Noticing(Protocol):
    """A display that can show a sentence."""

    def notice(self, text: str) -> None:
        """Show it for a while."""
        ...


class Notices:
    """Takes sentences from any thread; displays get them in the loop's own thread, since this is an `EventSink`.

    Before there is a display and after it is closed they go to standard error.
    """

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._displays: list[Noticing] = []

    def __call__(self, text: str) -> None:
        """One sentence for the user."""
        self._waiting.append(text)
        if not self._displays:
            self.flush()

    def show_on(self, display: Noticing) -> None:
        """From now on `display` shows them."""
        self._displays.append(display)

    def handle(self, event: Event) -> None:  # noqa: ARG002  # any event is a chance to show what has come in
        """Hand over what has come in."""
        self.hand_over()

    def hand_over(self) -> None:
        """Show on the displays what has come in; to be called in their own thread."""
        while self._waiting:
            text = self._waiting.popleft()
            for display in self._displays:
                display.notice(text)

    def close(self) -> None:
        """The displays are gone: what came too late for them is printed."""
        self._displays.clear()
        self.flush()

    def flush(self) -> None:
        """Print what waits."""
        while self._waiting:
            print(f"coach: {clean(self._waiting.popleft(), 1000)}", file=sys.stderr, flush=True)  # noqa: T201
