"""What the routes of the studio share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from coach.takes.store import TakeStore

if TYPE_CHECKING:
    from starlette.requests import Request

    from coach.studio.access import Access


class Studio:
    """One run of the studio.

    Attributes:
        access: who may use it.
        takes: the takes folder.
        stop: ends the server.
        say: tells the user something in the terminal.
    """

    def __init__(
        self, access: Access, takes: Path | None, say: Callable[[str], None], stop: Callable[[], None]
    ) -> None:
        self.access = access
        self.takes = TakeStore(takes)
        self.say = say
        self.stop = stop

    def close(self) -> None:
        """End what is running, and keep it."""


def studio_of(request: Request) -> Studio:
    """The studio that `request` was sent to."""
    studio: Studio = request.app.state.studio
    return studio
