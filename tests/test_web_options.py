"""The options of web addresses on the command line."""

from __future__ import annotations

import argparse
import subprocess
import sys

import pytest
from yt_dlp.cookies import SUPPORTED_BROWSERS, SUPPORTED_KEYRINGS

from coach.cli.options import CommandParser
from coach.cli.web_options import add_web_options, web_options
from coach.sources.web.options import BROWSERS, KEYRINGS, BrowserCookies, WebOptions


def parse(*args: str) -> WebOptions:
    parser = CommandParser(exit_on_error=False)
    add_web_options(parser)
    return web_options(parser.parse_args(args))


def test_defaults_apply_without_options() -> None:
    assert parse() == WebOptions()


def test_each_option_is_passed_on() -> None:
    args = "--playlist-item 3 --cookies-from-browser firefox --download-limit 5 --download-time 60 --cache-limit 0"
    assert parse(*args.split()) == WebOptions(
        playlist_item=3,
        cookies=BrowserCookies("firefox"),
        max_bytes=5_000_000,
        time_limit_s=60.0,
        cache_bytes=0,
    )


@pytest.mark.parametrize(
    "args",
    [
        "--playlist-item 0",
        "--playlist-item 1-3",
        "--playlist-item ١",
        "--download-limit 0",
        "--download-limit nan",
        "--download-time 86401",
        "--cache-limit -1",
        "--cookies-from-browser netscape",
        "--cookies-from-browser chrome+nokeyring",
    ],
)
def test_values_out_of_range_are_refused(args: str) -> None:
    with pytest.raises(argparse.ArgumentError, match="expected"):
        parse(*args.split())


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Firefox", BrowserCookies("firefox")),
        ("chrome:Profile 1", BrowserCookies("chrome", "Profile 1")),
        ("chromium+kwallet6:Work", BrowserCookies("chromium", "Work", "KWALLET6")),
        ("firefox:/a/b::Stage", BrowserCookies("firefox", "/a/b", None, "Stage")),
        ("firefox::Stage", BrowserCookies("firefox", None, None, "Stage")),
    ],
)
def test_browsers_are_named_as_in_yt_dlp(text: str, meant: BrowserCookies) -> None:
    assert BrowserCookies.parse(text) == meant


def test_browsers_and_keyrings_are_those_of_yt_dlp() -> None:
    assert set(BROWSERS) == set(SUPPORTED_BROWSERS)
    assert set(KEYRINGS) == set(SUPPORTED_KEYRINGS)


def test_the_options_load_no_heavy_library() -> None:
    code = "import sys, coach.cli.web_options; print([m for m in ('yt_dlp', 'av', 'cv2') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
