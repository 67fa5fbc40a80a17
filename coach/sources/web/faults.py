"""Maps yt-dlp's errors to the kinds of `WebError`."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Sequence
from typing import Final, TypeGuard

from yt_dlp.cookies import CookieLoadError
from yt_dlp.networking.exceptions import (
    CertificateVerifyError,
    HTTPError,
    IncompleteRead,
    NoSupportingHandlers,
    RequestError,
    UnsupportedRequest,
)
from yt_dlp.utils import (
    ContentTooShortError,
    DownloadError,
    ExtractorError,
    GeoRestrictedError,
    UnsupportedError,
    UserNotLive,
)

from coach.base.messages import tr
from coach.base.text import clean
from coach.sources.web.refusals import Kind, WebError

_STATUS: Final[dict[int, Kind]] = {401: "login", 403: "forbidden", 404: "missing", 410: "missing", 429: "too_many",
                                   451: "region"}  # fmt: skip

_PATTERNS: Final[tuple[tuple[str, Kind], ...]] = (
    (r"file://|unsafe|unsupported url scheme|invalid schema|no connection adapters|not of http", "unsafe"),
    (r"not a bot|are you a robot|captcha", "bot"),
    (r"confirm your age|age[- ]restrict|age[- ]gate|inappropriate for some|adults only|mature", "age"),
    (r"drm", "drm"),
    (r"private video|video is private|is private", "private"),
    (r"members[- ]only|join this channel|subscribers? only|requires? (a )?(subscription|payment|purchase)", "members"),
    (r"not (made this video )?available (in|from) your (country|location|region)|geo[- ]?restrict|blocked .*country",
     "region"),
    (r"will begin in|premieres in|is upcoming|not (yet |currently )?(started|live)", "upcoming"),
    (r"live (hls )?streams?|live event|livestream|is live|currently live", "live"),
    (r"javascript runtime|js runtime|challenge solving", "javascript"),
    (r"ffmpeg|rtmpdump|delegated", "ffmpeg"),
    (r"log ?in|sign ?in|logged[- ]in|authenticat|account|--cookies", "login"),
    (r"unable to (write|open for writing|create)|no space left", "disk"),
    (r"unable to download fragment|fragment \d+ not found|fragments? .*giving up", "pieces"),
    (r"timed? ?out", "stalled"),
    (r"name or service not known|failed to resolve|getaddrinfo|name resolution|nodename nor servname|no address "
     r"associated|network is unreachable|no route to host", "network"),
    (r"connection refused|actively refused", "nobody"),
    (r"certificate|ssl:", "certificate"),
    (r"bytes read, |incomplete ?read|expected \d+ bytes|more expected|connection (reset|aborted|broken)|remote end "
     r"closed|response ended|did not get any data", "cut"),
    (r"unavailable|not available|removed|deleted|does not exist|no longer|terminated|not found", "unavailable"),
    (r"no video formats|no video could be found|no media", "no_video"),
)  # fmt: skip
"""Patterns of lower-case error messages, most specific first, and their kinds."""


def web_error_of(error: BaseException) -> WebError:
    """The `WebError` for `error`: by the site's message, else by type, else by HTTP status or any message."""
    chain = list(_chain(error))
    site_messages = [cause.orig_msg for cause in chain if _is_site_message(cause)]
    if (kind := _kind_of_messages(site_messages)) is not None:
        return WebError(kind)
    for cause in chain:
        if (web_error := _from_type(cause)) is not None:
            return web_error
    messages = [_message(cause) for cause in chain if not isinstance(cause, DownloadError)] or [str(error)]
    if status := re.search(r"HTTP Error (\d{3})", " ".join(messages)):  # after the last retry only the text is left
        return _from_status(int(status[1]))
    kind = _kind_of_messages(messages) or "site"
    return WebError(
        kind, _without_noise(messages[0]) if kind == "site" else tr("no answer") if kind == "stalled" else ""
    )


def _is_site_message(error: BaseException) -> TypeGuard[ExtractorError]:
    """Whether `error` carries the site's message about the video, not a failed request."""
    return isinstance(error, ExtractorError) and error.expected and not isinstance(error.cause, RequestError)


def _kind_of_messages(messages: Sequence[str]) -> Kind | None:
    """The kind whose pattern matches, ignoring host names and addresses, which may contain any word."""
    text = re.sub(r"https?://\S+|host='[^']*'", "", " ".join(messages).lower())
    return next((kind for pattern, kind in _PATTERNS if re.search(pattern, text)), None)


def _message(error: BaseException) -> str:
    """The message without the video id that yt-dlp prefixes."""
    return error.orig_msg if isinstance(error, ExtractorError) else str(error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """`error` and its causes, which yt-dlp keeps in `exc_info`, in `cause` and in the usual attributes."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, BaseException) and id(item) not in seen:
            seen.add(id(item))
            yield item
            exc_info = getattr(item, "exc_info", None) or ()
            waiting += [*exc_info, getattr(item, "cause", None), item.__cause__, item.__context__]


def _from_type(error: BaseException) -> WebError | None:
    if isinstance(error, WebError):
        return error
    if isinstance(error, HTTPError):
        loop = WebError("server", tr("it redirects in a circle"))
        return loop if error.redirect_loop else _from_status(int(error.status))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return WebError("disk", (error.strerror or "").lower())
    kinds: tuple[tuple[type | tuple[type, ...], Kind], ...] = (
        (GeoRestrictedError, "region"),
        (UserNotLive, "upcoming"),
        (UnsupportedError, "no_video"),
        (CookieLoadError, "cookies"),
        (CertificateVerifyError, "certificate"),
        ((IncompleteRead, ContentTooShortError), "cut"),
        ((NoSupportingHandlers, UnsupportedRequest), "unsafe"),
    )
    return next((WebError(kind) for types, kind in kinds if isinstance(error, types)), None)


def _from_status(status: int) -> WebError:
    if 300 <= status < 400:
        return WebError("unsafe")
    kind: Kind = _STATUS.get(status) or ("server" if status >= 500 else "site")
    return WebError(kind, tr("error {status}", status=status))


def _without_noise(message: str) -> str:
    """yt-dlp's message without colours, addresses and advice about its options."""
    text = re.sub(r"\x1b\[[0-9;]*m|^(ERROR:\s*)+|\bhttps?://\S+|\(caused by.*", "", message)
    return clean(re.sub(r"^\[[^\]]*\]\s*(\S+:\s)?", "", text.strip()).split(";")[0].strip(" .:"), 120)
