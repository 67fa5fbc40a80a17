"""The command-line options of web addresses."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

from coach.sources.web.options import MEGABYTE, BrowserCookies, WebOptions


def add_web_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of web addresses, the same for every command with `--source`."""
    normal = WebOptions()
    group = parser.add_argument_group("web addresses")
    group.add_argument(
        "--playlist-item", type=_whole(1, 100_000), metavar="N", help="take the Nth video of a list (else refused)"
    )
    group.add_argument(
        "--cookies-from-browser",
        type=_cookies,
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
    """The values of the options of `add_web_options`."""
    return WebOptions(
        playlist_item=args.playlist_item,
        cookies=args.cookies_from_browser,
        max_bytes=args.download_limit * MEGABYTE,
        time_limit_s=float(args.download_time),
        cache_bytes=args.cache_limit * MEGABYTE,
    )


def _cookies(text: str) -> BrowserCookies:
    try:
        return BrowserCookies.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text.strip()) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most}, found {text[:40]!r}")
        return int(text)

    return number
