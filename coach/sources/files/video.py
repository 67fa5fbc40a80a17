"""Source for a recorded video. By default a thread decodes the frames of the file ahead of the reader."""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.base.protocols import SourceInfo, SourceStats
from coach.base.text import clean, clean_name
from coach.base.types import Frame
from coach.sources.files.decoder import Decoder

_log = logging.getLogger(__name__)

CHUNK = 1 << 20
"""Bytes hashed at a time; hashlib lets other threads run meanwhile."""


class FileHash:
    """Hashes a file in a thread, 0.4 to 2 GB per second on one core."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="file hash", daemon=True)
        self._thread.start()

    @property
    def value(self) -> str:
        """SHA-256 as 64 hexadecimal digits; empty until the whole file is hashed, and if it cannot be read."""
        return self._digest

    def wait(self) -> None:
        """Wait until the value is known."""
        self._thread.join()

    def stop(self, timeout_s: float) -> None:
        """Wait at most `timeout_s` seconds for the hash, then stop, which leaves the value empty."""
        self._thread.join(timeout_s)
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._digest = self._hash()
        except OSError:
            self._digest = ""

    def _hash(self) -> str:
        digest = hashlib.sha256()
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK):
                if self._stop.is_set():
                    return ""
                digest.update(chunk)
        return digest.hexdigest()


AHEAD_BYTES: Final = 64 << 20
"""Maximum memory for frames decoded ahead."""

AHEAD_FRAMES: Final = (1, 16)
"""Minimum and maximum number of frames decoded ahead, whatever their size."""

POLL_S: Final = 0.1
"""How often a waiting thread checks whether the source was closed."""

HASH_TIMEOUT_S: Final = 1.0
"""Maximum wait of `close` for the hash of the file; enough for about 500 MB."""


class VideoSource:
    """Frames of `path` at the times at which players show them.

    None is dropped, unless `min_gap_s` says that not all are needed: those in between are decoded, but not converted to
    BGR and not returned. Their number is part of `stats.frames`.

    `info.sha256` is set once `read` has returned None, or after `close` if hashing ends within `HASH_TIMEOUT_S`.
    """

    def __init__(self, path: Path, min_gap_s: float = 0.0, *, ahead: bool = True) -> None:
        """Open the file and decode its first frame, which gives the upright size.

        Args:
            path: the file.
            min_gap_s: shortest time between two frames in seconds; 0 returns every frame.
            ahead: decode in a thread ahead of the reader. Without it `read` decodes, so that one processor is enough.

        Raises:
            SourceError: the file cannot be read or not one frame can be decoded.
        """
        self._name = clean_name(path.name, 200)
        self._decoder = Decoder(path, _head(path), min_gap_s)
        self._frames = self._decoder.frames()
        first = self._decode_first()
        self._pending: Frame | None = first
        self._ended = False
        self._stats = SourceStats()
        height, width = first.image.shape[:2]
        self._info = SourceInfo(
            "video", self._name, live=False, path=str(path.absolute()), width=width, height=height,
            duration_s=self._decoder.duration_s,
        )  # fmt: skip
        self._queue: queue.Queue[Frame | Exception | None] = queue.Queue(_frames_ahead(self._decoder.frame_bytes))
        self._stop = threading.Event()
        self._worker = threading.Thread(target=self._decode, name="video decoder", daemon=True) if ahead else None
        self._hash = FileHash(path)
        if self._worker is not None:
            self._worker.start()

    @property
    def info(self) -> SourceInfo:
        """Description of the file; the size is that of the upright picture."""
        return replace(self._info, sha256=self._hash.value)

    @property
    def stats(self) -> SourceStats:
        """Frames returned or left out so far; damage and warnings of the part decoded so far, complete at the end."""
        return replace(
            self._stats,
            frames=self._stats.frames + self._decoder.left_out,
            damaged=self._decoder.damaged,
            warnings=self._decoder.warnings(),
        )

    def read(self) -> Frame | None:
        """The next frame; None at the end and once closed.

        Raises:
            SourceError: the rest of the file cannot be read.
        """
        item: Frame | Exception | None = self._pending
        self._pending = None
        while item is None and not self._ended:
            try:
                item = self._next()
            except queue.Empty:
                continue
            self._ended = not isinstance(item, Frame)
        if isinstance(item, Frame):
            self._stats.frames += 1
            return item
        self._hash.wait()
        if item is not None:
            raise self._undecodable(item) from item
        return None

    def _next(self) -> Frame | Exception | None:
        """The next frame, None at the end, or the error that ended decoding.

        Raises:
            queue.Empty: the thread that decodes needs more time.
        """
        if self._worker is not None:
            return self._queue.get(timeout=POLL_S)  # in short steps, so that Ctrl-C is handled on every system
        try:
            return next(self._frames, None)
        except Exception as error:  # raised again by `read`
            return error

    def close(self) -> None:
        """Stop decoding and close the file."""
        self._ended = True
        self._pending = None
        self._stop.set()
        if self._worker is not None:
            self._worker.join()
        self._hash.stop(HASH_TIMEOUT_S)
        self._decoder.close()

    def _decode_first(self) -> Frame:
        """Decode the first frame; if that fails, close the file."""
        with ExitStack() as on_failure:
            on_failure.callback(self._decoder.close)
            try:
                first = next(self._frames, None)
            except Exception as error:
                raise self._undecodable(error) from error
            if first is None:
                damaged = tr("not one picture in it could be decoded. The file is damaged.")
                raise SourceError(f"{self._name}: {damaged}")
            on_failure.pop_all()
        return first

    def _undecodable(self, error: Exception) -> SourceError:
        message = tr("the rest cannot be decoded ({reason}).", reason=clean(str(error), 120))
        return SourceError(f"{self._name}: {message}")

    def _decode(self) -> None:
        """Run in the worker thread. The last item it queues is None or an exception, which ends the reader."""
        try:
            for frame in self._frames:
                self._queue.maxsize = _frames_ahead(frame.image.nbytes)  # pictures may grow within a file
                if not self._enqueue(frame):
                    return
            self._enqueue(None)
        except Exception as error:  # raised again by `read`
            _log.warning("%s: decoding ended early", self._name, exc_info=True)
            self._enqueue(error)

    def _enqueue(self, item: Frame | Exception | None) -> bool:
        """Put `item` into the queue; False if the source is closed meanwhile."""
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=POLL_S)
            except queue.Full:
                continue
            return True
        return False


def _frames_ahead(frame_bytes: int) -> int:
    """Number of frames of `frame_bytes` that may be decoded ahead."""
    minimum, maximum = AHEAD_FRAMES
    return max(minimum, min(maximum, AHEAD_BYTES // frame_bytes))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)
