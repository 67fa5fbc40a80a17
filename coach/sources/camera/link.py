"""Runs the child process that owns the camera, and replaces it when it stops sending pictures."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from coach.base.child_process import end_child, end_input, start_child
from coach.base.errors import SourceError
from coach.base.messages import mark, tr
from coach.base.protocols import Clock
from coach.sources.camera.listing import camera_refusal
from coach.sources.camera.slots import SLOT_BYTES, SLOTS, Slots

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

Failure = Literal["open", "read", "died"]
"""``open``: no device opens. ``read``: the camera stopped. ``died``: the child exited or sent an invalid message."""

MAX_MESSAGE: Final = 1000
"""Bytes of one message from the child."""


@dataclass(frozen=True, slots=True)
class Grab:
    """One picture from the camera.

    Attributes:
        number: number of the picture in the child; a gap means dropped pictures.
        stamp: `time.monotonic` at the grab, a clock that both processes share.
        digest, flat: see `coach.sources.camera.child.thumbprint`.
    """

    number: int
    stamp: float
    digest: int
    flat: bool
    image: NDArray[np.uint8]


class Grabber:
    """One child process, which opens the first of `devices`: camera indices or, in tests, the path of a clip."""

    def __init__(self, devices: Sequence[int | str], *, loop: bool = False) -> None:
        self._slots = Slots.create()
        job = json.dumps({"slots": self._slots.token, "devices": list(devices), "loop": loop})
        try:
            self._process = start_child("coach.sources.camera.child", job, pass_fds=self._slots.fds)
        except BaseException:
            self._slots.close()
            raise
        self._changed = threading.Condition()
        self._newest: dict[str, Any] | None = None
        self.device: int | str | None = None
        self.failure: Failure | None = None
        self._thread = threading.Thread(target=self._listen, name="camera messages", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """Id of the child process."""
        return self._process.pid

    def take(self, timeout_s: float) -> Grab | None:
        """Wait up to `timeout_s` for a new picture and return the newest; None if there is none."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self.failure, timeout_s)
            message, self._newest = self._newest, None
        if message is None:
            return None
        image = self._slots.get(message["slot"], message["height"], message["width"])
        self._release(message["slot"])
        return Grab(message["frame"], message["t"], message["digest"], message["flat"], image)

    def close(self, timeout_s: float = 0.0) -> None:
        """Ask the child to exit and kill it after `timeout_s`. Safe to call twice."""
        with self._changed:
            end_input(self._process)
        end_child(self._process, timeout_s)
        self._thread.join(1.0)  # returns at once unless the child is stuck in the kernel
        self._slots.close()

    def _listen(self) -> None:
        """Process the child's messages until it exits."""
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            self._handle_messages(pipe)
        self._fail("died")

    def _handle_messages(self, pipe: IO[bytes]) -> None:
        while line := pipe.readline(MAX_MESSAGE):
            try:
                self._handle(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                _log.warning("process %d sent an invalid message: %r", self.pid, error)
                return

    def _handle(self, message: dict[str, Any]) -> None:
        if "failed" in message:
            self._fail("open" if message["failed"] == "open" else "read")
        elif "opened" in message:
            self.device = message["opened"]
        else:
            self._keep_newest(_validate(message))

    def _keep_newest(self, message: dict[str, Any]) -> None:
        """Keep the newest picture; return to the child the slot of one that was not taken."""
        with self._changed:
            replaced, self._newest = self._newest, message
            self._changed.notify_all()
        if replaced is not None:
            self._release(replaced["slot"])

    def _release(self, slot: int) -> None:
        """Return `slot` to the child; under the lock, because `close` closes the pipe."""
        assert self._process.stdin is not None
        with self._changed, contextlib.suppress(OSError, ValueError):  # a dead child shows in `failure`
            os.write(self._process.stdin.fileno(), bytes([slot]))

    def _fail(self, failure: Failure) -> None:
        _log.debug("process %d: %s", self.pid, failure)
        with self._changed:
            self.failure = self.failure or failure
            self._changed.notify_all()


def _validate(message: dict[str, Any]) -> dict[str, Any]:
    """Validate a frame message against the shared memory.

    Raises:
        ValueError: the size or the slot is out of range.
    """
    height, width = int(message["height"]), int(message["width"])
    fits = height > 0 and width > 0 and height * width * 3 <= SLOT_BYTES and message["slot"] in range(SLOTS)
    if not fits:
        raise ValueError(message)
    return message


SILENCE_S: Final = 2.0
"""A camera without a picture for this long is lost; in the dark, a slow one still gives five per second."""

BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0)
"""Pauses before each attempt to reopen a lost camera; the last one repeats."""

HINT_S: Final = 1.0
"""After this long without a picture, the user is notified that the camera is being opened."""

MAX_STEP_S: Final = 0.5
"""Longest silence counted between two calls; a longer gap means that this machine was asleep or busy."""

