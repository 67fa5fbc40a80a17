"""The mirror's video: times, sizes, playable after a kill, and no overwriting."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path

import cv2

# isort: split
import av
import numpy as np
import pytest
from recordings_help import FLASH_S, KINDS, duration, flash_picture, frames_read_by_cv2, play, record, write_clip

from coach.base.errors import OutputError
from coach.media.video_stream import MPEG4, PictureCodec, best_codec, fit
from coach.recordings.film import measure_rate
from coach.recordings.names import AlreadyThereError, by_time
from coach.recordings.recording import Recording

CHILD = Path(__file__).with_name("recordings_child.py")
UNEVEN = [n / 30 for n in range(40)] + [1.35 + n / 6 for n in range(12)] + [3.4 + n / 24 for n in range(24)]
"""30, then 6, then 24 frames/s, as a phone writes when it gets dark."""


@KINDS
def test_pictures_at_an_uneven_rate_keep_their_times(kind: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "phone.mp4", UNEVEN)
    record(source, tmp_path / f"out.{kind}")
    playback = play(tmp_path / f"out.{kind}")
    assert playback.flash == pytest.approx(FLASH_S, abs=1 / 30)
    assert playback.beep == pytest.approx(FLASH_S, abs=0.008)
    assert playback.times[-1] == pytest.approx(UNEVEN[-1], abs=1 / 30)
    assert duration(tmp_path / f"out.{kind}") == pytest.approx(UNEVEN[-1] + 1 / 24, abs=1 / 24)
    if kind == "mp4":
        assert playback.times == pytest.approx(UNEVEN, abs=1e-3)
    else:
        assert playback.times == pytest.approx([n / 30 for n in range(len(playback.times))], abs=1e-3)


@KINDS
def test_picture_and_sound_are_playable_after_a_kill(kind: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4")
    path = tmp_path / f"out.{kind}"
    with subprocess.Popen([sys.executable, CHILD, "film", path, source], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        child.kill()
    playback = play(path)
    assert playback.times[-1] > 1.9
    assert playback.sound_end > 1.9
    assert playback.flash == pytest.approx(FLASH_S, abs=0.002)
    assert playback.beep == pytest.approx(FLASH_S, abs=0.008)
    assert frames_read_by_cv2(path) == len(playback.times)


def test_the_header_of_a_killed_avi_has_its_duration(tmp_path: Path) -> None:
    """It is exact to a second, so that players can show the length and seek."""
    source, path = write_clip(tmp_path / "clip.mp4"), tmp_path / "out.avi"
    with subprocess.Popen([sys.executable, CHILD, "film", path, source], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        child.kill()
    with av.open(str(path)) as film:
        assert film.duration is not None
        assert film.duration / 1e6 == pytest.approx(play(path).times[-1], abs=1.1)


def test_a_finished_mp4_is_not_fragmented(tmp_path: Path) -> None:
    """Players can seek in it, and its header has the duration."""
    record(write_clip(tmp_path / "clip.mp4"), tmp_path / "out.mp4")
    data, names, place = (tmp_path / "out.mp4").read_bytes(), [], 0
    while place < len(data):
        names.append(data[place + 4 : place + 8])
        place += int.from_bytes(data[place : place + 4], "big") or len(data)
    assert b"moof" not in names
    assert b"moov" in names
    with av.open(str(tmp_path / "out.mp4")) as file:
        assert file.streams.video[0].frames == 90


def test_a_full_disk_is_reported_once_per_file_and_the_run_continues(tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, CHILD, "full", tmp_path], capture_output=True, text=True, check=True)
    errors = result.stdout.splitlines()
    assert [error.split(": ")[0] for error in errors] == [
        str(tmp_path / name) for name in ("film.mp4", "film.avi", "log.csv", "graph.png")
    ]
    assert all("file too large" in error for error in errors)
    assert frames_read_by_cv2(tmp_path / "film.mp4") > 20
    assert frames_read_by_cv2(tmp_path / "film.avi") > 20
    assert not (tmp_path / "graph.png").exists()
    rows = (tmp_path / "log.csv").read_bytes().splitlines()
    assert f"after {len(rows) - 1} rows" in errors[2]
    assert len({row.count(b",") for row in rows}) == 1


@KINDS
def test_later_pictures_of_any_size_are_fitted_into_the_size_of_the_first(kind: str, tmp_path: Path) -> None:
    sizes = [(65, 49), (1, 1), (640, 360), (49, 65), (4000, 10), (65, 49)]
    with Recording(tmp_path / f"out.{kind}") as recording:
        for n, size in enumerate(sizes):
            recording.add(n / 5, flash_picture(0.0, size))
    assert recording.trouble is None
    playback = play(tmp_path / f"out.{kind}")
    assert (len(playback.times), playback.sizes) == (len(sizes), {(64, 48)})


@KINDS
@pytest.mark.parametrize(("size", "stored"), [((1, 1), (2, 2)), ((1, 90), (2, 90)), ((8193, 2), (8192, 2))])
def test_a_first_picture_of_extreme_size_is_recorded(
    kind: str, size: tuple[int, int], stored: tuple[int, int], tmp_path: Path
) -> None:
    with Recording(tmp_path / f"out.{kind}") as recording:
        for n in range(3):
            recording.add(n / 30, flash_picture(0.0, size))
    assert recording.trouble is None
    (recorded_size,) = play(tmp_path / f"out.{kind}").sizes
    assert recorded_size == (stored if stored[0] < 8000 or kind == "mp4" else (8190, 2))


def test_a_picture_of_another_aspect_ratio_gets_bars() -> None:
    white = np.full((100, 50, 3), 255, np.uint8)
    image = fit(white, 200, 100)
    assert image.shape == (100, 200, 3)
    assert (image[:, :74].max(), image[:, 126:].max(), image[:, 76:124].min()) == (0, 0, 255)


def test_a_picture_one_pixel_too_large_is_cropped_not_scaled() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (49, 65, 3), np.uint8)
    assert np.array_equal(fit(picture, 64, 48), picture[:48, :64])


def test_a_recorded_source_waits_for_the_encoder(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (720, 1280, 3), np.uint8)
    with Recording(tmp_path / "out.mp4") as recording:
        for n in range(30):
            recording.add(n / 30, noise)
    assert (recording.written, recording.dropped) == (30, 0)


@pytest.mark.parametrize("kind", ["mp4", "avi"])
@pytest.mark.parametrize("times", [[n / 25 for n in range(50)], [0.0, 0.1, 0.4, 0.5, 1.3, 1.5], [3.0]])
def test_the_reported_length_is_that_of_the_file(times: list[float], kind: str, tmp_path: Path) -> None:
    with Recording(tmp_path / f"out.{kind}") as recording:
        for t in times:
            recording.add(t, flash_picture(t))
    assert recording.length_s == pytest.approx(duration(recording.path), abs=0.011)
    assert recording.kept == f"{recording.length_s:.1f} s"


def test_a_live_source_never_waits_and_counts_dropped_pictures(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (720, 1280, 3), np.uint8)
    with Recording(tmp_path / "out.mp4", live=True) as recording:
        for n in range(60):
            recording.add(n / 30, noise)
    assert 0 < recording.dropped < 60
    assert recording.kept is not None
    assert f"without {recording.dropped} picture" in recording.kept
    assert recording.written == 60 - recording.dropped == len(play(tmp_path / "out.mp4").times)


def test_an_hour_without_pictures_gives_an_avi_of_the_right_length(tmp_path: Path) -> None:
    with Recording(tmp_path / "out.avi", live=True) as recording:
        for t in (0.0, 0.033, 0.066, 0.1, 0.6, 3600.0, 3600.033):
            recording.add(t, flash_picture(t))
    assert recording.trouble is None
    times = play(tmp_path / "out.avi").times
    assert times[-1] == pytest.approx(3600.033, abs=0.05)
    assert len(times) < 500


def test_a_repeated_time_is_recorded_once(tmp_path: Path) -> None:
    with Recording(tmp_path / "out.mp4") as recording:
        for t in (0.0, 0.1, 0.1, 0.05, 0.2):
            recording.add(t, flash_picture(t))
    assert len(play(tmp_path / "out.mp4").times) == recording.written == 3


@KINDS
def test_one_picture_makes_a_video_and_no_picture_leaves_no_file(kind: str, tmp_path: Path) -> None:
    with Recording(tmp_path / f"one.{kind}") as recording:
        recording.add(5.0, flash_picture(0.0))
    assert play(tmp_path / f"one.{kind}").times == [0.0]
    with Recording(tmp_path / f"none.{kind}"):
        pass
    assert not (tmp_path / f"none.{kind}").exists()


def test_an_existing_file_is_overwritten_only_with_force(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_text("mine")
    with pytest.raises(AlreadyThereError, match="already there"):
        Recording(path)
    assert path.read_text() == "mine"
    with Recording(path, force=True) as recording:
        recording.add(0.0, flash_picture(0.0))
    assert len(play(path).times) == 1


def test_force_replaces_a_link_not_its_target(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    (tmp_path / "out.mp4").symlink_to(tmp_path / "kept")
    Recording(tmp_path / "out.mp4", force=True).close()
    assert (tmp_path / "kept").read_text() == "mine"


def test_the_source_itself_is_never_overwritten(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4")
    (tmp_path / "same.mp4").hardlink_to(source)
    for path in (source, tmp_path / "same.mp4"):
        with pytest.raises(OutputError, match="source itself"):
            Recording(path, audio_from=source, force=True)
    assert len(play(source).times) == 90


@pytest.mark.parametrize(
    ("name", "message"),
    [("out.webm", "written as .mp4 or .avi"), ("missing/out.mp4", "no folder"), ("folder.mp4", "not a file")],
)
def test_an_unwritable_path_is_refused_in_one_sentence(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match=message) as refused:
        Recording(tmp_path / name, force=True)
    assert "\n" not in str(refused.value)


def test_each_run_gets_its_own_timestamped_name(tmp_path: Path) -> None:
    when = datetime(2026, 11, 24, 20, 15, 3, tzinfo=timezone.utc)
    recordings = [by_time(Recording, tmp_path, ".mp4", when=when) for _ in range(3)]
    assert [recording.path.name for recording in recordings] == [
        f"mirror-2026-11-24_20-15-03{suffix}.mp4" for suffix in ("", "_2", "_3")
    ]
    for recording in recordings:
        recording.close()


def test_a_recording_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no folder"):
        by_time(Recording, tmp_path / "missing", ".mp4")


def test_the_best_available_codec_is_chosen() -> None:
    assert best_codec().name == "libx264"
    assert best_codec([PictureCodec("nonesuch", {}), PictureCodec("mjpeg", {})]).name == "mjpeg"
    assert best_codec([PictureCodec("nonesuch", {})]) is MPEG4


@pytest.mark.parametrize(
    ("step", "rate"),
    [
        (1 / 30, 30),
        (0.0334, 30),
        (1001 / 24000, Fraction(24000, 1001)),
        (1.0, 1),
        (1 / 200, 60),
        (30.0, Fraction(1, 10)),
    ],
)
def test_the_rate_of_an_avi_is_a_usual_one_near_the_measured_one(step: float, rate: Fraction) -> None:
    assert abs(measure_rate([n * step for n in range(9)]) - rate) <= Fraction(1, 30)


def test_a_single_picture_has_a_default_rate() -> None:
    assert measure_rate([3.0]) == 25


def test_cv2_reads_the_recorded_colours(tmp_path: Path) -> None:
    for kind in ("mp4", "avi"):
        with Recording(tmp_path / f"out.{kind}") as recording:
            recording.add(0.0, np.full((64, 64, 3), (30, 40, 200), np.uint8))
        done, picture = cv2.VideoCapture(str(tmp_path / f"out.{kind}")).read()
        assert done
        assert picture[32, 32].astype(int) == pytest.approx(np.array([30, 40, 200]), abs=30)


@pytest.mark.skipif(sys.platform == "win32", reason="file permissions of POSIX")
def test_what_the_mirror_saves_is_readable_only_by_its_user(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", UNEVEN[:10])
    record(source, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").stat().st_mode & 0o077 == 0
