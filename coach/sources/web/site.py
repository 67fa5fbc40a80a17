"""Fetches a video with yt-dlp. Runs in the child process only."""

from __future__ import annotations

import ipaddress
import os
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from yt_dlp import YoutubeDL
from yt_dlp.utils import DownloadCancelled

from coach.base.messages import tr
from coach.base.text import clean
from coach.sources.web.faults import web_error_of
from coach.sources.web.refusals import Kind, WebError

MAX_SHORT_SIDE: Final = 720
"""Maximum pixels of the shorter side; more would show no more of a face and take longer."""

PREFERRED: Final = ("res:720", "fps:30", "vcodec:h264", "acodec:aac")
"""Sort order for yt-dlp's formats; H.264 decodes two to three times as fast as its successors."""

MAX_PAGE: Final = 50_000_000
"""Largest page in bytes; the largest of the big sites have a few million."""

_FETCHABLE: Final = frozenset(("http", "https", "m3u8", "m3u8_native", "http_dash_segments"))
"""Protocols that yt-dlp downloads over http without another program."""

Version = Mapping[str, Any]
"""One of the files that a site offers of a video; yt-dlp calls it a format."""


def choose(versions: Sequence[Version]) -> list[Version]:
    """Choose the picture to download, and its sound if that is separate; `versions` are sorted worst first.

    Raises:
        WebError: no version can be fetched; the kind says why.
    """
    fetchable = [version for version in versions if _protocol(version) in _FETCHABLE]
    pictures = [version for version in fetchable if version.get("vcodec") != "none"]
    if not pictures:
        raise WebError(_kind_without_picture(versions, fetchable))
    small = [version for version in pictures if _short_side(version) <= MAX_SHORT_SIDE]
    if not small:
        raise WebError("too_wide")
    picture = small[-1]
    sounds = [version for version in fetchable if version.get("vcodec") == "none" and version.get("acodec") != "none"]
    return [picture, sounds[-1]] if picture.get("acodec") == "none" and sounds else [picture]


def reported_bytes(version: Version) -> int:
    """The size in bytes that the site reports, 0 if it reports none; estimates are ignored."""
    size = version.get("filesize")
    return size if isinstance(size, int) else 0


def _protocol(version: Version) -> str:
    return str(version.get("protocol") or urlsplit(str(version.get("url"))).scheme)


def _short_side(version: Version) -> float:
    """The shorter side in pixels; 0 if the site does not report it, as for a plain file."""
    sides = [side for side in (version.get("width"), version.get("height")) if side]
    return min(sides, default=0)


def _kind_without_picture(versions: Sequence[Version], fetchable: Sequence[Version]) -> Kind:
    if any(version.get("vcodec") == "none" and version.get("acodec") != "none" for version in fetchable):
        return "sound_only"
    if any(_protocol(version).startswith(("rtmp", "rtsp", "mms")) for version in versions):
        return "ffmpeg"
    return "unsafe" if versions and not fetchable else "no_video"


PROGRESS_EVERY_S: Final = 0.1
"""How often progress is sent to the parent."""

Send = Callable[..., None]


def fetch(request: dict[str, Any], folder: Path, send: Send) -> dict[str, object]:
    """Fetch the requested video into `folder`; returns title, file name, size and whether it is silent.

    Raises:
        WebError: the video cannot be fetched.
    """
    return Site(request, folder, send).fetch()


def refuse_ftp() -> None:
    """Disable ftp in this process, even after a redirect, which urllib would follow."""

    def refuse(self: object, request: object) -> NoReturn:  # noqa: ARG001
        raise WebError("unsafe")

    urllib.request.FTPHandler.ftp_open = refuse  # type: ignore[method-assign,assignment]


class QuietLogger:
    """Logger for yt-dlp: discards messages, but records whether a JavaScript runtime is missing."""

    def __init__(self) -> None:
        self.no_javascript = False

    def debug(self, message: str) -> None:
        """Discard the message."""

    info = debug

    def warning(self, message: str) -> None:
        """Discard the message, but record a missing JavaScript runtime."""
        text = message.lower()
        self.no_javascript |= "javascript runtime" in text or "challenge solving" in text

    error = warning


