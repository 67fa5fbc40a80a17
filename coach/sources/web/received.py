"""Whether what a server sent is a whole video, and picture and sound that came apart in one file."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import SourceError
from coach.media.libav import av
from coach.sources.files.container import demuxer, is_cut, open_container
from coach.sources.web.refusals import WebError

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


_ENDINGS: Final = {
    "mov": "mp4", "matroska": "mkv", "avi": "avi", "flv": "flv", "mpeg": "mpg", "mpegts": "ts", "h264": "h264",
    "hevc": "hevc",
}  # fmt: skip


def kept_file(parts: list[Path]) -> dict[str, object]:
    """The one file that is kept of `parts`, which are picture and perhaps sound.

    Its name and size, and whether it is silent because its sound could not be read.

    Raises:
        WebError: it is no video, or cut off.
    """
    picture = _checked(parts[0])
    if len(parts) == 1:
        return _told(picture, silent=False)
    joined = picture.with_name("video.mkv") if picture.name != "video.mkv" else picture.with_name("both.mkv")
    try:
        join(picture, parts[1], joined)
    except (OSError, ValueError, SourceError):  # av.FFmpegError is one of the first two
        joined.unlink(missing_ok=True)
        parts[1].unlink()
        return _told(picture, silent=True)
    picture.unlink()
    parts[1].unlink()
    return _told(joined, silent=False)


def _checked(path: Path) -> Path:
    with path.open("rb") as file:
        head = file.read(4096)
    container = demuxer(head)
    if container is None:
        raise WebError("not_media", _looks_like(head))
    if is_cut(path):
        raise WebError("cut")
    try:
        open_container(path, head)[0].close()
    except SourceError as error:
        raise WebError("not_media", str(error).partition(": ")[2].partition(".")[0].lower()) from error
    return path.rename(path.with_name(f"video.{_ENDINGS[container]}"))


def _looks_like(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "it is a page"
    if text.startswith((b"#extm3u", b"ffconcat", b"<?xml", b"<mpd", b"[playlist]")):
        return "it is a list of other files"
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8")):
        return "it is a picture"
    return ""


def _told(path: Path, *, silent: bool) -> dict[str, object]:
    return {"file": path.name, "size": path.stat().st_size, "silent": silent}
