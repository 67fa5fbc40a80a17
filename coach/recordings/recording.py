"""Writes the annotated video of a mirror run, encoded in a thread."""

from __future__ import annotations

import logging
import queue
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import OutputError
from coach.base.files import error_reason
from coach.base.messages import tr, tr_n
from coach.base.text import clean, join_with_or
from coach.media.video_stream import shrink
from coach.recordings.names import claim, display_name, release

if TYPE_CHECKING:
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from coach.recordings.film import Film

_log = logging.getLogger(__name__)

SUFFIXES: Final = (".mp4", ".avi")

QUEUE_BYTES: Final = 64 << 20
"""Memory for pictures that wait for the encoder."""

QUEUE_LENGTHS: Final = (1, 24)
"""Smallest and largest number of waiting pictures: 24 are 0.8 s of a camera, enough for a busy disk, not for a slow
machine."""

_POLL_S: Final = 0.1
_CLOSE_S: Final = 30.0
"""How long `close` waits for a blocked encoder."""


class Recording:
    """Writes pictures and the source's sound as .mp4 (H.264) or .avi (MPEG-4), playable even after a kill.

    The video starts with the first picture, whatever its time; the sound is cut to start there.

    Attributes:
        path: absolute path of the file.
        written: number of pictures written.
        length_s: length of the file in seconds.
        kept: length and faults of the file as a phrase; None if no file remains.
        dropped: number of pictures dropped because the encoder was behind; only with a live source.
        trouble: a sentence for the user if writing ended early or the sound is missing; else None.

    Example:
        >>> with Recording(Path("out.mp4"), audio_from=Path("take.mp4")) as recording:
        ...     recording.add(view.t, annotate(view))
    """

    def __init__(self, path: Path, *, audio_from: Path | None = None, live: bool = False, force: bool = False) -> None:
        """Create the file.

        Args:
            path: path of the file, which ends in .mp4 or .avi and must not exist.
            audio_from: recorded source whose sound is copied; its time 0 is the start of that file, as in players.
            live: drop pictures when the encoder is behind; otherwise `add` waits for it.
            force: replace an existing file.

        Raises:
            AlreadyThereError: `path` exists, and `force` is not set.
            OutputError: the suffix is unknown, or the file cannot be created.
        """
        if path.suffix.lower() not in SUFFIXES:
            raise OutputError(
                tr("{path}: videos are written as {kinds}", path=display_name(path), kinds=join_with_or(SUFFIXES))
            )
        if audio_from is not None and _is_same(path, audio_from):
            raise OutputError(tr("{path}: is the source itself; choose another name", path=display_name(path)))
        self.path = claim(path, force=force)
        self.written = 0
        self.length_s = 0.0
        self.dropped = 0
        self.trouble: str | None = None
        self._audio_from = audio_from
        self._live = live
        self._stopped = False
        self._written_t = 0.0
        self._fault = ""
        self._closed = False
        self._last_t: float | None = None
        self._queue: queue.Queue[tuple[float, NDArray[np.uint8]] | None] | None = None
        self._thread = threading.Thread(target=self._work, name="recording", daemon=True)

    def add(self, t: float, picture: NDArray[np.uint8]) -> None:
        """Append `picture` (height, width, 3) uint8 BGR at `t` seconds; the caller must not change it afterwards.

        A picture of more than `coach.media.video_stream.MAX_PIXELS` is scaled down. One that is not later than the
        last is ignored.
        """
        if self._closed or self._stopped or (self._last_t is not None and t <= self._last_t):
            return
        self._last_t = t
        if self._queue is None:
            shortest, longest = QUEUE_LENGTHS
            self._queue = queue.Queue(max(shortest, min(longest, QUEUE_BYTES // max(picture.nbytes, 1))))
            self._thread.start()
        if self._live and self._queue.full():
            self.dropped += 1
        else:
            self._enqueue((t, shrink(picture)))

    def close(self) -> None:
        """Encode the queue and finish the file; without pictures it is removed. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        if self._queue is None:
            release(self.path)
            return
        self._enqueue(None)
        self._thread.join(_CLOSE_S)
        if self._thread.is_alive():
            self._fault = tr("not finished")
            self.trouble = tr(
                "{path}: the video could not be finished, the encoder does not answer", path=display_name(self.path)
            )
        elif not self.written:
            release(self.path)

    @property
    def kept(self) -> str | None:
        """Length and faults of the file as a phrase; None if no file remains."""
        if not self.written:
            return None
        lost = tr_n(
            "without {count} picture for which the encoder was too slow",
            "without {count} pictures for which the encoder was too slow",
            self.dropped,
        )
        return ", ".join(part for part in (f"{self.length_s:.1f} s", lost if self.dropped else "", self._fault) if part)

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _enqueue(self, item: tuple[float, NDArray[np.uint8]] | None) -> None:
        """Put `item` into the queue, waiting in short steps so that Ctrl-C is handled on every system."""
        assert self._queue is not None
        while self._thread.is_alive():
            try:
                self._queue.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return

    def _work(self) -> None:
        """Run in the encoder thread; an error is left in `trouble` for the main thread."""
        try:
            self._write()
        except Exception as error:
            _log.warning("%s: the recording ended early", self.path, exc_info=True)
            self._stopped = True
            self._report_error(error)

    def _write(self) -> None:
        from coach.recordings.film import Film

        assert self._queue is not None
        item = self._queue.get()
        with Film(self.path, self._audio_from) as film:
            while item is not None:
                self.written += film.add(*item)
                self.length_s = film.length_s
                self._written_t = item[0]
                self._report_missing_sound(film)
                item = self._queue.get()
        self.length_s = film.length_s

    def _report_missing_sound(self, film: Film) -> None:
        if film.silent and self.trouble is None:
            self._fault = tr(
                "without sound from {seconds:.1f} s on ({reason})",
                seconds=self._written_t,
                reason=clean(film.silent, 200),
            )
            self.trouble = tr(
                "{path}: written without sound from here on: {reason}", path=display_name(self.path), reason=film.silent
            )

    def _report_error(self, error: Exception) -> None:
        reason = clean(error_reason(error), 200)
        self._fault = tr("stopped ({reason})", reason=reason)
        self.trouble = tr("{path}: the recording ended: {reason}", path=display_name(self.path), reason=reason)
        if self.written:
            self.trouble = tr("{trouble}; what was written before can be played", trouble=self.trouble)


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # usually because a file does not exist
        return False
