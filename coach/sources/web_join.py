"""Picture and sound that a site sends apart, put into one file without being encoded again."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2  # noqa: F401 - before av, as wherever a window may open

# isort: split
import av

from coach.sources.containers import open_container

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

_SOUND: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,aac,mp3,ogg,flac,wav",
}
"""What holds sound; a playlist, which may name other files, is none of these."""


def join(picture: Path, sound: Path, joined: Path) -> None:
    """Write both into `joined`, a Matroska file, which takes every codec that sites use.

    Raises:
        av.FFmpegError, ValueError: one of them cannot be read, or not be put there.
        SourceError: there is no picture.
    """
    with ExitStack() as stack:
        seen, video = open_container(picture, _head(picture))
        stack.enter_context(seen)
        heard = stack.enter_context(av.open(str(sound), options=_SOUND))
        if not heard.streams.audio:
            raise ValueError("no sound")
        audio = heard.streams.audio[0]
        out = stack.enter_context(av.open(str(joined), "w", format="matroska"))
        places = {id(stream): out.add_stream_from_template(stream) for stream in (video, audio)}
        for packet in heapq.merge(_packets(seen, video), _packets(heard, audio), key=_time):
            packet.stream = places[id(packet.stream)]
            out.mux(packet)


def _packets(container: InputContainer, stream: VideoStream | AudioStream) -> Iterator[Packet[Stream]]:
    return (packet for packet in container.demux(stream) if packet.dts is not None)


def _time(packet: Packet[Stream]) -> float:
    assert packet.dts is not None
    return float(packet.dts * packet.time_base)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)
