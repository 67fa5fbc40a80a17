"""Viola and Jones' face detector, where this OpenCV has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from coach.base.errors import ModelError
from coach.base.types import Box, Detection

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FILE: Final = "haarcascade_frontalface_default.xml"

_WIDEST: Final = 640
"""Frames are searched at this many pixels across at most; a search takes time with the square of it."""

_SMALLEST: Final = 30
"""Smallest face searched for, in pixels of the picture that is searched."""


class Haar:
    """A `FaceDetector` on OpenCV's cascade classifier. It gives no landmarks, so profiles are not told apart."""

    def __init__(self) -> None:
        path = _cascade_file()
        self._cascade = vars(cv2)["CascadeClassifier"](str(path))  # by name: the types of OpenCV 5 do not know it

    def detect(self, image: NDArray[np.uint8]) -> tuple[Detection, ...]:
        """The faces in `image` (height, width, 3) uint8 BGR, biggest first; a cascade has no scores, each gets 1."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        scale = min(1.0, _WIDEST / max(grey.shape))
        if scale < 1:
            grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found = self._cascade.detectMultiScale(grey, 1.1, 5, minSize=(_SMALLEST, _SMALLEST))
        boxes = [Box(*(float(value) / scale for value in row)) for row in found]
        return tuple(Detection(box, 1.0) for box in sorted(boxes, key=lambda box: (-box.area, box.x)))


def _cascade_file() -> Path:
    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    path = Path(folder) / _FILE
    if not hasattr(cv2, "CascadeClassifier") or not path.is_file():
        raise ModelError(
            f"OpenCV {cv2.__version__} comes without the Haar face detector. Use --detector blazeface, or install an "
            "OpenCV that has it: pip install 'opencv-python<5'"
        )
    return path
