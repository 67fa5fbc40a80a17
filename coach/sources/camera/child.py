"""Child process that owns the camera, so that a driver that blocks forever can be killed; it also lists cameras.

Run as ``python -m coach.sources.camera.child JOB``, where JOB is JSON. It writes lines of JSON to stdout: `opened`,
`frame` and `failed`, or one line per camera. Pictures go into shared slots; the parent returns each slot as one byte on
stdin. The child exits when stdin ends, even while a read blocks.
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

from coach.base.child_process import MessagesOut
from coach.sources.camera.slots import SLOT_BYTES, SLOTS, Slots
from coach.sources.files.decoder import sane_fps


class ClipCamera:
    """Replaces a camera in tests: gives the pictures of a clip at its frame rate.

    Args:
        capture: the opened clip.
        path: path of the clip.
        loop: whether to restart at the end; otherwise reads fail there, like those of an unplugged camera.
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
"""A camera that opens but gives no picture for this long is in use by another program, or is not a camera."""

RETRY_S: Final = 0.05
"""Pause after a failed read."""

EXIT_DELAY_S: Final = 0.3
"""Time to release the camera before the process exits."""


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used here."""

    def read(self) -> tuple[bool, Any]:
        """Read the next picture; returns success and the picture."""
        ...

    def release(self) -> None:
        """Release the device."""
        ...


class Parent:
    """The pipes to the parent."""

    def __init__(self) -> None:
        self._out = MessagesOut()
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for slot in range(SLOTS):
            self._free.put(slot)
        self.gone = threading.Event()  # the parent has exited or closed the pipe
        threading.Thread(target=self._listen, name="parent's pipe", daemon=True).start()

    def send(self, **message: object) -> None:
        """Send one line of JSON."""
        if not self._out.send(message):
            self.gone.set()

    def take_slot(self) -> int | None:
        """Take a free slot; None if the parent has returned none yet."""
        try:
            return self._free.get_nowait()
        except queue.Empty:
            return None

    def _listen(self) -> None:
        while byte := os.read(0, 1):
            self._free.put(byte[0])
        self.gone.set()
        time.sleep(EXIT_DELAY_S)
        os._exit(0)


def open_first(devices: list[int | str], loop: bool) -> tuple[int | str, Capture] | None:
    """Open the first of `devices` that gives a picture; None if none does."""
    for device in devices:
        capture = _open(device, loop)
        if capture is None:
            continue
        if _gives_picture(capture):
            return device, capture
        capture.release()
    return None


def _gives_picture(capture: Capture) -> bool:
    started = time.monotonic()
    while not _is_usable(*capture.read()):
        if time.monotonic() - started > FIRST_PICTURE_S:
            return False
        time.sleep(RETRY_S)
    return True


def _open(device: int | str, loop: bool) -> Capture | None:
    capture = cv2.VideoCapture(device)
    if not capture.isOpened():
        return None
    if isinstance(device, str):
        return ClipCamera(capture, device, loop)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # by default drivers queue four pictures, which would be late
    return capture


def _is_usable(ok: bool, image: Any) -> bool:  # noqa: ANN401 - whatever the driver returns
    return ok and image is not None and image.size > 0 and image.shape[0] * image.shape[1] * 3 <= SLOT_BYTES


def read_pictures(capture: Capture, gone: threading.Event) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Pictures with the monotonic time of their grab, until the camera or the parent is gone."""
    failures = 0
    while failures < FAILED_READS and not gone.is_set():
        ok, image = capture.read()
        t = time.monotonic()
        if not _is_usable(ok, image):
            failures += 1
            time.sleep(RETRY_S)
            continue
        failures = 0
        yield t, image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)


FLAT: Final = 2.5
"""Standard deviation in grey levels (0 to 255) below which a picture is one colour plus sensor noise."""

SAMPLE_ROWS: Final = 60
"""Approximate rows of the subsampled picture for the thumbprint."""


def thumbprint(image: NDArray[np.uint8]) -> tuple[int, bool]:
    """A checksum of the picture, and whether it is flat: black, or one colour all over."""
    step = max(1, image.shape[0] // SAMPLE_ROWS)
    sample = image[::step, ::step]
    return zlib.crc32(sample.tobytes()), bool(sample.std(axis=(0, 1)).max() < FLAT)


def grab(parent: Parent, slots: Slots, devices: list[int | str], loop: bool) -> None:
    """Open a device and send its pictures. One without a free slot is dropped, which leaves a gap in the numbers."""
    first = open_first(devices, loop)
    if first is None:
        parent.send(failed="open")
        return
    device, capture = first
    parent.send(opened=device)
    for number, (t, image) in enumerate(read_pictures(capture, parent.gone)):
        slot = parent.take_slot()
        if slot is None:
            continue
        slots.put(slot, image)
        digest, flat = thumbprint(image)
        height, width = image.shape[:2]
        parent.send(frame=number, slot=slot, t=t, height=height, width=width, digest=digest, flat=flat)
    capture.release()
    parent.send(failed="read")


def probe_cameras(max_index: int) -> Iterator[dict[str, object]]:
    """Yield the fields of `coach.sources.camera.listing.CameraInfo` for each camera that opens."""
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
        for camera in probe_cameras(job["list"]):
            parent.send(**camera)
    else:
        grab(parent, Slots.attach(job["slots"]), job["devices"], job["loop"])


if __name__ == "__main__":
    main()
