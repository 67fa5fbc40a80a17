"""The window of the mirror. Only the main thread may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.display.kit.lettering import cannot_show_text, unwritable
from coach.display.kit.pane import REDRAW_S, Pane
from coach.display.kit.status import FrameRateMeter, NoticeBoard
from coach.display.mirror.graph import PersonGraph
from coach.display.mirror.picture import Screen, compose, layout_of, screen_size
from coach.display.mirror.state import commands_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.protocols import Clock
    from coach.core.mirror.view import MirrorView
    from coach.display.mirror.state import MirrorCommand, MirrorState

INITIAL_SIZE: Final = (1120, 680)
"""Width and height in pixels of the window when it opens; it fits most laptop screens."""


class MirrorWindow:
    """Shows views, and returns the commands of the keys pressed in the window.

    It draws in `poll`, at most thirty times a second; the graph gets every view.

    Raises:
        CoachError: this build of OpenCV cannot open windows. Call `coach.display.kit.pane.window_available` first:
            without a display, OpenCV ends the process.
    """

    def __init__(self, state: MirrorState, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._frame_rate = FrameRateMeter(state.stats)
        self._graph = PersonGraph()
        self._view: MirrorView | None = None
        self._drawn_at = float("-inf")
        self._notices = NoticeBoard(clock)
        self._quit = False
        self._pane = Pane(state.name, INITIAL_SIZE, keep_shape=False)
        self._draw()
        if scripts := unwritable(state.name):
            self.notice(cannot_show_text(scripts))

    def show(self, view: MirrorView) -> None:
        """Take the next view; a view with neither frame nor reason does not replace the last one."""
        self._graph.add(view)
        if view.frame is not None or view.reason is not None or self._view is None:
            self._view = view

    def notice(self, text: str) -> None:
        """Show `text` for a while."""
        self._notices.add(text)

    def poll(self) -> Sequence[MirrorCommand]:
        """Draw if it is time, and return the commands of the keys pressed; a closed window gives ``quit``."""
        if self._quit or self._clock.now() - self._drawn_at < REDRAW_S:
            return ()
        self._draw()
        keys = self._pane.pressed_keys()
        if not self._pane.open:
            self._quit = True
            return ("quit",)
        return commands_of("".join(keys))

    def suspend(self) -> None:
        """Do nothing: a window does not hold the terminal."""

    def resume(self) -> None:
        """Do nothing: a window does not hold the terminal."""

    def close(self) -> None:
        """Close the window. Safe to call twice."""
        self._quit = True
        self._pane.close()

    def _draw(self) -> None:
        self._drawn_at = self._clock.now()
        state = self._state
        size = screen_size(self._pane.room())
        layout = layout_of(size, state.style, graph=state.shows_graph)
        graph = self._graph.of(state.chosen, layout.graph_size) if state.shows_graph else None
        self._pane.show(compose(self._view, layout, graph, self._screen()))

    def _screen(self) -> Screen:
        state = self._state
        t = self._view.t if self._view else 0.0
        return Screen(
            style=state.style,
            paused=state.paused,
            recording=bool(state.recording),
            notice="".join(self._notices.current(self._drawn_at, limit=1)),
            status=" · ".join(state.status(t, self._frame_rate.update(self._drawn_at, paused=state.paused))),
            keys=tuple(state.keys(window=True)),
        )
