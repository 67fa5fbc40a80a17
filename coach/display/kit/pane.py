"""An OpenCV window. Only the main thread may use it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import cv2

from coach.base.errors import CoachError
from coach.base.messages import tr
from coach.base.text import clean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLAGS: Final = cv2.WINDOW_NORMAL | cv2.WINDOW_GUI_NORMAL
"""Flags for a window without a toolbar: for a toolbar, Qt looks for missing fonts and warns on standard error."""

REDRAW_S: Final = 1 / 30
"""Minimum time between two drawings, in seconds."""

_NAME: Final = "coach"
_PROBE_TIMEOUT_S: Final = 15.0
_PROBE: Final = f"import cv2; cv2.namedWindow('coach', {FLAGS}); cv2.destroyAllWindows()"


class Pane:
    """A window that shows pictures and reads keys.

    Args:
        title: title of the window.
        size: initial width and height in pixels.
        keep_shape: keep the aspect ratio of the picture; otherwise the picture fills the window.

    Raises:
        CoachError: this build of OpenCV cannot open windows. Call `window_available` first: without a display, OpenCV
            ends the process.
    """

    def __init__(self, title: str, size: tuple[int, int], *, keep_shape: bool = True) -> None:
        try:
            cv2.namedWindow(_NAME, FLAGS | (cv2.WINDOW_KEEPRATIO if keep_shape else cv2.WINDOW_FREERATIO))
            cv2.setWindowTitle(_NAME, clean(f"{title} - Coach", 80))
        except cv2.error as error:
            raise CoachError(tr("This OpenCV cannot open windows. Install opencv-python 5 or newer.")) from error
        self._initial_size = size
        self._open = True
        self.resize(size)

    @property
    def open(self) -> bool:
        """Whether the window is open; false once it was closed, also with the mouse."""
        if self._open:
            self._open = _is_open()
        return self._open

    def resize(self, size: tuple[int, int]) -> None:
        """Request width and height in pixels; the window manager may choose others."""
        cv2.resizeWindow(_NAME, *size)

    def room(self) -> tuple[int, int]:
        """Current width and height in pixels for a picture in the window."""
        _, _, width, height = cv2.getWindowImageRect(_NAME)
        return (width, height) if width > 0 and height > 0 else self._initial_size

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Draw `picture` (height, width, 3) uint8 BGR; the next call of `pressed_keys` makes it appear."""
        cv2.imshow(_NAME, picture)

    def pressed_keys(self) -> list[str]:
        """The keys pressed since the last call, one character each; an empty string for arrow and function keys."""
        keys = []
        while (code := cv2.waitKeyEx(1)) != -1:
            code &= 0xFFFF  # the upper bits are modifiers; waitKey would turn the left arrow into a Q
            keys.append(chr(code) if code < 128 else "")
        return keys

    def close(self) -> None:
        """Close the window. Safe to call twice."""
        if self._open:
            self._open = False
            cv2.destroyWindow(_NAME)
            cv2.waitKey(1)


def _is_open() -> bool:
    try:
        return cv2.getWindowProperty(_NAME, cv2.WND_PROP_VISIBLE) >= 1
    except cv2.error:  # raised by Qt once its last window is gone
        return False


def window_available() -> str | None:
    """Why no window can be opened; None if one can.

    Without a display, OpenCV ends the whole process, so a child process tries it first.
    """
    if not hasattr(cv2, "FontFace"):
        return tr(
            "OpenCV {version} cannot write captions in every script; install opencv-python 5 or newer",
            version=cv2.__version__,
        )
    if not sys.platform.startswith("linux"):
        return None
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return tr("there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)")
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE], capture_output=True, timeout=_PROBE_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return tr("the display does not answer")
    if probe.returncode == 0:
        return None
    if probe.returncode > 0:
        return tr("this OpenCV cannot open windows; install opencv-python instead of opencv-python-headless")
    return tr("the display {name} cannot be opened", name=clean(os.environ.get("DISPLAY", ""), 40))
