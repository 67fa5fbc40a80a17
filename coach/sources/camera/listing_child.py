"""The child process that tries one camera after another: ``python -m coach.sources.camera.listing_child MAX_INDEX``."""

from __future__ import annotations

import json
import math
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2


def cameras(max_index: int) -> Iterator[dict[str, object]]:
    """What is known of each camera that opens."""
    for index in range(max_index + 1):
        capture = cv2.VideoCapture(index)
        if capture.isOpened():
            fps = capture.get(cv2.CAP_PROP_FPS)
            yield {
                "index": index,
                "width": int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
                "height": int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
                "fps": fps if math.isfinite(fps) and fps > 0 else None,
                "name": device_name(index),
            }
        capture.release()


def device_name(index: int, folder: Path = Path("/sys/class/video4linux")) -> str:
    """What Linux calls the camera; empty elsewhere."""
    try:
        return (folder / f"video{index}" / "name").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def main() -> None:
    """One line of JSON for each camera."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)  # what libraries print must not get between the lines
        for camera in cameras(int(sys.argv[1])):
            out.write(json.dumps(camera) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
