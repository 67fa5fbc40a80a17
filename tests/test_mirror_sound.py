"""The sound of the mirror's video: in sync with the pictures, of any codec, from damaged sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings_help import FLASH_S, KINDS, duration, flash_picture, pictures_of, play, record, write_clip
from video_help import damage

# isort: split
import av

from coach.recordings.recording import Recording


@KINDS
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("clip.mp4", {}),
        ("no_sound.mp4", {"codec": None}),
        ("late_picture.mkv", {"video_begins": 1.5}),
        ("late_sound.mp4", {"audio_begins": 0.6}),
        ("stream.ts", {"video_begins": 0.7}),
        ("samples.mov", {"codec": "pcm_s16le"}),
        ("mp3.mkv", {"codec": "libmp3lame"}),
        ("opus.mkv", {"codec": "libopus"}),
        ("flac.mkv", {"codec": "flac"}),
        ("mp2.mkv", {"codec": "mp2", "rate": 44_100}),
        ("fast.mov", {"codec": "pcm_s16le", "rate": 96_000}),
    ],
)
def test_picture_and_sound_stay_in_sync(name: str, options: dict[str, object], kind: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / name, **options)  # type: ignore[arg-type]  # one of the cases above
    record(source, tmp_path / f"out.{kind}")
    playback = play(tmp_path / f"out.{kind}")
    assert len(playback.times) == 90
    assert playback.flash == pytest.approx(FLASH_S, abs=0.002)
    if options.get("codec", "aac") is None:
        assert playback.sound == ""
    else:
        assert playback.beep == pytest.approx(FLASH_S, abs=0.008)
        assert playback.sound_end == pytest.approx(3.0, abs=0.04)
    assert duration(tmp_path / f"out.{kind}") == pytest.approx(3.0, abs=1 / 30)


@pytest.mark.parametrize(
    ("codec", "expected"),
    [("aac", "aac"), ("libmp3lame", "mp3"), ("libopus", "opus"), ("flac", "flac"), ("mp2", "aac")],
)
def test_mp4_copies_packets_of_usual_codecs(codec: str, expected: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", codec=codec)
    record(source, tmp_path / "out.mp4")
    assert play(tmp_path / "out.mp4").sound == expected
    same = _packets(tmp_path / "out.mp4") <= _packets(source)
    assert same == (expected != "aac" or codec == "aac")


def _packets(path: Path) -> set[bytes]:
    with av.open(str(path)) as file:
        return {bytes(packet) for packet in file.demux(audio=0) if packet.size}


@KINDS
@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "libopus", "flac", "pcm_s16le"])
@pytest.mark.parametrize(("fps", "count"), [(24, 2), (60, 3), (60, 50)])
def test_sound_ends_with_the_pictures(codec: str, fps: int, count: int, kind: str, tmp_path: Path) -> None:
    """A packet of sound may be longer than a frame, and players play to the end of the longest stream."""
    source = write_clip(tmp_path / "clip.mkv", [n / fps for n in range(60)], codec=codec)
    with Recording(tmp_path / f"out.{kind}", audio_from=source) as recording:
        for t, picture in pictures_of(source)[:count]:
            recording.add(t, picture)
    assert recording.trouble is None
    assert duration(tmp_path / f"out.{kind}") == pytest.approx(count / fps, abs=0.003)
    if codec != "flac":
        assert play(tmp_path / f"out.{kind}").sound_end > count / fps - 0.002, "the sound lasts as long as the pictures"


@KINDS
@pytest.mark.parametrize("video_begins", [0.0, 1.5])
def test_a_recording_started_later_has_the_sound_of_that_time(kind: str, video_begins: float, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", video_begins=video_begins)
    record(source, tmp_path / f"out.{kind}", skip=0.7)
    playback = play(tmp_path / f"out.{kind}")
    assert playback.times[0] == 0
    assert playback.flash == pytest.approx(FLASH_S - 0.7, abs=0.002)
    assert playback.beep == pytest.approx(FLASH_S - 0.7, abs=0.008)


@KINDS
def test_the_sound_is_found_at_a_time_far_into_the_file(kind: str, tmp_path: Path) -> None:
    times = [n / 10 for n in range(200)]
    source = write_clip(tmp_path / "clip.mkv", times, codec="libopus", video_begins=0.5)
    with Recording(tmp_path / f"out.{kind}", audio_from=source) as recording:
        for t in times:
            if t >= 15:
                recording.add(t, flash_picture(t))
    assert recording.trouble is None
    assert play(tmp_path / f"out.{kind}").sound_end == pytest.approx(5.0, abs=0.15)


def _with_unknown_sound(clip: Path, path: Path, *, readable: bool) -> Path:
    """The clip with a first sound track of a kind that nobody knows, and its own one after it if `readable`."""
    with av.open(str(clip)) as whole, av.open(str(path), "w") as file:
        video = file.add_stream_from_template(whole.streams.video[0])
        sounds = [file.add_stream_from_template(whole.streams.audio[0]) for _ in range(1 + readable)]
        for packet in whole.demux():
            if not packet.size:
                continue
            if packet.stream.type == "video":
                packet.stream = video
                file.mux(packet)
                continue
            for sound in sounds:
                twin = av.Packet(bytes(packet))
                twin.pts, twin.dts, twin.duration = packet.pts, packet.dts, packet.duration
                twin.time_base, twin.stream = packet.time_base, sound
                file.mux(twin)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"mp4a", b"apac", 2).replace(b"esds", b"free", 1))
    with av.open(str(path)) as file:
        assert [sound.codec_context is not None for sound in file.streams.audio] == [False, True][: 1 + readable]
    return path


def test_the_next_readable_sound_is_taken(tmp_path: Path) -> None:
    source = _with_unknown_sound(write_clip(tmp_path / "clip.mov"), tmp_path / "phone.mov", readable=True)
    record(source, tmp_path / "out.mp4")
    heard = play(tmp_path / "out.mp4")
    assert heard.sound == "aac"
    assert heard.beep == pytest.approx(FLASH_S, abs=0.008)


def test_a_film_whose_sound_is_of_an_unknown_kind_is_written_without_it(tmp_path: Path) -> None:
    source = _with_unknown_sound(write_clip(tmp_path / "clip.mov"), tmp_path / "phone.mov", readable=False)
    with Recording(tmp_path / "out.mp4", audio_from=source) as recording:
        for t, picture in pictures_of(source):
            recording.add(t, picture)
    assert recording.trouble is not None
    assert "without sound" in recording.trouble
    assert "not known" in recording.trouble
    assert len(play(tmp_path / "out.mp4").times) == 90


def test_a_long_pause_in_the_pictures_keeps_its_sound(tmp_path: Path) -> None:
    times = [*(n / 10 for n in range(20)), *(70 + n / 10 for n in range(10))]
    source = write_clip(tmp_path / "clip.mkv", times, codec="libopus")
    record(source, tmp_path / "out.mp4")
    heard = play(tmp_path / "out.mp4")
    assert heard.times[-1] == pytest.approx(70.9, abs=0.05)
    assert heard.sound_end == pytest.approx(71.0, abs=0.1)


def test_unreadable_sound_is_left_out_and_reported(tmp_path: Path) -> None:
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nother.ts\n#EXT-X-ENDLIST\n")
    with Recording(tmp_path / "out.mp4", audio_from=tmp_path / "list.m3u8") as recording:
        recording.add(0.0, flash_picture(0.0))
    assert recording.trouble is not None
    assert "without sound" in recording.trouble
    assert len(play(tmp_path / "out.mp4").times) == 1


@KINDS
def test_sound_that_changes_to_mono_continues(kind: str, tmp_path: Path) -> None:
    stereo = write_clip(tmp_path / "stereo.ts")
    mono = write_clip(tmp_path / "mono.ts", layout="mono", video_begins=3.0, audio_begins=3.0)
    (tmp_path / "both.ts").write_bytes(stereo.read_bytes() + mono.read_bytes())
    with Recording(tmp_path / f"out.{kind}", audio_from=tmp_path / "both.ts") as recording:
        for t, picture in pictures_of(tmp_path / "both.ts"):
            recording.add(t, picture)
    assert recording.trouble is None
    playback = play(tmp_path / f"out.{kind}")
    assert playback.beep == pytest.approx(FLASH_S, abs=0.008)
    assert playback.sound_end == pytest.approx(6.0, abs=0.05)


@KINDS
def test_a_stream_with_a_clock_reset_and_late_sound_is_recorded_completely(kind: str, tmp_path: Path) -> None:
    silent = write_clip(tmp_path / "silent.ts", codec=None, video_begins=500.0)
    (tmp_path / "both.ts").write_bytes(silent.read_bytes() + write_clip(tmp_path / "clip.ts").read_bytes())
    with Recording(tmp_path / f"out.{kind}", audio_from=tmp_path / "both.ts") as recording:
        for n in range(180):
            recording.add(n / 30, flash_picture(n / 30))
    assert recording.trouble is None
    assert duration(tmp_path / f"out.{kind}") == pytest.approx(6.0, abs=1 / 30)
    assert play(tmp_path / f"out.{kind}").times == pytest.approx([n / 30 for n in range(180)], abs=1e-3)


@KINDS
@pytest.mark.parametrize(("name", "codec"), [("clip.ts", "aac"), ("clip.mkv", "libmp3lame"), ("clip.mov", "pcm_s16le")])
@pytest.mark.parametrize("at", [0.05, 0.5, 0.9])
def test_a_damaged_source_never_ends_the_recording(kind: str, name: str, codec: str, at: float, tmp_path: Path) -> None:
    source = damage(write_clip(tmp_path / name, codec=codec), 1000, at=at)
    with Recording(tmp_path / f"out.{kind}", audio_from=source) as recording:
        for n in range(90):
            recording.add(n / 30, flash_picture(n / 30))
    assert recording.trouble is None or "without sound" in recording.trouble
    assert recording.written >= 85
    with av.open(str(tmp_path / f"out.{kind}")) as file:
        times = [frame.time for frame in file.decode(video=0)]
    assert times[-1] == pytest.approx(89 / 30, abs=0.05)
