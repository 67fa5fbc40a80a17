"""The reasons why a web video cannot be fetched, with a message for each."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final, Literal, get_args

from coach.base.messages import mark, tr
from coach.base.text import clean


def find_deno() -> str | None:
    """The path of deno: in the folder of this Python, where pip installs it, or on PATH; None if it is missing."""
    folder = str(Path(sys.executable).parent)
    return shutil.which("deno", path=os.pathsep.join([folder, os.environ.get("PATH", os.defpath)]))


Kind = Literal[
    "age", "bot", "certificate", "cookies", "crash", "cut", "disk", "drm", "ffmpeg", "forbidden", "javascript",
    "library", "live", "login", "members", "memory", "missing", "network", "no_list", "no_video", "nobody", "not_media",
    "pieces", "playlist", "private", "region", "server", "short_list", "site", "sound_only", "stalled", "too_large",
    "too_late", "too_many", "too_wide", "unavailable", "unsafe", "upcoming",
]  # fmt: skip

_SENTENCES: Final[dict[Kind, str]] = {
    "age": mark(
        "The site shows this video only to adults who are logged in. Log in with a browser and name it with "
        "--cookies-from-browser."
    ),
    "bot": mark(
        "The site wants to know whether a person is asking. Log in with a browser and name it with "
        "--cookies-from-browser, or try later."
    ),
    "certificate": mark(
        "The server cannot prove that it is who it says (its certificate is not valid). Check the address and the "
        "date of this machine."
    ),
    "cookies": mark("The cookies of that browser cannot be read{why}. Close the browser, or name another one."),
    "crash": mark(
        "The process that fetches it ended without a message. Try again; if it stays so, save the video as a file and "
        "name that."
    ),
    "cut": mark(
        "The download ended before the video was complete. Try again; if it stays so, the file on the server is "
        "damaged."
    ),
    "disk": mark("It cannot be written{why}. Make room on the disk that holds the cache."),
    "drm": mark("The video is protected against copying and cannot be fetched. Name another."),
    "ffmpeg": mark(
        "The video is sent in a form that only ffmpeg puts together, which the coach does not run. Save it with "
        "yt-dlp and name the file."
    ),
    "forbidden": mark(
        "The server refuses to give it (403); it may have expired or want a login. Log in with a browser and name it "
        "with --cookies-from-browser."
    ),
    "javascript": mark(
        "The site hides its videos behind a puzzle in JavaScript. Install what solves it: pip install "
        "'yt-dlp[default,deno]'."
    ),
    "library": mark("The library that fetches web videos cannot be loaded{why}. Install the coach again."),
    "live": mark("This is a live broadcast. Wait until it is over and a recording is there, or save one as a file."),
    "login": mark(
        "The site shows this video only to people who are logged in. Log in with a browser and name it with "
        "--cookies-from-browser."
    ),
    "members": mark(
        "The site shows this video only to its members. Log in with a browser and name it with --cookies-from-browser."
    ),
    "memory": mark("The server sends a page without end. Name the address of the video itself."),
    "missing": mark("There is nothing at this address ({detail}). Check it in a browser."),
    "network": mark("The host of this address cannot be found. Check its name, and your network."),
    "no_list": mark("This is a single video, not a list. Leave --playlist-item out."),
    "no_video": mark("No video is found on this page. Name the address of the video itself."),
    "not_media": mark(
        "What comes from there is not a video that can be read{why}. Name the address of the video itself."
    ),
    "nobody": mark("No server answers at this address. Check it, and that the server runs."),
    "pieces": mark("Parts of the video are missing on the server. Try later, or name another."),
    "playlist": mark("This is a list of several videos. Choose one with --playlist-item N, the first with 1."),
    "private": mark(
        "The video is private. Log in with a browser and name it with --cookies-from-browser, if your account may see "
        "it."
    ),
    "region": mark("The video is not shown in your country. Use one that is."),
    "server": mark("The server is in trouble ({detail}). Try later."),
    "short_list": mark("The list has no video with this number{why}. Choose another with --playlist-item N."),
    "site": mark(
        "It cannot be fetched{why}. Check it in a browser; sites change, so a newer yt-dlp may help: pip install "
        "--upgrade yt-dlp."
    ),
    "sound_only": mark("There is sound but no picture at this address. Name a video."),
    "stalled": mark("The server stopped sending, or sends too slowly ({detail}). Try later."),
    "too_large": mark("It is larger than the limit of {detail}. Raise --download-limit, or name a shorter video."),
    "too_late": mark("It was not fetched within {detail}. Raise --download-time, or name a shorter video."),
    "too_many": mark("The server gets too many questions from your network (429). Try later."),
    "too_wide": mark("There is no version of it with 720 lines or fewer. Save a smaller one as a file and name that."),
    "unavailable": mark("The video is not available: it was removed, or never was. Check it in a browser."),
    "unsafe": mark(
        "It leads to an address that is not http or https, which is refused. Name the address of the video itself."
    ),
    "upcoming": mark("The video has not been shown yet, or nobody is on air. Wait until it is over."),
}

KINDS: Final = get_args(Kind)
"""All kinds, to check messages of the child."""


class WebError(Exception):
    """A web video cannot be fetched. `detail` fills the placeholder of the message for `kind`, if it has one."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind: Kind = kind
        self.detail = detail


def refusal(name: str, kind: Kind, detail: str = "") -> str:
    """The message about the address `name`: one sentence on what is wrong, one on what to do."""
    detail = clean(detail, 160)
    return f"{name}: {tr(_SENTENCES[kind], detail=detail, why=f' ({detail})' if detail else '')}"
