"""Classifies yt-dlp's errors: each gets one kind of fault."""

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

from coach.base.text import clean
from coach.sources.web.refusals import Kind, WebError

_STATUS: Final[dict[int, Kind]] = {401: "login", 403: "forbidden", 404: "missing", 410: "missing", 429: "too_many",
                                   451: "region"}  # fmt: skip

_SAID: Final[tuple[tuple[str, Kind], ...]] = (
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


def fault_of(error: BaseException) -> WebError:
    """The fault behind `error` or one of its causes."""
    chain = list(_chain(error))
    told = [each.orig_msg for each in chain if _is_told_by_site(each)]
    if (kind := _by_words(told)) is not None:
        return WebError(kind)
    for each in chain:
        if (fault := _by_type(each)) is not None:
            return fault
    words = [_words(each) for each in chain if not isinstance(each, DownloadError)] or [str(error)]
    if status := re.search(r"HTTP Error (\d{3})", " ".join(words)):  # all that is left after the last retry
        return _of_status(int(status[1]))
    kind = _by_words(words) or "site"
    return WebError(kind, _plain(words[0]) if kind == "site" else "no answer" if kind == "stalled" else "")


def _is_told_by_site(error: BaseException) -> TypeGuard[ExtractorError]:
    """Whether it is the site's message about the video, not a failed request."""
    return isinstance(error, ExtractorError) and error.expected and not isinstance(error.cause, RequestError)


def _by_words(messages: Sequence[str]) -> Kind | None:
    """By the message, without host names and addresses, which may contain any word."""
    said = re.sub(r"https?://\S+|host='[^']*'", "", " ".join(messages).lower())
    return next((kind for words, kind in _SAID if re.search(words, said)), None)


def _words(error: BaseException) -> str:
    """The message, without the video id that yt-dlp prefixes."""
    return error.orig_msg if isinstance(error, ExtractorError) else str(error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """`error` and its causes; yt-dlp keeps them in three places."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            kept = getattr(each, "exc_info", None) or ()
            waiting += [*kept, getattr(each, "cause", None), each.__cause__, each.__context__]


def _by_type(error: BaseException) -> WebError | None:
    if isinstance(error, WebError):
        return error
    if isinstance(error, HTTPError):
        circle = WebError("server", "it sends round in a circle")
        return circle if error.redirect_loop else _of_status(int(error.status))
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


def _of_status(status: int) -> WebError:
    if 300 <= status < 400:
        return WebError("unsafe")
    kind: Kind = _STATUS.get(status) or ("server" if status >= 500 else "site")
    return WebError(kind, f"error {status}")


def _plain(message: str) -> str:
    """yt-dlp's message without colours, addresses and advice about its options."""
    words = re.sub(r"\x1b\[[0-9;]*m|^(ERROR:\s*)+|\bhttps?://\S+|\(caused by.*", "", message)
    return clean(re.sub(r"^\[[^\]]*\]\s*(\S+:\s)?", "", words.strip()).split(";")[0].strip(" .:"), 120)
