"""Whether a container says itself that its end is missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO


def is_cut(path: Path) -> bool:
    """Whether an MP4, MOV or AVI file is shorter than its own chunks say; False for every other kind of file."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(12)
        if head[:4] == b"RIFF":
            return 8 + int.from_bytes(head[4:8], "little") > size
        return head[4:8] == b"ftyp" and _end_of_boxes(file, size) > size


def _end_of_boxes(file: IO[bytes], size: int) -> int:
    """Where the last box would end; boxes are 4 bytes of length and 4 of kind (ISO 14496-12, 4.2)."""
    place = 0
    while place < size:
        file.seek(place)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:  # 0 reaches to the end of the file; the rest is nonsense and not judged
            return size
        place += length
    return place
