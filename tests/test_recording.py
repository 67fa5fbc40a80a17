"""The video of a take: exact times, even sizes, readable after a kill, never blocking the rehearsal."""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

# Loading av before cv2 makes a window that is opened later hang for ever.
# isort: off
import cv2  # noqa: F401
import av

# isort: on
import numpy as np
import pytest
from numpy.typing import NDArray
from takes_help import ROOT, make_header, start_child, wait_until

from coach.base.types import Frame, SoundBlock
from coach.takes.recorder import TakeRecorder
from coach.takes.video import Encoder, VideoRecorder


def picture(height: int, width: int, colour: tuple[int, int, int] = (30, 40, 200)) -> NDArray[np.uint8]:
    """A picture of one BGR colour."""
    return np.full((height, width, 3), colour, np.uint8)


def film(path: Path, frames: list[Frame]) -> VideoRecorder:
    """Record `frames` one after the other, so that none waits and is dropped; return the recorder."""
    video = VideoRecorder(path)
    stored = [frame for frame in frames if frame.t >= 0]
    for n, frame in enumerate(frames, len(stored) - len(frames)):
        wait_until(partial(_queue_has_room, video, n))
        video.show(frame)
    video.close()
    assert (video.trouble, video.dropped) == (None, 0)
    return video


def _queue_has_room(video: VideoRecorder, sent: int) -> bool:
    return sent - video.encoded < 1


def decoded(path: Path) -> list[av.VideoFrame]:
    """Every frame that a player would show."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def boxes(path: Path) -> list[str]:
    """The names of the top-level boxes of an MP4 file."""
    data, names, offset = path.read_bytes(), [], 0
    while offset < len(data):
        names.append(data[offset + 4 : offset + 8].decode())
        offset += int.from_bytes(data[offset : offset + 4], "big")
    return names


def test_frames_keep_their_own_times(tmp_path: Path) -> None:
    times = [0.0, 0.033, 0.0671, 0.5, 0.51, 2.25]
    film(tmp_path / "v.mp4", [Frame(t, picture(48, 64)) for t in times])
    assert [frame.time for frame in decoded(tmp_path / "v.mp4")] == pytest.approx(times, abs=1e-4)


def test_the_lead_in_is_not_stored(tmp_path: Path) -> None:
    film(tmp_path / "v.mp4", [Frame(t / 10, picture(48, 64)) for t in range(-20, 3)])
    assert [frame.time for frame in decoded(tmp_path / "v.mp4")] == pytest.approx([0.0, 0.1, 0.2], abs=1e-4)


def test_a_repeated_time_is_stored_once(tmp_path: Path) -> None:
    video = VideoRecorder(tmp_path / "v.mp4")
    for t in (0.0, 0.1, 0.1, 0.05, 0.2):
        video.show(Frame(t, picture(48, 64)))
    video.close()
    assert video.trouble is None
    assert len(decoded(tmp_path / "v.mp4")) == video.encoded == 3


@pytest.mark.parametrize(("size", "expected"), [((361, 641), (360, 640)), ((48, 65), (48, 64)), ((1, 40), (2, 40))])
def test_odd_sizes_are_cropped_by_one_pixel(tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]) -> None:
    film(tmp_path / "v.mp4", [Frame(0.0, picture(*size)), Frame(0.1, picture(*size))])
    assert [(frame.height, frame.width) for frame in decoded(tmp_path / "v.mp4")] == [expected] * 2


def test_a_size_change_keeps_the_first_size(tmp_path: Path) -> None:
    film(
        tmp_path / "v.mp4", [Frame(0.0, picture(120, 160)), Frame(0.1, picture(240, 320)), Frame(0.2, picture(60, 80))]
    )
    assert [(frame.height, frame.width) for frame in decoded(tmp_path / "v.mp4")] == [(120, 160)] * 3


@pytest.mark.parametrize("colour", [(30, 40, 200), (200, 60, 20), (250, 250, 250), (10, 180, 60)])
def test_colours_are_kept(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    film(tmp_path / "v.mp4", [Frame(0.0, picture(64, 64, colour))])
    (frame,) = decoded(tmp_path / "v.mp4")
    assert frame.to_ndarray(format="bgr24")[32, 32].astype(int) == pytest.approx(np.array(colour), abs=6)


def test_the_video_is_h264_in_fragments_of_a_second(tmp_path: Path) -> None:
    film(tmp_path / "v.mp4", [Frame(n / 20, picture(64, 64)) for n in range(61)])
    with av.open(str(tmp_path / "v.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.codec_context.color_range == 1
    keys = [frame.time for frame in decoded(tmp_path / "v.mp4") if frame.key_frame]
    assert keys == pytest.approx([0.0, 1.0, 2.0, 3.0], abs=1e-4)
    assert boxes(tmp_path / "v.mp4")[:6] == ["ftyp", "moov", "moof", "mdat", "moof", "mdat"]


@pytest.mark.row(23)
def test_a_kill_loses_at_most_two_seconds(tmp_path: Path) -> None:
    with start_child("film", tmp_path / "v.mp4") as child:
        assert child.stdout is not None
        last = next(t for t in map(float, child.stdout) if t > 5)
        child.kill()
    frames = decoded(tmp_path / "v.mp4")
    assert frames[0].time == 0
    assert frames[-1].time > last - 1.5
    assert len(frames) == round(frames[-1].time * 30) + 1


def test_a_slow_encoder_drops_frames_and_does_not_block(tmp_path: Path) -> None:
    video = VideoRecorder(tmp_path / "v.mp4")
    noise = np.random.default_rng(0).integers(0, 255, (720, 1280, 3), np.uint8)
    for n in range(100):
        video.show(Frame(n / 30, noise))
    video.close()
    assert video.trouble is None
    assert 0 < video.dropped < 100
    assert video.encoded == 100 - video.dropped == len(decoded(tmp_path / "v.mp4"))


@pytest.mark.row(23)
def test_a_slow_machine_films_fewer_frames_and_not_older_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder waits in its first frame until eight seconds are shown, of which it then gets the last one."""
    begun, go_on = threading.Event(), threading.Event()
    encode = Encoder.add

    def wait_and_encode(encoder: Encoder, frame: Frame) -> bool:
        begun.set()
        assert go_on.wait(10)
        return encode(encoder, frame)

    monkeypatch.setattr(Encoder, "add", wait_and_encode)
    video = VideoRecorder(tmp_path / "v.mp4")
    video.show(Frame(0.0, picture(48, 64)))
    assert begun.wait(10)
    for n in range(1, 41):
        video.show(Frame(n / 5, picture(48, 64)))
    go_on.set()
    video.close()
    assert [round(float(frame.time), 3) for frame in decoded(tmp_path / "v.mp4")] == [0.0, 7.0, 7.2, 7.4, 7.6, 7.8, 8.0]


