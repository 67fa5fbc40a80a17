"""Messages to the user, which any thread may send at any time of a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from coach.base.events import Event, LineStarted, TakeStarted
from coach.base.messages import tr, tr_n

if TYPE_CHECKING:
    from coach.core.progress.notes import OwnNote


class NoticeDisplay(Protocol):
    """A display that can show a message."""

    def notice(self, text: str) -> None:
        """Show it for a while."""
        ...


class Notices:
    """A queue of messages from any thread, shown on the displays by the thread of the main loop.

    Attributes:
        waiting: messages not yet shown.
    """

    def __init__(self, fallback: Callable[[str], None]) -> None:
        """Prepare. `fallback` gets the messages while there is no display."""
        self.waiting: deque[str] = deque()
        self._fallback = fallback
        self._displays: list[NoticeDisplay] = []

    def __call__(self, text: str) -> None:
        """Add a message."""
        self.waiting.append(text)
        if not self._displays:
            self._flush()

    def add_display(self, display: NoticeDisplay) -> None:
        """Show messages on `display` from now on."""
        self._displays.append(display)

    def show_waiting(self) -> None:
        """Show the waiting messages on the displays. Call this in the thread of the displays."""
        while self.waiting:
            text = self.waiting.popleft()
            for display in self._displays:
                display.notice(text)

    def close(self) -> None:
        """Remove the displays, and send the remaining messages to the fallback."""
        self._displays.clear()
        self._flush()

    def _flush(self) -> None:
        while self.waiting:
            self._fallback(self.waiting.popleft())


class Reminder:
    """An event sink that shows the actor's own notes: all when the take begins, each when its line begins."""

    def __init__(self, noted: Sequence[tuple[int, OwnNote]], notify: Callable[[str], None]) -> None:
        """Prepare. `noted` has pairs of line number and note; `notify` gets the messages."""
        self._noted = noted
        self._notify = notify

    def handle(self, event: Event) -> None:
        """Show the notes that belong to this event."""
        if isinstance(event, TakeStarted) and self._noted:
            notes = "; ".join(tr("line {line}: {note}", line=line, note=note.text) for line, note in self._noted)
            count = len(self._noted)
            self._notify(tr_n("Your note from before: {notes}", "Your notes from before: {notes}", count, notes=notes))
        elif isinstance(event, LineStarted):
            notes = "; ".join(note.text for line, note in self._noted if line == event.index)
            if notes:
                self._notify(tr("Line {line}, you noted: {notes}", line=event.index, notes=notes))

    def close(self) -> None:
        """Do nothing; no resource is open."""
