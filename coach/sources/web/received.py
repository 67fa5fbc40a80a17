"""Checks that a download is a complete video, and joins separate picture and sound into one file."""

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
"""Containers of sound; playlists, which may name other files, are not among them."""


def join(picture: Path, sound: Path, joined: Path) -> None:
    """Write both into `joined`, a Matroska file, which supports every codec that sites use.

    Raises:
        av.FFmpegError, ValueError: one of them cannot be read or written.
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


_SUFFIXES: Final = {
    "mov": "mp4", "matroska": "mkv", "avi": "avi", "flv": "flv", "mpeg": "mpg", "mpegts": "ts", "h264": "h264",
    "hevc": "hevc",
}  # fmt: skip


def kept_file(parts: list[Path]) -> dict[str, object]:
    """Check `parts`, picture and perhaps separate sound, and reduce them to one file.

    Returns its name and size, and whether it is silent because its sound could not be read.

    Raises:
        WebError: it is no video, or truncated.
    """
    picture = _checked(parts[0])
    if len(parts) == 1:
        return _facts(picture, silent=False)
    joined = picture.with_name("video.mkv") if picture.name != "video.mkv" else picture.with_name("both.mkv")
    try:
        join(picture, parts[1], joined)
    except (OSError, ValueError, SourceError):  # av.FFmpegError is one of the first two
        joined.unlink(missing_ok=True)
        parts[1].unlink()
        return _facts(picture, silent=True)
    picture.unlink()
    parts[1].unlink()
    return _facts(joined, silent=False)


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
    return path.rename(path.with_name(f"video.{_SUFFIXES[container]}"))


def _looks_like(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "it is a page"
    if text.startswith((b"#extm3u", b"ffconcat", b"<?xml", b"<mpd", b"[playlist]")):
        return "it is a list of other files"
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8")):
        return "it is a picture"
    return ""


def _facts(path: Path, *, silent: bool) -> dict[str, object]:
    return {"file": path.name, "size": path.stat().st_size, "silent": silent}
