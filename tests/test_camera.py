"""A live camera: a clip replaces the device, but the child process is real and is really killed."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest
from source_help import FastClock, ManualClock, has_ended, has_reason, is_frame, read_until, wait_until
from video_help import black, frozen, noisy, steady, write_video

from coach.base.errors import SourceError
from coach.base.types import Frame, Tick
from coach.sources.camera.camera import CameraSource
from coach.sources.camera.link import BACK_OFF_S, Grabber

Open = Callable[..., CameraSource]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds of video at 30 frames a second."""
    return write_video(tmp_path / "camera.mkv", steady(60), codec="mjpeg")


@pytest.fixture
def open_camera(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens cameras and closes them after the test. A busy machine under a fast clock does not count as stopped."""
    monkeypatch.setattr("coach.sources.clocked.STOPPED_S", 30.0)
    opened: list[CameraSource] = []

    def open_one(device: Path, **options: object) -> CameraSource:
        opened.append(CameraSource(str(device), **options))  # type: ignore[arg-type]  # passed through unchecked
        return opened[-1]

    yield open_one
    for camera in opened:
        camera.close()


def pid_of(camera: CameraSource) -> int:
    assert camera.pid is not None
    return camera.pid


def test_a_camera_returns_upright_frames_and_its_index(clip: Path, open_camera: Open) -> None:
    camera = open_camera(clip, loop=True)
    frame = read_until(camera, is_frame)[-1]
    assert isinstance(frame, Frame)
    assert (frame.image.shape, frame.image.dtype) == ((64, 96, 3), np.dtype(np.uint8))
    assert frame.image[:12, :20].mean() > 200  # the bright corner of the clip
    assert (camera.info.kind, camera.info.live, camera.info.name) == ("camera", True, f"camera:{clip}")


def test_time_starts_with_the_countdown_at_the_first_read(clip: Path, open_camera: Open) -> None:
    clock = ManualClock()
    camera = open_camera(clip, loop=True, lead_in_s=3.0, clock=clock)
    clock.sleep(50.0)
    first = camera.read()
    assert first is not None
    assert first.t == -3.0


def test_pictures_from_before_the_take_are_dropped(clip: Path, open_camera: Open) -> None:
    camera = open_camera(clip, loop=True, lead_in_s=1.0, clock=ManualClock())
    wait_until(lambda: newest(camera) is not None)
    os.kill(pid_of(camera), signal.SIGSTOP)
    stopped = time.monotonic()
    wait_until(lambda: time.monotonic() - stopped > 0.2)  # pictures sent before have arrived
    assert camera.read() == Tick(-1.0)


def test_a_frame_has_the_time_when_it_was_grabbed_not_when_it_was_read(clip: Path, open_camera: Open) -> None:
    camera = open_camera(clip, loop=True)
    begun = time.monotonic()
    read_until(camera, is_frame)
    wait_until(lambda: newest(camera) is not None)
    os.kill(pid_of(camera), signal.SIGSTOP)
    grabbed = time.monotonic()
    wait_until(lambda: time.monotonic() - grabbed > 0.5)
    frame = camera.read()
    assert isinstance(frame, Frame)
    assert frame.t <= grabbed - begun


def newest(camera: CameraSource) -> int | None:
    """Number of the newest picture not read yet."""
    grabber = camera._link._grabber
    message = grabber._newest if grabber else None
    return None if message is None else int(message["frame"])


@pytest.mark.row(17)
def test_a_slow_reader_gets_the_newest_picture_and_skipped_ones_are_counted(clip: Path, open_camera: Open) -> None:
    camera = open_camera(clip, loop=True)
    read_until(camera, is_frame)
    start = camera._link._number
    assert start is not None
    wait_until(lambda: (newest(camera) or 0) >= start + 10)
    waiting = newest(camera)
    assert waiting is not None
    assert isinstance(camera.read(), Frame)
    number = camera._link._number
    assert number is not None
    assert number >= waiting
    assert camera.stats.dropped == number - start - 1
    assert camera.stats.frames == 2


def test_a_read_between_two_pictures_returns_a_tick(tmp_path: Path, open_camera: Open) -> None:
    slow = write_video(tmp_path / "camera.mkv", steady(10, 5), fps=5, codec="mjpeg")
    camera = open_camera(slow, loop=True)
    moments = [*read_until(camera, is_frame), *read_until(camera, is_frame), *read_until(camera, is_frame)]
    between = moments[-2]
    assert isinstance(between, Tick)
    assert between.reason is None
    assert all(a.t <= b.t for a, b in pairwise(moments))


@pytest.mark.row(3)
def test_a_killed_camera_process_is_replaced_while_time_continues(clip: Path, open_camera: Open) -> None:
    camera = open_camera(clip, loop=True)
    read_until(camera, is_frame)
    killed = pid_of(camera)
    os.kill(killed, signal.SIGKILL)
    lost = read_until(camera, has_reason("camera lost"))
    back = read_until(camera, is_frame)
    assert back[-1].t - lost[-1].t >= 0.5
    assert all(has_reason("camera lost")(moment) for moment in back[:-1])
    assert pid_of(camera) != killed
    assert camera.stats.warnings == [f"The camera was lost at {lost[-1].t:.1f} s."]


@pytest.mark.row(4)
def test_a_camera_process_that_hangs_is_killed_and_replaced(clip: Path, open_camera: Open) -> None:
    camera = open_camera(clip, loop=True)
    read_until(camera, is_frame)
    hung = pid_of(camera)
    os.kill(hung, signal.SIGSTOP)
    read_until(camera, has_reason("camera lost"))
    assert has_ended(hung)
    read_until(camera, is_frame)


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """A third of a second of video, after which the device fails as if unplugged."""
    return write_video(tmp_path / "short.mkv", steady(10), codec="mjpeg")


@pytest.mark.row(3)
def test_a_lost_camera_is_retried_while_time_continues(short: Path, open_camera: Open) -> None:
    camera = open_camera(short, clock=FastClock(10))
    short.unlink()
    read_until(camera, has_reason("camera lost"))
    moments = read_until(camera, lambda _: camera._link._tries > len(BACK_OFF_S))
    assert all(has_reason("camera lost")(moment) for moment in moments)
    assert moments[-1].t - moments[0].t >= sum(BACK_OFF_S[:-1])
    assert len(camera.stats.warnings) == 1


@pytest.mark.row(3)
def test_a_camera_that_comes_back_is_used_again(short: Path, open_camera: Open) -> None:
    camera = open_camera(short, clock=FastClock(10))
    away = short.rename(short.with_name("away.mkv"))
    read_until(camera, has_reason("camera lost"))
    read_until(camera, lambda _: camera._link._tries >= 2)
    away.rename(short)
    read_until(camera, is_frame)


@pytest.mark.row(4)
def test_a_camera_recovers_from_a_read_blocked_in_the_driver(tmp_path: Path, open_camera: Open) -> None:
    """The device is a pipe that receives half a video and then nothing."""
    film = write_video(tmp_path / "film.mkv", steady(90), codec="mjpeg").read_bytes()
    pipe = tmp_path / "camera.mkv"
    os.mkfifo(pipe)
    done = threading.Event()

    def feed() -> None:
        with pipe.open("wb", buffering=0) as file:
            file.write(film[: len(film) // 2])
            done.wait(30)

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        camera = open_camera(pipe)
        blocked = pid_of(camera)
        read_until(camera, is_frame)
        read_until(camera, has_reason("camera lost"))
        assert has_ended(blocked)
    finally:
        done.set()
        feeder.join()


@pytest.mark.row(6)
def test_a_camera_that_never_opens_times_out(tmp_path: Path) -> None:
    pipe = tmp_path / "camera.mkv"
    os.mkfifo(pipe)
    before = set(psutil.Process().children())
    with pytest.raises(SourceError, match=r"did not open within 0\.4 s.*--open-timeout"):
        CameraSource(str(pipe), open_timeout_s=0.4)
    assert set(psutil.Process().children()) <= before


@pytest.mark.row(6)
def test_a_slow_opening_is_reported_and_still_works(tmp_path: Path, open_camera: Open) -> None:
    film = write_video(tmp_path / "film.mkv", steady(90), codec="mjpeg").read_bytes()
    pipe = tmp_path / "camera.mkv"
    os.mkfifo(pipe)
    notified = threading.Event()
    sentences: list[str] = []

    def feed() -> None:
        with pipe.open("wb", buffering=0) as file:
            notified.wait(30)
            file.write(film)

    def notify(text: str) -> None:
        sentences.append(text)
        notified.set()

    feeder = threading.Thread(target=feed)
    feeder.start()
    camera = open_camera(pipe, notify=notify)
    read_until(camera, is_frame)
    feeder.join()
    assert sentences == ["Opening the camera, which may take up to 15 s."]


@pytest.mark.row(5)
def test_a_repeated_picture_is_frozen_and_not_scored(tmp_path: Path, open_camera: Open) -> None:
    still = write_video(tmp_path / "camera.mkv", steady(30), codec="mjpeg", paint=frozen)
    camera = open_camera(still, loop=True, clock=FastClock(5))
    moments = read_until(camera, has_reason("frozen"))
    assert moments[-1].t >= 2.0
    assert camera.stats.frames < len(moments)
    assert "picture of the camera stood still" in camera.stats.warnings[-1]


@pytest.mark.row(2)
def test_a_black_picture_is_no_signal(tmp_path: Path, open_camera: Open) -> None:
    dark = write_video(tmp_path / "camera.mkv", steady(30), codec="mjpeg", paint=black)
    camera = open_camera(dark, loop=True, clock=FastClock(5))
    moments = read_until(camera, has_reason("no signal"))
    assert moments[-1].t >= 3.0
    assert not any(has_reason("frozen")(moment) for moment in moments)
    assert "nothing but one colour" in camera.stats.warnings[-1]


def test_a_camera_that_recovers_is_scored_again(tmp_path: Path, open_camera: Open) -> None:
    film = write_video(
        tmp_path / "camera.mkv",
        steady(80),
        codec="mjpeg",
        paint=lambda n, w, h: frozen(n, w, h) if n < 40 else noisy(n, w, h),
    )
    camera = open_camera(film, loop=True, clock=FastClock(5))
    read_until(camera, has_reason("frozen"))
    read_until(camera, is_frame)


@pytest.mark.row(32)
def test_a_clock_jump_is_neither_part_of_the_take_nor_a_lost_camera(clip: Path, open_camera: Open) -> None:
    """The clock jumps as it does after the machine was suspended for a minute."""
    clock = ManualClock()
    camera = open_camera(clip, loop=True, clock=clock)
    pid = pid_of(camera)
    os.kill(pid, signal.SIGSTOP)
    before = read_until(camera, lambda moment: isinstance(moment, Tick))[-1]
    clock.sleep(60.0)
    assert camera.read() == Tick(before.t)
    os.kill(pid, signal.SIGCONT)
    assert read_until(camera, is_frame)[-1].t == before.t
    assert camera.pid == pid
    (warning,) = camera.stats.warnings
    assert warning.startswith("The machine or the coach was stopped at ")
    assert warning.endswith(" s, for 60 s.")


@pytest.mark.row(32)
def test_time_never_goes_back_with_the_clock(clip: Path, open_camera: Open) -> None:
    clock = ManualClock()
    camera = open_camera(clip, loop=True, clock=clock)
    clock.sleep(10.0)
    read_until(camera, is_frame)
    clock.sleep(10.0)
    before = read_until(camera, is_frame)[-1]
    clock.time -= 30
    assert read_until(camera, is_frame)[-1].t >= before.t


@pytest.mark.parametrize("content", [b"", b"junk" * 100])
def test_a_device_without_pictures_is_refused_and_leaves_no_process(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "camera.mkv").write_bytes(content)
    threads, children = threading.active_count(), len(psutil.Process().children())
    files = psutil.Process().num_fds()
    with pytest.raises(SourceError, match="No camera gives a picture"):
        CameraSource(str(tmp_path / "camera.mkv"))
    assert threading.active_count() == threads
    assert len(psutil.Process().children()) == children
    assert psutil.Process().num_fds() == files


def test_a_closed_camera_leaves_no_process_thread_or_descriptor(clip: Path) -> None:
    threads, files = threading.active_count(), psutil.Process().num_fds()
    camera = CameraSource(str(clip), loop=True)
    pid = pid_of(camera)
    camera.read()
    camera.close()
    assert has_ended(pid)
    assert threading.active_count() == threads
    assert psutil.Process().num_fds() == files
    assert camera.read() is None


@pytest.mark.parametrize(
    "nonsense",
    [
        b"Segmentation fault\n",
        b"[]\n",
        b"\xff\xfe\n",
        b'{"frame": 1}\n',
        b'{"frame": 1, "slot": 9, "t": 0, "height": 4, "width": 4, "digest": 0, "flat": false}\n',
        b'{"frame": 1, "slot": 0, "t": 0, "height": 99999, "width": 99999, "digest": 0, "flat": false}\n',
        b"x" * 5000,
    ],
)
def test_invalid_messages_end_the_camera_process(tmp_path: Path, nonsense: bytes) -> None:
    grabber = Grabber([str(tmp_path / "none.mkv")])
    messages = io.BytesIO(nonsense + b'{"opened": 7}\n')
    grabber._handle_messages(messages)
    assert grabber.device is None
    assert grabber.take(0) is None
    grabber.close()
