"""The live view: the whole rehearsal on one terminal screen, redrawn as events come, without a thread of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.events import Event, Reading
from coach.display.kit.console import FullScreen
from coach.display.kit.rate import Rate
from coach.display.rehearsal.rows import Footing, RowPainter
from coach.display.rehearsal.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from coach.base.protocols import Clock, SourceStats
    from coach.base.settings import Settings
    from coach.core.script.timeline import Timeline
    from coach.display.rehearsal.wording import Meaning

REFRESH_S: Final = 1 / 12
"""Least time between two drawings: smooth for the eye, cheap for the loop."""

NOTICE_S: Final = 8.0
"""How long a notice stays."""


class LiveDisplay:
    """Draws on `console` in its second screen, and leaves the first one as it was, cursor included.

    Args:
        timeline: the lines to be played.
        settings: of the take.
        console: a terminal.
        source_name: as the user named the source; empty where there is none.
        clock: paces drawing; events alone would redraw too often on a recording.
        stats: gives the source's counts of now, for frames per second and dropped frames.
        meaning: of the model's probabilities, as its card says.
        live: whether the run can be sent back to a line; a recording cannot.
    """

    def __init__(
        self,
        timeline: Timeline,
        settings: Settings,
        *,
        console: Console,
        clock: Clock,
        source_name: str = "",
        stats: Callable[[], SourceStats] | None = None,
        meaning: Meaning = "label",
        live: bool = True,
    ) -> None:
        self._stage = Stage(timeline, settings.loop, by_key=settings.advance == "key")
        self._painter = RowPainter(console, settings, timeline.title, source_name, meaning, live=live)
        self._console = console
        self._clock = clock
        self._rate = Rate(stats) if stats else None
        self._notices: list[tuple[float, str]] = []
        self._drawn_at = float("-inf")
        self._screen = FullScreen(console)
        self._closed = False

    def handle(self, event: Event) -> None:
        """Take one event; draws at most every `REFRESH_S`, and at once where it is not a mere reading."""
        self._stage.handle(event)
        now = self._clock.now()
        if now - self._drawn_at >= REFRESH_S or not isinstance(event, Reading):
            self._draw(now)

    def notice(self, text: str) -> None:
        """Show `text` for a while; it is printed once more when the view is closed, so that it is not lost."""
        self._notices.append((self._clock.now(), text))
        if self._screen.taken:
            self._draw(self._clock.now())

    def suspend(self) -> None:
        """Give the terminal back for a while (Ctrl-Z)."""
        self._screen.give_back()

    def resume(self) -> None:
        """Take the terminal again."""
        if not self._closed:
            self._draw(self._clock.now())

    def close(self) -> None:
        """Give the terminal back and print the notices for keeps. Safe to call twice."""
        self.suspend()
        if not self._closed:
            self._closed = True
            for text in dict.fromkeys(text for _, text in self._notices):
                self._console.print(self._painter.notice(text), soft_wrap=True)

    def _draw(self, now: float) -> None:
        if self._closed:
            return
        self._drawn_at = now
        self._screen.draw(self._painter.rows(self._stage, self._footing(now)))

    def _footing(self, now: float) -> Footing:
        notices = tuple(text for since, text in self._notices if now - since < NOTICE_S)[-2:]
        if self._rate is None:
            return Footing(notices=notices)
        return Footing(self._rate.at(now), self._rate.dropped, notices)
