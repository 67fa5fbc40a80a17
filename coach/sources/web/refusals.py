"""The reasons why a web video cannot be fetched, with a message for each."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final, Literal, get_args

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

_LOGIN: Final = "Log in with a browser and name it with --cookies-from-browser"

_SENTENCES: Final[dict[Kind, str]] = {
    "age": f"The site shows this video only to adults who are logged in. {_LOGIN}.",
    "bot": f"The site wants to know whether a person is asking. {_LOGIN}, or try later.",
    "certificate": "The server cannot prove that it is who it says (its certificate is not valid). Check the address "
    "and the date of this machine.",
    "cookies": "The cookies of that browser cannot be read{why}. Close the browser, or name another one.",
    "crash": "The process that fetches it ended without a message. Try again; if it stays so, save the video as a file "
    "and name that.",
    "cut": "The download ended before the video was complete. Try again; if it stays so, the file on the server is "
    "damaged.",
    "disk": "It cannot be written{why}. Make room on the disk that holds the cache.",
    "drm": "The video is protected against copying and cannot be fetched. Name another.",
    "ffmpeg": "The video is sent in a form that only ffmpeg puts together, which the coach does not run. Save it with "
    "yt-dlp and name the file.",
    "forbidden": f"The server refuses to give it (403); it may have expired or want a login. {_LOGIN}.",
    "javascript": "The site hides its videos behind a puzzle in JavaScript. Install what solves it: pip install "
    "'yt-dlp[default,deno]'.",
    "library": "The library that fetches web videos cannot be loaded{why}. Install the coach again.",
    "live": "This is a live broadcast. Wait until it is over and a recording is there, or save one as a file.",
    "login": f"The site shows this video only to people who are logged in. {_LOGIN}.",
    "members": f"The site shows this video only to its members. {_LOGIN}.",
    "memory": "The server sends a page without end. Name the address of the video itself.",
    "missing": "There is nothing at this address ({detail}). Check it in a browser.",
    "network": "The host of this address cannot be found. Check its name, and your network.",
    "no_list": "This is a single video, not a list. Leave --playlist-item out.",
    "no_video": "No video is found on this page. Name the address of the video itself.",
    "not_media": "What comes from there is not a video that can be read{why}. Name the address of the video itself.",
    "nobody": "No server answers at this address. Check it, and that the server runs.",
    "pieces": "Parts of the video are missing on the server. Try later, or name another.",
    "playlist": "This is a list of several videos. Choose one with --playlist-item N, the first with 1.",
    "private": f"The video is private. {_LOGIN}, if your account may see it.",
    "region": "The video is not shown in your country. Use one that is.",
    "server": "The server is in trouble ({detail}). Try later.",
    "short_list": "The list has no video with this number{why}. Choose another with --playlist-item N.",
    "site": "It cannot be fetched{why}. Check it in a browser; sites change, so a newer yt-dlp may help: pip install "
    "--upgrade yt-dlp.",
    "sound_only": "There is sound but no picture at this address. Name a video.",
    "stalled": "The server stopped sending, or sends too slowly ({detail}). Try later.",
    "too_large": "It is larger than the limit of {detail}. Raise --download-limit, or name a shorter video.",
    "too_late": "It was not fetched within {detail}. Raise --download-time, or name a shorter video.",
    "too_many": "The server gets too many questions from your network (429). Try later.",
    "too_wide": "There is no version of it with 720 lines or fewer. Save a smaller one as a file and name that.",
    "unavailable": "The video is not available: it was removed, or never was. Check it in a browser.",
    "unsafe": "It leads to an address that is not http or https, which is refused. Name the address of the video "
    "itself.",
    "upcoming": "The video has not been shown yet, or nobody is on air. Wait until it is over.",
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
    return f"{name}: {_SENTENCES[kind].format(detail=detail, why=f' ({detail})' if detail else '')}"
