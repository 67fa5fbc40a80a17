"""Which cameras this machine has."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import IO, Final

from coach.base.text import clean
from coach.sources.children import end_child, end_input, start_child

TIMEOUT_S: Final = 10.0
"""For all cameras together; a hanging one hides only those behind it."""


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that opens.

    Attributes:
        index: as in ``camera:N``.
        width, height: of its pictures in pixels.
        fps: as its driver says; None where it does not.
        name: as the system calls it; empty where that is not known.
    """

    index: int
    width: int
    height: int
    fps: float | None
    name: str


def list_cameras(max_index: int = 5, *, timeout_s: float = TIMEOUT_S) -> list[CameraInfo]:
    """The cameras from index 0 to `max_index`, looked for in a child process that may crash or hang."""
    process = start_child("coach.sources.cameras_child", str(max_index))
    assert process.stdout is not None
    found: list[CameraInfo] = []
    reader = threading.Thread(target=_collect, args=(process.stdout, found), name="camera list", daemon=True)
    reader.start()
    try:
        reader.join(timeout_s)
    finally:
        end_input(process)
        end_child(process, 0.0)
        reader.join(1.0)
    return found


def _collect(pipe: IO[bytes], found: list[CameraInfo]) -> None:
    with pipe:
        for line in pipe:
            try:
                camera = json.loads(line)
                found.append(CameraInfo(**{**camera, "name": clean(camera["name"], 80)}))
            except (ValueError, TypeError, KeyError):
                return
