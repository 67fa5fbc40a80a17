"""The camera process and its parent: what happens to one when the other ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from source_help import has_ended, wait_until
from video_help import steady, write_video


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds of video at 30 frames a second."""
    return write_video(tmp_path / "camera.mkv", steady(60), codec="mjpeg")


PARENT = """
import signal, sys, time
from coach.sources.camera.camera import CameraSource
camera = CameraSource(sys.argv[1], loop=True)
camera.read()
try:
    print(camera.pid, flush=True)
    while True:
        camera.read()
except KeyboardInterrupt:
    pid = camera.pid
    for _ in range(5):
        camera.read()
    print(pid == camera.pid, camera.stats.warnings, flush=True)
    camera.close()
"""


@pytest.fixture
def parent(clip: Path) -> Iterator[subprocess.Popen[str]]:
    """A process in its own group that reads a camera until it is interrupted."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(clip)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_ctrl_c_does_not_reach_the_camera_process(parent: subprocess.Popen[str]) -> None:
    """Ctrl-C goes to every process of the terminal's group."""
    child = int(first_line(parent))
    os.killpg(parent.pid, signal.SIGINT)
    out, err = parent.communicate(timeout=20)
    assert (out.strip(), err) == ("True []", "")
    assert has_ended(child)


def test_a_camera_process_dies_with_its_killed_parent(parent: subprocess.Popen[str]) -> None:
    child = int(first_line(parent))
    parent.kill()
    wait_until(lambda: has_ended(child))
    _, err = parent.communicate(timeout=20)
    assert err == ""


WAITING_PARENT = """
import sys, time
from coach.sources.camera.camera import CameraSource
from coach.base.types import Frame
camera = CameraSource(sys.argv[1])
ticks = 0
while ticks < 8:  # 0.6 s without a picture: the read blocks
    ticks = 0 if isinstance(camera.read(), Frame) else ticks + 1
print(camera.pid, flush=True)
time.sleep(60)
"""


def test_a_camera_process_blocked_in_its_driver_dies_with_its_killed_parent(tmp_path: Path) -> None:
    pipe = tmp_path / "camera.mkv"
    os.mkfifo(pipe)
    film = write_video(tmp_path / "film.mkv", steady(60), codec="mjpeg").read_bytes()
    command = [sys.executable, "-c", WAITING_PARENT, str(pipe)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, pipe.open("wb", buffering=0) as file:
        try:
            file.write(film[: len(film) // 2])
            child = int(first_line(process))
        finally:
            process.kill()
        wait_until(lambda: has_ended(child))


@pytest.mark.row(32)
def test_a_parent_suspended_and_resumed_keeps_its_camera(parent: subprocess.Popen[str]) -> None:
    """After Ctrl-Z the child keeps running and drops pictures, until `fg` resumes its parent."""
    child = psutil.Process(int(first_line(parent)))
    parent.send_signal(signal.SIGSTOP)
    before = child.cpu_times().user
    wait_until(lambda: child.cpu_times().user > before)
    parent.send_signal(signal.SIGCONT)
    os.killpg(parent.pid, signal.SIGINT)
    out, err = parent.communicate(timeout=20)
    assert (out.strip(), err) == ("True []", "")
