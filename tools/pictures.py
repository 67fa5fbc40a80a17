"""Take the pictures of the documentation anew, after a change of what is shown. Look at each before you commit it.

Needs Chromium and the packages for tests. Everything is played with the sample take and drawn by the coach itself; the
pages and the terminal are photographed in the browser.

    python tools/pictures.py
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

from coach.app.mirror import mirror
from coach.app.replay import PlayedTake
from coach.base.events import Event
from coach.base.files import examples_folder, sample_take
from coach.base.types import Frame
from coach.core.scoring.report import clock_text
from coach.display.mirror.graph import PersonGraph
from coach.display.mirror.picture import Screen, layout_of
from coach.display.mirror.picture import compose as compose_mirror
from coach.display.mirror.state import FaceStyle, help_of
from coach.display.mirror.texts import MEANING
from coach.display.mirror.window import INITIAL_SIZE as MIRROR_SIZE
from coach.display.rehearsal.picture import WindowStyle, picture_size
from coach.display.rehearsal.picture import compose as compose_window
from coach.display.rehearsal.rows import Footing, RowPainter
from coach.display.rehearsal.stage import RunInfo, Stage
from coach.display.rehearsal.window import INITIAL_SIZE as WINDOW_SIZE
from coach.sources import open_source
from coach.takes.journal import read_journal
from coach.takes.video import Encoder

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from playwright.sync_api import Browser, Page

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "pictures"

NOTE_T: Final = 16.5
"""Take time in seconds at which the terminal and the window are shown: a note has just been given."""

MIRROR_T: Final = 14.3
ARC_T: Final = 7.4
"""Take times at which the mirror and the arc are shown."""

HIDDEN_S: Final = ((7.1, 8.8), (9.6, 11.2))
"""Times at which the face of the second take is too dark, so that the takes differ."""

COLUMNS, ROWS = 96, 24


def main() -> int:
    """Write every picture; return the exit code."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        first, second = _play(folder, sample_take()), _play(folder, _with_hidden_face(folder / "second.mp4"))
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        stage, info = _stage_at(first, NOTE_T)
        _write("window.jpg", _window(stage))
        _write("mirror.jpg", _mirror())
        _terminal(browser, stage, info)
        _report_page(browser, folder, first)
        _comparison_page(browser, folder, first, second)
        _studio_page(browser, folder)
        browser.close()
    return 0


