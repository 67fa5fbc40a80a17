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


def report(*arguments: str | Path) -> int:
    """Run `coach report ARGUMENTS` in this process."""
    args = command_parser("report").parse_args(["report", *map(str, arguments)])
    code: int = args.run(args)
    return code


def keep_take(
    folder: Path,
    script: dict[str, object],
    observations: Iterable[Observation],
    *,
    card: ModelCard | None = CARD,
    source: SourceInfo = RECORDED,
    end: float | None = None,
) -> Path:
    """Write a take with these observations into the new `folder`; without an `end` it is unfinished."""
    folder.mkdir(parents=True)
    header = JournalHeader(
        created="2026-11-24T13:55:02+01:00",
        script=Script.model_validate(script),
        settings=Settings(lead_in_s=0),
        card=card,
        source=source,
    )
    recorder = TakeRecorder(folder, header, pytest.fail)
    for observation in observations:
        recorder.handle(Reading(observation.t, observation, None, None, None))
    if end is not None:
        recorder.handle(TakeEnded(end, "finished"))
    recorder.close()
    return folder


def page_of(take: Path, *options: str | Path) -> Path:
    """Write the page of `take` beside its folder; return its path."""
    path = take.parent / f"{take.name}.html"
    assert report(take, "--html", path, *options) == 0
    return path


@dataclass
class PageView:
    """A page in the browser.

    Attributes:
        page: the tab.
        problems: errors and warnings of the console and of scripts.
        requests: URLs that the page requested, except data and blob URLs.
    """

    page: Page
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Record the page's errors, warnings and requests."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        self.page.on("request", self._on_request)
        try:
            yield
        finally:
            self.page.remove_listener("console", self._on_console)
            self.page.remove_listener("pageerror", self._on_error)
            self.page.remove_listener("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def _on_error(self, error: Error) -> None:
        self.problems.append(str(error))

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.requests.append(request.url)

    def overflows(self) -> bool:
        """Whether the page is wider than its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@contextmanager
def running_browser() -> Iterator[Browser]:
    """The headless Chromium of this system, closed at the end."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, path: Path, width: int = 1280, scheme: Scheme = "light") -> Iterator[PageView]:
    """Open the file `path` without a network, in a window `width` pixels wide; only one file can be open at a time.

    All files are opened in the same tab, because a new tab takes twice as long as the page in it.
    """
    if not browser.contexts:
        browser.new_context(offline=True).new_page()
    page = browser.contexts[0].pages[0]
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    view = PageView(page)
    with view.listening():
        page.goto(path.absolute().as_uri())
        yield view
    page.mouse.move(0, 0)
    page.goto("about:blank")
