"""A local web server that serves clips and simulates faults."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest
from video_help import write_video

from coach.base.errors import SourceError
from coach.sources.web.options import WebOptions
from coach.sources.web.source import fetch_web_video

DRIP_S = 0.05
"""Seconds between two bytes from `Web.drip`."""


class Page(BaseHTTPRequestHandler):
    """A request handler that answers each path with the function in `Web.answers`."""

    protocol_version = "HTTP/1.1"
    web: Web

    def do_GET(self) -> None:
        self.web.requests.append(self.path)
        answer = self.web.answers.get(self.path.partition("?")[0])
        with suppress(OSError):  # the client may disconnect
            if answer is None:
                self.send(b"nothing here", "text/plain", 404)
            else:
                answer(self)
        self.close_connection = True

    do_HEAD = do_GET  # noqa: N815  # the name that http.server calls

    def send(self, body: bytes, kind: str = "video/mp4", status: int = 200, **headers: str) -> None:
        """Send a complete answer, or a broken one with a wrong `Content-Length`."""
        self.begin(kind, status, **{"Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def begin(self, kind: str = "video/mp4", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Connection": "close", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Log nothing."""


class Web:
    """A test server.

    Attributes:
        address: address of its root.
        answers: function that sends the answer, for each path.
        requests: paths of all requests so far, with their queries.
        closing: set when the test ends.
    """

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.answers: dict[str, Callable[[Page], None]] = {}
        self.requests: list[str] = []
        self.closing = threading.Event()

    def serve(self, path: str, answer: Callable[[Page], None]) -> str:
        """Set the answer for `path`; returns its address."""
        self.answers[path] = answer
        return self.address + path

    def serve_bytes(self, path: str, body: bytes, kind: str = "video/mp4", status: int = 200) -> str:
        return self.serve(path, lambda page: page.send(body, kind, status))

    def serve_file(self, path: str, file: Path, kind: str = "video/mp4") -> str:
        return self.serve_bytes(path, file.read_bytes(), kind)

    def redirect(self, path: str, to: str) -> str:
        return self.serve(path, lambda page: page.send(b"", status=302, Location=to))

    def stall(self, path: str, first: bytes = b"") -> str:
        """Send `first`, then nothing until the end of the test."""

        def answer(page: Page) -> None:
            page.begin(Content_Length="1000000")
            page.wfile.write(first)
            page.wfile.flush()
            self.closing.wait(60)

        return self.serve(path, answer)

    def drip(self, path: str, kind: str = "video/mp4") -> str:
        """Send a byte now and then, endlessly."""
        return self._endless(path, kind, b"x", DRIP_S)

    def pour(self, path: str, kind: str = "video/mp4", first: bytes = b"") -> str:
        """Send endlessly, without a `Content-Length`."""
        return self._endless(path, kind, b"x" * 65536, 0, first)

    def _endless(self, path: str, kind: str, piece: bytes, pause_s: float, first: bytes = b"") -> str:
        def answer(page: Page) -> None:
            page.begin(kind)
            page.wfile.write(first)
            while not self.closing.wait(pause_s):
                page.wfile.write(piece)
                page.wfile.flush()

        return self.serve(path, answer)


@contextmanager
def running_web() -> Iterator[Web]:
    """Run a server for one test."""
    handler = type("OwnPage", (Page,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        web = handler.web = Web(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield web
        finally:
            web.closing.set()
            server.shutdown()
            thread.join()


def clip(folder: Path, name: str = "clip.mp4", **options: object) -> Path:
    """A video of one second."""
    return write_video(folder / name, **options)  # type: ignore[arg-type]


def tone(path: Path, seconds: float = 1.0) -> Path:
    """A tone as AAC in MP4."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as file:
        stream = file.add_stream("aac", rate=8000)
        stream.layout = "mono"
        for number in range(int(seconds * 8000 / 1024)):
            wave = np.sin(np.arange(number * 1024, (number + 1) * 1024, dtype=np.float32) / 8)[np.newaxis]
            frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 8000, number * 1024
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def web_for_a_test(patch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Run a server that is reached without a proxy."""
    for name in PROXIES:
        patch.delenv(name, raising=False)
    with running_web() as web:
        yield web


def refusal_of(address: str, cache: Path, options: WebOptions | None = None) -> str:
    """Fetch from an address that must be refused; return the message. Fails if the cache is not empty afterwards."""
    with pytest.raises(SourceError) as caught:
        fetch_web_video(address, options, cache=cache)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    assert names_in(cache) == []
    return message


def names_in(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []
