"""Detects video containers by their first bytes, and opens them without access to any other file.

The demuxer is chosen here, not by FFmpeg's probing, so that a playlist (HLS, DASH, concat) named ``take.mp4``
cannot make FFmpeg open other files or addresses. The only allowed protocol is the local file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from coach.base.errors import SourceError
from coach.base.messages import tr
from coach.base.text import clean, clean_name
from coach.media.libav import av
from coach.media.recorded import MAX_DECODED, picture_tracks

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_PIXEL_LIMIT: Final = {"max_pixels": str(MAX_DECODED)}
"""Option of the decoder, because the size of the pictures may grow within a file."""

READABLE: Final = "MP4, MOV, MKV, WebM, AVI, MPEG (TS or PS), FLV, raw H.264 or HEVC"
"""Supported formats, for messages."""

SUFFIXES: Final = (
    ".264", ".265", ".3g2", ".3gp", ".avi", ".flv", ".h264", ".h265", ".hevc", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4",
    ".mpeg", ".mpg", ".mts", ".ts", ".vob", ".webm",
)  # fmt: skip
"""Usual suffixes of these formats, sorted. Whether a file can be read is seen only by its content."""

_MP4_BOXES: Final = frozenset((b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid"))
"""Types of boxes that an MP4 or MOV file may begin with."""

_H264_STARTS: Final = frozenset((0x67, 0x47, 0x27, 0x09, 0x06))
"""First byte of a parameter set, an access unit delimiter or supplemental information in H.264."""

_HEVC_STARTS: Final = frozenset((0x40, 0x42, 0x46))
"""The same in HEVC."""

_PLAYLISTS: Final = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"[playlist]", b"<ASX", b"<asx", b"file '", b"file ")


def demuxer(head: bytes) -> str | None:
    """FFmpeg's name of the demuxer for a file that begins with `head`; None for an unknown container."""
    if head[4:8] in _MP4_BOXES:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:11] == b"AVI":
        return "avi"
    if head.startswith(b"FLV\x01"):
        return "flv"
    if head.startswith(b"\x00\x00\x01\xba"):
        return "mpeg"
    return "mpegts" if _is_transport_stream(head) else _raw_stream(head)


def _is_transport_stream(head: bytes) -> bool:
    """Packets of 188 bytes that begin with G; on discs and in camcorders a timestamp of 4 bytes precedes each."""
    plain = head[::188][:4]
    stamped = head[4::192][:4]
    return b"GGG" in (plain[:3], stamped[:3])


def _raw_stream(head: bytes) -> str | None:
    start = head.find(b"\x00\x00\x01", 0, 4)
    if start not in (0, 1) or len(head) < start + 4 or head[:start].strip(b"\x00"):
        return None
    kind = head[start + 3]
    return "h264" if kind in _H264_STARTS else "hevc" if kind in _HEVC_STARTS else None


def open_container(path: Path, head: bytes) -> tuple[InputContainer, VideoStream]:
    """Open the container at `path` and the track that `picture_tracks` prefers, set to decode on one thread.

    With two threads a damaged stream decodes to different pixels, and a frame costs 0.71 ms of processor time instead
    of 0.43 (640 x 360 H.264).

    Raises:
        SourceError: the file is not a supported container, has no video stream, is too large or damaged at its start.
    """
    name = clean_name(path.name, 200)
    options = {"protocol_whitelist": "file", **_PIXEL_LIMIT}
    try:
        container = _open(path, _supported_demuxer(head, name), options)
    except (av.FFmpegError, OSError, ValueError) as error:
        damaged = tr("{reason}. The file is damaged or was not written to its end.", reason=_reason(error))
        raise SourceError(f"{name}: {damaged}") from error
    try:
        return container, _video_stream(container, name)
    except BaseException:
        container.close()
        raise


def _open(path: Path, format_name: str, options: dict[str, str]) -> InputContainer:
    try:
        return av.open(str(path), format=format_name, options=options)
    except (av.FFmpegError, OSError, ValueError):
        from coach.media.cut_mp4 import open_whole_boxes

        whole = open_whole_boxes(path, options) if format_name == "mov" else None
        if whole is None:
            raise
        return whole


def _supported_demuxer(head: bytes, name: str) -> str:
    demuxer_name = demuxer(head)
    if demuxer_name is not None:
        return demuxer_name
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_PLAYLISTS):
        playlist = tr("a playlist that names other files, which is refused. Name the video itself.")
        raise SourceError(f"{name}: {playlist}")
    unknown = tr("neither a video nor a picture that can be read. Videos: {kinds}.", kinds=READABLE)
    raise SourceError(f"{name}: {unknown}")


def _reason(error: Exception) -> str:
    return clean(getattr(error, "strerror", None) or str(error) or type(error).__name__, 120).rstrip(".")


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    tracks = picture_tracks(container)
    if not tracks:
        raise SourceError(f"{name}: {_why_no_picture(container)}")
    stream = tracks[0]
    if stream.width * stream.height > MAX_DECODED:
        size = f"{stream.width} x {stream.height}"
        large = tr("{size} pixels are refused, at most 7680 x 4320 are read. Make it smaller first.", size=size)
        raise SourceError(f"{name}: {large}")
    stream.codec_context.options = _PIXEL_LIMIT
    stream.thread_type = "NONE"
    stream.codec_context.thread_count = 1
    return stream


def _why_no_picture(container: InputContainer) -> str:
    if any(stream.codec_context is None for stream in container.streams.video):
        return tr("its picture is in a form that is not known here. Convert it to H.264 in MP4.")
    if container.streams.audio:
        return tr("there is sound but no picture in it. Name a video.")
    return tr("no picture is found in it. The file is damaged or was not written to its end.")


def is_truncated(path: Path) -> bool:
    """Whether an MP4, MOV or AVI file is shorter than its chunk sizes add up to; False for other formats."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(12)
        if head[:4] == b"RIFF":
            return 8 + int.from_bytes(head[4:8], "little") > size
        return head[4:8] == b"ftyp" and _end_of_boxes(file, size) > size


def _end_of_boxes(file: IO[bytes], size: int) -> int:
    """Offset at which the last box ends. A box begins with 4 bytes of length and 4 of type (ISO 14496-12, 4.2)."""
    offset = 0
    while offset < size:
        file.seek(offset)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:  # the real length follows in 8 bytes
            length = int.from_bytes(head[8:16], "big")
        if length < 8:  # 0: up to the end of the file; 1 to 7: invalid
            return size
        offset += length
    return offset
