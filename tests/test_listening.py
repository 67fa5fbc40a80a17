"""Sound of files and microphones, and whether it is speech: with the real network and real child processes."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from video_help import steady, write_video
from voice_help import needs_espeak

from coach.app.doctor import _run_check, hear_microphone
from coach.base.errors import SourceError
from coach.base.types import SoundBlock
from coach.core.rehearsal.line_end import LineEndRule
from coach.listening.live_sound import TRIES, LiveSound
from coach.listening.sound import CHUNK, CHUNK_S, RATE, FileSound, SoundChunk, _in_step
from coach.listening.voice_activity import QUIETEST_DB, VoiceActivity, level_db
from coach.media.libav import av
from coach.testing.sources import FakeClock
from tools.benchmarks import sounds


def tone(seconds: float, hertz: float = 440.0) -> sounds.Sound:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def loud_times(chunks: list[SoundChunk]) -> list[float]:
    return [chunk.t for chunk in chunks if level_db(chunk.samples) > -20]


def test_a_file_gives_its_sound_in_time_and_silence_after_its_end(tmp_path: Path) -> None:
    path = sounds.write_sound(tmp_path / "a.wav", np.concatenate([sounds.silence(0.5), tone(0.5)]))
    sound = FileSound(path)
    assert sound.name == "a.wav"
    assert sound.read_until(-1.0) == []
    first = sound.read_until(0.25)
    assert [chunk.t for chunk in first] == pytest.approx([CHUNK_S * n for n in range(1, 8)])
    chunks = first + sound.read_until(0.25) + sound.read_until(3.0)
    assert len(chunks) == int(3.0 / CHUNK_S)
    assert all(chunk.samples.shape == (CHUNK,) and chunk.samples.dtype == np.int16 for chunk in chunks)
    loud = loud_times(chunks)
    assert 0.5 < loud[0] < 0.55
    assert 0.95 < loud[-1] < 1.05
    sound.close()
    sound.close()
    assert loud_times(sound.read_until(4.0)) == []


def write_take(path: Path, *, sound_at: float, rate: int = 44_100) -> Path:
    """A film of 2 s whose sound, half a second of a tone in stereo, begins at `sound_at` seconds."""
    silent = path.with_name("silent.mp4")
    write_video(silent, steady(60))
    with av.open(str(silent)) as source, av.open(str(path), "w") as out:
        pictures = out.add_stream_from_template(source.streams.video[0])
        stream = out.add_stream("aac", rate=rate, layout="stereo")
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = pictures
                out.mux(packet)
        wave = np.sin(2 * np.pi * 440 * np.arange(rate // 2) / rate)
        samples = np.repeat((16000 * wave).astype(np.int16), 2)[None]
        frame = av.AudioFrame.from_ndarray(samples, "s16", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, round(sound_at * rate), Fraction(1, rate)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    return path


@pytest.mark.parametrize("sound_at", [0.0, 1.0])
def test_a_takes_sound_is_in_step_with_its_pictures(tmp_path: Path, sound_at: float) -> None:
    sound = FileSound(write_take(tmp_path / "take.mp4", sound_at=sound_at))
    loud = loud_times(sound.read_until(2.0))
    sound.close()
    assert loud[0] == pytest.approx(sound_at + 0.05, abs=0.06)
    assert loud[-1] == pytest.approx(sound_at + 0.5, abs=0.06)


def test_sound_from_before_the_beginning_and_sound_that_comes_twice_are_left_out() -> None:
    piece = np.arange(1600, dtype=np.int16)
    pieces = [(9.95, piece), (10.05, piece), (10.10, piece), (None, piece)]
    samples = np.concatenate(list(_in_step(iter(pieces), 10.0)))
    assert len(samples) == round(0.3 * RATE)
    assert samples[:800].tolist() == piece[800:].tolist()
    assert samples[800:2400].tolist() == piece.tolist()
    assert samples[2400:3200].tolist() == piece[800:].tolist()


def test_a_file_without_sound_or_that_is_no_sound_is_refused(tmp_path: Path) -> None:
    write_video(tmp_path / "silent.mp4", steady(5))
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(SourceError, match=r"silent\.mp4 has no sound"):
        FileSound(tmp_path / "silent.mp4")
    with pytest.raises(SourceError, match=r"sound of text\.wav cannot be read"):
        FileSound(tmp_path / "text.wav")


def test_levels_are_in_decibels_below_full_scale() -> None:
    assert level_db(np.full(CHUNK, 3277, np.int16)) == pytest.approx(-20, abs=0.01)
    assert level_db(np.zeros(CHUNK, np.int16)) == QUIETEST_DB


def end_s(sound: sounds.Sound) -> float | None:
    """When a line is over in `sound`, by the real network and the rule with 1 s of silence; None if it is not."""
    activity, rule = VoiceActivity(), LineEndRule(1.0)
    samples = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    for begin in range(0, len(samples) - CHUNK, CHUNK):
        chunk = SoundChunk((begin + CHUNK) / RATE, samples[begin : begin + CHUNK])
        if rule.hear(activity.moment(chunk)):
            return chunk.t
    return None


@needs_espeak
def test_speech_ends_a_line_in_silence_and_in_noise_and_coughs_and_doors_do_not() -> None:
    chance = np.random.default_rng(3)
    said = sounds.speech("They said there would be news by morning.")
    end = 0.5 + len(said) / RATE
    line = np.concatenate([sounds.silence(0.5), said, sounds.silence(1.6)])
    whisper = np.concatenate([sounds.silence(0.5), sounds.whispered(said, chance), sounds.silence(1.6)])
    noisy = sounds.with_noise(line, sounds.pink_noise(len(line), chance), sounds.power(said), 10)
    for sound in (sounds.in_room(line, chance), sounds.in_room(whisper, chance), noisy):
        assert end_s(sound) == pytest.approx(end + 1.0, abs=0.3)
    bursts = line.copy()
    for after_s, burst in ((0.2, sounds.door(chance)), (0.5, sounds.cough(chance))):
        bursts[round((end + after_s) * RATE) :][: len(burst)] += burst
    assert end_s(sounds.in_room(bursts, chance)) == pytest.approx(end + 1.0, abs=0.3)
    alone = [sounds.silence(0.5), sounds.cough(chance), sounds.silence(0.5), sounds.door(chance), sounds.silence(1.5)]
    assert end_s(sounds.in_room(np.concatenate(alone), chance)) is None


class PlannedInput:
    """A microphone that gives a block of half full scale, 0.1 s long, at each read, until it is silent."""

    def __init__(self, clock: FakeClock, rate: int, reads: int = 1000) -> None:
        self.name, self.rate = f"Input of {rate}", rate
        self._clock, self._reads = clock, reads
        self.closed = False

    def read(self) -> list[SoundBlock]:
        self._reads -= 1
        samples = np.full(self.rate // 10, 16384, np.int16)
        return [SoundBlock(self._clock.now() - 0.1, samples)] if self._reads >= 0 else []

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_microphone_of_any_rate_gives_chunks_with_the_times_at_which_they_were_heard(rate: int) -> None:
    clock, told = FakeClock(), list[str]()
    sound = LiveSound(lambda: PlannedInput(clock, rate), clock, told.append)
    chunks: list[SoundChunk] = []
    for _ in range(20):
        clock.sleep(0.1)
        chunks += sound.read_until(clock.now() + 5.0)  # the take began 5 s before the clock
    sound.close()
    sound.close()
    assert sound.name == f"Input of {rate}"
    assert len(chunks) == pytest.approx(2.0 / CHUNK_S, abs=2)
    assert all(chunk.samples.shape == (CHUNK,) for chunk in chunks)
    assert level_db(chunks[-1].samples) == pytest.approx(-6.0, abs=0.1)
    times = [chunk.t for chunk in chunks]
    assert times[0] == pytest.approx(5.032, abs=0.05)
    assert times[-1] == pytest.approx(7.0, abs=0.05)
    assert np.diff(times) == pytest.approx(CHUNK_S, abs=0.01)
    assert sound.read_until(9.0) == []
    assert told == []


def join_opening() -> None:
    """Wait for the threads that open microphones."""
    for thread in threading.enumerate():
        if thread.name == "open microphone":
            thread.join()


def test_a_microphone_that_stops_is_opened_again_and_the_actor_is_told() -> None:
    clock, told = FakeClock(), list[str]()
    inputs = [PlannedInput(clock, 16_000, reads=2), PlannedInput(clock, 48_000)]
    opened = iter(inputs)
    sound = LiveSound(lambda: next(opened), clock, told.append)
    for _ in range(6):
        clock.sleep(1.0)
        sound.read_until(clock.now())
    assert told == ["The microphone stopped and is opened again. Space or Enter ends a line meanwhile."]
    assert inputs[0].closed
    join_opening()
    assert sound.read_until(clock.now())
    sound.close()
    assert inputs[1].closed


def test_a_microphone_that_does_not_come_back_is_given_up_with_one_message() -> None:
    clock, told = FakeClock(), list[str]()
    tries = [0]

    def open_input() -> PlannedInput:
        tries[0] += 1
        if tries[0] > 1:
            raise SourceError("device busy")
        return PlannedInput(clock, 16_000, reads=0)

    sound = LiveSound(open_input, clock, told.append)
    for _ in range(20):
        clock.sleep(1.0)
        assert sound.read_until(clock.now()) == []
        join_opening()
    assert tries[0] == 1 + TRIES
    assert told[1:] == ["The microphone does not come back. Space or Enter ends a line."]
    sound.close()


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        ("", "Fake input: quiet -"),
        ("refuse", "no microphone opens (device busy); connect one"),
    ],
)
def test_the_doctor_tries_the_microphone(monkeypatch: pytest.MonkeyPatch, mode: str, text: str) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "fake_sounddevice"))
    monkeypatch.setenv("FAKE_MICROPHONE", mode)
    monkeypatch.setattr("coach.app.doctor.TRIAL_S", 0.3)
    (finding,) = _run_check("Microphone", hear_microphone)
    assert finding.state == "notice"
    assert finding.text.startswith(text)
