"""Recorded videos: every frame, orientation, and damaged files."""

from __future__ import annotations

import hashlib
import threading
import time
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import cv2
from source_help import frames, times

# isort: split
import av
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from source_help import read_all
from video_help import Picture, black, busy, cut, damage, steady, write_tracks, write_video

from coach.base.errors import SourceError
from coach.base.files import sample_take
from coach.base.types import Frame
from coach.sources import open_source
from coach.sources.files.video import AHEAD_BYTES, POLL_S, FileHash, VideoSource
from coach.takes.video import Encoder


def test_the_sample_take_is_read_completely() -> None:
    pictures, source = frames(sample_take())
    assert len(pictures) == source.stats.frames == 472
    assert pictures[0].t == 0.0
    assert pictures[-1].t == pytest.approx(19.645, abs=0.001)
    assert (source.info.width, source.info.height) == (640, 360)
    assert source.info.duration_s == pytest.approx(19.7, abs=0.1)
    assert (source.stats.damaged, source.stats.dropped, source.stats.warnings) == (0, 0, [])


def test_colours_are_in_bgr_order(tmp_path: Path) -> None:
    colour = np.array([200, 90, 30], np.uint8)

    def paint(number: int, width: int, height: int) -> Picture:
        return np.array(np.broadcast_to(colour, (height, width, 3)))

    pictures, _ = frames(write_video(tmp_path / "take.mkv", codec="ffv1", paint=paint))
    assert pictures[0].image.reshape(-1, 3).mean(axis=0) == pytest.approx(colour, abs=1)


@pytest.mark.parametrize(
    ("shape", "turned", "size"),
    [
        (Fraction(4, 3), 0, (128, 64)),
        (Fraction(1, 2), 0, (96, 128)),
        (Fraction(4, 3), 90, (64, 128)),
        (Fraction(100, 1), 0, (96, 64)),
        (Fraction(201, 200), 0, (96, 64)),
    ],
    ids=["wide pixels", "high pixels", "turned", "absurd pixels", "almost square"],
)
def test_pictures_have_square_pixels(tmp_path: Path, shape: Fraction, turned: int, size: tuple[int, int]) -> None:
    path = write_video(tmp_path / "take.mp4", steady(3), pixel_shape=shape, turned=turned)
    seen, source = frames(path)
    assert (source.info.width, source.info.height) == size
    assert seen[-1].image.shape == (size[1], size[0], 3)


LONG, SHORT = steady(30), steady(10)


@pytest.mark.parametrize(
    ("tracks", "size"),
    [
        ([(LONG, (96, 64), ""), (LONG, (64, 48), "default")], (64, 48)),
        ([(LONG, (64, 48), "default"), (LONG, (96, 64), "default")], (96, 64)),
        ([(SHORT, (96, 64), "default"), (LONG, (96, 64), "default")], (96, 64)),
        ([([0.0], (192, 128), "default"), (LONG, (96, 64), "default")], (96, 64)),
    ],
    ids=["default", "larger", "longer", "thumbnail"],
)
def test_the_track_that_players_show_is_read(
    tmp_path: Path, tracks: list[tuple[list[float], tuple[int, int], str]], size: tuple[int, int]
) -> None:
    seen, source = frames(write_tracks(tmp_path / "take.mov", tracks))
    assert (source.info.width, source.info.height) == size
    assert len(seen) == 30


def test_a_warning_says_that_there_are_other_tracks(tmp_path: Path) -> None:
    _, source = frames(write_tracks(tmp_path / "take.mkv", [(LONG, (64, 48), ""), (LONG, (96, 64), "default")]))
    assert source.stats.warnings == [
        "take.mkv: there are 2 videos in this file. Only the one that players show is read (96 x 64 pixels)."
    ]


def test_a_smaller_picture_of_the_same_shape_is_scaled_to_the_size_before(tmp_path: Path) -> None:
    large = write_video(tmp_path / "a.h264", steady(12), size=(192, 128)).read_bytes()
    small = write_video(tmp_path / "b.h264", steady(12)).read_bytes()
    (tmp_path / "take.h264").write_bytes(large + small)
    seen, _ = frames(tmp_path / "take.h264")
    assert [frame.image.shape for frame in seen] == [(128, 192, 3)] * 24
    assert corners(seen[-1].image) == "left top"


def test_a_recording_without_a_duration_is_read_to_its_end(tmp_path: Path) -> None:
    path = write_video(tmp_path / "take.mkv", options={"live": "1"})
    pictures, source = frames(path)
    assert len(pictures) == 30
    assert source.info.duration_s is None
    assert source.stats.warnings == []


def test_a_fragmented_recording_is_read_completely(tmp_path: Path) -> None:
    path = write_video(tmp_path / "take.mp4", steady(60), options={"movflags": "frag_keyframe+empty_moov"})
    assert times(path) == pytest.approx(steady(60), abs=0.001)


def corners(image: NDArray[np.uint8]) -> str:
    """The name of the brightest corner; pictures of `noisy` have one bright corner."""
    height, width = image.shape[:2]
    parts = {"left top": image[:8, :8], "right top": image[:8, width - 8 :]}
    parts |= {"left bottom": image[height - 8 :, :8], "right bottom": image[height - 8 :, width - 8 :]}
    return max(parts, key=lambda name: float(parts[name].mean()))


@pytest.mark.row(9)
@pytest.mark.parametrize(
    ("turned", "mirrored", "corner", "size"),
    [
        (0, False, "left top", (96, 64)),
        (90, False, "left bottom", (64, 96)),
        (-90, False, "right top", (64, 96)),
        (180, False, "right bottom", (96, 64)),
        (0, True, "right top", (96, 64)),
    ],
)
def test_a_rotated_recording_is_upright(
    tmp_path: Path, turned: int, mirrored: bool, corner: str, size: tuple[int, int]
) -> None:
    """Rotations are counter-clockwise, as in the container."""
    pictures, source = frames(write_video(tmp_path / "take.mp4", turned=turned, mirrored=mirrored))
    assert (source.info.width, source.info.height) == size
    assert pictures[0].image.shape == (size[1], size[0], 3)
    assert corners(pictures[0].image) == corner
    assert pictures[0].image.flags["C_CONTIGUOUS"]


@pytest.mark.row(9)
@pytest.mark.parametrize("turned", [90, -90, 180])
def test_a_rotated_recording_is_oriented_as_by_opencv(tmp_path: Path, turned: int) -> None:
    path = write_video(tmp_path / "take.mp4", turned=turned)
    _, theirs = cv2.VideoCapture(str(path)).read()
    assert np.abs(frames(path)[0][0].image.astype(int) - theirs).max() <= 3


@pytest.mark.row(10)
def test_a_recording_damaged_in_the_middle_loses_some_frames_and_counts_them(tmp_path: Path) -> None:
    path = write_video(tmp_path / "take.mp4", steady(180), paint=busy, size=(192, 128))
    pictures, source = frames(damage(path, 2000))
    assert 90 <= len(pictures) < 180
    assert source.stats.damaged >= 1
    assert f"{source.stats.damaged} damaged frame" in source.stats.warnings[0]
    assert pictures[-1].t == pytest.approx(179 / 30, abs=0.001)


def test_a_damaged_recording_returns_the_same_frames_each_time(tmp_path: Path) -> None:
    path = damage(write_video(tmp_path / "take.mp4", steady(90), paint=busy, size=(192, 128)), 2000)

    def digest() -> str:
        sums = hashlib.sha256()
        for frame in frames(path)[0]:
            sums.update(np.float64(frame.t).tobytes() + frame.image.tobytes())
        return sums.hexdigest()

    assert digest() == digest()


@pytest.mark.row(11)
@pytest.mark.parametrize(
    ("ending", "options"),
    [("mp4", {"movflags": "faststart"}), ("mp4", {"movflags": "frag_keyframe"}), ("mkv", {}), ("avi", {})],
    ids=["mp4", "fragmented mp4", "mkv", "avi"],
)
def test_a_truncated_recording_returns_its_frames_and_a_warning(
    tmp_path: Path, ending: str, options: dict[str, str]
) -> None:
    path = cut(write_video(tmp_path / f"take.{ending}", steady(180), paint=busy, options=options), 0.45)
    pictures, source = frames(path)
    assert 60 <= len(pictures) <= 90
    assert any("cut off" in warning for warning in source.stats.warnings), source.stats.warnings


