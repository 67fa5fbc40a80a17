"""The microphone, read by a child process; a watchdog replaces one that has stopped."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.base.child_process import end_child, end_input, start_child
from coach.base.errors import SourceError
from coach.base.text import clean
from coach.listening.sound import CHUNK, CHUNK_S, SoundChunk

if TYPE_CHECKING:
    from coach.base.protocols import Clock

_log = logging.getLogger(__name__)

OPEN_S: Final = 10.0
"""Longest time for a microphone to open; a Bluetooth headset needs some seconds."""

STOPPED_S: Final = 3.0
"""A microphone without a sample for this long has stopped; even silence gives samples."""

TRIES: Final = 3
"""How often a stopped microphone is opened again."""

KEPT: Final = 300
"""Chunks that wait for the reader at most, 10 s; older ones are lost."""

MAX_MESSAGE: Final = 2000
"""Bytes of the child's message at most."""


class _Line:
    """One child process and the thread that reads its samples."""

    def __init__(self) -> None:
        self._process = start_child("coach.listening.child")
        self.chunks: deque[np.ndarray] = deque(maxlen=KEPT)
        self.opened = threading.Event()
        self.name = ""
        self.failure = ""
        self._thread = threading.Thread(target=self._listen, name="microphone", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether more samples may come."""
        return self._thread.is_alive()

    def close(self, timeout_s: float) -> None:
        """End the child; kill it after `timeout_s`."""
        end_input(self._process)
        end_child(self._process, timeout_s)
        self._thread.join(1.0)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            self._read_name(pipe.readline(MAX_MESSAGE))
            self.opened.set()
            while not self.failure and len(samples := pipe.read(2 * CHUNK)) == 2 * CHUNK:
                self.chunks.append(np.frombuffer(samples, np.int16))

    def _read_name(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            self.name = clean(str(message.get("opened", "")), 80)
            self.failure = clean(str(message.get("failed", "")), 200)
        except (ValueError, AttributeError):
            self.failure = "the process that reads it ended"


class Microphone:
    """The microphone that the system uses by default.

    Samples have the take time at which they are read, at most one picture later than they were heard.

    Attributes:
        name: name of the device.
    """

    def __init__(self, clock: Clock, notify: Callable[[str], None], open_s: float = OPEN_S) -> None:
        """Open it; `notify` is called if it stops later.

        Raises:
            SourceError: no microphone opens; the message says why and what to do.
        """
        self._clock = clock
        self._notify = notify
        self._line: _Line | None = self._open(open_s)
        self.name = self._line.name if self._line else ""
        self._heard_at = clock.now()
        self._tries = 0

    def read_until(self, t: float) -> list[SoundChunk]:
        """The sound since the last call. `t` is the take time now."""
        line, now = self._line, self._clock.now()
        if line is None:
            return []
        samples = [line.chunks.popleft() for _ in range(len(line.chunks))]
        if samples:
            self._heard_at, self._tries = now, 0
        elif not line.alive or now - self._heard_at > STOPPED_S:
            self._replace(line, now)
        return [SoundChunk(t - (len(samples) - 1 - n) * CHUNK_S, piece) for n, piece in enumerate(samples)]

    def close(self) -> None:
        """End the child process. Safe to call twice."""
        if self._line is not None:
            self._line.close(1.0)
            self._line = None

    def _replace(self, line: _Line, now: float) -> None:
        """Open the microphone again, or give up after some tries."""
        _log.warning("the microphone stopped: %s", line.failure or "no samples")
        line.close(0.0)
        self._heard_at, self._tries = now, self._tries + 1
        if self._tries == 1:
            self._notify("The microphone stopped and is opened again. Space or Enter ends a line meanwhile.")
        if self._tries > TRIES:
            self._line = None
            self._notify("The microphone does not come back. Space or Enter ends a line.")
        else:
            self._line = _Line()

    @staticmethod
    def _open(open_s: float) -> _Line:
        line = _Line()
        opened = line.opened.wait(open_s)
        if opened and not line.failure:
            return line
        line.close(0.0)
        why = line.failure if opened else f"it did not open within {open_s:g} s"
        raise SourceError(f"No microphone opens: {_advice(why)}")


def _advice(why: str) -> str:
    if "PortAudio library not found" in why:
        return (
            "the system library PortAudio is missing. Debian, Ubuntu: sudo apt-get install libportaudio2; "
            "Fedora: sudo dnf install portaudio; Arch: sudo pacman -S portaudio."
        )
    return f"{why}. Connect one, allow its use in the system's settings, and close other programs that use it."
