"""The microphone of recordings: blocks with take times from a child process, and films with their sound."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import numpy as np
import pytest
from cli_help import coach_here
from takes_help import make_header

import coach.sources.camera.camera
from coach.app.composition import RehearsalRun, RunOptions
from coach.app.notices import Notices
from coach.base.errors import SourceError, TakeError
from coach.base.files import sample_take
from coach.base.settings import Settings
from coach.base.types import Frame, SoundBlock
from coach.core.script.script import Script
from coach.media.libav import av
from coach.sources.microphone.microphone import Microphone
from coach.sources.microphone.shared import SharedMicrophone
from coach.takes.recorder import TakeRecorder

FAKE = Path(__file__).parent / "fake_sounddevice"


@pytest.fixture
def fake_sounddevice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Child processes import a stand-in for sounddevice."""
    monkeypatch.setenv("PYTHONPATH", str(FAKE))


def blocks_of(microphone: Microphone, count: int) -> list[SoundBlock]:
    blocks: list[SoundBlock] = []
    deadline = time.monotonic() + 10
    while len(blocks) < count and time.monotonic() < deadline:
        blocks += microphone.read()
    microphone.close()
    return blocks


@pytest.mark.usefixtures("fake_sounddevice")
@pytest.mark.parametrize(("mode", "delay_s"), [("", 0.1), ("no times", 0.02)])
def test_blocks_have_the_time_at_which_they_were_heard(
    mode: str, delay_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take time is the monotonic clock here, so the block that comes now was heard `delay_s` ago."""
    monkeypatch.setenv("FAKE_MICROPHONE", mode)
    microphone = Microphone(lambda stamp: stamp)
    before = time.monotonic()
    blocks = blocks_of(microphone, 5)
    after = time.monotonic()
    assert (microphone.name, microphone.rate) == ("Fake input", 16_000)
    assert [int(block.samples[0]) for block in blocks[:3]] == [0, 1, 2]
    assert blocks[0].samples.dtype == np.int16
    assert before - 2 <= blocks[0].t
    assert blocks[4].t + delay_s <= after
    assert np.diff([block.t for block in blocks[:5]]).min() > 0


@pytest.mark.usefixtures("fake_sounddevice")
def test_sound_from_before_the_take_runs_is_lost() -> None:
    microphone = Microphone(lambda _stamp: None)
    assert microphone.read() == []
    microphone.close()
    microphone.close()


@pytest.mark.usefixtures("fake_sounddevice")
def test_two_readers_hear_the_same_microphone_each_at_its_own_time_until_both_are_closed() -> None:
    shared = SharedMicrophone()
    ear, recorder = shared.reader(lambda stamp: stamp), shared.reader(lambda stamp: stamp - 100)
    late = shared.reader(lambda _stamp: None)
    heard: list[SoundBlock] = []
    deadline = time.monotonic() + 10
    while len(heard) < 5 and time.monotonic() < deadline:
        heard += ear.read()
    recorded = recorder.read()
    assert [block.samples[0] for block in recorded[:5]] == [block.samples[0] for block in heard[:5]] == [0, 1, 2, 3, 4]
    assert [block.t for block in recorded[:5]] == pytest.approx([block.t - 100 for block in heard[:5]])
    assert late.read() == []
    assert (ear.name, ear.rate) == ("Fake input", 16_000)
    ear.close()
    late.close()
    while not (more := recorder.read()) and time.monotonic() < deadline:
        pass
    assert more
    recorder.close()
    recorder.close()
    recorder.read()  # what had come before
    assert recorder.read() == []


@pytest.mark.usefixtures("fake_sounddevice")
def test_a_microphone_that_does_not_open_says_why_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_MICROPHONE", "refuse")
    with pytest.raises(SourceError, match=r"no microphone opens \(device busy\); connect one"):
        Microphone(lambda stamp: stamp)


def run_with_camera(takes: Path, notices: list[str], seconds: float = 0.6) -> RehearsalRun:
    """A rehearsal of one line in front of a camera, whose video is kept; nothing is opened yet."""
    script = Script.model_validate({"title": "Live", "lines": [{"text": "One.", "duration_s": seconds}]})
    options = RunOptions(source="camera", record=True, takes=takes, actor="nobody")
    return RehearsalRun(script, Settings(lead_in_s=0.3), options, Notices(notices.append))


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample take is the first camera."""
    monkeypatch.setattr(coach.sources.camera.camera, "FIRST_INDICES", (str(sample_take()),))


@pytest.mark.usefixtures("fake_sounddevice", "camera")
def test_a_rehearsal_records_picture_and_sound_with_the_same_clock(tmp_path: Path) -> None:
    notices: list[str] = []
    run = run_with_camera(tmp_path, notices)
    with contextlib.ExitStack() as stack:
        run.open(stack)
        run.play()
    assert "The video will have sound, from Fake input." in notices
    with av.open(str(run.recorder.folder / "video.mp4")) as film:
        sound = list(film.decode(film.streams.audio[0]))
        assert film.streams.video[0].codec_context.width > 0
    assert sound[0].sample_rate == 16_000
    assert float(sound[0].time) == pytest.approx(0.0, abs=0.001)
    assert 0.2 <= float(sound[-1].time) <= 1.2


@pytest.mark.usefixtures("fake_sounddevice", "camera")
def test_without_a_microphone_the_actor_is_told_and_the_picture_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MICROPHONE", "refuse")
    notices: list[str] = []
    run = run_with_camera(tmp_path, notices, seconds=0.2)
    with contextlib.ExitStack() as stack:
        run.open(stack)
        run.play()
    assert any("The video will have no sound: no microphone opens (device busy)" in notice for notice in notices)
    with av.open(str(run.recorder.folder / "video.mp4")) as film:
        assert [stream.type for stream in film.streams] == ["video"]


class CountingSound:
    """A microphone that gives silence, and counts how often it is read."""

    rate = 16_000

    def __init__(self) -> None:
        self.reads = 0
        self.closed = False

    def read(self) -> list[SoundBlock]:
        self.reads += 1
        return [SoundBlock(self.reads / 50, np.zeros(320, np.int16))]

    def close(self) -> None:
        self.closed = True


def test_sound_is_read_with_each_picture_and_the_microphone_is_released(tmp_path: Path) -> None:
    sound = CountingSound()
    recorder = TakeRecorder(tmp_path, make_header(), pytest.fail, record=True, sound=sound)
    for n in range(3):
        recorder.show(Frame(n / 10, np.zeros((48, 64, 3), np.uint8)))
    assert sound.reads == 3
    assert not sound.closed
    recorder.close()
    assert sound.closed


def test_a_recorder_that_cannot_start_releases_the_microphone(tmp_path: Path) -> None:
    sound = CountingSound()
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(TakeError):
        TakeRecorder(tmp_path, make_header(), pytest.fail, record=True, sound=sound)
    assert sound.closed


def test_sound_is_refused_without_a_recording(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "script.txt"
    script.write_text("[sad 0.2s] One.\n", encoding="utf-8")
    assert coach_here("rehearse", script, "--source", "none", "--no-sound") == 2
    assert "--no-sound is about the video of --record" in capfd.readouterr().err
