"""Edit lists, read back with the library that editing programs use."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from recordings_help import write_clip
from video_help import steady, write_video

from coach.base.errors import OutputError
from coach.recordings.edit_list import write_edit_list
from coach.recordings.joining import RecordingFacts, Shot, recording_facts
from coach.recordings.names import AlreadyThereError

otio = pytest.importorskip("opentimelineio")  # not released for every Python yet

TEXT = "1 They said — “by morning”. 誰も"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A clip of 3 s with sound at 30 pictures a second, and one of 4 s without at 25."""
    folder = tmp_path_factory.mktemp("clips with spaces")
    return write_clip(folder / "a é.mp4"), write_video(folder / "b.mp4", steady(100, 25), fps=25)


def shots_of(clips: tuple[Path, Path]) -> list[Shot]:
    """Three lines from two takes."""
    first, second = clips
    return [
        Shot(first, 0.5, 1.5, TEXT, "TAKE01"),
        Shot(second, 1.0, 3.4, "2 Second.", "TAKE02"),
        Shot(first, 2.0, 2.9, "3 Third.", "TAKE01"),
    ]


def read(path: Path, rate: float = 30) -> Any:  # noqa: ANN401  the package has no types
    """The timeline in `path`."""
    options = {"rate": rate} if path.suffix == ".edl" else {}
    return otio.adapters.read_from_file(str(path), **options)


@pytest.mark.parametrize("suffix", [".otio", ".edl"])
def test_the_list_has_every_shot_with_its_source_times_and_no_gap(
    suffix: str, clips: tuple[Path, Path], tmp_path: Path
) -> None:
    path = tmp_path / f"best{suffix}"
    write_edit_list(path, "Waiting — for news", shots_of(clips), force=False)
    timeline = read(path)
    (track,) = timeline.video_tracks()
    source = [(clip.source_range.start_time.value, clip.source_range.duration.value) for clip in track]
    assert source == [(15, 30), (30, 72), (60, 27)]
    record = [(clip.range_in_parent().start_time.value, clip.range_in_parent().duration.value) for clip in track]
    assert record == [(0, 30), (30, 72), (102, 27)]
    assert [clip.metadata["cmx_3600"]["reel"] for clip in track] == ["TAKE01", "TAKE02", "TAKE01"]
    assert [clip.name for clip in track] == [TEXT, "2 Second.", "3 Third."]
    assert timeline.name == "Waiting — for news"


def test_record_times_of_an_edl_are_contiguous(clips: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "best.edl"
    write_edit_list(path, "Title", shots_of(clips))
    events = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line[:3].isdigit()]
    assert [event[:4] for event in events] == [
        ["001", "TAKE01", "V", "C"],
        ["002", "TAKE02", "V", "C"],
        ["003", "TAKE01", "V", "C"],
    ]
    assert events[0][4:] == ["00:00:00:15", "00:00:01:15", "00:00:00:00", "00:00:01:00"]
    assert [event[6] for event in events[1:]] == [event[7] for event in events[:-1]]


def test_an_otio_file_has_each_clip_with_its_range_and_sound(clips: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "best.otio"
    write_edit_list(path, "Title", shots_of(clips))
    timeline = read(path)
    clip = timeline.video_tracks()[0][0]
    assert clip.media_reference.target_url == clips[0].as_uri()
    assert clip.media_reference.available_range.duration.to_seconds() == pytest.approx(3.0, abs=0.1)
    (sound,) = timeline.audio_tracks()
    assert [type(item).__name__ for item in sound] == ["Clip", "Gap", "Clip"]
    assert sound.duration() == timeline.video_tracks()[0].duration()


def test_times_are_in_frames_of_a_standard_rate(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "ntsc.mp4", [n * 1001 / 30000 for n in range(60)])
    write_edit_list(tmp_path / "best.edl", "T", [Shot(clip, 0.0, 1.001, "1", "TAKE01")])
    assert "00:00:00;00 00:00:01;00" in (tmp_path / "best.edl").read_text()
    (odd,) = [write_video(tmp_path / "phone.mp4", [n / 27.3 for n in range(60)])]
    write_edit_list(tmp_path / "odd.otio", "T", [Shot(odd, 0.0, 1.0, "1", "TAKE01")])
    assert read(tmp_path / "odd.otio").global_start_time.rate in {24.0, 25.0, 30.0, 30000 / 1001}


def test_a_shot_has_at_least_one_frame(clips: tuple[Path, Path], tmp_path: Path) -> None:
    write_edit_list(tmp_path / "a.otio", "T", [Shot(clips[0], 1.0, 1.0, "1", "TAKE01")])
    assert read(tmp_path / "a.otio").video_tracks()[0][0].source_range.duration.value == 1


def test_an_existing_file_is_replaced_only_with_force(clips: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "best.edl"
    path.write_text("mine")
    with pytest.raises(AlreadyThereError, match="already there"):
        write_edit_list(path, "T", shots_of(clips))
    assert path.read_text() == "mine"
    write_edit_list(path, "T", shots_of(clips), force=True)
    assert path.read_text().startswith("TITLE: T")


def test_an_unknown_suffix_or_an_invalid_recording_is_refused(clips: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"written as \.otio or \.edl"):
        write_edit_list(tmp_path / "best.xml", "T", shots_of(clips))
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(OutputError, match="cannot be read"):
        write_edit_list(tmp_path / "best.edl", "T", [Shot(tmp_path / "text.mp4", 0, 1, "1", "TAKE01")])
    assert not (tmp_path / "best.edl").exists()


def test_rate_duration_and_sound_are_read_from_the_recording(clips: tuple[Path, Path]) -> None:
    sounding, silent = map(recording_facts, clips)
    assert (sounding.rate, sounding.sound) == (Fraction(30), True)
    assert silent == RecordingFacts(Fraction(25), pytest.approx(4.0, abs=0.05), False)  # type: ignore[arg-type]
