"""Shots from several recordings joined as one film. Imported only where a video is written."""

from __future__ import annotations

import os
import secrets
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

# Loading av before cv2 makes a window that is opened later hang for ever.
# isort: off
import cv2  # noqa: F401
import av

# isort: on
from coach.base.errors import OutputError
from coach.base.files import PRIVATE_FILE, why
from coach.media.pictures import PictureStream, best_codec
from coach.recordings.film import MP4_TICK
from coach.recordings.joined_sound import JoinedSound
from coach.recordings.names import AlreadyThereError, refuse_taken, shown
from coach.recordings.shots import look_at
from coach.recordings.source_pictures import pictures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction
    from pathlib import Path

    import numpy as np
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from coach.recordings.shots import Shot

SUFFIX = ".mp4"


def join_shots(
    path: Path, shots: Sequence[Shot], *, force: bool = False, progress: Callable[[float], None] = lambda _: None
) -> None:
    """Write `shots` (one or more) one after the other as the film `path`, with their sound.

    Pictures have the size of the first; others are fitted into it between bars. Where a recording has no sound there
    is silence, and no sound at all where none has. Until it is whole the film has another name, so that a broken-off
    one never has that of `path`; under either only its user can open it, since it shows a face.

    Args:
        path: ends in .mp4; its folder must exist.
        shots: in their order.
        force: replace a file that is there.
        progress: told how many seconds of the film are written.

    Raises:
        AlreadyThereError: there is a file, and no `force`.
        OutputError: a recording cannot be read, or the film not be written.
    """
    if path.suffix.lower() != SUFFIX:
        raise OutputError(f"{shown(path)}: films are written as {SUFFIX}")
    if any(_is_same(path, shot.path) for shot in shots):
        raise OutputError(f"{shown(path)}: is one of the recordings; choose another name")
    path = refuse_taken(path, force=force)
    draft = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.tmp")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        _write(draft, shots, progress)
        if not force and path.exists():
            raise AlreadyThereError(f"{shown(path)}: is already there; choose another name, or --force")
        draft.replace(path)
    except (av.FFmpegError, OSError, ValueError, LookupError) as error:
        raise OutputError(f"{shown(path)}: cannot be written: {why(error)}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # mostly: nothing is there
        return False


def _write(path: Path, shots: Sequence[Shot], progress: Callable[[float], None]) -> None:
    recorded = {path: look_at(path) for path in {shot.path for shot in shots}}
    rate, heard = recorded[shots[0].path].rate, any(each.sound for each in recorded.values())
    with ExitStack() as stack:
        container = stack.enter_context(av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}))
        film = _Film(container, rate, heard=heard)
        stack.callback(film.close)
        for shot in shots:
            film.add(shot, progress)
        film.finish()


class _Film:
    """Pictures and sound of shot after shot."""

    def __init__(self, container: OutputContainer, rate: Fraction, *, heard: bool) -> None:
        self._container = container
        self._rate = rate
        self._heard = heard
        self._pictures: PictureStream | None = None
        self._sound: JoinedSound | None = None
        self._seconds = 0.0
        self._waiting: list[Packet[VideoStream]] = []
        self._last = -1

    def add(self, shot: Shot, progress: Callable[[float], None]) -> None:
        """Write `shot` behind those before it.

        Raises:
            LookupError: there is no picture at its time.
        """
        began = self._seconds
        written = 0
        for since, image in pictures_of(shot):
            self._picture(began + since, image)
            if self._sound is not None:
                if not written:
                    self._sound.begin(shot, began)
                self._sound.up_to(began + since)
            written += 1
            progress(began + since)
        if not written:
            raise LookupError(f"the recording {shown(shot.path)} has no picture at {shot.begin:.1f} s")
        self._seconds = began + shot.seconds

    def finish(self) -> None:
        """Write what is still held back."""
        assert self._pictures is not None
        self._waiting += self._pictures.finish()
        self._mux(round(self._seconds / MP4_TICK))
        if self._sound is not None:
            self._sound.finish(self._seconds)

    def close(self) -> None:
        """Let go of the recordings."""
        if self._sound is not None:
            self._sound.close()

    def _picture(self, t: float, image: NDArray[np.uint8]) -> None:
        place = round(t / MP4_TICK)
        if self._pictures is None:
            self._open(image)
        assert self._pictures is not None
        if place > self._last:
            self._mux(place)
            self._last = place
            self._waiting += self._pictures.encode(image, place)

    def _open(self, first: NDArray[np.uint8]) -> None:
        """Both tracks, before anything is written."""
        self._pictures = PictureStream(self._container, best_codec(), first, tick=MP4_TICK, rate=self._rate)
        self._sound = JoinedSound(self._container) if self._heard else None

    def _mux(self, until: int) -> None:
        """Write the picture that waits; how long it stands is known when the next one comes."""
        waiting, self._waiting = self._waiting, []
        for packet in waiting:
            packet.duration = max(until - (packet.pts or 0), 1)
            self._container.mux(packet)
