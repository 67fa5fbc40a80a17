"""What a user may ask for when a source is a web address."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

BROWSERS: Final = ("brave", "chrome", "chromium", "edge", "firefox", "opera", "safari", "vivaldi", "whale")
"""Those whose cookies yt-dlp can read."""

KEYRINGS: Final = ("BASICTEXT", "GNOMEKEYRING", "KWALLET", "KWALLET5", "KWALLET6")

MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class BrowserCookies:
    """Whose cookies are sent: a browser, and where it has several, which profile, keyring and container."""

    browser: str
    profile: str | None = None
    keyring: str | None = None
    container: str | None = None


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How a web video is fetched.

    Attributes:
        playlist_item: 1-based place in a list of videos; None where the address must name a single one.
        cookies: sent to the site, for videos that need a login; None sends none.
        max_bytes: a longer download is refused or broken off.
        time_limit_s: for everything from the first question to the whole file.
        patience_s: without an answer, or with less than a trickle (`coach.sources.web.run`), for this long the
            download is given up.
        cache_bytes: how much is kept for the next time; what was used longest ago goes first. With 0 every video is
            fetched anew.
    """

    playlist_item: int | None = None
    cookies: BrowserCookies | None = None
    max_bytes: int = 2000 * MEGABYTE
    time_limit_s: float = 900.0
    patience_s: float = 25.0
    cache_bytes: int = 4000 * MEGABYTE


def add_web_options(parser: argparse.ArgumentParser) -> None:
    """The options of web addresses, the same for every command that takes one as its source."""
    normal = WebOptions()
    group = parser.add_argument_group("web addresses")
    group.add_argument(
        "--playlist-item", type=_whole(1, 100_000), metavar="N", help="take the Nth video of a list (else refused)"
    )
    group.add_argument(
        "--cookies-from-browser",
        type=browser_cookies,
        metavar="BROWSER",
        help="send the cookies of this browser, for videos that need a login: firefox, chrome, chrome:PROFILE ...",
    )
    group.add_argument(
        "--download-limit",
        type=_whole(1, 1_000_000),
        default=normal.max_bytes // MEGABYTE,
        metavar="MB",
        help="refuse to fetch more than this (default: %(default)s)",
    )
    group.add_argument(
        "--download-time",
        type=_whole(1, 86_400),
        default=round(normal.time_limit_s),
        metavar="S",
        help="longest time for a download, in seconds (default: %(default)s)",
    )
    group.add_argument(
        "--cache-limit",
        type=_whole(0, 1_000_000),
        default=normal.cache_bytes // MEGABYTE,
        metavar="MB",
        help="how much is kept so that it need not be fetched again (default: %(default)s; 0 fetches all anew)",
    )


def web_options(args: argparse.Namespace) -> WebOptions:
    """What the options of `add_web_options` ask for."""
    return WebOptions(
        playlist_item=args.playlist_item,
        cookies=args.cookies_from_browser,
        max_bytes=args.download_limit * MEGABYTE,
        time_limit_s=float(args.download_time),
        cache_bytes=args.cache_limit * MEGABYTE,
    )


def browser_cookies(text: str) -> BrowserCookies:
    """``BROWSER[+KEYRING][:PROFILE][::CONTAINER]``, as yt-dlp has it.

    Raises:
        argparse.ArgumentTypeError: not of this form, or a browser or keyring that is not known.
    """
    form = r"([^+:]+)(?:\+([^:]+))?(?::(?!:)(.+?))?(?:::(.+))?"
    match = re.fullmatch(form, text.strip())
    browser, keyring, profile, container = match.groups() if match else ("", None, None, None)
    if browser.lower() not in BROWSERS:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(BROWSERS)}, found {text[:40]!r}")
    if keyring is not None and keyring.upper() not in KEYRINGS:
        raise argparse.ArgumentTypeError(f"expected a keyring of {', '.join(KEYRINGS)}, found {keyring[:40]!r}")
    return BrowserCookies(browser.lower(), profile, keyring and keyring.upper(), container)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text.strip()) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most}, found {text[:40]!r}")
        return int(text)

    return number
