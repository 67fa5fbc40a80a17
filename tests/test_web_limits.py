"""Limits of size and time hold against any server, and every download cleans up, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from source_help import has_ended, wait_until
from web_help import Page, Web, clip, names_in, refusal_of, web_for_a_test

from coach.base.errors import SourceError
from coach.sources.web.options import WebOptions
from coach.sources.web.refusals import WebError
from coach.sources.web.run import run_child
from coach.sources.web.site import MAX_PAGE
from coach.sources.web.source import fetch_web_video

SHORT_STALL = WebOptions(stall_timeout_s=0.5)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    yield from web_for_a_test(monkeypatch)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.mark.row(31)
@pytest.mark.parametrize(
    "behave",
    [
        lambda web: web.stall("/take.mp4"),
        lambda web: web.stall("/take.mp4", b"\0\0\0\x18ftypisom"),
        lambda web: web.drip("/take.mp4"),
        lambda web: web.drip("/take.html", "text/html"),
        lambda web: web.serve("/take.mp4", lambda page: page.web.closing.wait(60)),
    ],
    ids=["nothing", "nothing more", "drip", "page that drips", "no head"],
)
def test_a_download_from_a_stalled_or_dripping_server_is_aborted(web: Web, cache: Path, behave: object) -> None:
    assert "stopped sending, or sends too slowly" in refusal_of(behave(web), cache, SHORT_STALL)  # type: ignore[operator]


def test_a_download_ends_at_its_time_limit_while_bytes_arrive(web: Web, cache: Path) -> None:
    options = WebOptions(time_limit_s=1.5)
    assert "not fetched within 1.5 s" in refusal_of(web.pour("/take.mp4"), cache, options)


@pytest.mark.row(31)
def test_a_download_of_unknown_size_is_aborted_at_the_limit(web: Web, cache: Path) -> None:
    assert "larger than the limit of 1 MB" in refusal_of(web.pour("/take.mp4"), cache, WebOptions(max_bytes=1_000_000))


def test_a_download_with_too_large_a_size_is_refused_at_once(web: Web, cache: Path) -> None:
    address = web.stall("/take.mp4", b"\0\0\0\x18ftypisom" + bytes(4096))  # announces a million bytes
    options = WebOptions(max_bytes=999_999, stall_timeout_s=60)
    assert "larger than the limit" in refusal_of(address, cache, options)


def test_the_size_limit_covers_picture_and_sound(web: Web, cache: Path, tmp_path: Path) -> None:
    pieces = "".join(f"#EXTINF:1,\n{n}.ts\n" for n in range(3))
    for n in range(3):
        web.serve_file(f"/{n}.ts", clip(tmp_path, "clip.ts"), "video/mp2t")
    size = (tmp_path / "clip.ts").stat().st_size
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{pieces}#EXT-X-ENDLIST\n"
    address = web.serve_bytes("/take.m3u8", text.encode(), "application/vnd.apple.mpegurl")
    assert "larger than the limit" in refusal_of(address, cache, WebOptions(max_bytes=2 * size))


@pytest.mark.row(31)
def test_an_endless_page_does_not_fill_the_memory(web: Web, tmp_path: Path) -> None:
    """It is refused after 50 MB, and some more that are on their way in buffers of the system."""
    sent = 0

    def answer(page: Page) -> None:
        nonlocal sent
        page.begin("text/html")
        while not web.closing.is_set():
            sent += page.wfile.write(b"<html>" * 10_000)

    with pytest.raises(WebError) as caught:
        run_child(web.serve("/take.html", answer), "take", WebOptions(), tmp_path, lambda _: None)
    assert caught.value.kind == "memory"
    assert MAX_PAGE < sent < MAX_PAGE + 30_000_000


def test_a_process_that_fetches_is_killed_where_it_fills_the_memory(web: Web, tmp_path: Path) -> None:
    with pytest.raises(WebError) as caught:
        run_child(web.stall("/take.mp4"), "take", WebOptions(), tmp_path, lambda _: None, max_memory=1_000_000)
    assert caught.value.kind == "memory"


def children() -> list[psutil.Process]:
    """The live child processes that fetch; a dead one has no command line."""
    processes = psutil.Process().children()
    return [
        child
        for child in processes
        if not has_ended(child.pid) and "coach.sources.web.child" in " ".join(child.cmdline())
    ]


def test_an_exception_in_the_progress_callback_ends_the_download(web: Web, cache: Path) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_web_video(web.stall("/take.mp4"), cache=cache, progress=stop)
    assert children() == []
    assert names_in(cache) == []


FETCH = """
import sys
from pathlib import Path
from coach.sources.web.source import fetch_web_video
fetch_web_video(sys.argv[1], cache=Path(sys.argv[2]), progress=lambda now: print(now.stage, flush=True))
"""


def stalled_download(web: Web, cache: Path) -> tuple[subprocess.Popen[str], int]:
    """A process in a stalled download, and its child."""
    address = web.stall("/take.mp4", b"\0\0\0\x18ftypisom" + bytes(4096))
    command = [sys.executable, "-c", FETCH, address, str(cache)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None
    while run.stdout.readline().strip() != "receiving":
        assert run.poll() is None
    wait_until(lambda: list(cache.rglob("part0.part")) != [])
    return run, psutil.Process(run.pid).children()[0].pid


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_ctrl_c_ends_a_stalled_download_and_removes_its_files(web: Web, cache: Path) -> None:
    run, child = stalled_download(web, cache)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    assert has_ended(child)
    assert names_in(cache) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_a_killed_download_is_not_mistaken_for_a_complete_one(web: Web, cache: Path, tmp_path: Path) -> None:
    run, child = stalled_download(web, cache)
    run.kill()
    run.communicate(timeout=20)
    wait_until(lambda: has_ended(child))
    assert len(names_in(cache)) == 1
    web.serve_file("/take.mp4", clip(tmp_path))
    video = fetch_web_video(web.address + "/take.mp4", cache=cache)
    assert video.path.read_bytes() == (tmp_path / "clip.mp4").read_bytes()
    assert names_in(cache) == [video.path.parent.name]
    video.close()


def test_a_crashed_download_process_is_reported(web: Web, cache: Path) -> None:
    def kill(now: object) -> None:
        if now.stage == "receiving":  # type: ignore[attr-defined]
            for child in children():  # and none for a second report that was sent before the child died
                child.kill()

    with pytest.raises(SourceError, match="ended without a message"):
        fetch_web_video(web.stall("/take.mp4"), cache=cache, progress=kill)
    assert names_in(cache) == []


def test_the_error_names_a_missing_library(
    web: Web, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yt_dlp.py").write_text("raise ModuleNotFoundError('gone', name='yt_dlp')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "cannot be loaded (yt_dlp)" in refusal_of(web.address + "/take.mp4", cache)
