"""Pieces of a recording have the same pictures, at the same times, as the recording read from its beginning."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from video_help import broken_inside, noisy, steady, write_video

from coach.sources.files.schedule import ScheduledSource, UnscheduledError, open_pieces
from coach.sources.files.video import VideoSource


def uneven(count: int) -> list[float]:
    """Times of pictures that come 20 to 120 ms apart, the first one late."""
    chance, t, times = random.Random(5), 0.4, []
    for _ in range(count):
        times.append(round(t, 3))
        t += chance.uniform(0.02, 0.12)
    return times


CLIPS = {
    "steady.mp4": {},
    "reordered.mp4": {"encoder": {"preset": "medium", "bf": "2"}},
    "open_groups.mkv": {"encoder": {"preset": "medium", "bf": "2", "x264-params": "open-gop=1"}},
    "turned.mov": {"turned": 90},
    "narrow.webm": {"codec": "libvpx-vp9"},
}


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("times", [steady(90), uneven(90)], ids=["steady", "uneven"])
def test_any_piece_has_the_pictures_and_times_of_the_whole(name: str, times: list[float], tmp_path: Path) -> None:
    path = write_video(tmp_path / name, times, **CLIPS[name])  # type: ignore[arg-type]  # options of several types
    source, whole = VideoSource(path, 0.06, ahead=False), []
    while (frame := source.read()) is not None:
        whole.append(frame)
    source.close()
    decoder = open_pieces(path, 0.06)
    schedule = decoder.schedule()
    decoder.close()
    assert schedule.times == [frame.t for frame in whole]
    decoder = open_pieces(path)
    assert np.array_equal(decoder.first_picture(), whole[0].image)
    for first in (37, 0, 20):
        piece = list(decoder.read(schedule, first, first + 7))
        assert [number for number, _ in piece] == list(range(first, first + 7))
        assert all(np.array_equal(image, whole[number].image) for number, image in piece)
    decoder.close()


def test_a_schedule_ends_with_the_first_picture_after_the_end_of_the_script(tmp_path: Path) -> None:
    decoder = open_pieces(write_video(tmp_path / "clip.mp4", steady(90)), 0.06)
    schedule = decoder.schedule(until_s=1.0)
    decoder.close()
    assert schedule.times[-2] < 1.0 <= schedule.times[-1]


def test_a_scheduled_source_gives_the_pixels_of_any_moment_on_request(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", steady(400, 10), fps=10)
    decoder = open_pieces(path)
    schedule = decoder.schedule()
    decoder.close()
    source = ScheduledSource(path, schedule, "0" * 64)
    frames = list(iter(source.read, None))
    assert [frame.t for frame in frames] == schedule.times
    assert not frames[5].image.any()
    plain = VideoSource(path, ahead=False)
    pictures = [frame.image for frame in iter(plain.read, None)]
    for number in (5, 6, 30, 390, 7, 7):
        assert np.array_equal(source.picture(frames[number].t), pictures[number])
    assert (source.info.width, source.info.duration_s) == (plain.info.width, plain.info.duration_s)
    source.close()
    plain.close()


def test_damage_is_seen_when_a_piece_is_read(tmp_path: Path) -> None:
    path = broken_inside(write_video(tmp_path / "clip.mp4"), 20)
    decoder = open_pieces(path)
    schedule = decoder.schedule()
    decoder.close()
    decoder = open_pieces(path)
    decoder.first_picture()
    with pytest.raises(UnscheduledError, match="damaged"):
        list(decoder.read(schedule, 0))
    decoder.close()


@pytest.mark.parametrize(
    ("name", "reason"),
    [("clip.ts", "only MP4"), ("clip.avi", "only MP4"), ("cut.mp4", "damaged"), ("picture.png", "a picture")],
)
def test_what_cannot_be_read_in_pieces_is_said(name: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "picture.png":
        write_video(path, [0.0], codec="png", container="image2")
    elif name == "cut.mp4":
        write_video(path, steady(60), options={"movflags": "faststart"})
        path.write_bytes(path.read_bytes()[:-4000])
    else:
        write_video(path, steady(30), paint=noisy)
    with pytest.raises(UnscheduledError, match=reason):
        open_pieces(path).schedule()
