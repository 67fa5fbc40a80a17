"""Checks that a download is a complete video, and muxes separate picture and sound into one file."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.media.libav import av
from coach.sources.files.container import demuxer, is_truncated, open_container
from coach.sources.web.refusals import WebError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

_SOUND_OPTIONS: Final = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,aac,mp3,ogg,flac,wav",
}
"""Options that restrict FFmpeg to containers of sound; it must not open playlists, which may name other files."""


def join(picture: Path, sound: Path, joined: Path) -> None:
    """Mux `picture` and `sound` into `joined`, a Matroska file, which supports every codec that sites use.

    Raises:
        av.FFmpegError, ValueError: one of the files cannot be read or written.
        SourceError: `picture` has no picture.
    """
    with ExitStack() as stack:
        picture_container, video = open_container(picture, _head(picture))
        stack.enter_context(picture_container)
        sound_container = stack.enter_context(av.open(str(sound), options=_SOUND_OPTIONS))
        if not sound_container.streams.audio:
            raise ValueError("no sound")
        audio = sound_container.streams.audio[0]
        out = stack.enter_context(av.open(str(joined), "w", format="matroska"))
        out_streams = {id(stream): out.add_stream_from_template(stream) for stream in (video, audio)}
        packets = heapq.merge(_packets(picture_container, video), _packets(sound_container, audio), key=_time)
        for packet in packets:
            packet.stream = out_streams[id(packet.stream)]
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


def finish_download(parts: list[Path]) -> dict[str, object]:
    """Check `parts`, picture and perhaps separate sound, and turn them into one file.

    Returns the file's name and size, and whether it is silent because the sound could not be read.

    Raises:
        WebError: the picture is not a video, or is truncated.
    """
    picture = _check(parts[0])
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


def _check(path: Path) -> Path:
    """Check that `path` is a complete video, and rename it with the suffix of its container."""
    head = _head(path)
    container = demuxer(head)
    if container is None:
        raise WebError("not_media", _looks_like(head))
    if is_truncated(path):
        raise WebError("cut")
    try:
        open_container(path, head)[0].close()
    except SourceError as error:
        raise WebError("not_media", str(error).partition(": ")[2].partition(".")[0].lower()) from error
    return path.rename(path.with_name(f"video.{_SUFFIXES[container]}"))


def _looks_like(head: bytes) -> str:
    """Detail for the message about a file that is not a video; empty for an unknown kind."""
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return tr("it is a page")
    if text.startswith((b"#extm3u", b"ffconcat", b"<?xml", b"<mpd", b"[playlist]")):
        return tr("it is a list of other files")
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8")):
        return tr("it is a picture")
    return ""


def _facts(path: Path, *, silent: bool) -> dict[str, object]:
    return {"file": path.name, "size": path.stat().st_size, "silent": silent}
