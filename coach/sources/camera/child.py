"""Child process that owns the camera, so that a driver that blocks forever can be killed; it also lists cameras.

Run as ``python -m coach.sources.camera.child JOB``, where JOB is JSON. It writes lines of JSON to stdout: `opened`,
`frame` and `failed`, or one line per camera. Pictures go into shared slots; the parent returns each slot as one byte on
stdin. When stdin ends, the parent is gone or wants it to exit, and it exits, even while a read blocks.
"""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from coach.sources.camera.slots import SLOT_BYTES, SLOTS, Slots
from coach.sources.files.decoder import sane_fps


class ClipCamera:
    """Stands in for a camera in tests: the pictures of a clip at its frame rate.

    Args:
        capture: the opened clip.
        path: of the clip.
        loop: restart at the end; otherwise reads fail there, as with an unplugged camera.
    """

    def __init__(self, capture: cv2.VideoCapture, path: str, loop: bool) -> None:
        self._capture = capture
        self._path = path
        self._loop = loop
        self._period_s = float(1 / sane_fps(capture.get(cv2.CAP_PROP_FPS)))
        self._due = time.monotonic()

    def read(self) -> tuple[bool, Any]:
        """Wait until the next picture is due and return it."""
        time.sleep(max(0.0, self._due - time.monotonic()))
        self._due = max(self._due + self._period_s, time.monotonic())
        ok, image = self._capture.read()
        if not ok and self._loop:
            self._capture.open(self._path)
            ok, image = self._capture.read()
        return ok, image

    def release(self) -> None:
        """Close the clip."""
        self._capture.release()


FAILED_READS: Final = 20
"""Failed reads in a row after which the camera is lost."""

FIRST_PICTURE_S: Final = 1.5
"""A camera that opens but gives no picture for this long is in use by another program, or is no camera."""

RETRY_S: Final = 0.05
"""Pause after a failed read."""

GOODBYE_S: Final = 0.3
"""Time to release the camera before the process exits."""


class Capture(Protocol):
    """The methods of `cv2.VideoCapture` that are used."""

    def read(self) -> tuple[bool, Any]:
        """Success, and the picture."""
        ...

    def release(self) -> None:
        """Release the device."""
        ...


class Parent:
    """The pipes to the parent."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)  # keeps what libraries print out of the messages
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for slot in range(SLOTS):
            self._free.put(slot)
        self.gone = threading.Event()
        threading.Thread(target=self._listen, name="parent's pipe", daemon=True).start()

    def send(self, **message: object) -> None:
        """Send one line of JSON."""
        try:
            self._out.write(json.dumps(message) + "\n")
            self._out.flush()
        except OSError:
            self.gone.set()

    def free_slot(self) -> int | None:
        """A free slot; None if the parent is behind."""
        try:
            return self._free.get_nowait()
        except queue.Empty:
            return None

    def _listen(self) -> None:
        while byte := os.read(0, 1):
            self._free.put(byte[0])
        self.gone.set()
        time.sleep(GOODBYE_S)
        os._exit(0)


def open_first(devices: list[int | str], loop: bool) -> tuple[int | str, Capture] | None:
    """Open the first of `devices` that gives a picture."""
    for device in devices:
        capture = _open(device, loop)
        if capture is None:
            continue
        if _gives_a_picture(capture):
            return device, capture
        capture.release()
    return None


def _gives_a_picture(capture: Capture) -> bool:
    begun = time.monotonic()
    while not _usable(*capture.read()):
        if time.monotonic() - begun > FIRST_PICTURE_S:
            return False
        time.sleep(RETRY_S)
    return True


def _open(device: int | str, loop: bool) -> Capture | None:
    capture = cv2.VideoCapture(device)
    if not capture.isOpened():
        return None
    if isinstance(device, str):
        return ClipCamera(capture, device, loop)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # drivers queue four pictures, which would be late
    return capture


def _usable(ok: bool, image: Any) -> bool:  # noqa: ANN401 - whatever the driver returns
    return ok and image is not None and image.size > 0 and image.shape[0] * image.shape[1] * 3 <= SLOT_BYTES


def pictures(capture: Capture, gone: threading.Event) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Pictures with the monotonic time of their grab, until the camera or the parent is gone."""
    failures = 0
    while failures < FAILED_READS and not gone.is_set():
        ok, image = capture.read()
        t = time.monotonic()
        if not _usable(ok, image):
            failures += 1
            time.sleep(RETRY_S)
            continue
        failures = 0
        yield t, image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)


FLAT: Final = 2.5
"""Standard deviation, in grey levels of 255, below which a picture is one colour plus sensor noise."""

ROWS: Final = 60
"""Rows of the subsampled picture that is checked."""


def thumbprint(image: NDArray[np.uint8]) -> tuple[int, bool]:
    """A checksum of the picture, and whether it is flat: black, or one colour all over."""
    step = max(1, image.shape[0] // ROWS)
    thin = image[::step, ::step]
    return zlib.crc32(thin.tobytes()), bool(thin.std(axis=(0, 1)).max() < FLAT)


def grab(parent: Parent, slots: Slots, devices: list[int | str], loop: bool) -> None:
    """Open a device and send its pictures; without a free slot one is dropped, which shows in the numbers."""
    opened = open_first(devices, loop)
    if opened is None:
        parent.send(failed="open")
        return
    device, capture = opened
    parent.send(opened=device)
    for number, (t, image) in enumerate(pictures(capture, parent.gone)):
        slot = parent.free_slot()
        if slot is None:
            continue
        slots.put(slot, image)
        digest, flat = thumbprint(image)
        height, width = image.shape[:2]
        parent.send(frame=number, slot=slot, t=t, height=height, width=width, digest=digest, flat=flat)
    capture.release()
    parent.send(failed="read")


def cameras(max_index: int) -> Iterator[dict[str, object]]:
    """The facts of each camera that opens."""
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
    """The camera's name on Linux; empty elsewhere."""
    try:
        return (folder / f"video{index}" / "name").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def main() -> None:
    """Do the job in the first argument: list the cameras up to an index, or grab from one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    job = json.loads(sys.argv[1])
    parent = Parent()
    if "list" in job:
        for camera in cameras(job["list"]):
            parent.send(**camera)
    else:
        grab(parent, Slots.attach(job["slots"]), job["devices"], job["loop"])


if __name__ == "__main__":
    main()
