"""Reads an MP4 that was cut off inside a box: up to its last whole one. FFmpeg refuses many such files as a whole."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from coach.media.libav import av

if TYPE_CHECKING:
    from av.container import InputContainer


def open_whole_boxes(path: Path, options: dict[str, str]) -> InputContainer | None:
    """Open the MP4 at `path` as if it ended behind its last whole box.

    Args:
        path: the file.
        options: of FFmpeg, for its demuxer.

    Returns:
        The container; None if no box is cut off, or if no picture can be in the whole ones.

    Raises:
        av.FFmpegError, OSError, ValueError: the whole boxes cannot be read either.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        end = whole_boxes(file, size)
    if not 0 < end < size:
        return None
    return av.open(cast("IO[bytes]", _Beginning(path, end)), "r", format="mov", options=options)


def whole_boxes(file: IO[bytes], size: int) -> int:
    """Offset at which the last whole box of an MP4 of `size` bytes ends.

    A box begins with 4 bytes of length and 4 of type; a length of 1 means that 8 bytes of length follow (ISO 14496-12,
    4.2).
    """
    offset = 0
    while True:
        file.seek(offset)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8 or offset + length > size:
            return offset
        offset += length


class _Beginning(io.RawIOBase):
    """The first `end` bytes of the file at `path`."""

    def __init__(self, path: Path, end: int) -> None:
        self._file = path.open("rb", buffering=0)
        self._end = end

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # any writable buffer
        view = memoryview(buffer)[: max(self._end - self._file.tell(), 0)]
        return self._file.readinto(view) or 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            return self._file.seek(self._end + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()