def test_frames_in_the_reorder_buffer_survive_a_truncation(tmp_path: Path) -> None:
    """The decoder holds pictures back for reordering; they are drained where the file ends."""
    path = write_video(
        tmp_path / "take.mp4", steady(60), paint=busy, options={"movflags": "faststart"}, encoder={"bf": "3"}
    )
    with av.open(str(path)) as file:
        sizes = [packet.size for packet in file.demux(video=0)]
    cut(path, 0.6)
    remaining_bytes = path.stat().st_size - (path.stat().st_size / 0.6 - sum(sizes))
    complete_frames = sum(total <= remaining_bytes for total in accumulate(sizes))
    assert len(frames(path)[0]) >= complete_frames - 1


def test_an_undecodable_recording_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "take.mkv", steady(3), paint=busy)
    data = path.read_bytes()
    start = data.index(b"\x1f\x43\xb6\x75") + 60
    path.write_bytes(data[:start] + b"\xff" * (len(data) - start))
    with pytest.raises(SourceError, match=r"take\.mkv"):
        VideoSource(path)


def test_the_hash_of_the_file_is_known_at_its_end(tmp_path: Path) -> None:
    path = write_video(tmp_path / "take.mp4")
    _, source = frames(path)
    assert source.info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def with_ballast(path: Path, size: int) -> Path:
    """Append a hole of `size` bytes to a recording."""
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(size.to_bytes(4, "big") + b"free")
        file.truncate(file.tell() + size - 8)
    return path


def test_the_last_read_waits_for_the_hash(tmp_path: Path) -> None:
    path = with_ballast(write_video(tmp_path / "take.mp4", steady(3)), 200 << 20)
    source = VideoSource(path)
    while source.read() is not None:
        pass
    with path.open("rb") as file:
        assert source.info.sha256 == hashlib.sha256(file.read()).hexdigest()
    source.close()


def test_a_hash_that_takes_too_long_is_abandoned(tmp_path: Path) -> None:
    path = with_ballast(write_video(tmp_path / "take.mp4", steady(3)), 3 << 30)
    digest = FileHash(path)
    digest.stop(0.0)
    assert digest.value == ""


def test_closing_early_leaves_no_thread_and_no_open_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "take.mp4", steady(120))
    before = threading.active_count()
    source = VideoSource(path)
    source.read()
    source.close()
    assert threading.active_count() == before
    assert str(path) not in [file.path for file in psutil.Process().open_files()]
    assert source.read() is None


def test_a_refused_file_leaves_no_thread_and_no_open_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "take.mkv", steady(3), paint=busy)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3])
    before = threading.active_count()
    with pytest.raises(SourceError):
        VideoSource(cut(path, 0.5))
    assert threading.active_count() == before
    assert str(path) not in [file.path for file in psutil.Process().open_files()]


def test_a_slow_reader_gets_every_frame(tmp_path: Path) -> None:
    source = VideoSource(write_video(tmp_path / "take.mp4", steady(60)))
    while not source._queue.full():
        time.sleep(POLL_S)
    time.sleep(3 * POLL_S)  # the decoder finds the queue full several times
    assert sum(isinstance(moment, Frame) for moment in read_all(source)) == 60


def test_decoding_ahead_is_bounded(tmp_path: Path) -> None:
    """When the reader pauses, so does the decoder, however long the recording is."""
    source = VideoSource(write_video(tmp_path / "take.mp4", steady(200), size=(1280, 720), paint=dim))
    queue = source._queue
    assert queue.maxsize * 1280 * 720 * 3 <= AHEAD_BYTES
    assert 0 < queue.maxsize < 200
    source.close()


def dim(number: int, width: int, height: int) -> Picture:
    return np.full((height, width, 3), number % 200, np.uint8)