class HttpOnly(YoutubeDL):  # type: ignore[misc]  # yt-dlp is not typed
    """yt-dlp restricted to http and https, wherever a site, a list or a redirect points."""

    on_answer: Callable[[], None]
    """Called after every answer of a server."""

    reads_pages = True
    """Whether answers are pages, whose size is limited, and not yet parts of the video."""

    def urlopen(self, req: Any) -> Any:  # noqa: ANN401  # like the base class
        """Like that of yt-dlp.

        Raises:
            WebError: the request or the answer has another scheme.
        """
        _refuse_other_schemes(req if isinstance(req, str) else getattr(req, "url", None) or req.full_url)
        response = super().urlopen(req)
        _refuse_other_schemes(response.url)
        if self.reads_pages:
            _limit(response)
        self.on_answer()
        return response

    def extract_info(self, url: str, download: bool = True, ie_key: str | None = None, **options: Any) -> Any:  # noqa: ANN401  # like the base class
        """Like that of yt-dlp, but without asking its 1,800 sites, which takes 0.3 s, for a host that has no name."""
        if ie_key is None and is_nameless(url):
            ie_key = "Generic"
        return super().extract_info(url, download, ie_key, **options)


def is_nameless(address: str) -> bool:
    """Whether the host of `address` is a number, which no site but Mediasite can have."""
    try:
        parts = urlsplit(address)
        ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return False
    return "/mediasite/" not in parts.path.lower()


def _limit(response: Any) -> None:  # noqa: ANN401  # of yt-dlp, which is not typed
    """Make `response` refuse a page of more than `MAX_PAGE` bytes; yt-dlp reads all of a page before it parses it."""
    read, left = response.read, MAX_PAGE

    def read_limited(amount: int | None = None) -> bytes:
        nonlocal left
        data: bytes = read(left + 1 if amount is None else min(amount, left + 1))
        left -= len(data)
        if left < 0:
            raise WebError("memory")
        return data

    response.read = read_limited


class Site:
    """The video at one address.

    As a library, yt-dlp reads no configuration. Here it also loads no plugins (the parent sets ``YTDLP_NO_PLUGINS``),
    runs no program except a JavaScript runtime, and writes files only in `folder`.
    """

    def __init__(self, request: dict[str, Any], folder: Path, send: Send) -> None:
        self._request = request
        self._folder = folder
        self._send = send
        self._logger = QuietLogger()
        self._finished_bytes = 0
        """Size of the finished parts."""
        self._sent_at = 0.0
        self._asking = True
        self._ydl = HttpOnly(settings(request, folder, self._logger, self._on_progress))
        self._ydl.on_answer = self._on_answer

    def fetch(self) -> dict[str, object]:
        """Query the site, choose versions, download and join them; returns the same as the function `fetch`.

        Raises:
            WebError: the video cannot be fetched.
        """
        try:
            with self._ydl:
                return self._fetch()
        except Exception as error:  # yt-dlp's thousand extractors raise anything
            raise self._web_error(error) from error

    def _fetch(self) -> dict[str, object]:
        if self._request["cookies"]:
            self._send(stage="cookies")
            _ = self._ydl.cookiejar  # reads the cookies, perhaps with a program of the keyring
        os.environ["PATH"] = str(self._folder / "none")  # from here on no program can be found by name
        self._send(stage="asking")
        info = self._video_info()
        refuse_live(info)
        versions = choose(info.get("formats") or [info])
        self._refuse_large(sum(reported_bytes(version) for version in versions))
        title = clean(str(info.get("title") or ""), 200)
        self._asking = self._ydl.reads_pages = False
        self._send(stage="receiving", title=title)
        parts = [self._download(info, version, number) for number, version in enumerate(versions)]
        self._send(stage="joining" if len(parts) > 1 else "checking")
        from coach.sources.web.received import finish_download  # loads cv2 and av now that no server waits

        return {"title": title, **finish_download(parts)}

    def _web_error(self, error: Exception) -> WebError:
        """The `WebError` for `error`, given what happened before."""
        web_error = web_error_of(error)
        if web_error.kind == "missing" and not self._asking:
            return WebError("pieces")
        return WebError("javascript") if may_need_javascript(web_error, self._logger) else web_error

    def _video_info(self) -> dict[str, Any]:
        """The site's information on the requested video, or on the requested item of a playlist."""
        item = self._request["item"]
        info = self._ydl.extract_info(self._request["address"], download=False)
        if "entries" not in info:
            if item not in (None, 1):
                raise WebError("no_list")
            return dict(info)
        entries = [entry for entry in info["entries"] if entry]
        if item is None and len(entries) > 1:
            raise WebError("playlist")
        if not entries:
            raise WebError("short_list" if item else "no_video", _count_text(info))
        entry = self._ydl.process_ie_result(entries[0], download=False)
        if not entry or "entries" in entry:
            raise WebError("playlist" if entry else "no_video")
        return dict(entry)

    def _download(self, info: dict[str, Any], version: Version, number: int) -> Path:
        """Download one part under our own file name."""
        path = self._folder / f"part{number}"
        done, _ = self._ydl.dl(str(path), {**info, **version})
        if not done or not path.is_file():
            raise WebError("cut")
        self._finished_bytes += path.stat().st_size
        self._refuse_large(self._finished_bytes)
        return path

    def _on_progress(self, progress: dict[str, Any]) -> None:
        """Progress hook of yt-dlp for one part; enforces the size limit.

        yt-dlp's own limit raises no error if the server reports the size, and has no effect otherwise.
        """
        done = self._finished_bytes + int(progress.get("downloaded_bytes") or 0)
        part_bytes = progress.get("total_bytes")
        total = self._finished_bytes + int(part_bytes) if part_bytes else None
        self._refuse_large(max(done, total or 0))
        if time.monotonic() - self._sent_at >= PROGRESS_EVERY_S:
            self._sent_at = time.monotonic()
            self._send(bytes=done, total=total)

    def _on_answer(self) -> None:
        if self._asking:
            self._send(stage="asking")

    def _refuse_large(self, size: int) -> None:
        if size > self._request["max_bytes"]:
            raise TooLargeError


