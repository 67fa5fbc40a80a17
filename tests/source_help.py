"""Helpers for tests of sources: clocks and read loops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from coach.base.protocols import FrameSource
from coach.base.types import Frame, Tick
from coach.sources.files.video import VideoSource


class ManualClock:
    """A clock that advances only by `sleep` and when a test sets it."""

    def __init__(self, start: float = 1000.0) -> None:
        self.time = start
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.time += seconds


class FastClock:
    """A clock that runs `factor` times as fast as the system clock."""

    def __init__(self, factor: float) -> None:
        self._factor = factor

    def now(self) -> float:
        return time.monotonic() * self._factor

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._factor)


def read_all(source: FrameSource) -> list[Frame | Tick]:
    """Read to the end and close the source."""
    try:
        return list(iter(source.read, None))
    finally:
        source.close()


def read_until(
    source: FrameSource, condition: Callable[[Frame | Tick], bool], timeout_s: float = 20.0
) -> list[Frame | Tick]:
    """Read up to the first frame or tick that meets `condition`; fails if none does within `timeout_s`."""
    moments: list[Frame | Tick] = []
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        moment = source.read()
        assert moment is not None, "the source ended"
        moments.append(moment)
        if condition(moment):
            return moments
    raise AssertionError(f"none within {timeout_s} s; the last of {len(moments)} moments: {moments[-1:]}")


def is_frame(moment: Frame | Tick) -> bool:
    return isinstance(moment, Frame)


def has_reason(reason: str) -> Callable[[Frame | Tick], bool]:
    """A predicate for ticks with this reason."""
    return lambda moment: isinstance(moment, Tick) and moment.reason == reason


def wait_until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"the condition did not hold within {timeout_s} s"
        pause.wait(0.01)


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def frames(path: Path) -> tuple[list[Frame], VideoSource]:
    """Read a clip to its end; return its frames and the closed source."""
    source = VideoSource(path)
    return [moment for moment in read_all(source) if isinstance(moment, Frame)], source


def times(path: Path) -> list[float]:
    """The times of the frames of a clip."""
    return [frame.t for frame in frames(path)[0]]
