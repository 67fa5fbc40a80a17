"""Helpers for tests of pages: saved takes, and pages opened in a headless browser."""

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

MISSING_RECORDING = SourceInfo("video", "take.mp4", live=False)
"""The source of a take whose recording no longer exists."""

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: apt-get install chromium")

Scheme = Literal["light", "dark"]


def run_report(*args: str | Path) -> int:
    """Run `coach report ARGS` in this process; return the exit code."""
    namespace = command_parser("report").parse_args(["report", *map(str, args)])
    code: int = namespace.run(namespace)
    return code


def keep_take(
    folder: Path,
    script: dict[str, object],
    observations: Iterable[Observation],
    *,
    card: ModelCard | None = CARD,
    source: SourceInfo = MISSING_RECORDING,
    end: float | None = None,
) -> Path:
    """Write a take with `observations` into the new `folder`; without an `end`, the take is unfinished."""
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


def write_report_page(take: Path, *args: str | Path) -> Path:
    """Write the page of `take` beside its folder with `coach report`; return its path."""
    path = take.parent / f"{take.name}.html"
    assert run_report(take, "--html", path, *args) == 0
    return path


@dataclass
class PageView:
    """A page that is open in the browser.

    Attributes:
        page: the tab of the browser.
        errors: errors and warnings of the console and of scripts.
        requests: requested URLs, except data and blob URLs.
    """

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record the page's errors, warnings and requests."""
        self.page.on("console", self._record_message)
        self.page.on("pageerror", self._record_error)
        self.page.on("request", self._record_request)
        try:
            yield
        finally:
            self.page.remove_listener("console", self._record_message)
            self.page.remove_listener("pageerror", self._record_error)
            self.page.remove_listener("request", self._record_request)

    def _record_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _record_error(self, error: Error) -> None:
        self.errors.append(str(error))

    def _record_request(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.requests.append(request.url)

    def overflows(self) -> bool:
        """Whether the page is wider than its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@contextmanager
def launch_browser() -> Iterator[Browser]:
    """Launch the headless browser of this system; close it at the end."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, path: Path, width: int = 1280, scheme: Scheme = "light") -> Iterator[PageView]:
    """Open the file `path` without a network, in a window `width` pixels wide; only one file can be open at a time.

    All files open in the same tab, because opening a new tab takes twice as long as loading the page.
    """
    if not browser.contexts:
        browser.new_context(offline=True).new_page()
    page = browser.contexts[0].pages[0]
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    view = PageView(page)
    with view.recording():
        page.goto(path.absolute().as_uri())
        yield view
    page.mouse.move(0, 0)
    page.goto("about:blank")
