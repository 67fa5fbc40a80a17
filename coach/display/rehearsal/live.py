"""The live view: the rehearsal on one terminal screen, redrawn when events arrive, without a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.base.events import Event, Reading
from coach.display.kit.console import REFRESH_S, FullScreen
from coach.display.kit.status import FrameRateMeter, NoticeBoard
from coach.display.rehearsal.rows import Footing, RowPainter
from coach.display.rehearsal.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from coach.base.protocols import Clock, SourceStats
    from coach.display.rehearsal.stage import RunInfo


class LiveDisplay:
    """Draws a rehearsal on the alternate screen of a terminal, and restores the main screen and the cursor.

    Args:
        run: the run to show.
        console: console of a terminal.
        clock: clock that limits the drawing rate; a recording gives events faster than a screen can show them.
        stats: returns the current counts of the source, for frames per second and dropped frames.
    """

    def __init__(
        self, run: RunInfo, *, console: Console, clock: Clock, stats: Callable[[], SourceStats] | None = None
    ) -> None:
        self._stage = Stage(run)
        self._painter = RowPainter(console, run)
        self._console = console
        self._clock = clock
        self._frame_rate = FrameRateMeter(stats) if stats else None
        self._notices = NoticeBoard(clock)
        self._drawn_at = float("-inf")
        self._screen = FullScreen(console)
        self._closed = False

    def handle(self, event: Event) -> None:
        """Take one event; readings are drawn at most once in `REFRESH_S`, any other event at once."""
        self._stage.handle(event)
        now = self._clock.now()
        if now - self._drawn_at >= REFRESH_S or not isinstance(event, Reading):
            self._draw(now)

    def notice(self, text: str) -> None:
        """Show `text` for a while; it is printed again when the view is closed, so that it is not lost."""
        self._notices.add(text)
        if self._screen.active:
            self._draw(self._clock.now())

    def suspend(self) -> None:
        """Give the terminal back before the process is stopped (Ctrl-Z)."""
        self._screen.close()

    def resume(self) -> None:
        """Take the terminal again."""
        if not self._closed:
            self._draw(self._clock.now())

    def close(self) -> None:
        """Give the terminal back and print the notices. Safe to call twice."""
        self.suspend()
        if not self._closed:
            self._closed = True
            for text in dict.fromkeys(self._notices.texts):
                self._console.print(self._painter.notice(text), soft_wrap=True)

    def _draw(self, now: float) -> None:
        if self._closed:
            return
        self._drawn_at = now
        self._screen.draw(self._painter.rows(self._stage, self._footing(now)))

    def _footing(self, now: float) -> Footing:
        notices = self._notices.current(now)
        if self._frame_rate is None:
            return Footing(notices=notices)
        return Footing(self._frame_rate.update(now), self._frame_rate.dropped, notices)
