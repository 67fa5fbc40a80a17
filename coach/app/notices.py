"""Sentences for the user that may come from any thread and at any time of a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from coach.base.events import Event, LineStarted, TakeStarted

if TYPE_CHECKING:
    from coach.core.progress.notes import OwnNote


class Noticing(Protocol):
    """A display that can show a sentence."""

    def notice(self, text: str) -> None:
        """Show it for a while."""
        ...


class Notices:
    """Takes sentences from any thread and hands them to the displays in the thread of the loop.

    Attributes:
        waiting: what has come in and was not shown yet.
    """

    def __init__(self, fallback: Callable[[str], None]) -> None:
        """Prepare. Before there is a display and after it is closed, sentences go to `fallback`."""
        self.waiting: deque[str] = deque()
        self._fallback = fallback
        self._displays: list[Noticing] = []

    def __call__(self, text: str) -> None:
        """Take one sentence for the user."""
        self.waiting.append(text)
        if not self._displays:
            self._flush()

    def show_on(self, display: Noticing) -> None:
        """Let `display` show them from now on."""
        self._displays.append(display)

    def hand_over(self) -> None:
        """Show on the displays what has come in; to be called in their own thread."""
        while self.waiting:
            text = self.waiting.popleft()
            for display in self._displays:
                display.notice(text)

    def close(self) -> None:
        """The displays are gone: give what came too late for them to the fallback."""
        self._displays.clear()
        self._flush()

    def _flush(self) -> None:
        while self.waiting:
            self._fallback(self.waiting.popleft())


class Reminder:
    """An event sink that reminds an actor of their own notes: of all as the take begins, of each as its line begins."""

    def __init__(self, noted: Sequence[tuple[int, OwnNote]], notify: Callable[[str], None]) -> None:
        """Prepare. `noted` holds the notes, each with the number of its line; `notify` gets the sentences."""
        self._noted = noted
        self._notify = notify

    def handle(self, event: Event) -> None:
        """Remind where there is something to remind of."""
        if isinstance(event, TakeStarted) and self._noted:
            told = "; ".join(f"line {line}: {note.text}" for line, note in self._noted)
            self._notify(f"Your note{'s' if len(self._noted) > 1 else ''} from before: {told}")
        elif isinstance(event, LineStarted):
            told = "; ".join(note.text for line, note in self._noted if line == event.index)
            if told:
                self._notify(f"Line {event.index}, you noted: {told}")

    def close(self) -> None:
        """Nothing is held open."""
