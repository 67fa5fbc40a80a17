"""A film that stands in for a camera, so that everything around a camera can be tried on a machine without one."""

from __future__ import annotations

import time
from typing import Any

import cv2

from coach.sources.frame_times import sane_fps


class ClipCamera:
    """Gives the pictures of a film at its own rate, as a camera would.

    Args:
        capture: the film, opened.
        path: where it lies.
        loop: begin again at the end; else reads fail there, as with an unplugged camera.
    """

    def __init__(self, capture: cv2.VideoCapture, path: str, loop: bool) -> None:
        self._capture = capture
        self._path = path
        self._loop = loop
        self._period_s = float(1 / sane_fps(capture.get(cv2.CAP_PROP_FPS)))
        self._due = time.monotonic()

    def read(self) -> tuple[bool, Any]:
        """The next picture, when its time has come."""
        time.sleep(max(0.0, self._due - time.monotonic()))
        self._due = max(self._due + self._period_s, time.monotonic())
        ok, image = self._capture.read()
        if not ok and self._loop:
            self._capture.open(self._path)
            ok, image = self._capture.read()
        return ok, image

    def release(self) -> None:
        """Close the film."""
        self._capture.release()