def settings(
    request: dict[str, Any], folder: Path, logger: QuietLogger, on_progress: Callable[[dict[str, Any]], None]
) -> dict[str, object]:
    """Parameters of `yt_dlp.YoutubeDL`; see its documentation."""
    item, cookies = request["item"], request["cookies"]
    return {
        "quiet": True,
        "noprogress": True,
        "color": "never",
        "logger": logger,
        "cachedir": False,
        "ffmpeg_location": str(folder / "none"),  # a missing one: ffmpeg would follow playlists by its own rules
        "js_runtimes": {"deno": {"path": request["deno"]} if request["deno"] else {}},
        "hls_prefer_native": True,
        "postprocessors": [],
        "fixup": "never",
        "updatetime": False,
        "continuedl": False,
        "retries": 2,
        "fragment_retries": 2,
        "extractor_retries": 1,
        "skip_unavailable_fragments": False,  # a video must have no gaps
        "socket_timeout": max(0.2, request["stall_timeout_s"] / 2),
        "progress_hooks": [on_progress],
        "format": lambda context: context["formats"],
        "format_sort": list(PREFERRED),
        "noplaylist": item is None,
        "playlist_items": str(item) if item else "1:2",  # two are enough to detect a playlist
        "extract_flat": "in_playlist",
        "cookiesfrombrowser": tuple(cookies) if cookies else None,
    }


class TooLargeError(DownloadCancelled, WebError):  # type: ignore[misc]  # yt-dlp is not typed
    """The download is too large. yt-dlp does not retry after a `DownloadCancelled`."""

    def __init__(self) -> None:
        WebError.__init__(self, "too_large")


def _refuse_other_schemes(address: str) -> None:
    if urlsplit(address).scheme.lower() not in ("http", "https"):
        raise WebError("unsafe")


def may_need_javascript(error: WebError, logger: QuietLogger) -> bool:
    """Whether a missing runtime may explain `error`: without one YouTube offers few formats or none."""
    return logger.no_javascript and error.kind in ("site", "no_video", "forbidden")


def refuse_live(info: dict[str, Any]) -> None:
    """Refuse a live broadcast, which has no end.

    Raises:
        WebError: the video is live or upcoming.
    """
    status = info.get("live_status")
    if status == "is_upcoming":
        raise WebError("upcoming")
    if status == "is_live" or info.get("is_live"):
        raise WebError("live")


def _count_text(info: dict[str, Any]) -> str:
    count = info.get("playlist_count")
    return tr("it has {count}", count=count) if isinstance(count, int) else ""
