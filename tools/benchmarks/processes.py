"""What the benchmarks share: an environment with the PyPI library `fer`, and words about the machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.console import say

ROOT: Final = Path(__file__).resolve().parents[2]

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


def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}"


@dataclass(frozen=True)
class Run:
    """One finished process: wall-clock seconds and peak memory in MB."""

    seconds: float
    memory_mb: float


def timed(command: list[str]) -> Run:
    """Run `command` to its end, its output thrown away, and tell how long it took and how much memory it had at most.

    Raises:
        SystemExit: it failed.
    """
    start = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            sys.exit(f"{command} failed:\n{errors.read().decode(errors='replace')}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Run(seconds, usage.ru_maxrss / unit)
