"""The rehearsal window: the actor with the line as caption. Only the main thread may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.events import TakeStarted
from coach.display.kit.keys import command_of
from coach.display.kit.lettering import unwritable
from coach.display.kit.pane import REDRAW_S, Pane
from coach.display.kit.status import NoticeBoard
from coach.display.rehearsal.picture import WindowStyle, compose, picture_size
from coach.display.rehearsal.stage import Stage
from coach.display.rehearsal.wording import keys_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.events import CommandName, Event
    from coach.base.protocols import Clock
    from coach.base.types import Frame
    from coach.display.rehearsal.stage import RunInfo

FIRST_ROOM: Final = (1120, 630)
"""Width and height in pixels of the window when it opens; it fits most laptop screens."""

HELP_S: Final = 8.0
"""Seconds from the start of the take, lead-in included, in which the window explains the keys."""


class Window:
    """Frame sink, event sink and controls in one.

    It draws in `poll`, at most thirty times a second, so that the screen does not slow a recording down.

    Args:
        run: what is played.
        mirror: flip the picture horizontally, for a camera.
        clock: paces drawing.

    Raises:
        CoachError: this OpenCV opens no windows. Call `coach.display.kit.pane.window_available` first: a missing
            display ends the process.
    """

    def __init__(self, run: RunInfo, *, mirror: bool, clock: Clock) -> None:
        timeline = run.timeline
        self._stage = Stage(run)
        self._keys = keys_of(run)
        self._began = float("-inf")
        self._mirror = mirror
        self._clock = clock
        self._frame: Frame | None = None
        self._hidden = False
        self._drawn_at = float("-inf")
        self._notices = NoticeBoard(clock)
        self._quit = False
        self._pane = Pane(timeline.title, picture_size(None, FIRST_ROOM))
        self._draw()
        if scripts := unwritable(" ".join(f"{turn.line.text} {turn.line.cue or ''}" for turn in timeline.turns)):
            self.notice(f"this window cannot write {', '.join(scripts)}; the terminal may")

    def show(self, frame: Frame) -> None:
        """Take one frame; the next drawing shows it."""
        if self._frame is None and not self._quit:
            self._pane.resize(picture_size(frame, FIRST_ROOM))
        self._frame = frame

    def handle(self, event: Event) -> None:
        """Take one event."""
        self._stage.handle(event)
        if isinstance(event, TakeStarted):
            self._began = self._clock.now()

    def notice(self, text: str) -> None:
        """Show `text` for a while."""
        self._notices.add(text)

    def poll(self) -> Sequence[CommandName]:
        """Draw when it is due; the commands of the keys pressed in the window. Closing the window is ``quit``."""
        if self._quit or self._clock.now() - self._drawn_at < REDRAW_S:
            return ()
        self._draw()
        keys = self._pressed()
        if not self._pane.open:
            self._quit = True
            return ("quit",)
        return [command for key in keys if (command := command_of(key))]

    def close(self) -> None:
        """Close the window. Safe to call twice."""
        self._quit = True
        self._pane.close()

    def _draw(self) -> None:
        self._drawn_at = self._clock.now()
        notice = "".join(self._notices.current(self._drawn_at, limit=1))
        style = WindowStyle(mirror=self._mirror, hidden=self._hidden, notice=notice, keys=self._help())
        self._pane.show(compose(self._stage, self._frame, picture_size(self._frame, self._pane.room()), style))

    def _help(self) -> str:
        """What the keys do, at the start of the take and during a pause; else empty."""
        if not self._stage.paused and self._drawn_at - self._began >= HELP_S:
            return ""
        face = [f"f {'show' if self._hidden else 'hide'} face"] if self._frame else []
        return " · ".join([*self._keys, *face])

    def _pressed(self) -> list[str]:
        """The keys pressed since the last call, without `f`, which toggles the face here."""
        keys = self._pane.pressed()
        for _ in range(sum(key.lower() == "f" for key in keys)):
            self._hidden = not self._hidden
        return [key for key in keys if key.lower() != "f"]
