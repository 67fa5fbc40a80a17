"""A window that shows the actor with the line as caption, and takes keys. Only the main thread may use it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import cv2

from coach.display.keys import command_of
from coach.display.lettering import unwritable
from coach.display.picture import View, compose, picture_size
from coach.display.stage import Stage
from coach.display.wording import keys_of
from coach.errors import CoachError
from coach.events import TakeStarted
from coach.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.config import Settings
    from coach.core.timeline import Timeline
    from coach.display.wording import Meaning
    from coach.events import CommandName, Event
    from coach.protocols import Clock
    from coach.types import Frame

FLAGS: Final = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
"""A window without toolbar: a toolbar looks for fonts that the wheel does not bring, and warns on standard error."""

FIRST_ROOM: Final = (1120, 630)
"""The picture fits into so many pixels when the window opens; most laptop screens hold it."""

REDRAW_S: Final = 1 / 30
NOTICE_S: Final = 8.0

HELP_S: Final = 8.0
"""How long the keys are told from the beginning of the take, lead-in included."""

_NAME: Final = "coach"
_PROBE_TIMEOUT_S: Final = 15.0
_PROBE: Final = f"import cv2; cv2.namedWindow('coach', {FLAGS}); cv2.destroyAllWindows()"


class Window:
    """Frame sink, event sink and controls in one.

    It draws in `poll`, at most thirty times a second, so that a recording is not slowed down to the screen's pace.

    Args:
        mirror: show the picture as a looking glass does; for cameras only.
        meaning: of the model's probabilities, as its card says.
        live: whether the run can be sent back to a line; a recording cannot.

    Raises:
        CoachError: this OpenCV opens no windows. Ask `window_available` first: a missing display ends the process.
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
        self._open = False
        self._opened(timeline)

    def _opened(self, timeline: Timeline) -> None:
        try:
            cv2.namedWindow(_NAME, FLAGS)
            cv2.setWindowTitle(_NAME, clean(f"{timeline.title} - Coach", 80))
        except cv2.error as error:
            raise CoachError("This OpenCV opens no windows. Install opencv-python, or leave out --window.") from error
        cv2.resizeWindow(_NAME, *picture_size(None, FIRST_ROOM))
        self._open = True
        self._draw()
        if scripts := unwritable(" ".join(f"{turn.line.text} {turn.line.cue or ''}" for turn in timeline.turns)):
            self.notice(f"this window cannot write {', '.join(scripts)}; the terminal may")

    def show(self, frame: Frame) -> None:
        """Take one frame; the next drawing shows it."""
        if self._frame is None and self._open:
            cv2.resizeWindow(_NAME, *picture_size(frame, FIRST_ROOM))
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
        if not self._open or self._clock.now() - self._drawn_at < REDRAW_S:
            return ()
        self._draw()
        keys = self._pressed()
        if not _is_open():
            self._open = False
            return ("quit",)
        return [command for key in keys if (command := command_of(key))]

    def close(self) -> None:
        """Close the window. Safe to call twice."""
        if self._open:
            self._open = False
            cv2.destroyWindow(_NAME)
            cv2.waitKey(1)

    def _draw(self) -> None:
        self._drawn_at = self._clock.now()
        text, since = self._notice
        notice = text if self._drawn_at - since < NOTICE_S else ""
        view = View(mirror=self._mirror, hidden=self._hidden, meaning=self._meaning, notice=notice, keys=self._help())
        cv2.imshow(_NAME, compose(self._stage, self._frame, picture_size(self._frame, self._room()), view))

    def _help(self) -> str:
        """The keys, at the beginning and while there is time to read them."""
        if not self._stage.paused and self._drawn_at - self._began >= HELP_S:
            return ""
        face = [f"f {'show' if self._hidden else 'hide'} face"] if self._frame else []
        return " · ".join([*self._keys, *face])

    def _room(self) -> tuple[int, int]:
        _, _, width, height = cv2.getWindowImageRect(_NAME)
        return (width, height) if width > 0 and height > 0 else FIRST_ROOM

    def _pressed(self) -> list[str]:
        """The keys pressed since the last call, without arrows and the like; `f` is obeyed here."""
        keys = []
        while (code := cv2.waitKeyEx(1)) != -1:
            code &= 0xFFFF  # above stand the modifiers; waitKey would cut the left arrow down to a Q
            key = chr(code) if code < 128 else ""
            if key.lower() == "f":
                self._hidden = not self._hidden
            else:
                keys.append(key)
        return keys


def _is_open() -> bool:
    try:
        return cv2.getWindowProperty(_NAME, cv2.WND_PROP_VISIBLE) >= 1
    except cv2.error:  # Qt, once its last window is gone
        return False


def window_available() -> str | None:
    """Why no window can be opened here, or None where one can.

    Without a display, the window library ends the whole process, so that is tried in a child process first.
    """
    if not hasattr(cv2, "FontFace"):
        return f"OpenCV {cv2.__version__} cannot write captions in every script; install opencv-python 5 or newer"
    if not sys.platform.startswith("linux"):
        return None
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    try:
        tried = subprocess.run(
            [sys.executable, "-c", _PROBE], capture_output=True, timeout=_PROBE_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return "the display does not answer"
    if tried.returncode == 0:
        return None
    if tried.returncode > 0:
        return "this OpenCV opens no windows; install opencv-python in place of opencv-python-headless"
    return f"the display {clean(os.environ.get('DISPLAY', ''), 40)} cannot be opened"
