"""PyAV, loaded after OpenCV: the other way round a window of OpenCV hangs for ever (av 18.1, cv2 5.0).

Whoever needs `av` takes it from here: ``from coach.media.libav import av``.
"""

# isort: off
import cv2  # noqa: F401
import av

# isort: on

__all__ = ["av"]
