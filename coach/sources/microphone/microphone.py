"""The microphone for the sound of a recording: blocks of samples with the take times at which they began."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from importlib.util import find_spec
from typing import IO, Final

import numpy as np

from coach.base.child_process import end_child, end_input, start_child
from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.base.text import clean
from coach.base.types import SoundBlock
from coach.sources.microphone.child import BLOCK

OPEN_S: Final = 10.0
"""Longest time for a microphone to open; a Bluetooth headset needs some seconds."""

KEPT: Final = 3000
"""Blocks that wait for the reader at most, about a minute; older ones are lost."""

MAX_MESSAGE: Final = 2000
"""Longest message of the child, in bytes."""

MAX_SAMPLES: Final = 1 << 20
"""Most samples of one block; more is not of the child."""

EXIT_S: Final = 1.0
"""Time for the child to release the microphone before it is killed."""


class Microphone:
    """The microphone that the system uses by default; a thread reads its child process.

    Attributes:
        name: name of the device.
        rate: samples per second.
    """

    def __init__(self, take_time: Callable[[float], float | None], open_s: float = OPEN_S) -> None:
        """Open it.

        Args:
            take_time: turns a time of the monotonic clock into take time; None before the take runs, and such sound is
                lost.
            open_s: longest wait for the device.

        Raises:
            SourceError: no microphone opens; the message says why and what to do.
        """
        if find_spec("sounddevice") is None:
            raise SourceError(tr("sound needs one more package: python -m pip install 'coach[mic]'"))
        self.name, self.rate = "", 0
        self._take_time = take_time
        self._failure = ""
        self._opened = threading.Event()
        self._blocks: deque[tuple[float, bytes]] = deque(maxlen=KEPT)
        self._child = start_child("coach.sources.microphone.child")
        self._thread = threading.Thread(target=self._listen, name="microphone", daemon=True)
        self._thread.start()
        opened = self._opened.wait(open_s)
        if not opened or self._failure:
            self.close()
            late = tr("it did not open within {seconds:g} s", seconds=open_s)
            raise SourceError(_advice(self._failure or late))

    def read(self) -> list[SoundBlock]:
        """The blocks since the last call, in order."""
        blocks = []
        for _ in range(len(self._blocks)):
            stamp, samples = self._blocks.popleft()
            t = self._take_time(stamp)
            if t is not None:
                blocks.append(SoundBlock(t, np.frombuffer(samples, np.int16)))
        return blocks

    def close(self) -> None:
        """Release the microphone. Safe to call twice."""
        end_input(self._child)
        end_child(self._child, EXIT_S)
        self._thread.join(EXIT_S)

    def _listen(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as pipe:
            self._read_opening(pipe.readline(MAX_MESSAGE))
            self._opened.set()
            while not self._failure and (block := _read_block(pipe)) is not None:
                self._blocks.append(block)

    def _read_opening(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            self._failure = clean(str(message.get("failed", "")), 200)
            if not self._failure:
                self.name, self.rate = clean(str(message["opened"]), 80), int(message["rate"])
        except (ValueError, KeyError, TypeError, AttributeError):
            self._failure = tr("the process that reads it ended")


def _read_block(pipe: IO[bytes]) -> tuple[float, bytes] | None:
    """Time and samples of the next block; None at the end."""
    head = pipe.read(BLOCK.size)
    if len(head) < BLOCK.size:
        return None
    t, count = BLOCK.unpack(head)
    samples = pipe.read(2 * min(count, MAX_SAMPLES))
    return (t, samples) if len(samples) == 2 * count else None


def _advice(why: str) -> str:
    if "PortAudio library not found" in why:
        return tr(
            "the system library PortAudio is missing. Debian, Ubuntu: sudo apt-get install libportaudio2; "
            "Fedora: sudo dnf install portaudio; Arch: sudo pacman -S portaudio"
        )
    return tr("no microphone opens ({reason}); connect one, and allow its use in the system's settings", reason=why)
