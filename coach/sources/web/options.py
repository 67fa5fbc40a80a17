"""Options for downloading a web video: limits, playlist item, cookies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from coach.base.messages import tr

BROWSERS: Final = ("brave", "chrome", "chromium", "edge", "firefox", "opera", "safari", "vivaldi", "whale")
"""Browsers whose cookies yt-dlp can read."""

KEYRINGS: Final = ("BASICTEXT", "GNOMEKEYRING", "KWALLET", "KWALLET5", "KWALLET6")
"""Keyrings of Linux from which yt-dlp can read the key of a browser's cookies."""

MEGABYTE: Final = 1_000_000

_COOKIES: Final = re.compile(r"([^+:]+)(?:\+([^:]+))?(?::(?!:)(.+?))?(?:::(.+))?")


@dataclass(frozen=True, slots=True)
class BrowserCookies:
    """Browser whose cookies are sent to the site, with profile, keyring and container if it has several."""

    browser: str
    profile: str | None = None
    keyring: str | None = None
    container: str | None = None

    @classmethod
    def parse(cls, text: str) -> BrowserCookies:
        """Parse ``BROWSER[+KEYRING][:PROFILE][::CONTAINER]``, the syntax of yt-dlp.

        Raises:
            ValueError: `text` has another syntax, or names an unknown browser or keyring.
        """
        match = _COOKIES.fullmatch(text.strip())
        browser, keyring, profile, container = match.groups() if match else ("", None, None, None)
        if browser.lower() not in BROWSERS:
            known, found = ", ".join(BROWSERS), repr(text[:40])
            raise ValueError(tr("expected one of {known}, found {text}", known=known, text=found))
        if keyring is not None and keyring.upper() not in KEYRINGS:
            known, found = ", ".join(KEYRINGS), repr(keyring[:40])
            raise ValueError(tr("expected a keyring of {known}, found {text}", known=known, text=found))
        return cls(browser.lower(), profile, keyring and keyring.upper(), container)


@dataclass(frozen=True, slots=True)
class WebOptions:
    """Options for downloading a web video.

    Attributes:
        playlist_item: 1-based number of the video in a playlist; None if the address must name a single video.
        cookies: cookies for sites that need a login; None sends none.
        max_bytes: maximum size; a larger download is refused or aborted.
        time_limit_s: maximum time from the first request to the complete file.
        stall_timeout_s: maximum time without an answer, or with fewer than `coach.sources.web.run.MIN_RATE` bytes per
            second, before the download is aborted.
        cache_bytes: maximum size of the cache; the least recently used videos are removed first. 0 keeps none.
    """

    playlist_item: int | None = None
    cookies: BrowserCookies | None = None
    max_bytes: int = 2000 * MEGABYTE
    time_limit_s: float = 900.0
    stall_timeout_s: float = 25.0
    cache_bytes: int = 4000 * MEGABYTE
