"""PyAV, imported after OpenCV: in the other order a window of OpenCV hangs forever (av 18.1, cv2 5.0).

Always import `av` from here: ``from coach.media.libav import av``.
"""

# isort: off
import cv2  # noqa: F401
import av

# isort: on

__all__ = ["av"]
