"""Fetches a video with yt-dlp. Runs in the child process only."""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from yt_dlp import YoutubeDL
from yt_dlp.utils import DownloadCancelled

from coach.base.text import clean
from coach.sources.web.faults import fault_of
from coach.sources.web.refusals import Kind, WebError

LINES: Final = 720
"""Most lines fetched, or columns of a portrait video: more shows no more of a face and takes longer."""

PREFERRED: Final = ("res:720", "fps:30", "vcodec:h264", "acodec:aac")
"""Sort order of yt-dlp for formats: H.264 decodes two to three times as fast as its successors."""

_FETCHED: Final = frozenset(("http", "https", "m3u8", "m3u8_native", "http_dash_segments"))
"""Protocols that yt-dlp fetches over http without another program."""

Version = Mapping[str, Any]
"""A format in the terms of yt-dlp."""


def choose(versions: Sequence[Version]) -> list[Version]:
    """Choose the video to fetch, and its sound if that is separate; `versions` are sorted worst first.

    Raises:
        WebError: none can be fetched; its kind says why.
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


def reported_bytes(version: Version) -> int:
    """The size in bytes that the site reports, 0 if it reports none; estimates are ignored."""
    size = version.get("filesize")
    return size if isinstance(size, int) else 0


def _protocol(version: Version) -> str:
    return str(version.get("protocol") or urlsplit(str(version.get("url"))).scheme)


def _lines(version: Version) -> float:
    """The short side in pixels; 0 if the site does not report it, as for a plain file."""
    sides = [side for side in (version.get("width"), version.get("height")) if side]
    return min(sides, default=0)


def _why_none(versions: Sequence[Version], fetched: Sequence[Version]) -> Kind:
    if any(version.get("vcodec") == "none" and version.get("acodec") != "none" for version in fetched):
        return "sound_only"
    if any(_protocol(version).startswith(("rtmp", "rtsp", "mms")) for version in versions):
        return "ffmpeg"
    return "unsafe" if versions and not fetched else "no_video"


PROGRESS_EVERY_S: Final = 0.1
"""How often progress is sent to the parent."""

Send = Callable[..., None]


def fetch(order: dict[str, Any], folder: Path, send: Send) -> dict[str, object]:
    """Fetch the video of `order` into `folder`; returns title, file name, size and whether it is silent.

    Raises:
        WebError: it cannot be fetched.
    """
    return Site(order, folder, send).fetch()


def refuse_ftp() -> None:
    """Refuse ftp in this process, even after a redirect, which urllib would follow."""

    def refuse(self: object, request: object) -> NoReturn:  # noqa: ARG001
        raise WebError("unsafe")

    urllib.request.FTPHandler.ftp_open = refuse  # type: ignore[method-assign,assignment]


class QuietLogger:
    """Logger for yt-dlp: discards its messages, and notes whether it misses a JavaScript runtime."""

    def __init__(self) -> None:
        self.no_javascript = False

    def debug(self, message: str) -> None:
        """Discard it."""

    info = debug

    def warning(self, message: str) -> None:
        """Discard it, but note a missing JavaScript runtime."""
        words = message.lower()
        self.no_javascript |= "javascript runtime" in words or "challenge solving" in words

    error = warning


class HttpOnly(YoutubeDL):  # type: ignore[misc]  # yt-dlp is not typed
    """yt-dlp restricted to http and https, wherever a site, a list or a redirect points."""

    answered: Callable[[], None]
    """Called after every answer of a server."""

    def urlopen(self, req: Any) -> Any:  # noqa: ANN401  # as its parent has it
        """Like yt-dlp's.

        Raises:
            WebError: another scheme.
        """
        _refuse_other_schemes(req if isinstance(req, str) else getattr(req, "url", None) or req.full_url)
        response = super().urlopen(req)
        _refuse_other_schemes(response.url)
        self.answered()
        return response


class Site:
    """The video at one address.

    As a library yt-dlp reads no configuration. Here it also loads no plugins (the parent sets ``YTDLP_NO_PLUGINS``),
    runs no program except a JavaScript runtime, and writes files only in `folder`.
    """

    def __init__(self, order: dict[str, Any], folder: Path, send: Send) -> None:
        self._order = order
        self._folder = folder
        self._send = send
        self._logger = QuietLogger()
        self._before = 0
        """Bytes of the finished parts."""
        self._sent_at = 0.0
        self._asking = True
        self._ydl = HttpOnly(settings(order, folder, self._logger, self._progressed))
        self._ydl.answered = self._answered

    def fetch(self) -> dict[str, object]:
        """Ask the site, choose formats, receive and join them; returns the facts of the file.

        Raises:
            WebError: it cannot be fetched.
        """
        try:
            with self._ydl:
                return self._fetched()
        except Exception as error:  # yt-dlp's thousand extractors raise anything
            raise self._fault(error) from error

    def _fetched(self) -> dict[str, object]:
        if self._order["cookies"]:
            self._send(stage="cookies")
            _ = self._ydl.cookiejar  # reads them, perhaps with a program of the keyring
        os.environ["PATH"] = str(self._folder / "none")  # no program is found by name from here on
        self._send(stage="asking")
        info = self._single()
        refuse_live(info)
        versions = choose(info.get("formats") or [info])
        self._refuse_large(sum(reported_bytes(version) for version in versions))
        title = clean(str(info.get("title") or ""), 200)
        self._asking = False
        self._send(stage="receiving", title=title)
        parts = [self._receive(info, version, number) for number, version in enumerate(versions)]
        self._send(stage="joining" if len(parts) > 1 else "checking")
        from coach.sources.web.received import kept_file  # loads cv2 and av while no server waits

        return {"title": title, **kept_file(parts)}

    def _fault(self, error: Exception) -> WebError:
        """The fault behind `error`, given what happened before."""
        found = fault_of(error)
        if found.kind == "missing" and not self._asking:
            return WebError("pieces")
        return WebError("javascript") if may_need_javascript(found, self._logger) else found

    def _single(self) -> dict[str, Any]:
        """The site's information on the one video that is meant."""
        item = self._order["item"]
        info = self._ydl.extract_info(self._order["address"], download=False)
        if "entries" not in info:
            if item not in (None, 1):
                raise WebError("no_list")
            return dict(info)
        entries = [entry for entry in info["entries"] if entry]
        if item is None and len(entries) > 1:
            raise WebError("playlist")
        if not entries:
            raise WebError("short_list" if item else "no_video", _count(info))
        entry = self._ydl.process_ie_result(entries[0], download=False)
        if not entry or "entries" in entry:
            raise WebError("playlist" if entry else "no_video")
        return dict(entry)

    def _receive(self, info: dict[str, Any], version: Version, number: int) -> Path:
        """Receive one part under our own file name."""
        path = self._folder / f"part{number}"
        done, _ = self._ydl.dl(str(path), {**info, **version})
        if not done or not path.is_file():
            raise WebError("cut")
        self._before += path.stat().st_size
        self._refuse_large(self._before)
        return path

    def _progressed(self, progress: dict[str, Any]) -> None:
        """Progress hook of yt-dlp for one part; enforces the size limit.

        yt-dlp's own limit ends silently if the server reports the size, and does nothing if it does not.
        """
        done = self._before + int(progress.get("downloaded_bytes") or 0)
        total = progress.get("total_bytes")
        whole = self._before + int(total) if total else None
        self._refuse_large(max(done, whole or 0))
        if time.monotonic() - self._sent_at >= PROGRESS_EVERY_S:
            self._sent_at = time.monotonic()
            self._send(bytes=done, total=whole)

    def _answered(self) -> None:
        if self._asking:
            self._send(stage="asking")

    def _refuse_large(self, size: int) -> None:
        if size > self._order["max_bytes"]:
            raise TooLargeError


