"""Generated sound: speech by espeak-ng, and stand-ins for noise, other people, coughs, doors and whispers.

All arrays are (n,) float32, mono, 16 kHz, full scale 1. The stand-ins are no recordings: they have the loudness, length
and spectrum of the real thing, nothing more.
"""

from __future__ import annotations

import tempfile
import wave
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from coach.listening.sound import CHUNK, RATE, FileSound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

ROOM_DB: Final = -75.0
"""Level of a quiet room as a microphone gives it."""


@lru_cache(maxsize=64)
def speech(text: str, rate: int | None = None, name: str | None = None) -> Sound:
    """`text` spoken by espeak-ng, without the silence at both ends.

    Raises:
        MissingLibraryError: no speech engine is installed.
    """
    from coach.voice.voices import render

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        render(text, path, rate=rate, name=name)
        samples = read_sound(path)
    loud = np.flatnonzero(np.abs(samples) > 1e-3)
    return samples[loud[0] : loud[-1] + 1]


def read_sound(path: Path) -> Sound:
    """The sound of the WAV file at `path`."""
    with wave.open(str(path)) as file:
        seconds = file.getnframes() / file.getframerate()
    source = FileSound(path)
    chunks = source.read_until(seconds + CHUNK / RATE)
    source.close()
    return (np.concatenate([chunk.samples for chunk in chunks]) / 32768).astype(np.float32)


def write_sound(path: Path, sound: Sound) -> Path:
    """Write `sound` as a WAV file of 16 bits, and return `path`."""
    samples = (np.clip(sound, -1, 1) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


def silence(seconds: float) -> Sound:
    """Digital silence."""
    return np.zeros(round(seconds * RATE), np.float32)


def power(sound: Sound) -> float:
    """Mean of the squares of the samples."""
    return float(np.mean(np.square(sound, dtype=np.float64)))


def at_level(sound: Sound, level_db: float) -> Sound:
    """`sound` scaled to a level in decibels below full scale."""
    return np.asarray(sound * np.sqrt(10 ** (level_db / 10) / power(sound)), np.float32)


def pink_noise(count: int, chance: np.random.Generator) -> Sound:
    """`count` samples of noise with equal power in each octave, like fans and streets, at -20 dB."""
    spectrum = np.fft.rfft(chance.standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    spectrum[0] = 0
    return at_level(np.fft.irfft(spectrum, count).astype(np.float32), -20.0)


def babble(count: int, voices: list[Sound], chance: np.random.Generator, people: int = 8) -> Sound:
    """`count` samples of `people` who talk at once, with the sound of `voices` at random places, at -20 dB."""
    mixed = np.zeros(count)
    for number in range(people):
        voice = np.resize(voices[number % len(voices)], count)
        mixed += np.roll(voice, int(chance.integers(count)))
    return at_level(mixed.astype(np.float32), -20.0)


def cough(chance: np.random.Generator) -> Sound:
    """A cough of 0.35 s: a burst of noise around 900 Hz, and a short voiced end."""
    count, voiced = round(0.35 * RATE), round(0.12 * RATE)
    spectrum, hertz = np.fft.rfft(chance.standard_normal(count)), np.fft.rfftfreq(count, 1 / RATE)
    spectrum *= np.exp(-(((hertz - 900) / 900) ** 2)) + 0.3 * np.exp(-(((hertz - 2500) / 800) ** 2))
    burst = np.fft.irfft(spectrum, count)
    burst *= 0.7 / np.abs(burst).max() * np.exp(-np.arange(count) / (0.08 * RATE))
    burst[:160] *= np.linspace(0, 1, 160)
    t = np.arange(voiced) / RATE
    tone = np.sum([np.sin(2 * np.pi * 180 * n * t) / n for n in range(1, 12)], axis=0)
    burst[-voiced - 800 : -800] += 0.15 * tone * np.hanning(voiced)
    return np.asarray(burst, np.float32)


def door(chance: np.random.Generator) -> Sound:
    """A door that slams: 0.5 s of low tones after a click."""
    t = np.arange(RATE // 2) / RATE
    tones = np.sin(2 * np.pi * 70 * t) + 0.5 * np.sin(2 * np.pi * 130 * t)
    click = 0.4 * chance.standard_normal(len(t)) * np.exp(-t / 0.02)
    return np.asarray(0.5 * np.exp(-t / 0.09) * (tones + click), np.float32)


def whispered(voice: Sound, chance: np.random.Generator) -> Sound:
    """`voice` without a fundamental tone: the phases of its spectrum are random. 20 dB quieter."""
    size, hop = 512, 128
    window, out = np.hanning(size), np.zeros(len(voice) + size)
    for begin in range(0, len(voice) - size, hop):
        amount = np.abs(np.fft.rfft(window * voice[begin : begin + size]))
        amount = np.convolve(amount, np.ones(9) / 9, "same") * (np.arange(len(amount)) > 15)
        turned = amount * np.exp(2j * np.pi * chance.random(len(amount)))
        out[begin : begin + size] += window * np.fft.irfft(turned)
    return at_level(out[: len(voice)].astype(np.float32), 10 * np.log10(power(voice)) - 20)


def in_room(sound: Sound, chance: np.random.Generator) -> Sound:
    """`sound` with the hiss of a quiet room."""
    hiss = at_level(chance.standard_normal(len(sound)).astype(np.float32), ROOM_DB)
    return (sound + hiss).astype(np.float32)


def with_noise(sound: Sound, noise: Sound, speech_power: float, ratio_db: float) -> Sound:
    """`sound` with `noise` that is `ratio_db` below speech of the given power."""
    return np.asarray(sound + noise * np.sqrt(speech_power / 10 ** (ratio_db / 10) / power(noise)), np.float32)
