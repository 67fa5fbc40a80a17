"""Whether what a server sent is a whole video; looked at in the child process, which may crash on it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from coach.base.errors import SourceError
from coach.sources.containers import demuxer, open_container
from coach.sources.cut_files import is_cut
from coach.sources.web_join import join
from coach.sources.web_refusals import WebError

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