def settings(
    order: dict[str, Any], folder: Path, logger: QuietLogger, progressed: Callable[[dict[str, Any]], None]
) -> dict[str, object]:
    """Parameters of `yt_dlp.YoutubeDL`; see its documentation."""
    item, cookies = order["item"], order["cookies"]
    return {
        "quiet": True,
        "noprogress": True,
        "color": "never",
        "logger": logger,
        "cachedir": False,
        "ffmpeg_location": str(folder / "none"),  # or it runs ffmpeg, which follows lists by its own rules
        "js_runtimes": {"deno": {"path": order["deno"]} if order["deno"] else {}},
        "hls_prefer_native": True,
        "postprocessors": [],
        "fixup": "never",
        "updatetime": False,
        "continuedl": False,
        "retries": 2,
        "fragment_retries": 2,
        "extractor_retries": 1,
        "skip_unavailable_fragments": False,  # no video with gaps
        "socket_timeout": max(0.2, order["patience_s"] / 2),
        "progress_hooks": [progressed],
        "format": lambda context: context["formats"],
        "format_sort": list(PREFERRED),
        "noplaylist": item is None,
        "playlist_items": str(item) if item else "1:2",  # two are enough to detect a list
        "extract_flat": "in_playlist",
        "cookiesfrombrowser": tuple(cookies) if cookies else None,
    }


class TooLargeError(DownloadCancelled, WebError):  # type: ignore[misc]  # yt-dlp is not typed
    """Aborts a download: this kind of exception passes through all retries of yt-dlp."""

    def __init__(self) -> None:
        WebError.__init__(self, "too_large")


def _refuse_other_schemes(address: str) -> None:
    if urlsplit(address).scheme.lower() not in ("http", "https"):
        raise WebError("unsafe")


def may_need_javascript(fault: WebError, logger: QuietLogger) -> bool:
    """Whether a missing runtime may explain `fault`: without one YouTube gives some formats or none."""
    return logger.no_javascript and fault.kind in ("site", "no_video", "forbidden")


def refuse_live(info: dict[str, Any]) -> None:
    """Refuse a live broadcast, which has no end.

    Raises:
        WebError: it is live or upcoming.
    """
    status = info.get("live_status")
    if status == "is_upcoming":
        raise WebError("upcoming")
    if status == "is_live" or info.get("is_live"):
        raise WebError("live")


def _count(info: dict[str, Any]) -> str:
    count = info.get("playlist_count")
    return f"it has {count}" if isinstance(count, int) else ""
