"""The contract of sources, on each real one and the fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from source_help import ManualClock
from video_help import steady, write_video

from coach.base.protocols import FrameSource
from coach.base.types import Frame, Tick
from coach.sources import Paced, SourceOptions, open_source
from coach.sources.camera.camera import CameraSource
from coach.sources.pushed import PushedFrames
from coach.testing.sources import FakeSource, grey

MOMENTS = 25
"""More than the recorded sources hold and enough of the endless ones."""


def video(folder: Path) -> FrameSource:
    return open_source(str(write_video(folder / "take.mp4", steady(12))))


def pictures(folder: Path) -> FrameSource:
    for number in range(3):
        Image.new("RGB", (40, 30), (number, 80, 120)).save(folder / f"{number}.png")
    return open_source(str(folder))


def picture(folder: Path) -> FrameSource:
    Image.new("L", (40, 30), 80).save(folder / "face.png")
    return open_source(str(folder / "face.png"))


def camera(folder: Path) -> FrameSource:
    return CameraSource(str(write_video(folder / "camera.mkv", codec="mjpeg")), loop=True, lead_in_s=1.0)


def nothing(folder: Path) -> FrameSource:
    return open_source("none", SourceOptions(lead_in_s=1.0), clock=ManualClock())


def paced(folder: Path) -> FrameSource:
    return Paced(video(folder), ManualClock())


def pushed(folder: Path) -> FrameSource:
    source = PushedFrames(ManualClock(), lead_in_s=1.0, wait_s=0.001)
    source.push(cv2.imencode(".jpg", np.full((48, 64, 3), 128, np.uint8))[1].tobytes(), 0.0)
    return source


def recorded_fake(folder: Path) -> FrameSource:
    return FakeSource([grey(n / 10) for n in range(5)])


def live_fake(folder: Path) -> FrameSource:
    return FakeSource([grey(-1.0), Tick(-0.9), Tick(0.0, "frozen"), grey(0.1)], live=True)


MAKERS = [video, pictures, picture, camera, nothing, paced, pushed, recorded_fake, live_fake]


@pytest.fixture(params=MAKERS, ids=lambda make: make.__name__)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FrameSource]:
    make: Callable[[Path], FrameSource] = request.param
    opened = make(tmp_path)
    yield opened
    opened.close()


def moments(source: FrameSource) -> list[Frame | Tick]:
    return list(islice(iter(source.read, None), MOMENTS))


def test_time_never_goes_back(source: FrameSource) -> None:
    assert all(a.t <= b.t for a, b in pairwise(moments(source)))


def test_a_recording_starts_at_zero_and_a_live_source_with_its_countdown(source: FrameSource) -> None:
    start = moments(source)[0].t
    assert start == 0.0 if not source.info.live else -1.0 <= start < 0


def test_pictures_are_contiguous_8_bit_bgr(source: FrameSource) -> None:
    for moment in moments(source):
        if isinstance(moment, Frame):
            assert moment.image.dtype == np.uint8
            assert moment.image.ndim == 3
            assert moment.image.shape[2] == 3
            assert moment.image.flags["C_CONTIGUOUS"]


def test_later_reads_do_not_change_a_picture(source: FrameSource) -> None:
    images = []
    for moment in islice(iter(source.read, None), MOMENTS):
        if isinstance(moment, Frame):
            images.append((moment.image, moment.image.copy()))
    assert all(np.array_equal(image, copy) for image, copy in images)


def test_info_has_the_size_of_the_pictures(source: FrameSource) -> None:
    info = source.info
    sizes = {moment.image.shape[:2] for moment in moments(source) if isinstance(moment, Frame)}
    assert info.width == 0 or sizes == {(info.height, info.width)}


def test_frames_are_counted(source: FrameSource) -> None:
    frames = sum(isinstance(moment, Frame) for moment in moments(source))
    assert source.stats.frames == frames
    assert source.stats.damaged == 0


def test_a_recording_ends_and_stays_ended(source: FrameSource) -> None:
    while not source.info.live and source.read() is not None:
        pass
    assert source.info.live or source.read() is None
    assert source.info.live or source.stats.dropped == 0


def test_closing_twice_is_safe_and_ends_the_source(source: FrameSource) -> None:
    source.read()
    source.close()
    source.close()
    assert source.read() is None
    assert source.info.name
    assert source.stats.frames <= 1


def test_closing_an_unread_source_is_safe(source: FrameSource) -> None:
    source.close()
    assert source.read() is None


def test_the_info_of_a_recording_has_path_and_duration(source: FrameSource) -> None:
    info = source.info
    if info.live or info.name == "fake":
        return
    assert Path(info.path).is_absolute()
    assert Path(info.path).exists()
    last = max((moment.t for moment in moments(source)), default=0.0)
    assert info.duration_s is not None
    assert last <= info.duration_s
