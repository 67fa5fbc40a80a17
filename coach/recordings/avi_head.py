"""The head of an AVI while the film behind it is still being written."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

_FRAMES: Final = 16
"""Where the head's own chunk (avih) has the number of pictures."""

_LENGTH: Final = 32
"""Where the head of a track (strh) has it."""

_MOST_HEAD: Final = 1 << 16
_UNKNOWN: Final = 0xFFFFFFFF


class AviHead:
    """Tells the head how long the film is by now, so that a player knows it also after a kill.

    FFmpeg leaves that empty until the end, and then writes it itself. Beyond its first gigabyte a film goes on in parts
    of their own, and the size of the first is no longer touched. An AVI made of other chunks is left alone.
    """

    def __init__(self, path: Path) -> None:
        """Of the AVI that is being written to `path`, its first picture included."""
        self._path = path
        self._frames: list[int] = []
        self._sizes: dict[int, int] = {}
        """Places of sizes, and what was last written there."""
        with suppress(OSError, ValueError, struct.error), path.open("rb") as file:
            self._find(file.read(_MOST_HEAD))

    def refresh(self, pictures: int) -> None:
        """So many pictures are in the file, which ends where the last chunk does."""
        with suppress(OSError), self._path.open("r+b", buffering=0) as file:
            end = file.seek(0, 2)
            for place in self._frames:
                _put(file, place, pictures)
            for place, written in self._sizes.items():
                if _number(file, place) == written and end - place - 4 < _UNKNOWN:
                    _put(file, place, end - place - 4)
                    self._sizes[place] = end - place - 4

    def _find(self, head: bytes) -> None:
        """Find the numbers by their chunks; RIFF, 'hdrl', 'avih', 'strl' and 'movi' as in Microsoft's AVI RIFF."""
        track = head.index(b"vids", head.index(b"strh"))
        picture_counts = [head.index(b"avih") + 8 + _FRAMES, track + _LENGTH]
        place = 12
        while head[place + 8 : place + 12] != b"movi":
            place += 8 + int.from_bytes(head[place + 4 : place + 8], "little")
            if place >= len(head):
                return
        self._frames = picture_counts
        self._sizes = {4: _UNKNOWN, place + 4: _UNKNOWN}


def _put(file: IO[bytes], place: int, number: int) -> None:
    file.seek(place)
    file.write(struct.pack("<I", number))


def _number(file: IO[bytes], place: int) -> int:
    file.seek(place)
    return int.from_bytes(file.read(4), "little")
