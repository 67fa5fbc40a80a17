"""The mirror's window. Only the main thread may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.display.kit.lettering import unwritable
from coach.display.kit.pane import Pane
from coach.display.kit.rate import Rate
from coach.display.mirror.graph import PersonGraph
from coach.display.mirror.picture import Screen, compose, layout_of, screen_size
from coach.display.mirror.state import commands_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.protocols import Clock
    from coach.core.mirror.view import MirrorView
    from coach.display.mirror.state import MirrorCommand, MirrorState

FIRST_ROOM: Final = (1120, 680)
"""Width and height in pixels when the window opens; most laptop screens hold it."""

REDRAW_S: Final = 1 / 30
NOTICE_S: Final = 8.0


class MirrorWindow:
    """Shows views, and gives the commands of the keys pressed in it.

    It draws in `poll`, at most thirty times a second; the graph takes every view.

    Raises:
        CoachError: this OpenCV opens no windows. Ask `coach.display.kit.pane.window_available` first: a missing display
            ends the process.
    """

    def __init__(self, state: MirrorState, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._rate = Rate(state.stats)
        self._graph = PersonGraph()
        self._view: MirrorView | None = None
        self._drawn_at = float("-inf")
        self._notice = ("", float("-inf"))
        self._quit = False
        self._pane = Pane(state.name, FIRST_ROOM, keep_shape=False)
        self._draw()
        if scripts := unwritable(state.name):
            self.notice(f"this window cannot write {', '.join(scripts)}; the terminal may")

    def show(self, view: MirrorView) -> None:
        """Take the next view; the next drawing shows it. One without a picture keeps the last picture."""
        self._graph.add(view)
        if view.frame is not None or view.reason is not None or self._view is None:
            self._view = view

    def notice(self, text: str) -> None:
        """Show `text` for a while."""
        self._notice = (text, self._clock.now())

    def poll(self) -> Sequence[MirrorCommand]:
        """Draw when it is time, and give the commands of the keys pressed in the window; closing it is ``quit``."""
        if self._quit or self._clock.now() - self._drawn_at < REDRAW_S:
            return ()
        self._draw()
        keys = self._pane.pressed()
        if not self._pane.open:
            self._quit = True
            return ("quit",)
        return commands_of("".join(keys))

    def suspend(self) -> None:
        """Nothing to give back."""

    def resume(self) -> None:
        """Nothing to take again."""

    def close(self) -> None:
        """Close the window. Safe to call twice."""
        self._quit = True
        self._pane.close()

    def _draw(self) -> None:
        self._drawn_at = self._clock.now()
        state = self._state
        size = screen_size(self._pane.room())
        layout = layout_of(size, state.labels, graph=state.graphed, meaning=state.meaning)
        graph = self._graph.of(state.chosen, layout.graph_size) if state.graphed else None
        self._pane.show(compose(self._view, layout, graph, self._screen()))

    def _screen(self) -> Screen:
        state = self._state
        text, since = self._notice
        t = self._view.t if self._view else 0.0
        return Screen(
            labels=state.labels,
            meaning=state.meaning,
            chosen=state.chosen,
            mirrored=state.mirrored,
            paused=state.paused,
            recording=bool(state.recording),
            notice=text if self._drawn_at - since < NOTICE_S else "",
            status=" · ".join(state.status(t, self._rate.at(self._drawn_at, paused=state.paused))),
            keys=tuple(state.keys(window=True)),
            region=state.region,
        )