def test_memory_stays_flat_over_a_long_recording(tmp_path: Path) -> None:
    path = write_video(tmp_path / "take.mp4", steady(450), size=(640, 360), paint=dim)
    process = psutil.Process()
    source = VideoSource(path)
    for _ in range(150):
        source.read()
    early = process.memory_info().rss
    while source.read() is not None:
        pass
    late = process.memory_info().rss
    source.close()
    assert late - early < 20 << 20


def test_frames_have_the_new_size_after_a_size_change(tmp_path: Path) -> None:
    small = write_video(tmp_path / "a.h264", steady(12)).read_bytes()
    large = write_video(tmp_path / "b.h264", steady(12), size=(160, 128)).read_bytes()
    (tmp_path / "take.h264").write_bytes(small + large)
    source = open_source(str(tmp_path / "take.h264"))
    shapes = {moment.image.shape for moment in read_all(source) if isinstance(moment, Frame)}
    assert shapes == {(64, 96, 3), (128, 160, 3)}
    assert "take.h264: from 0.5 s on its pictures have 160 x 128 pixels." in source.stats.warnings[1]


@pytest.mark.row(13)
def test_pictures_that_grow_keep_the_limit_of_memory(tmp_path: Path) -> None:
    """The pictures before them are small, so that many of them could be decoded ahead."""
    small = write_video(tmp_path / "a.h264", steady(3)).read_bytes()
    large = write_video(tmp_path / "b.h264", steady(12), size=(3840, 2160), paint=dim).read_bytes()
    (tmp_path / "take.h264").write_bytes(small + large)
    source = VideoSource(tmp_path / "take.h264")
    assert source._queue.maxsize * 96 * 64 * 3 <= AHEAD_BYTES
    while isinstance(frame := source.read(), Frame) and frame.image.shape[1] == 96:
        pass
    assert source._queue.maxsize * 3840 * 2160 * 3 <= AHEAD_BYTES
    source.close()


def test_a_picture_that_grows_too_large_is_not_decoded(tmp_path: Path) -> None:
    small = write_video(tmp_path / "a.h264", steady(12)).read_bytes()
    large = write_video(tmp_path / "b.h264", steady(1), size=(8192, 4096), paint=black).read_bytes()
    (tmp_path / "take.h264").write_bytes(small + large)
    pictures, source = frames(tmp_path / "take.h264")
    assert {frame.image.shape for frame in pictures} == {(64, 96, 3)}
    assert source.stats.damaged >= 1


def last_box(data: bytes, kind: bytes) -> tuple[int, int]:
    """Begin and end of the last box of a fragmented MP4 of this kind."""
    found, offset = (0, 0), 0
    while offset < len(data):
        length = int.from_bytes(data[offset : offset + 4], "big")
        if data[offset + 4 : offset + 8] == kind:
            found = (offset, offset + length)
        offset += length
    return found


@pytest.mark.row(11)
def test_a_recording_cut_anywhere_in_its_last_moof_box_is_read_up_to_there(tmp_path: Path) -> None:
    """FFmpeg refuses two of three such files as a whole."""
    path = write_fragments(tmp_path / "take.mp4", 90)
    data = path.read_bytes()
    begin, end = last_box(data, b"moof")
    for length in range(begin, end, 7):
        path.write_bytes(data[:length])
        pictures, source = frames(path)
        assert (length, len(pictures)) == (length, 60)
        assert length == begin or "the recording is cut off" in source.stats.warnings[0]
    path.write_bytes(data[:40])
    with pytest.raises(SourceError, match="The file is damaged or was not written to its end"):
        open_source(str(path))


def write_fragments(path: Path, count: int) -> Path:
    """A video of `count` pictures as `--record` writes it: in fragments of a second."""
    with Encoder(path, Frame(0.0, busy(0))) as encoder:
        for number in range(count):
            encoder.add(Frame(number / 30, busy(number)))
    return path


def test_a_video_gives_the_same_frames_with_and_without_decoding_ahead(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4")
    sources = [VideoSource(path, ahead=ahead) for ahead in (True, False)]
    ahead, now = ([(frame.t, frame.image.tobytes()) for frame in iter(source.read, None)] for source in sources)
    assert ahead == now
    assert len(now) == 30
    for source in sources:
        source.close()
