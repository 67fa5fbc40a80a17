"""What to tell a user whose camera does not open, on each system."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from coach.base.text import clean

_TERMINALS = {
    "Apple_Terminal": "Terminal",
    "iTerm.app": "iTerm",
    "vscode": "Visual Studio Code",
    "WezTerm": "WezTerm",
    "ghostty": "Ghostty",
    "WarpTerminal": "Warp",
}
"""TERM_PROGRAM to the name that macOS shows in its settings."""


def camera_refusal(
    tried: Sequence[int | str], *, platform: str | None = None, environment: Mapping[str, str] | None = None,
    devices: Path = Path("/dev"),
) -> str:  # fmt: skip
    """One sentence on what was tried and one on what to do, for this system or for `platform` as in `sys.platform`."""
    platform = platform or sys.platform
    indices = ", ".join(clean(str(index), 200) for index in tried)
    said = f"No camera gives a picture (tried {indices})."
    if platform == "darwin":
        return f"{said} {_on_macos(os.environ if environment is None else environment)}"
    if platform == "win32":
        return (
            f"{said} Close other programs that use the camera, and allow it under Settings > Privacy & security > "
            "Camera > Let desktop apps access your camera."
        )
    return f"{said} {_on_linux(devices)}"


def _on_macos(environment: Mapping[str, str]) -> str:
    program = environment.get("TERM_PROGRAM", "")
    terminal = _TERMINALS.get(program) or clean(program, 60) or "your terminal application"
    return (
        f"Allow {terminal} under System Settings > Privacy & Security > Camera, quit and reopen it, and close other "
        "programs that use the camera."
    )


def _on_linux(devices: Path) -> str:
    found = sorted(devices.glob("video[0-9]*"))
    if not found:
        return "This machine shows no camera: plug one in, or name a recorded take with --source FILE."
    if not any(os.access(device, os.R_OK | os.W_OK) for device in found):
        return "You may not use it: run `sudo usermod -aG video $USER`, then log out and in again."
    names = ", ".join(device.name for device in found)
    return f"This machine has {names}: close other programs that use the camera, or choose one with --source camera:N."
