"""Lists the cameras of this machine, and explains why a camera does not open."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from coach.base.child_process import end_child, end_input, start_child
from coach.base.messages import tr
from coach.base.text import clean

_log = logging.getLogger(__name__)

TIMEOUT_S: Final = 10.0
"""Time limit for all cameras together; one that hangs hides only those after it."""


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that opens.

    Attributes:
        index: the N of ``camera:N``.
        width, height: size of its pictures in pixels.
        fps: frame rate that the driver reports; None if it reports none.
        name: name that the system reports; empty if unknown.
    """

    index: int
    width: int
    height: int
    fps: float | None
    name: str


def list_cameras(max_index: int = 5, *, timeout_s: float = TIMEOUT_S) -> list[CameraInfo]:
    """List the cameras with index 0 to `max_index`, in a child process, because drivers crash and hang."""
    process = start_child("coach.sources.camera.child", json.dumps({"list": max_index}))
    assert process.stdout is not None
    cameras: list[CameraInfo] = []
    reader = threading.Thread(target=_collect, args=(process.stdout, cameras), name="camera list", daemon=True)
    reader.start()
    try:
        reader.join(timeout_s)
        if reader.is_alive():
            _log.info("the cameras did not answer within %.1f s; %d found so far", timeout_s, len(cameras))
    finally:
        end_input(process)
        end_child(process, 0.0)
        reader.join(1.0)
    return cameras


def _collect(pipe: IO[bytes], cameras: list[CameraInfo]) -> None:
    """Add the cameras that the child reports until it exits or sends an invalid line."""
    with pipe:
        for line in pipe:
            try:
                camera = json.loads(line)
                cameras.append(CameraInfo(**{**camera, "name": clean(camera["name"], 80)}))
            except (ValueError, TypeError, KeyError):
                return


_TERMINALS = {
    "Apple_Terminal": "Terminal",
    "iTerm.app": "iTerm",
    "vscode": "Visual Studio Code",
    "WezTerm": "WezTerm",
    "ghostty": "Ghostty",
    "WarpTerminal": "Warp",
}
"""Names of terminals in the settings of macOS, by the value of TERM_PROGRAM."""


def camera_refusal(
    tried: Sequence[int | str], *, platform: str | None = None, environment: Mapping[str, str] | None = None,
    devices: Path = Path("/dev"),
) -> str:  # fmt: skip
    """Message that no camera opens: which were tried, and what to do on `platform`, by default `sys.platform`."""
    platform = platform or sys.platform
    indices = ", ".join(clean(str(index), 200) for index in tried)
    failure = tr("No camera gives a picture (tried {cameras}).", cameras=indices)
    if platform == "darwin":
        return f"{failure} {_advice_on_macos(os.environ if environment is None else environment)}"
    if platform == "win32":
        advice = tr(
            "Close other programs that use the camera, and allow it under Settings > Privacy & security > Camera > "
            "Let desktop apps access your camera."
        )
        return f"{failure} {advice}"
    return f"{failure} {_advice_on_linux(devices)}"


def _advice_on_macos(environment: Mapping[str, str]) -> str:
    program = environment.get("TERM_PROGRAM", "")
    terminal = _TERMINALS.get(program) or clean(program, 60) or tr("your terminal application")
    return tr(
        "Allow {terminal} under System Settings > Privacy & Security > Camera, quit and reopen it, and close other "
        "programs that use the camera.",
        terminal=terminal,
    )


def _advice_on_linux(devices: Path) -> str:
    nodes = sorted(devices.glob("video[0-9]*"))
    if not nodes:
        return tr("This machine shows no camera: plug one in, or name a recorded take with --source FILE.")
    if not any(os.access(node, os.R_OK | os.W_OK) for node in nodes):
        return tr("You may not use it: run `sudo usermod -aG video $USER`, then log out and in again.")
    names = ", ".join(node.name for node in nodes)
    return tr(
        "This machine has {cameras}: close other programs that use the camera, or choose one with --source camera:N.",
        cameras=names,
    )
