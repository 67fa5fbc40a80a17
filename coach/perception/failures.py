"""What becomes of frames on which a model raises: each costs itself, too many in a row end the reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.text import clean
from coach.base.types import Frame, Observation

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_FAILURES: Final = 30
"""After so many frames in a row on which the models raised, scoring stops."""


class Failures:
    """Looks at frames and survives what models throw."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._frames = 0
        self._last = ""

    @property
    def stopped(self) -> bool:
        """Whether the models failed too often in a row, so that nothing is read any more."""
        return self._in_a_row >= MAX_FAILURES

    def look(self, frame: Frame, look: Callable[[Frame], Observation]) -> Observation:
        """What `look` sees in `frame`, or that it is unreadable where it raises or was stopped.

        Raises:
            ValueError: the picture is not (height, width, 3) uint8 or has no pixels, which only a faulty source gives.
        """
        _check_picture(frame)
        if self.stopped:
            return Observation(frame.t, (), "unreadable")
        try:
            seen = look(frame)
        except Exception as error:  # whatever a model or cv2 throws costs this frame, not the take
            self._in_a_row += 1
            self._frames += 1
            self._last = clean(f"{type(error).__name__}: {error}", 200)
            return Observation(frame.t, (), "unreadable")
        self._in_a_row = 0
        return seen

    def warnings(self, unreadable: int) -> list[str]:
        """What went wrong so far, as sentences; `unreadable` answers of the model among it."""
        said = []
        if unreadable:
            said.append(f"The model gave no usable answer on {_frames(unreadable)}.")
        if self.stopped:
            said.append(f"Scoring stopped: the model failed on {MAX_FAILURES} frames in a row ({self._last}).")
        elif self._frames:
            said.append(f"The model failed on {_frames(self._frames)} ({self._last}).")
        return said


def _check_picture(frame: Frame) -> None:
    image = frame.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"a frame is (height, width, 3) uint8 BGR, this one is {image.shape} {image.dtype}")


def _frames(count: int) -> str:
    return "1 frame, which is not scored" if count == 1 else f"{count} frames, which are not scored"
