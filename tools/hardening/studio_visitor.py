"""A `coach studio` in a process of its own, and a browser that plays takes in it over HTTP."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, Final

import cv2

from coach.base.files import sample_take

LIMIT_S: Final = 60.0

_PAGE: Final = "page-0001"
_SCRIPT: Final = json.dumps(
    {
        "title": "Waiting for news",
        "lines": [
            {"text": "They said by morning.", "emotion": "sad", "duration_s": 2},
            {"text": "Nobody comes.", "emotion": "fear", "duration_s": 2},
        ],
    }
)


class StudioVisitor:
    """Starts a studio that keeps its takes in `takes`, and enters it with `enter`.

    Attributes:
        process: the studio.
        notices: what the stage has said in all takes, without repetitions.
    """

    def __init__(self, takes: Path, environ: Mapping[str, str] | None = None) -> None:
        words = ("studio", "--port", "0", "--no-open", "--takes", str(takes))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "coach", *words],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self._address = ""
        self.notices: list[str] = []

    def enter(self) -> None:
        """Open the address that the studio prints.

        Raises:
            OSError: the studio has ended.
        """
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+)/enter\?token=\S+", line)
        if found is None:
            raise OSError(f"no address: {line}")
        self._address = found[1]
        self._opener.open(found[0], timeout=LIMIT_S).close()
        self.post("/api/consent", {})

    def stop(self) -> int:
        """End the studio as Ctrl-C does; return its exit code."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode

    def get(self, path: str) -> bytes:
        """The answer to a request of a page or a state."""
        with self._opener.open(self._address + path, timeout=LIMIT_S) as answer:
            return bytes(answer.read())

    def post(self, path: str, body: Mapping[str, object] | bytes) -> dict[str, Any]:
        """Send fields or a file; return what the answer says."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data, {"origin": self._address})  # noqa: S310  # http
        with self._opener.open(request, timeout=LIMIT_S) as answer:
            return dict(json.loads(answer.read()))

    def play_sample(self) -> str:
        """Play the sample take at its own pace; return the path of its report."""
        return self._play({"source": "sample"}, lambda _: None)

    def play_camera(self, pictures: Sequence[bytes]) -> str:
        """Play a short script, with `pictures` for a camera, and record them; returns like `play_sample`."""
        path = self._import_script()
        frames = cycle(pictures)

        def push(stage: str) -> None:
            self.post(f"{stage}/frame?page={_PAGE}", next(frames))

        return self._play({"source": "camera", "script": path, "record": True}, push)

    def play_upload(self) -> str:
        """Upload the sample take and play the short script to it; returns like `play_sample`."""
        recording = self.post("/api/recordings?name=take.mp4", sample_take().read_bytes())["recording"]
        wish = {"source": "recording", "recording": recording, "script": self._import_script(), "fast": True}
        return self._play(wish, lambda _: None)

    def look_into_mirror(self, pictures: Sequence[bytes]) -> None:
        """Hold `pictures` before the mirror, once each."""
        self.post("/api/mirror", {"page": _PAGE})
        for picture in pictures:
            self.post(f"/api/mirror/frame?page={_PAGE}", picture)
        self.post("/api/mirror/leave", {"page": _PAGE})

    def _import_script(self) -> str:
        path: str = self.post("/api/scripts?name=news.json", _SCRIPT.encode())["path"]
        return path.removeprefix("/scripts/")

    def _play(self, wish: Mapping[str, object], meanwhile: Callable[[str], None]) -> str:
        stage = "/api" + str(self.post("/api/takes", {"lead_in_s": 0, **wish})["path"])
        state = self.post(f"{stage}/claim", {"page": _PAGE})
        while not state["over"]:
            meanwhile(stage)
            state = json.loads(self.get(f"{stage}/state?page={_PAGE}&seen={state['version']}"))
            said = state["notices"]["last"] if "notices" in state else []  # none while it opens
            told = [text for text in said if text not in self.notices]
            self.notices = [*self.notices, *told][-100:]
        if state["error"]:
            raise OSError(f"the studio says: {state['error']}")
        return str(state["report"])


def play_at_random(visitor: StudioVisitor, rng: Random, pictures: Sequence[bytes]) -> None:
    """Enter the studio and play takes of all kinds until it is gone."""
    try:
        visitor.enter()
        while True:
            rng.choice((visitor.play_sample, visitor.play_upload, lambda: visitor.play_camera(pictures)))()
    except (OSError, ValueError):  # it was killed, perhaps in the middle of an answer
        return


def sample_pictures(count: int = 40) -> list[bytes]:
    """The first `count` pictures of the sample take, each as JPEG."""
    video = cv2.VideoCapture(str(sample_take()))
    images = [video.read()[1] for _ in range(count)]
    video.release()
    return [cv2.imencode(".jpg", image)[1].tobytes() for image in images]
