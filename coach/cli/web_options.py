"""The options for web addresses, shared by all commands that accept one as source."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from coach.base.messages import tr
from coach.cli.options import CommandParser

if TYPE_CHECKING:
    from coach.sources.web.options import BrowserCookies, WebOptions


def add_web_options(parser: CommandParser) -> None:
    """Add the options for web addresses."""
    from coach.sources.web.options import MEGABYTE, WebOptions

    normal = WebOptions()
    group = parser.section(tr("web addresses"))
    group.add_argument(
        "--playlist-item",
        type=_integer(1, 100_000),
        metavar="N",
        help=tr("take the Nth video of a list; without this a list is refused"),
    )
    group.add_argument(
        "--cookies-from-browser",
        type=browser_cookies,
        metavar="BROWSER",
        help=tr("send the cookies of this browser, for videos that need a login: firefox, chrome, chrome:PROFILE ..."),
    )
    group.add_argument(
        "--download-limit",
        type=_integer(1, 1_000_000),
        default=normal.max_bytes // MEGABYTE,
        metavar="MB",
        help=tr("refuse to fetch more than this (default: %(default)s)"),
    )
    group.add_argument(
        "--download-time",
        type=_integer(1, 86_400),
        default=round(normal.time_limit_s),
        metavar="S",
        help=tr("longest time for a download, in seconds (default: %(default)s)"),
    )
    group.add_argument(
        "--cache-limit",
        type=_integer(0, 1_000_000),
        default=normal.cache_bytes // MEGABYTE,
        metavar="MB",
        help=tr("keep at most this much of fetched videos for later (default: %(default)s; 0 keeps nothing)"),
    )


def web_options(args: argparse.Namespace) -> WebOptions:
    """The web options given by the options of `add_web_options`."""
    from coach.sources.web.options import MEGABYTE, WebOptions

    return WebOptions(
        playlist_item=args.playlist_item,
        cookies=args.cookies_from_browser,
        max_bytes=args.download_limit * MEGABYTE,
        time_limit_s=float(args.download_time),
        cache_bytes=args.cache_limit * MEGABYTE,
    )


def browser_cookies(text: str) -> BrowserCookies:
    """Parse ``BROWSER[+KEYRING][:PROFILE][::CONTAINER]``, as in yt-dlp."""
    from coach.sources.web.options import BrowserCookies

    try:
        return BrowserCookies.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _integer(low: int, high: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text.strip()) or not low <= int(text) <= high:
            wrong = tr(
                "expected a whole number from {low} to {high}, found {text!r}", low=low, high=high, text=text[:40]
            )
            raise argparse.ArgumentTypeError(wrong)
        return int(text)

    return number
