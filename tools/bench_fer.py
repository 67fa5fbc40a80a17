"""What the benchmarks share: an environment with the PyPI library `fer`, and words about the machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

FER: Final = "fer==25.10.3"

FER_NEEDS: Final = ("opencv-python<5", "tensorflow-cpu", "pandas", "tqdm", "requests", "pillow", "setuptools<81")
"""What `fer` imports for this; its full list brings torch with CUDA and a second OpenCV over the first."""


def fer_python() -> str:
    """The Python of an environment that has `fer`, made where it is not there yet."""
    from platformdirs import user_cache_path

    folder = user_cache_path("coach", appauthor=False) / f"bench-{FER.replace('==', '-')}"
    python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    if not has_fer(python):
        say(f"making an environment for {FER} in {folder}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *FER_NEEDS], check=True)
        subprocess.run([*pip, "--no-deps", FER], check=True)
    return python


def has_fer(python: str) -> bool:
    """Whether `python` is there and can import `fer`."""
    try:
        return subprocess.run([python, "-c", "import fer.fer"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def output(command: list[str]) -> str:
    """What `command` prints."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def say(text: str) -> None:
    """Tell how far it is, beside the table."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}"
