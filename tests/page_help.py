"""Helpers for tests of pages: takes to show, and a real headless browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from core_help import CARD
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

from coach.base.events import Reading, TakeEnded
from coach.base.protocols import SourceInfo
from coach.base.settings import Settings
from coach.base.types import Observation
from coach.cli.main import command_parser
from coach.core.reading.card import ModelCard
from coach.core.script.script import Script
from coach.takes.journal import JournalHeader
from coach.takes.recorder import TakeRecorder

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in _NAMES if (path := shutil.which(name))), "")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

RECORDED = SourceInfo("video", "take.mp4", live=False)
"""A recording that no longer exists."""

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: apt-get install chromium")

Scheme = Literal["light", "dark"]


def report(*words: str | Path) -> int:
    """Run `coach report WORDS` in this process."""
    args = command_parser("report").parse_args(["report", *map(str, words)])
    code: int = args.run(args)
    return code


def keep_take(
    folder: Path,
    script: dict[str, object],
    seen: Iterable[Observation],
    *,
    card: ModelCard | None = CARD,
    source: SourceInfo = RECORDED,
    end: float | None = None,
) -> Path:
    """Write a take with the observations `seen` into the new `folder`; without an `end` it is unfinished."""
    folder.mkdir(parents=True)
    header = JournalHeader(
        created="2026-11-24T13:55:02+01:00",
        script=Script.model_validate(script),
        settings=Settings(lead_in_s=0),
        card=card,
        source=source,
    )
    recorder = TakeRecorder(folder, header, pytest.fail)
    for each in seen:
        recorder.handle(Reading(each.t, each, None, None, None))
    if end is not None:
        recorder.handle(TakeEnded(end, "finished"))
    recorder.close()
    return folder


def page_of(take: Path, *words: str | Path) -> Path:
    """Write the page of `take` beside its folder; return its path."""
    path = take.parent / f"{take.name}.html"
    assert report(take, "--html", path, *words) == 0
    return path


@dataclass
class Seen:
    """A page in the browser.

    Attributes:
        complaints: errors and warnings of the console and of scripts.
        asked_for: URLs that the page requested, except data URLs.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Record the page's errors, warnings and requests."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", self._failed)
        self.page.on("request", self._asked)
        try:
            yield
        finally:
            self.page.remove_listener("console", self._heard)
            self.page.remove_listener("pageerror", self._failed)
            self.page.remove_listener("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _failed(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.asked_for.append(request.url)

    def overflows(self) -> bool:
        """Whether the page is wider than its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@contextmanager
def started() -> Iterator[Browser]:
    """Start the headless browser of this system."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, path: Path, width: int = 1280, scheme: Scheme = "light") -> Iterator[Seen]:
    """Open the file `path` without a network, in a window `width` pixels wide; only one file can be open at a time.

    All files are opened in the same tab, because a new tab takes twice as long as the page in it.
    """
    if not browser.contexts:
        browser.new_context(offline=True).new_page()
    page = browser.contexts[0].pages[0]
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    seen = Seen(page)
    with seen.listening():
        page.goto(path.absolute().as_uri())
        yield seen
    page.mouse.move(0, 0)
    page.goto("about:blank")