@pytest.mark.row(23)
def test_sound_that_comes_as_fast_as_it_is_encoded_lets_pictures_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coach.takes.video.SOUND_TURN_S", 0.01)
    block = SoundBlock(0.0, np.zeros(320, np.int16))
    monkeypatch.setattr(Encoder, "hear", lambda _encoder, again: video.hear(again))
    video = VideoRecorder(tmp_path / "v.mp4", 16_000)
    video.hear(block)
    for n in range(5):
        video.show(Frame(n / 30, picture(48, 64)))
    wait_until(lambda: video.encoded == 5)
    video.close()
    assert video.trouble is None


def test_dropped_frames_are_reported_at_the_end(tmp_path: Path) -> None:
    notices: list[str] = []
    recorder = TakeRecorder(tmp_path, make_header(), notices.append, record=True)
    noise = np.random.default_rng(0).integers(0, 255, (720, 1280, 3), np.uint8)
    for n in range(100):
        recorder.show(Frame(n / 30, noise))
    recorder.close()
    assert len(notices) == 1
    assert "The video lacks" in notices[0]
    assert len(decoded(tmp_path / "video.mp4")) > 5


def test_a_video_without_frames_closes_cleanly(tmp_path: Path) -> None:
    video = VideoRecorder(tmp_path / "v.mp4")
    video.close()
    video.close()
    video.show(Frame(0.0, picture(48, 64)))
    assert video.trouble is None


def test_a_frame_that_cannot_be_encoded_ends_the_video_but_not_the_rehearsal(tmp_path: Path) -> None:
    notices: list[str] = []
    recorder = TakeRecorder(tmp_path, make_header(), notices.append, record=True)
    recorder.show(Frame(0.0, picture(48, 64)[:, :, 0]))

    def has_notice() -> bool:
        recorder.show(Frame(0.1, picture(48, 64)))
        return bool(notices)

    wait_until(has_notice)
    recorder.close()
    assert len(notices) == 1
    assert "the video ends here" in notices[0]


def test_cv2_is_imported_before_av_and_both_only_for_recording() -> None:
    code = (
        "import sys; from coach.takes import recorder;"
        "assert not {'av', 'cv2', 'numpy'} & set(sys.modules);"
        "from coach.takes import video;"
        "names = list(sys.modules); assert names.index('cv2') < names.index('av')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
