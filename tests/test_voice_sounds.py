"""The generated sounds."""

from __future__ import annotations

import wave
from array import array
from itertools import pairwise
from pathlib import Path

import pytest

from coach.voice.sounds import RATE_HZ, write_silence, write_tone


def samples(path: Path) -> array[int]:
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE_HZ)
        return array("h", sound.readframes(sound.getnframes()))


def test_a_tone_is_short_audible_in_tune_and_does_not_click(tmp_path: Path) -> None:
    write_tone(tmp_path / "tone.wav", hz=660.0, seconds=0.2)
    sound = samples(tmp_path / "tone.wav")
    crossings = sum(a < 0 <= b for a, b in pairwise(sound))
    assert len(sound) / RATE_HZ == pytest.approx(0.2, abs=0.001)
    assert 3000 < max(sound) < 16000
    assert crossings / 0.2 == pytest.approx(660, rel=0.05)
    assert max(map(abs, [*sound[:5], *sound[-5:]])) < 300


def test_generated_silence_contains_only_zeros(tmp_path: Path) -> None:
    write_silence(tmp_path / "silence.wav")
    assert 0 < len(samples(tmp_path / "silence.wav")) < RATE_HZ
    assert set(samples(tmp_path / "silence.wav")) == {0}
