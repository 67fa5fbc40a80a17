"""Processes that benchmarks run: timed commands, and the PyPI library `fer` in an environment of its own."""

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

from tools.console import log

ROOT: Final = Path(__file__).resolve().parents[2]
"""The repository, in which every command is run."""

FER: Final = "fer==25.10.3"

FER_NEEDS: Final = ("opencv-python<5", "tensorflow-cpu", "pandas", "tqdm", "requests", "pillow", "setuptools<81")
"""What `fer` imports here; its declared requirements also install torch with CUDA and a second OpenCV."""


@dataclass(frozen=True)
class ProcessCost:
    """Wall-clock seconds, seconds of processor time and peak memory in MB of one finished process."""

    seconds: float
    memory_mb: float
    busy_s: float


def fer_python() -> str:
    """Return the Python of an environment with `fer`; creates it in the user's cache folder on first use."""
    from platformdirs import user_cache_path

    folder = user_cache_path("coach", appauthor=False) / f"bench-{FER.replace('==', '-')}"
    python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    if not has_fer(python):
        log(f"making an environment for {FER} in {folder}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *FER_NEEDS], check=True)
        subprocess.run([*pip, "--no-deps", FER], check=True)
    return python


def has_fer(python: str) -> bool:
    """Tell whether `python` exists and can import `fer`."""
    try:
        return subprocess.run([python, "-c", "import fer.fer"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def output_of(command: list[str]) -> str:
    """Run `command` and return what it prints."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def cost_of(command: list[str]) -> ProcessCost:
    """Run `command` to its end, discard its output, and measure its time and peak memory.

    Raises:
        SystemExit: it failed; the message is its stderr.
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
    return ProcessCost(seconds, usage.ru_maxrss / unit, usage.ru_utime + usage.ru_stime)


def machine() -> str:
    """Describe the machine on which a benchmark ran."""
    return f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}"
