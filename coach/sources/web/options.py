"""How a web video is fetched: limits, place in a list, and whose cookies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

BROWSERS: Final = ("brave", "chrome", "chromium", "edge", "firefox", "opera", "safari", "vivaldi", "whale")
"""Browsers whose cookies yt-dlp can read."""

KEYRINGS: Final = ("BASICTEXT", "GNOMEKEYRING", "KWALLET", "KWALLET5", "KWALLET6")

MEGABYTE: Final = 1_000_000


_COOKIES: Final = re.compile(r"([^+:]+)(?:\+([^:]+))?(?::(?!:)(.+?))?(?:::(.+))?")


@dataclass(frozen=True, slots=True)
class BrowserCookies:
    """Whose cookies are sent: a browser, and if it has several, which profile, keyring and container."""

    browser: str
    profile: str | None = None
    keyring: str | None = None
    container: str | None = None

    @classmethod
    def parse(cls, text: str) -> BrowserCookies:
        """From ``BROWSER[+KEYRING][:PROFILE][::CONTAINER]``, the form of yt-dlp.

        Raises:
            ValueError: `text` has another form, or names an unknown browser or keyring.
        """
        match = _COOKIES.fullmatch(text.strip())
        browser, keyring, profile, container = match.groups() if match else ("", None, None, None)
        if browser.lower() not in BROWSERS:
            raise ValueError(f"expected one of {', '.join(BROWSERS)}, found {text[:40]!r}")
        if keyring is not None and keyring.upper() not in KEYRINGS:
            raise ValueError(f"expected a keyring of {', '.join(KEYRINGS)}, found {keyring[:40]!r}")
        return cls(browser.lower(), profile, keyring and keyring.upper(), container)


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How a web video is fetched.

    Attributes:
        playlist_item: 1-based number in a list of videos; None if the address must name a single one.
        cookies: sent to the site, for videos that need a login; None sends none.
        max_bytes: a larger download is refused or aborted.
        time_limit_s: from the first request to the complete file.
        patience_s: the download is given up after this long without an answer, or with less than a trickle
            (`coach.sources.web.run`).
        cache_bytes: size of the cache, least recently used first; with 0 every video is fetched again.
    """

    playlist_item: int | None = None
    cookies: BrowserCookies | None = None
    max_bytes: int = 2000 * MEGABYTE
    time_limit_s: float = 900.0
    patience_s: float = 25.0
    cache_bytes: int = 4000 * MEGABYTE