POLL_S: Final = 0.05
"""How often `CameraLink.open` checks for failure."""


class CameraLink:
    """Pictures from the first of `devices` that opens; survives crashes, hangs and unplugging.

    Attributes:
        lost: whether the camera is lost; `take` then tries to reopen it.
        dropped: pictures replaced by newer ones before they were taken.
    """

    def __init__(
        self, devices: Sequence[int | str], *, clock: Clock, open_timeout_s: float, loop: bool = False
    ) -> None:
        self._devices = tuple(devices)
        self._loop = loop
        self._clock = clock
        self._open_timeout_s = open_timeout_s
        self._grabber: Grabber | None = None
        self._number: int | None = None
        self._silent_s = 0.0
        self._checked_at: float | None = None
        self._tries = 0
        self._retry_at = 0.0
        self.lost = False
        self.dropped = 0

    @property
    def pid(self) -> int | None:
        """Id of the current child process; None while there is none."""
        return self._grabber.pid if self._grabber else None

    def open(self, notify: Callable[[str], None] | None) -> tuple[int | str, Grab]:
        """Open a device and return it with its first picture.

        Raises:
            SourceError: no device gave a picture within `open_timeout_s`.
        """
        grabber = self._grabber = self._start_grabber()
        started = time.monotonic()
        while (grab := grabber.take(POLL_S)) is None:
            waited_s = time.monotonic() - started
            if grabber.failure is not None:
                raise SourceError(camera_refusal(self._devices))
            if waited_s > self._open_timeout_s:
                slow = mark("It did not open within {seconds:g} s; a slow one needs a longer --open-timeout.")
                advice = tr(slow, seconds=self._open_timeout_s)
                raise SourceError(f"{camera_refusal(self._devices)} {advice}")
            if notify is not None and waited_s > HINT_S:
                notify(tr("Opening the camera, which may take up to {seconds:g} s.", seconds=self._open_timeout_s))
                notify = None
        assert grabber.device is not None
        _log.info("camera %s opened by process %d in %.1f s", grabber.device, grabber.pid, time.monotonic() - started)
        self._devices = (grabber.device,)
        return grabber.device, grab

    def take(self, timeout_s: float) -> Grab | None:
        """Wait up to `timeout_s` for a picture and return the newest; replaces a silent or dead child."""
        if self._grabber is None:
            self._reopen_when_due(timeout_s)
            return None
        grab = self._grabber.take(timeout_s)
        self._count_silence(grab is None)
        if grab is not None:
            self._record(grab)
        elif self._grabber.failure is not None or self._silent_s >= self._silence_limit_s:
            self._lose()
        return grab

    def skip_pending(self) -> None:
        """Discard the pictures so far without counting them as dropped, because the take begins now."""
        stale = self._grabber.take(0) if self._grabber else None
        self._number = self._number if stale is None else stale.number
        self._checked_at = None

    def close(self, timeout_s: float) -> None:
        """Ask the child to exit and kill it after `timeout_s`. Safe to call twice."""
        if self._grabber is not None:
            self._grabber.close(timeout_s)
            self._grabber = None

    @property
    def _silence_limit_s(self) -> float:
        return self._open_timeout_s if self.lost else SILENCE_S

    def _record(self, grab: Grab) -> None:
        if self._number is not None:
            self.dropped += grab.number - self._number - 1
        if self.lost:
            _log.info("camera %s is back after %d tries", self._devices, self._tries)
        self._number = grab.number
        self._tries = 0
        self.lost = False

    def _count_silence(self, silent: bool) -> None:
        now = self._clock.now()
        step = 0.0 if self._checked_at is None else min(max(0.0, now - self._checked_at), MAX_STEP_S)
        self._silent_s = self._silent_s + step if silent else 0.0
        self._checked_at = now

    def _lose(self) -> None:
        """Kill the child, which may hang forever, and schedule the next attempt."""
        reason = self._grabber.failure if self._grabber else "not started"
        pause_s = BACK_OFF_S[min(self._tries, len(BACK_OFF_S) - 1)]
        _log.warning("camera %s lost (%s); next try in %.1f s", self._devices, reason or "silent", pause_s)
        self.close(0.0)
        self.lost = True
        self._retry_at = self._clock.now() + pause_s
        self._tries += 1

    def _reopen_when_due(self, timeout_s: float) -> None:
        wait = self._retry_at - self._clock.now()
        if wait > 0:
            self._clock.sleep(min(wait, timeout_s))
            return
        self._number = self._checked_at = None
        self._silent_s = 0.0
        try:
            self._grabber = self._start_grabber()
        except SourceError:
            self._lose()

    def _start_grabber(self) -> Grabber:
        try:
            return Grabber(self._devices, loop=self._loop)
        except OSError as error:
            message = tr("The process that reads the camera cannot be started ({reason}).", reason=error.strerror)
            raise SourceError(message) from error
