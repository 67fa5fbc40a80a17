"""A window that shows the actor with the line as caption, and takes keys. Only the main thread may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coach.base.events import TakeStarted
from coach.display.kit.keys import command_of
from coach.display.kit.lettering import unwritable
from coach.display.kit.pane import Pane
from coach.display.rehearsal.picture import View, compose, picture_size
from coach.display.rehearsal.stage import Stage
from coach.display.rehearsal.wording import keys_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.events import CommandName, Event
    from coach.base.protocols import Clock
    from coach.base.settings import Settings
    from coach.base.types import Frame
    from coach.core.script.timeline import Timeline
    from coach.display.rehearsal.wording import Meaning

FIRST_ROOM: Final = (1120, 630)
"""The picture fits into so many pixels when the window opens; most laptop screens hold it."""

REDRAW_S: Final = 1 / 30
NOTICE_S: Final = 8.0

HELP_S: Final = 8.0
"""How long the keys are told from the beginning of the take, lead-in included."""


class Window:
    """Frame sink, event sink and controls in one.

    It draws in `poll`, at most thirty times a second, so that a recording is not slowed down to the screen's pace.

    Args:
        mirror: show the picture as a looking glass does; for cameras only.
        meaning: of the model's probabilities, as its card says.
        live: whether the run can be sent back to a line; a recording cannot.

    Raises:
        CoachError: this OpenCV opens no windows. Ask `coach.display.kit.pane.window_available` first: a missing display
            ends the process.
    """

    def __init__(
        self,
        timeline: Timeline,
        settings: Settings,
        *,
        mirror: bool,
        clock: Clock,
        meaning: Meaning = "label",
        live: bool = True,
    ) -> None:
        self._stage = Stage(timeline, settings.loop, by_key=settings.advance == "key")
        self._keys = keys_of(settings, live)
        self._began = float("-inf")
        self._mirror = mirror
        self._meaning: Meaning = meaning
        self._clock = clock
        self._frame: Frame | None = None
        self._hidden = False
        self._drawn_at = float("-inf")
        self._notice = ("", float("-inf"))
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
        self._notice = (text, self._clock.now())

    def poll(self) -> Sequence[CommandName]:
        """Draw when it is time, and give the commands of the keys pressed in the window; closing it is ``quit``."""
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
        text, since = self._notice
        notice = text if self._drawn_at - since < NOTICE_S else ""
        view = View(mirror=self._mirror, hidden=self._hidden, meaning=self._meaning, notice=notice, keys=self._help())
        self._pane.show(compose(self._stage, self._frame, picture_size(self._frame, self._pane.room()), view))

    def _help(self) -> str:
        """The keys, at the beginning and while there is time to read them."""
        if not self._stage.paused and self._drawn_at - self._began >= HELP_S:
            return ""
        face = [f"f {'show' if self._hidden else 'hide'} face"] if self._frame else []
        return " · ".join([*self._keys, *face])

    def _pressed(self) -> list[str]:
        """The keys pressed since the last call; `f` is obeyed here."""
        keys = self._pane.pressed()
        for _ in range(sum(key.lower() == "f" for key in keys)):
            self._hidden = not self._hidden
        return [key for key in keys if key.lower() != "f"]
