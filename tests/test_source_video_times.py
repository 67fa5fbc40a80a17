"""The times of recorded videos: those that players show, however the file is made."""

from __future__ import annotations

from pathlib import Path

from source_help import frames, times

# isort: split
import av
import pytest
from recordings_help import write_clip
from video_help import TICKS, noisy, steady, write_video

UNEVEN = [*steady(30, 30), *(1 + n / 6 for n in range(12))]


@pytest.mark.row(8)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_uneven_frames_keep_the_times_of_their_container(tmp_path: Path, ending: str) -> None:
    """Times from frame number and rate would be wrong by up to two seconds."""
    path = write_video(tmp_path / f"take.{ending}", UNEVEN)
    assert times(path) == pytest.approx(UNEVEN, abs=0.001)


@pytest.mark.row(8)
def test_29_97_frames_a_second_do_not_drift(tmp_path: Path) -> None:
    ntsc = [n * 1001 / 30000 for n in range(300)]
    assert times(write_video(tmp_path / "take.mp4", ntsc)) == pytest.approx(ntsc, abs=1.5 / TICKS)


@pytest.mark.parametrize(("ending", "late"), [("mp4", 5), ("mkv", 5), ("ts", 5), ("mkv", 3600)])
def test_a_recording_that_starts_late_has_the_times_of_players(tmp_path: Path, ending: str, late: float) -> None:
    """Players show MP4 and MKV from the timestamp 0; a transport stream and a clock of hours begin anywhere."""
    path = write_video(tmp_path / f"take.{ending}", [late + t for t in steady(30)])
    begin = late if ending in ("mp4", "mkv") and late < 60 else 0
    seen, source = frames(path)
    assert [frame.t for frame in seen] == pytest.approx([begin + t for t in steady(30)], abs=0.001)
    assert source.stats.warnings == []


def test_pictures_and_sound_that_both_start_late_have_the_times_of_players(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "take.mkv", codec="pcm_s16le", video_begins=3.5, audio_begins=2.0)
    assert times(path)[0] == pytest.approx(3.5, abs=0.001)


@pytest.mark.row(7)
@pytest.mark.parametrize("fps", [1, 3, 1000])
def test_an_implausible_rate_in_the_header_has_no_effect(tmp_path: Path, fps: int) -> None:
    path = write_video(tmp_path / "take.mp4", steady(20), fps=fps)
    assert times(path) == pytest.approx(steady(20), abs=0.001)


def without_tags(path: Path) -> Path:
    """Hide the durations of the tracks of an MKV, which many programs do not write."""
    path.write_bytes(path.read_bytes().replace(b"DURATION", b"TIRATION"))
    return path


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_very_slow_recording_is_complete(tmp_path: Path, ending: str) -> None:
    slow = [n * 3.28 for n in range(5)]
    path = write_video(tmp_path / f"take.{ending}", [*slow, 4 * 3.28 + 3], fps=1)
    seen, source = frames(without_tags(path))
    assert [frame.t for frame in seen][:-1] == pytest.approx(slow, abs=0.001)
    assert source.stats.warnings == []


PAUSED = [*steady(20, 10), *(100 + t for t in steady(20, 10))]
"""Screen recorders write no picture while nothing moves on the screen."""


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_pause_of_minutes_in_the_pictures_is_believed(tmp_path: Path, ending: str) -> None:
    seen, source = frames(write_video(tmp_path / f"take.{ending}", PAUSED, fps=10))
    assert [frame.t for frame in seen] == pytest.approx(PAUSED, abs=0.001)
    assert source.stats.warnings == []


def test_a_pause_is_believed_by_the_sound_where_the_file_has_no_duration(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "whole.mkv", PAUSED)
    with av.open(str(path)) as whole, av.open(str(tmp_path / "take.mkv"), "w", options={"live": "1"}) as file:
        streams = {stream.index: file.add_stream_from_template(stream) for stream in whole.streams}
        for packet in whole.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                file.mux(packet)
    seen, source = frames(tmp_path / "take.mkv")
    assert source.info.duration_s is None
    assert [frame.t - seen[0].t for frame in seen] == pytest.approx(PAUSED, abs=0.001)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_pictures_that_begin_after_the_sound_keep_the_times_of_players(tmp_path: Path, ending: str) -> None:
    seen = times(write_clip(tmp_path / f"take.{ending}", codec="aac", video_begins=1.5))
    assert seen == pytest.approx([1.5 + t for t in steady(90)], abs=0.025)


@pytest.mark.parametrize("fps", [1, 2, 3])
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
@pytest.mark.parametrize("delay", [0, 2])
def test_a_whole_recording_of_few_pictures_is_not_called_cut_off(
    tmp_path: Path, fps: int, ending: str, delay: int
) -> None:
    path = write_video(tmp_path / f"take.{ending}", steady(12, fps), fps=fps, encoder={"bf": str(delay)})
    seen, source = frames(path)
    assert len(seen) == 12
    assert source.stats.warnings == []


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_sound_that_goes_on_after_the_pictures_is_no_fault(tmp_path: Path, ending: str) -> None:
    path = write_clip(tmp_path / f"take.{ending}", [*steady(30), 8.0])
    with av.open(str(path)) as whole, av.open(str(tmp_path / f"short.{ending}"), "w") as file:
        streams = {stream.index: file.add_stream_from_template(stream) for stream in whole.streams}
        for packet in whole.demux():
            if packet.size and (packet.stream.type == "audio" or packet.pts * packet.time_base < 2):
                packet.duration = packet.duration if packet.stream.type == "audio" else round(1 / 30 / packet.time_base)
                packet.stream = streams[packet.stream.index]
                file.mux(packet)
    seen, source = frames(tmp_path / f"short.{ending}")
    assert len(seen) == 30
    assert source.info.duration_s == pytest.approx(1.0, abs=0.05)
    assert source.stats.warnings == []
    assert frames(without_tags(tmp_path / f"short.{ending}"))[1].stats.warnings == []


@pytest.mark.row(7)
def test_a_raw_stream_without_timestamps_follows_its_rate_and_warns(tmp_path: Path) -> None:
    pictures, source = frames(write_video(tmp_path / "take.h264", steady(50)))
    assert [frame.t for frame in pictures] == pytest.approx(steady(50, 25), abs=1e-6)
    assert source.stats.warnings == [
        "take.h264: 50 frames carry no usable time; they were put at 25 frames per second."
    ]
    assert source.info.duration_s is None


def test_concatenated_recordings_have_continuous_time(tmp_path: Path) -> None:
    parts = [write_video(tmp_path / f"{n}.ts", [n * 3 + t for t in steady(30)], paint=noisy) for n in (5, 0)]
    (tmp_path / "take.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    pictures, source = frames(tmp_path / "take.ts")
    assert [frame.t for frame in pictures] == pytest.approx(steady(60), abs=0.02)
    assert "carry no usable time" in source.stats.warnings[0]
