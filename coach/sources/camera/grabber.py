"""The parent's side of one camera child: its newest picture, its failure, its end."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from coach.base.child_process import end_child, end_input, start_child
from coach.sources.camera.slots import SLOT_BYTES, SLOTS, Slots

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

Failure = Literal["open", "read", "died"]
"""No device could be opened; the opened one stopped; the process ended, or spoke nonsense."""

LONGEST_MESSAGE: Final = 1000
"""Characters of a line from the child."""


@dataclass(frozen=True, slots=True)
class Grab:
    """One picture from the camera.

    Attributes:
        number: pictures the child has had so far; gaps are dropped ones.
        stamp: `time.monotonic` at the grab, which is the same clock in both processes.
        digest, flat: see `signal_check.thumbprint`.
    """

    number: int
    stamp: float
    digest: int
    flat: bool
    image: NDArray[np.uint8]


class Grabber:
    """One child process on the first of `devices` that opens: camera indices, or the path of a clip in tests."""

    def __init__(self, devices: Sequence[int | str], *, loop: bool = False) -> None:
        self._slots = Slots.create()
        job = json.dumps({"slots": self._slots.token, "devices": list(devices), "loop": loop})
        try:
            self._process = start_child("coach.sources.camera.child", job, pass_fds=self._slots.fds)
        except BaseException:
            self._slots.close()
            raise
        self._change = threading.Condition()
        self._newest: dict[str, Any] | None = None
        self.opened: int | str | None = None
        self.failure: Failure | None = None
        self._thread = threading.Thread(target=self._listen, name="camera messages", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._process.pid

    def take(self, timeout_s: float) -> Grab | None:
        """The newest picture that was not taken yet, waiting up to `timeout_s` for one; None where none comes."""
        with self._change:
            self._change.wait_for(lambda: self._newest or self.failure, timeout_s)
            message, self._newest = self._newest, None
        if message is None:
            return None
        image = self._slots.get(message["slot"], message["height"], message["width"])
        self._release(message["slot"])
        return Grab(message["frame"], message["t"], message["digest"], message["flat"], image)

    def close(self, patience_s: float = 0.0) -> None:
        """End the child, kindly within `patience_s`, else by force. Safe to call twice."""
        with self._change:
            end_input(self._process)
        end_child(self._process, patience_s)
        self._thread.join(1.0)  # at once, unless the child is stuck inside the kernel
        self._slots.close()

    def _listen(self) -> None:
        """Take in the child's messages until it ends."""
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            self._take_in(pipe)
        self._fail("died")

    def _take_in(self, pipe: IO[bytes]) -> None:
        while line := pipe.readline(LONGEST_MESSAGE):
            try:
                self._obey(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                _log.warning("process %d sent a message that makes no sense: %r", self.pid, error)
                return

    def _obey(self, message: dict[str, Any]) -> None:
        if "failed" in message:
            self._fail("open" if message["failed"] == "open" else "read")
        elif "opened" in message:
            self.opened = message["opened"]
        else:
            self._hold(_checked(message))

    def _hold(self, message: dict[str, Any]) -> None:
        """Keep the newest picture; the slot of one that nobody took goes back."""
        with self._change:
            unseen, self._newest = self._newest, message
            self._change.notify_all()
        if unseen is not None:
            self._release(unseen["slot"])

    def _release(self, slot: int) -> None:
        """Tell the child that `slot` may be written again; under the lock, since `close` ends the pipe."""
        assert self._process.stdin is not None
        with self._change, contextlib.suppress(OSError, ValueError):  # a child that is gone shows in `failure`
            os.write(self._process.stdin.fileno(), bytes([slot]))

    def _fail(self, failure: Failure) -> None:
        _log.debug("process %d: %s", self.pid, failure)
        with self._change:
            self.failure = self.failure or failure
            self._change.notify_all()


def _checked(message: dict[str, Any]) -> dict[str, Any]:
    """A frame message whose numbers fit the shared memory.

    Raises:
        ValueError: they do not.
    """
    height, width = int(message["height"]), int(message["width"])
    fits = height > 0 and width > 0 and height * width * 3 <= SLOT_BYTES and message["slot"] in range(SLOTS)
    if not fits:
        raise ValueError(message)
    return message
