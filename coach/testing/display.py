"""Stand-ins for a screen and a keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.events import CommandName, Event


class RecordingDisplay:
    """Remembers what it was told.

    Attributes:
        events: everything handled, in order.
        notices: every notice, in order.
        closed: whether the take is over.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.notices: list[str] = []
        self.closed = False

    def handle(self, event: Event) -> None:
        """Remember `event`."""
        self.events.append(event)

    def notice(self, text: str) -> None:
        """Remember `text`."""
        self.notices.append(text)

    def suspend(self) -> None:
        """Nothing to give back."""

    def resume(self) -> None:
        """Nothing to take again."""

    def close(self) -> None:
        """Remember that it is over."""
        self.closed = True


class ScriptedControls:
    """Gives the commands of the next call's turn: ``ScriptedControls([], ["pause"])`` pauses at the second poll."""

    def __init__(self, *polls: Sequence[CommandName]) -> None:
        self._polls = list(polls)

    def poll(self) -> Sequence[CommandName]:
        """The commands planned for this call, none after the last."""
        return self._polls.pop(0) if self._polls else ()
