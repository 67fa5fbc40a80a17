"""Helpers for tests of the studio: its application without a network, and a real server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import uvicorn
from starlette.testclient import TestClient

from coach.core.script.script import Script
from coach.scripts.importing.writing import yaml_text
from coach.studio.access import Access
from coach.studio.application import studio_application
from coach.studio.limits import RateLimit
from coach.studio.phone.serving import PhoneSide
from coach.studio.server import open_listener, server_config
from coach.studio.state import Studio

PORT = 7000


def unlimited() -> RateLimit:
    """A limit that no test reaches."""
    return RateLimit(1e9, 10**9)


def make_studio(takes: Path | None = None) -> Studio:
    """A studio that nobody has entered yet."""
    return Studio(Access(PORT), takes, lambda _: None, lambda: None)


def stranger(studio: Studio, rate: Callable[[], RateLimit] = unlimited, base: str = "") -> TestClient:
    """A client that has not entered `studio`; `base` is the address of another door."""
    application = studio_application(studio, make_rate=rate)
    return TestClient(application, base or studio.access.address, raise_server_exceptions=False, follow_redirects=False)


def visitor(studio: Studio, rate: Callable[[], RateLimit] = unlimited, base: str = "") -> TestClient:
    """A client with the session cookie of `studio`, whose requests come from its pages."""
    client = stranger(studio, rate, base)
    client.cookies.set(studio.access.cookie_name, studio.access.session)
    client.headers["origin"] = base or studio.access.address
    return client


@contextmanager
def serving(takes: Path | None = None, phone_side: PhoneSide | None = None) -> Iterator[Studio]:
    """A studio on a real server and a free port; with `phone_side` for phones too."""
    listener = open_listener(0)
    studio = Studio(Access(listener.getsockname()[1]), takes, lambda _: None, lambda: None)
    studio.phones = phone_side.phones if phone_side else None
    ready = threading.Event()
    server = uvicorn.Server(server_config(studio, ready.set, phone_side))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert ready.wait(10)
        yield studio
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


SHORT_SCRIPT = {
    "title": "Two lines",
    "lines": [
        {"text": "They said by morning.", "emotion": "sad", "duration_s": 0.5},
        {"text": "Nobody comes.", "emotion": "fear", "duration_s": 0.3},
    ],
}


def keep_script(studio: Studio, fields: dict[str, object] | None = None) -> str:
    """Keep a script in the library of `studio`; returns its id."""
    script = Script.model_validate(fields or SHORT_SCRIPT)
    return studio.scripts.keep(yaml_text(script), script.title).id


def face_pictures(take: Path, count: int = 8) -> list[bytes]:
    """The first `count` pictures of the recording `take`, each as JPEG."""
    video = cv2.VideoCapture(str(take))
    images = [video.read()[1] for _ in range(count)]
    video.release()
    return [cv2.imencode(".jpg", image)[1].tobytes() for image in images]
