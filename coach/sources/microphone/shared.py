"""One microphone for several readers, because some sound systems open it only once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from coach.base.types import SoundBlock
from coach.sources.microphone.microphone import KEPT, Microphone


class SharedMicrophone:
    """A microphone that every reader hears from the moment on at which it was made; it closes with its last reader."""

    def __init__(self) -> None:
        """Open it.

        Raises:
            SourceError: no microphone opens.
        """
        self._microphone = Microphone(lambda stamp: stamp)
        self._readers: list[MicrophoneReader] = []
        self._lock = threading.Lock()

    def reader(self, take_time: Callable[[float], float | None]) -> MicrophoneReader:
        """A new reader, whose blocks have the times that `take_time` makes of the monotonic clock."""
        new = MicrophoneReader(self, take_time)
        with self._lock:
            self._readers.append(new)
        return new

    @property
    def name(self) -> str:
        """Name of the device."""
        return self._microphone.name

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self._microphone.rate

    def hand_out(self) -> None:
        """Give the blocks since the last call to every reader."""
        with self._lock:
            for block in self._microphone.read():
                for reader in self._readers:
                    reader.blocks.append(block)

    def leave(self, reader: MicrophoneReader) -> None:
        """`reader` reads no more; the last one closes the microphone."""
        with self._lock:
            if reader in self._readers:
                self._readers.remove(reader)
        if not self._readers:
            self._microphone.close()


class MicrophoneReader:
    """One reader of a shared microphone.

    Attributes:
        blocks: what it has not read yet, with times of the monotonic clock.
    """

    def __init__(self, shared: SharedMicrophone, take_time: Callable[[float], float | None]) -> None:
        self._shared = shared
        self._take_time = take_time
        self.blocks: deque[SoundBlock] = deque(maxlen=KEPT)

    @property
    def name(self) -> str:
        """Name of the device."""
        return self._shared.name

    @property
    def rate(self) -> int:
        """Samples per second that the device promises."""
        return self._shared.rate

    def read(self) -> list[SoundBlock]:
        """The blocks since the last call; those from before the take are lost."""
        self._shared.hand_out()
        found = []
        for _ in range(len(self.blocks)):
            block = self.blocks.popleft()
            t = self._take_time(block.t)
            if t is not None:
                found.append(replace(block, t=t))
        return found

    def close(self) -> None:
        """Read no more. Safe to call twice."""
        self._shared.leave(self)
