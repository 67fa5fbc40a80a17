"""The rehearsal window: the actor with the line as caption. Only the main thread may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.events import TakeStarted
from coach.base.messages import tr
from coach.display.kit.keys import command_of
from coach.display.kit.lettering import cannot_show_text, unwritable
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

INITIAL_SIZE: Final = (1120, 630)
"""Width and height in pixels of the window when it opens; it fits most laptop screens."""

HELP_S: Final = 8.0
"""Seconds from the start of the take, lead-in included, in which the window explains the keys."""


class Window:
    """The window as frame sink, event sink and controls.

    It draws in `poll`, at most thirty times a second, so that drawing does not slow down a recording.

    Args:
        run: the run to show.
        mirror: flip the picture horizontally, for a camera.
        clock: clock that limits the drawing rate.

    Raises:
        CoachError: this build of OpenCV cannot open windows. Call `coach.display.kit.pane.window_available` first:
            without a display, OpenCV ends the process.
    """

    def __init__(self, run: RunInfo, *, mirror: bool, clock: Clock) -> None:
        timeline = run.timeline
        self._stage = Stage(run)
        self._keys = keys_of(run)
        self._started_at = float("-inf")
        self._mirror = mirror
        self._clock = clock
        self._frame: Frame | None = None
        self._hidden = self._marks = False
        self._drawn_at = float("-inf")
        self._notices = NoticeBoard(clock)
        self._quit = False
        self._pane = Pane(timeline.title, picture_size(None, INITIAL_SIZE))
        self._draw()
        if scripts := unwritable(" ".join(f"{turn.line.text} {turn.line.cue or ''}" for turn in timeline.turns)):
            self.notice(cannot_show_text(scripts))

    def show(self, frame: Frame) -> None:
        """Take one frame; the next `poll` draws it."""
        if self._frame is None and not self._quit:
            self._pane.resize(picture_size(frame, INITIAL_SIZE))
        self._frame = frame

    def handle(self, event: Event) -> None:
        """Take one event."""
        self._stage.handle(event)
        if isinstance(event, TakeStarted):
            self._started_at = self._clock.now()

    def notice(self, text: str) -> None:
        """Show `text` for a while."""
        self._notices.add(text)

    def poll(self) -> Sequence[CommandName]:
        """Draw if it is time, and return the commands of the keys pressed; a closed window gives ``quit``."""
        if self._quit or self._clock.now() - self._drawn_at < REDRAW_S:
            return ()
        self._draw()
        keys = self._pressed_keys()
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
        style = WindowStyle(self._mirror, self._hidden, notice, self._help(), self._marks)
        self._pane.show(compose(self._stage, self._frame, picture_size(self._frame, self._pane.room()), style))

    def _help(self) -> str:
        """The help for the keys at the start of the take and during a pause; empty otherwise."""
        if not self._stage.paused and self._drawn_at - self._started_at >= HELP_S:
            return ""
        hide = tr("f show face") if self._hidden else tr("f hide face")
        face = [hide, tr("m marks")] if self._frame else []
        return " · ".join([*self._keys, *face])

    def _pressed_keys(self) -> list[str]:
        """The keys pressed since the last call without ``f``, which toggles the face, and ``m``, its marks."""
        keys = [key.lower() for key in self._pane.pressed_keys()]
        self._hidden ^= keys.count("f") % 2 == 1
        self._marks ^= keys.count("m") % 2 == 1
        return [key for key in keys if key not in ("f", "m")]
