"""The mirror on the terminal: bars and graph of one person in characters, everybody else in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.display.full_screen import FullScreen
from coach.display.live import NOTICE_S, REFRESH_S
from coach.display.mirror_graph import History
from coach.display.mirror_rows import MirrorRows
from coach.display.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from coach.base.protocols import Clock
    from coach.core.mirror.view import MirrorView
    from coach.display.mirror_keys import MirrorCommand
    from coach.display.mirror_state import MirrorState


class MirrorTerminal:
    """Draws on `console` in its second screen, at most once in `REFRESH_S`."""

    def __init__(self, console: Console, state: MirrorState, clock: Clock) -> None:
        self._console = console
        self._state = state
        self._clock = clock
        self._rows = MirrorRows(console, state)
        self._rate = Rate(state.stats)
        self._history = History()
        self._screen = FullScreen(console)
        self._view: MirrorView | None = None
        self._notices: list[tuple[float, str]] = []
        self._drawn_at = float("-inf")
        self._closed = False

    def show(self, view: MirrorView) -> None:
        """Take the next view."""
        self._history.add(view)
        if view.frame is not None or view.reason is not None or self._view is None:
            self._view = view

    def notice(self, text: str) -> None:
        """Show `text` for a while; it is printed once more at the end, so that it is not lost."""
        self._notices.append((self._clock.now(), text))
        self._drawn_at = float("-inf")

    def poll(self) -> Sequence[MirrorCommand]:
        """Draw when it is time. Keys come from the keyboard, not from here."""
        now = self._clock.now()
        if self._view is not None and not self._closed and now - self._drawn_at >= REFRESH_S:
            self._draw(self._view, now)
        return ()

    def suspend(self) -> None:
        """Give the terminal back for a while (Ctrl-Z)."""
        self._screen.give_back()

    def resume(self) -> None:
        """Take the terminal again."""
        self._drawn_at = float("-inf")
        self.poll()

    def close(self) -> None:
        """Give the terminal back and print the notices for keeps. Safe to call twice."""
        self._screen.give_back()
        if not self._closed:
            self._closed = True
            for _, text in self._notices:
                self._console.print(self._rows.notice(text), soft_wrap=True)

    def _draw(self, view: MirrorView, now: float) -> None:
        self._drawn_at = now
        notices = [text for since, text in self._notices if now - since < NOTICE_S][-2:]
        history = tuple(self._history.of(self._state.chosen))
        self._screen.draw(self._rows.rows(view, history, self._rate.at(now, paused=self._state.paused), notices))