def _coach(*words: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "coach", *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def _play(folder: Path, recording: Path) -> Path:
    """Rehearse the example with `recording`; return the new take in `folder`."""
    takes = folder / "takes"
    before = set(takes.glob("*")) if takes.is_dir() else set()
    script = examples_folder() / "waiting_for_news.yaml"
    _coach("rehearse", script, "--source", recording, "--takes", takes)
    return next(path for path in set(takes.glob("2*")) - before)


def _frames() -> Iterator[Frame]:
    source = open_source(str(sample_take()))
    while isinstance(moment := source.read(), Frame):
        yield moment
    source.close()


def _with_hidden_face(path: Path) -> Path:
    """Write the sample take with dark times."""
    frames = _frames()
    first = next(frames)
    with Encoder(path, first) as encoder:
        encoder.add(first)
        for frame in frames:
            dark = any(start <= frame.t < end for start, end in HIDDEN_S)
            encoder.add(Frame(frame.t, frame.image // 12 if dark else frame.image))
    return path


@dataclass
class _Until:
    """Event sink that passes the events before `t` to a stage."""

    stage: Stage
    t: float

    def handle(self, event: Event) -> None:
        if event.t <= self.t:
            self.stage.handle(event)

    def close(self) -> None:
        """Do nothing."""


def _stage_at(take: Path, t: float) -> tuple[Stage, RunInfo]:
    """The state of the displays at `t` seconds of `take`."""
    journal = read_journal(take / "journal.jsonl")
    played = PlayedTake.of(journal)
    info = RunInfo(played.timeline, journal.header.settings, journal.header.source.name, live=False, meaning="viewers")
    stage = Stage(info)
    played.replay(_Until(stage, t))
    return stage, info


def _window(stage: Stage) -> NDArray[np.uint8]:
    frame = next(frame for frame in _frames() if frame.t >= NOTE_T)
    return compose_window(stage, frame, picture_size(frame, WINDOW_SIZE), WindowStyle(mirror=False, hidden=False))


def _mirror() -> NDArray[np.uint8]:
    graph, style = PersonGraph(), FaceStyle(meaning=MEANING)
    for view in mirror(sample_take()):
        graph.add(view)
        if view.t >= MIRROR_T:
            break
    layout = layout_of(MIRROR_SIZE, style, graph=True)
    keys = tuple(help_of(paused=False, recording=False, window=True))
    screen = Screen(style=style, status=f"{clock_text(view.t)} of {clock_text(19.7)} · 24 fps", keys=keys)
    return compose_mirror(view, layout, graph.of(0, layout.graph_size), screen)


def _write(name: str, picture: NDArray[np.uint8]) -> None:
    cv2.imwrite(str(FOLDER / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
    print(FOLDER / name)


def _terminal(browser: Browser, stage: Stage, info: RunInfo) -> None:
    """The live view of the terminal, as an image of its text."""
    from rich.console import Console

    console = Console(width=COLUMNS, height=ROWS, record=True, force_terminal=True, file=io.StringIO())
    for row in RowPainter(console, info).rows(stage, Footing(fps=24.0)):
        console.print(row)
    page = browser.new_page(viewport={"width": 1160, "height": 700})
    page.set_content(f"<body style='margin:0'>{console.export_svg(title='coach demo')}</body>")
    page.locator("svg").first.screenshot(path=FOLDER / "live_view.png", omit_background=True)
    print(FOLDER / "live_view.png")


def _open(browser: Browser, path: Path, width: int, height: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(path.as_uri())
    return page


def _report_page(browser: Browser, folder: Path, take: Path) -> None:
    _coach("report", take, "--html", folder / "report.html")
    page = _open(browser, folder / "report.html", 1400, 1263)
    page.locator("#moment").evaluate(f"e => {{ e.value = {ARC_T}; e.dispatchEvent(new Event('input')); }}")
    page.wait_for_timeout(1000)  # the recording shows the moment
    page.screenshot(path=FOLDER / "report.jpg", type="jpeg", quality=85)
    print(FOLDER / "report.jpg")


def _comparison_page(browser: Browser, folder: Path, first: Path, second: Path) -> None:
    """The top of the page, and the curves of line 3 below it."""
    _coach("compare", first, second, "--html", folder / "comparison.html")
    page = _open(browser, folder / "comparison.html", 1000, 650)
    top = page.screenshot()
    figure = page.locator("article").nth(2)
    drawing = figure.locator("svg.curves, figure svg").first
    drawing.scroll_into_view_if_needed()
    drawing.hover(position={"x": 290, "y": 60})
    parts = [_decode(data) for data in (top, figure.screenshot())]
    _write("compare.jpg", _stack(parts))


def _studio_page(browser: Browser, folder: Path) -> None:
    """The sample take in the studio, with the first note."""
    import uvicorn

    from coach.studio.access import Access
    from coach.studio.server import open_listener, server_config
    from coach.studio.state import Studio

    with open_listener(0) as listener:
        studio = Studio(Access(listener.getsockname()[1]), folder / "studio", print, lambda: None)
        server = uvicorn.Server(server_config(studio))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            page = browser.new_page(viewport={"width": 1100, "height": 640}, color_scheme="light")
            page.goto(studio.access.entry_address)
            page.click("text=Try it with the sample take")
            page.wait_for_selector("#note:not(:empty)")
            picture = page.screenshot()
            page.close()
        finally:
            server.should_exit = True
            thread.join()
    _write("studio.jpg", _decode(picture))


def _decode(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def _stack(parts: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """`parts` below each other, each in the middle of the page's colour."""
    width = max(part.shape[1] for part in parts)
    picture = np.empty((sum(part.shape[0] for part in parts), width, 3), np.uint8)
    picture[:] = parts[0][2, 2]
    top = 0
    for part in parts:
        left = (width - part.shape[1]) // 2
        picture[top : top + part.shape[0], left : left + part.shape[1]] = part
        top += part.shape[0]
    return picture


if __name__ == "__main__":
    sys.exit(main())
