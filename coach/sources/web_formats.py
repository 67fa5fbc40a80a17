"""Which of the versions of a video that a site offers is fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from coach.sources.web_refusals import Kind, WebError

LINES: Final = 720
"""The most lines that are fetched, or columns of an upright picture: more tells no more of a face and takes longer."""

PREFERRED: Final = ("res:720", "fps:30", "vcodec:h264", "acodec:aac")
"""How yt-dlp sorts the versions: H.264 decodes two to three times as fast as its successors."""

_FETCHED: Final = frozenset(("http", "https", "m3u8", "m3u8_native", "http_dash_segments"))
"""What yt-dlp itself fetches over http, without another program."""

Version = Mapping[str, Any]
"""A format, as yt-dlp calls it."""


def choose(versions: Sequence[Version]) -> list[Version]:
    """The picture to fetch, and its sound where that is apart; `versions` come worst first.

    Raises:
        WebError: none can be fetched, and why.
    """
    fetched = [version for version in versions if _protocol(version) in _FETCHED]
    pictures = [version for version in fetched if version.get("vcodec") != "none"]
    if not pictures:
        raise WebError(_why_none(versions, fetched))
    small = [version for version in pictures if _lines(version) <= LINES]
    if not small:
        raise WebError("too_wide")
    picture = small[-1]
    sounds = [version for version in fetched if version.get("vcodec") == "none" and version.get("acodec") != "none"]
    return [picture, sounds[-1]] if picture.get("acodec") == "none" and sounds else [picture]


def told_bytes(version: Version) -> int:
    """The size that the site tells, 0 where it does not; one that is only reckoned does not count."""
    size = version.get("filesize")
    return size if isinstance(size, int) else 0


def _protocol(version: Version) -> str:
    return str(version.get("protocol") or urlsplit(str(version.get("url"))).scheme)


def _lines(version: Version) -> float:
    """The short side in pixels; 0 where the site does not tell, as for a plain file."""
    sides = [side for side in (version.get("width"), version.get("height")) if side]
    return min(sides, default=0)


def _why_none(versions: Sequence[Version], fetched: Sequence[Version]) -> Kind:
    if any(version.get("vcodec") == "none" and version.get("acodec") != "none" for version in fetched):
        return "sound_only"
    if any(_protocol(version).startswith(("rtmp", "rtsp", "mms")) for version in versions):
        return "ffmpeg"
    return "unsafe" if versions and not fetched else "no_video"
