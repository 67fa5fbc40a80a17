"""Time the studio in a real browser whose camera is a film, and compare each figure with its limit.

    python tools/bench_studio.py
    python tools/bench_studio.py --minutes 30

The server runs as the command `coach studio`, and the browser on the same machine. Nothing else should run at the same
time. Exits with 1 where a limit is exceeded. Needs Chromium.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

from coach.base.files import sample_take

if TYPE_CHECKING:
    from playwright.sync_api import Page

STARTS: Final = 5
WARM_UP_S: Final = 10.0
"""Time before memory is first measured: the models are loaded, and buffers have reached their size."""
MB: Final = 1e6

FLAGS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
)

SCRIPT: Final = "title: Bench\nlines:\n  - {text: This line waits for a key., emotion: sad, duration_s: 3600}\n"

WATCH: Final = """
window.readings = [];
const ask = window.fetch;
window.fetch = async (path, options) => {
  const captured = performance.now() - Number(options?.headers?.["x-age-ms"] ?? 0);
  const answer = await ask(path, options);
  if (String(path).includes("/frame")) {
    answer.clone().json().then(() => requestAnimationFrame(() => setTimeout(() => {
      if (window.readings.length < 5000) window.readings.push([performance.now(), performance.now() - captured]);
    })));
  }
  return answer;
};
"""
"""Notes for each frame when its reading was painted, and how long after its capture, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure and its limit; with `least` the limit is the lowest that is allowed."""

    name: str
    value: float
    limit: float
    unit: str
    least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the limit is kept."""
        return self.value >= self.limit if self.least else self.value <= self.limit

    def __str__(self) -> str:
        bound = "at least" if self.least else "at most"
        return (
            f"{self.name:<52} {self.value:8.2f} {self.unit:<4} ({bound} {self.limit:g}) {'ok' if self.holds else 'NO'}"
        )


@contextmanager
def running_studio(home: Path) -> Iterator[tuple[subprocess.Popen[str], str, float]]:
    """Run `coach studio`; yields the process, the address that it printed, and the seconds until then."""
    names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    env = {**os.environ, **{name: str(home / name.lower()) for name in names}}
    start = time.perf_counter()
    command = [sys.executable, "-m", "coach", "studio", "--port", "0", "--no-open"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = next((found[0] for line in process.stderr if (found := re.search(r"http\S+", line))), "")
        try:
            yield process, address, time.perf_counter() - start
        finally:
            process.terminate()


def make_film(path: Path) -> None:
    """Write the sample take as motion JPEG, which a browser plays as its camera at 30 frames per second."""
    import cv2

    video = cv2.VideoCapture(str(sample_take()))
    with path.open("wb") as film:
        while (read := video.read())[0]:
            film.write(cv2.imencode(".jpg", cv2.resize(read[1], (640, 360)))[1].tobytes())


def starts(home: Path) -> Iterator[Figure]:
    """Measure how long the command takes until it answers."""
    seconds = []
    for _ in range(STARTS):
        with running_studio(home) as (_, _, ready_s):
            seconds.append(ready_s)
    yield Figure("coach studio, until it answers, median of 5", statistics.median(seconds), 1.5, "s")


def first_page(page: Page, address: str) -> Iterator[Figure]:
    """Measure the first page."""
    page.goto(address, wait_until="networkidle")
    loaded = page.evaluate(
        "[performance.getEntriesByType('navigation')[0].loadEventEnd, "
        "performance.getEntries().reduce((sum, e) => sum + (e.transferSize || 0), 0)]"
    )
    yield Figure("first page, until it is loaded", loaded[0] / 1000, 0.5, "s")
    yield Figure("first page, size", loaded[1] / 1000, 300, "kB")


def readings(page: Page, pid: int, minutes: float) -> Iterator[Figure]:
    """Rehearse with the camera, and measure readings and memory."""
    page.click("text=Rehearse with your camera")
    page.select_option("#script", label=page.locator("#script option").all_inner_texts()[0])
    page.click("text=Rehearse with the camera")
    page.click("text=Allow the camera")
    page.click("#begin")
    page.wait_for_selector("[data-phase=line]")
    page.wait_for_timeout(WARM_UP_S * 1000)
    before = memory(page, pid)
    page.evaluate("window.readings.length = 0")
    page.wait_for_timeout(minutes * 60_000)
    after = memory(page, pid)
    noted = page.evaluate("window.readings")
    times, delays = [row[0] for row in noted], sorted(row[1] for row in noted)
    per_s = (len(noted) - 1) / (times[-1] - times[0]) * 1000
    yield Figure("from capture to the reading on the page, median", statistics.median(delays), 150, "ms")
    yield Figure("from capture to the reading on the page, 95 %", delays[int(0.95 * len(delays))], 300, "ms")
    yield Figure("readings", per_s, 12, "/s", least=True)
    yield Figure("frames that are sent", per_s, 16, "/s")
    for name, old, new in zip(("server", "page"), before, after, strict=True):
        yield Figure(f"growth of the {name} in {minutes:g} min (now {new:.0f} MB)", new - old, 10, "MB")


def memory(page: Page, pid: int) -> tuple[float, float]:
    """Memory of the server, and of the page's scripts after a collection of garbage, in MB."""
    import psutil

    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    return psutil.Process(pid).memory_info().rss / MB, used / MB


def main() -> int:
    """Print every figure; return 1 where one breaks its limit."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description="Time the studio in a real browser.")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long to rehearse (default: 1)")
    minutes = parser.parse_args().minutes
    chromium = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        home, film = Path(folder), Path(folder, "film.mjpeg")
        scripts = home / "xdg_data_home" / "coach" / "scripts"
        scripts.mkdir(parents=True)
        (scripts / "bench.yaml").write_text(SCRIPT)
        make_film(film)
        figures += starts(home)
        flags = [*FLAGS, f"--use-file-for-fake-video-capture={film}"]
        browser = driver.chromium.launch(executable_path=chromium, args=flags)
        with running_studio(home) as (process, address, _):
            page = browser.new_page()
            page.add_init_script(WATCH)
            figures += first_page(page, address)
            figures += readings(page, process.pid, minutes)
            page.click("text=End")
            page.wait_for_url("**/takes/*")
        browser.close()
    print(*figures, sep="\n")
    return int(not all(figure.holds for figure in figures))


if __name__ == "__main__":
    raise SystemExit(main())
