"""Shared memory for a few pictures, which the system frees when its processes end.

No named object can be left behind: on Linux it is an anonymous file and on macOS an unlinked one, whose descriptor the
child inherits; on Windows it is a mapping that exists as long as a process has it open.
`multiprocessing.shared_memory` leaves names and warnings behind when a process is killed.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import sys
import tempfile
import uuid
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLOTS: Final = 3
"""Number of slots: one is written, one is pending, one is read."""

SLOT_BYTES: Final = 3840 * 2160 * 3
"""Size of a slot: a 4K picture in BGR. Only pages that are written use memory."""


class Slots:
    """`SLOTS` slots for one picture each. The parent calls `create`, the child `attach`."""

    def __init__(self, memory: mmap.mmap, token: str, fds: tuple[int, ...]) -> None:
        self._memory = memory
        self.token = token
        self.fds = fds

    @classmethod
    def create(cls) -> Slots:
        """Allocate the memory. The child needs `token` and must inherit `fds`."""
        size = SLOTS * SLOT_BYTES
        if sys.platform == "win32":
            token = f"coach-{uuid.uuid4().hex}"
            return cls(mmap.mmap(-1, size, tagname=token), token, ())
        fd = _anonymous_file()
        os.ftruncate(fd, size)
        return cls(mmap.mmap(fd, size), str(fd), (fd,))

    @classmethod
    def attach(cls, token: str) -> Slots:
        """Map the memory that the parent created."""
        size = SLOTS * SLOT_BYTES
        if sys.platform == "win32":
            return cls(mmap.mmap(-1, size, tagname=token), token, ())
        return cls(mmap.mmap(int(token), size), token, ())

    def put(self, slot: int, image: NDArray[np.uint8]) -> None:
        """Write `image` (height, width, 3) into `slot`."""
        height, width = image.shape[:2]
        np.copyto(self._view(slot, height, width), image)

    def get(self, slot: int, height: int, width: int) -> NDArray[np.uint8]:
        """A copy of the picture in `slot`."""
        return np.array(self._view(slot, height, width))

    def close(self) -> None:
        """Release the memory. Safe to call twice."""
        self._memory.close()
        fds, self.fds = self.fds, ()
        for fd in fds:
            with contextlib.suppress(OSError):
                os.close(fd)

    def _view(self, slot: int, height: int, width: int) -> NDArray[np.uint8]:
        view: NDArray[np.uint8] = np.ndarray((height, width, 3), np.uint8, self._memory, slot * SLOT_BYTES)
        return view


def _anonymous_file() -> int:
    if sys.platform == "linux":
        return os.memfd_create("coach frames", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
