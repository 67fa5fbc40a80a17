"""The child process that holds the camera, so that a driver that blocks for ever can be killed.

Run as ``python -m coach.sources.camera.child JOB``. It speaks on its output in lines of JSON (`opened`, `frame`,
`failed`), lays pictures into the shared slots, and hears on its input which slots are free again, one byte each. When
its input ends, its parent is gone or wants it to go, and it goes, even while a read blocks.
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


FAILED_READS: Final = 20
"""Reads in a row without a picture after which the camera counts as gone."""

FIRST_PICTURE_S: Final = 1.5
"""A camera that opens and fails for this long is in use by another program, or is none."""

RETRY_S: Final = 0.05
"""Pause after a failed read."""

GOODBYE_S: Final = 0.3
"""Time to let go of the camera before the process simply ends."""


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used."""

    def read(self) -> tuple[bool, Any]:
        """Whether there was a picture, and the picture."""
        ...

    def release(self) -> None:
        """Let go of the device."""
        ...


class Parent:
    """The two pipes to the parent."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)  # what libraries print must not get between the messages
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for slot in range(SLOTS):
            self._free.put(slot)
        self.gone = threading.Event()
        threading.Thread(target=self._listen, name="parent's pipe", daemon=True).start()

    def tell(self, **message: object) -> None:
        """One line of JSON."""
        try:
            self._out.write(json.dumps(message) + "\n")
            self._out.flush()
        except OSError:
            self.gone.set()

    def free_slot(self) -> int | None:
        """A slot that may be written, or None where the parent is behind."""
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
    """The first of `devices` that gives a picture."""
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
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # drivers queue four pictures, which would all be late
    return capture


def _usable(ok: bool, image: Any) -> bool:  # noqa: ANN401 - whatever the driver gives
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
"""Standard deviation, in grey levels of 255, under which a picture is one colour with a sensor's noise on it."""

ROWS: Final = 60
"""Rows of the thinned picture that is looked at."""


def thumbprint(image: NDArray[np.uint8]) -> tuple[int, bool]:
    """A number that tells pictures apart, and whether this one is flat: black, or one colour all over."""
    step = max(1, image.shape[0] // ROWS)
    thin = image[::step, ::step]
    return zlib.crc32(thin.tobytes()), bool(thin.std(axis=(0, 1)).max() < FLAT)


def grab(parent: Parent, slots: Slots, devices: list[int | str], loop: bool) -> None:
    """Open a device and hand on its pictures; one that finds no free slot is dropped, which its number tells."""
    opened = open_first(devices, loop)
    if opened is None:
        parent.tell(failed="open")
        return
    device, capture = opened
    parent.tell(opened=device)
    for number, (t, image) in enumerate(pictures(capture, parent.gone)):
        slot = parent.free_slot()
        if slot is None:
            continue
        slots.put(slot, image)
        digest, flat = thumbprint(image)
        height, width = image.shape[:2]
        parent.tell(frame=number, slot=slot, t=t, height=height, width=width, digest=digest, flat=flat)
    capture.release()
    parent.tell(failed="read")


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
    """Do the job in the first argument: list the cameras up to an index, or grab from one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    job = json.loads(sys.argv[1])
    parent = Parent()
    if "list" in job:
        for camera in cameras(job["list"]):
            parent.tell(**camera)
    else:
        grab(parent, Slots.attach(job["slots"]), job["devices"], job["loop"])


if __name__ == "__main__":
    main()
