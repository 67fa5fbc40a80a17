"""A partner's line from the microphone: without the silence around it, and what is said where none opens."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voice_help import descendants, wait_for

from coach.app.line_recording import record_line, without_silence
from coach.app.own_cues import partner_lines
from coach.base.errors import VoiceError
from coach.core.script.script import Script
from coach.core.script.timeline import PartnerTurn
from coach.voice.own_recordings import OwnRecordings

RATE = 16_000
FAKE = Path(__file__).parent / "fake_sounddevice"


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> PartnerTurn:
    monkeypatch.setenv("PYTHONPATH", str(FAKE))
    lines = [{"role": "ANNA", "text": "I waited."}, {"role": "CARL", "text": "I see."}]
    return partner_lines(Script.model_validate({"role": "ANNA", "lines": lines}))[0]


def test_what_the_microphone_hears_until_the_actor_has_spoken_is_kept(turn: PartnerTurn, tmp_path: Path) -> None:
    store = OwnRecordings(tmp_path / "partner")
    heard = iter(range(60))
    seconds = record_line(turn, store, lambda: wait_for(lambda: next(heard) >= 50))
    kept = store.find("CARL", "I see.")
    assert kept is not None
    with wave.open(str(kept)) as file:
        assert file.getframerate() == RATE
        assert file.getnframes() / RATE == pytest.approx(seconds)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert (np.diff(samples.reshape(-1)[:: RATE // 50].astype(int)) >= 0).all(), "the blocks are in order"
    assert not descendants()


def test_without_a_microphone_the_message_names_the_other_way(
    turn: PartnerTurn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MICROPHONE", "refuse")
    with pytest.raises(VoiceError, match=r"device busy.*--from FILE"):
        record_line(turn, OwnRecordings(tmp_path / "partner"), lambda: None)


@given(st.integers(0, 2 * RATE), st.integers(RATE // 10, RATE), st.integers(RATE // 2, 2 * RATE))
def test_silence_is_cut_and_words_are_not(before: int, spoken: int, after: int) -> None:
    words = (8000 * np.sin(np.arange(spoken) * 0.3)).astype(np.int16)
    hum = (20 * np.sin(np.arange(before + spoken + after) * 0.02)).astype(np.int16)
    sound = hum.copy()
    sound[before : before + spoken] += words
    cut = without_silence(sound, RATE)
    assert spoken - RATE // 25 <= len(cut) <= spoken + RATE // 4
    assert np.abs(cut).max() == np.abs(sound).max()


def test_silence_alone_is_no_recording() -> None:
    assert len(without_silence(np.zeros(RATE, np.int16), RATE)) == 0
    assert len(without_silence(np.zeros(0, np.int16), RATE)) == 0
