"""The microphone of recordings: blocks with take times from a child process, and films with their sound."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from cli_help import coach_here
from takes_help import make_header

from coach.app.rehearsal import Rehearsal
from coach.base.errors import SourceError, TakeError
from coach.base.files import sample_take
from coach.base.settings import Settings
from coach.base.types import Frame, SoundBlock
from coach.core.script.script import Script
from coach.media.libav import av
from coach.sources.camera.camera import CameraSource
from coach.sources.microphone.microphone import Microphone
from coach.takes.journal import JournalHeader
from coach.takes.recorder import TakeRecorder
from coach.takes.store import TakeStore

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
def test_a_microphone_that_does_not_open_says_why_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_MICROPHONE", "refuse")
    with pytest.raises(SourceError, match=r"no microphone opens \(device busy\); connect one"):
        Microphone(lambda stamp: stamp)


@pytest.mark.usefixtures("fake_sounddevice")
def test_a_rehearsal_records_picture_and_sound_with_the_same_clock(tmp_path: Path) -> None:
    script = Script.model_validate({"title": "Live", "lines": [{"text": "One.", "duration_s": 1.0}]})
    settings = Settings(lead_in_s=0.3)
    source = CameraSource(str(sample_take()), lead_in_s=0.3, loop=True)
    microphone = Microphone(source.take_time)
    header = JournalHeader(
        created="2026-01-01T00:00:00+00:00", script=script, settings=settings, card=None, source=source.info
    )
    folder = TakeStore(tmp_path).create("Live", datetime(2026, 1, 1))  # noqa: DTZ001
    rehearsal = Rehearsal(script, source, None, settings)
    rehearsal.add(TakeRecorder(folder, header, pytest.fail, record=True, sound=microphone))
    rehearsal.run()
    with av.open(str(folder / "video.mp4")) as film:
        sound = list(film.decode(film.streams.audio[0]))
        assert film.streams.video[0].codec_context.width > 0
    assert sound[0].sample_rate == 16_000
    assert float(sound[0].time) == pytest.approx(0.0, abs=0.001)
    assert 0.5 <= float(sound[-1].time) <= 1.5


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
