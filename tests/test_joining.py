"""Shots joined into one film: pictures and sound in sync, in one size, written atomically."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from recordings_help import FLASH_S, duration, frames_read_by_cv2, pictures_of, play, write_clip
from takes_help import ROOT, wait_until
from video_help import cut, steady, write_video

from coach.base.errors import OutputError
from coach.recordings.joining import Shot, join_shots
from coach.recordings.names import AlreadyThereError


def shot(path: Path, begin: float, end: float) -> Shot:
    """A part of the clip at `path`."""
    return Shot(path, begin, end, "a line", "TAKE01")


@pytest.fixture(scope="module")
def flashing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 s, with a flash and a beep a second after the first picture."""
    return write_clip(tmp_path_factory.mktemp("flashing") / "a.mp4")


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without sound."""
    return write_clip(tmp_path_factory.mktemp("silent") / "b.mp4", codec=None)


def test_each_shot_has_the_requested_begin_and_end(flashing: Path, tmp_path: Path) -> None:
    join_shots(tmp_path / "film.mp4", [shot(flashing, 0.5, 1.5), shot(flashing, 0.9, 2.0)])
    film = play(tmp_path / "film.mp4")
    assert film.flash == pytest.approx(FLASH_S - 0.5, abs=0.02)
    assert len(film.times) == 30 + 33
    assert duration(tmp_path / "film.mp4") == pytest.approx(2.1, abs=0.05)
    assert frames_read_by_cv2(tmp_path / "film.mp4") == 63


@pytest.mark.parametrize(("codec", "rate", "layout"), [("aac", 44100, "mono"), ("pcm_s16le", 16000, "stereo")])
@pytest.mark.parametrize("begins", [0.0, 0.6])
def test_sound_stays_with_its_picture(codec: str, rate: int, layout: str, begins: float, tmp_path: Path) -> None:
    name = "a.mp4" if codec == "aac" else "a.mkv"
    clip = write_clip(
        tmp_path / name, codec=codec, rate=rate, layout=layout, video_begins=0.2, audio_begins=0.2 + begins
    )
    join_shots(tmp_path / "film.mp4", [shot(clip, 0.317, 0.8), shot(clip, 0.711, 2.5)])
    film = play(tmp_path / "film.mp4")
    flash = 0.483 + pictures_of(clip)[0][0] + FLASH_S - 0.711
    assert film.flash == pytest.approx(flash, abs=0.02)
    assert film.beep == pytest.approx(flash, abs=0.02)
    assert film.sound_end == pytest.approx(0.483 + 1.789, abs=0.06)


def test_a_shot_counts_from_the_beginning_of_the_file_as_players_do(tmp_path: Path) -> None:
    """The picture begins a second after the sound; so the flash is at 2 s for a player."""
    clip = write_clip(tmp_path / "a.mkv", codec="pcm_s16le", video_begins=1.0)
    join_shots(tmp_path / "film.mp4", [shot(clip, 1.4, 3.0)])
    seen = play(tmp_path / "film.mp4")
    assert seen.flash == pytest.approx(1.0 + FLASH_S - 1.4, abs=0.02)
    assert seen.beep == pytest.approx(1.0 + FLASH_S - 1.4, abs=0.02)


def test_a_film_keeps_the_shape_that_players_show(tmp_path: Path) -> None:
    narrow = write_video(tmp_path / "narrow.mp4", steady(10), size=(96, 64), pixel_shape=Fraction(4, 3))
    join_shots(tmp_path / "film.mp4", [shot(narrow, 0.0, 0.3)])
    assert play(tmp_path / "film.mp4").sizes == {(128, 64)}


def test_a_recording_without_sound_is_silent(flashing: Path, silent: Path, tmp_path: Path) -> None:
    join_shots(tmp_path / "film.mp4", [shot(silent, 0.0, 2.0), shot(flashing, 0.5, 2.5), shot(silent, 0, 1)])
    film = play(tmp_path / "film.mp4")
    assert film.flash == pytest.approx(FLASH_S, abs=0.02)
    assert film.beep == pytest.approx(2.0 + FLASH_S - 0.5, abs=0.02)
    assert film.sound_end == pytest.approx(5.0, abs=0.06)


def test_no_sound_at_all_gives_no_track(silent: Path, tmp_path: Path) -> None:
    join_shots(tmp_path / "film.mp4", [shot(silent, 0.0, 1.0)])
    assert play(tmp_path / "film.mp4").sound == ""


def test_other_sizes_and_rotated_pictures_get_bars(flashing: Path, tmp_path: Path) -> None:
    upright = write_video(tmp_path / "phone.mp4", steady(30), size=(96, 64), turned=90)
    join_shots(tmp_path / "film.mp4", [shot(flashing, 0.0, 0.5), shot(upright, 0.0, 1.0)])
    assert play(tmp_path / "film.mp4").sizes == {(96, 64)}
    _, picture = pictures_of(tmp_path / "film.mp4")[-1]
    assert picture[:, :20].mean() < 20
    assert picture[:, -20:].mean() < 20
    assert picture[:, 40:56].mean() > 50


def test_a_shot_starts_with_the_picture_visible_at_its_begin(tmp_path: Path) -> None:
    slow = write_video(tmp_path / "slow.mp4", [0.0, 1.0, 2.0, 3.0])
    join_shots(tmp_path / "film.mp4", [shot(slow, 1.5, 2.5)])
    assert [round(t, 2) for t, _ in pictures_of(tmp_path / "film.mp4")] == [0.0, 0.5]
    assert duration(tmp_path / "film.mp4") == pytest.approx(1.0, abs=0.05)


def test_a_shot_deep_in_a_long_recording_is_found(tmp_path: Path) -> None:
    long = write_video(tmp_path / "long.mp4", steady(900, 15), fps=15)
    join_shots(tmp_path / "film.mp4", [shot(long, 50.0, 51.0)])
    expected = {round(t, 3): picture for t, picture in pictures_of(long)}[50.0]
    _, first = pictures_of(tmp_path / "film.mp4")[0]
    assert abs(first.astype(int) - expected.astype(int)).mean() < 8


def test_progress_is_reported(flashing: Path, tmp_path: Path) -> None:
    progress: list[float] = []
    join_shots(tmp_path / "film.mp4", [shot(flashing, 0, 1), shot(flashing, 1, 2)], progress=progress.append)
    assert progress == sorted(progress)
    assert progress[-1] == pytest.approx(2.0, abs=0.05)


def test_an_existing_film_is_replaced_only_with_force(flashing: Path, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"mine")
    with pytest.raises(AlreadyThereError, match="already there"):
        join_shots(path, [shot(flashing, 0, 1)])
    assert path.read_bytes() == b"mine"
    join_shots(path, [shot(flashing, 0, 1)], force=True)
    assert len(play(path).times) == 30


def test_a_recording_is_never_overwritten(flashing: Path, tmp_path: Path) -> None:
    before = flashing.read_bytes()
    with pytest.raises(OutputError, match="is one of the recordings"):
        join_shots(flashing, [shot(flashing, 0, 1)], force=True)
    assert flashing.read_bytes() == before


def test_a_failure_leaves_no_draft_and_keeps_the_old_film(flashing: Path, tmp_path: Path) -> None:
    broken = write_video(tmp_path / "broken.mp4", steady(60), container="mpegts")
    film = tmp_path / "film.mp4"
    film.write_bytes(b"old")
    cut(broken, 0.4)
    with pytest.raises(OutputError, match=r"has no picture at 1\.9 s"):
        join_shots(film, [shot(flashing, 0, 1), shot(broken, 1.9, 2.0)], force=True)
    assert film.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.mp4", "film.mp4"]


@pytest.mark.skipif(os.name == "nt", reason="modes of other systems")
def test_a_film_is_private_from_its_first_byte(flashing: Path, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    modes = set()

    def record_modes(_: float) -> None:
        modes.update(stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir())

    before = os.umask(0o022)
    try:
        join_shots(path, [shot(flashing, 0, 1)], progress=record_modes)
    finally:
        os.umask(before)
    assert modes == {0o600}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_suffix_that_is_no_film_is_refused(flashing: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"written as \.mp4"):
        join_shots(tmp_path / "film.mov", [shot(flashing, 0, 1)])


CHILD = """
import sys
from fractions import Fraction
from pathlib import Path
from coach.cli.signals import stoppable
from coach.recordings.joining import join_shots
from coach.recordings.joining import Shot
clip, film = map(Path, sys.argv[1:])
with stoppable() as look:
    join_shots(film, [Shot(clip, 0, 3, "a", "A")] * 400, progress=lambda done: look() or print(done, flush=True))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of other systems")
def test_an_interrupted_film_leaves_no_file(flashing: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(flashing), str(tmp_path / "film.mp4")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        assert child.stdout.readline()
        wait_until(lambda: any(path.suffix == ".tmp" for path in tmp_path.iterdir()))
        child.send_signal(signal.SIGTERM)
        _, complaints = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in complaints
    assert list(tmp_path.iterdir()) == []
