"""Reminds an actor of their own notes: of all as the take begins, and of each again as its line begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from coach.base.events import Event, LineStarted, TakeStarted

if TYPE_CHECKING:
    from coach.core.progress.notes import OwnNote


class Reminder:
    """An event sink that gives `notify` a sentence for the notes in `noted`, each with the number of its line."""

    def __init__(self, noted: Sequence[tuple[int, OwnNote]], notify: Callable[[str], None]) -> None:
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
