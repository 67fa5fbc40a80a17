"""The sound of a recorded take keeps in step with its pictures, whatever the clock of the sound card does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.base.types import Frame
from coach.media.libav import av
from coach.media.sound_stream import InStep
from coach.takes.video import Encoder
from coach.testing.sound import ClickingMicrophone

IN_STEP_S = 0.04
"""Sound that is at most this early or late is in step with a picture (ITU-R BT.1359 asks for 0.045 and 0.125 s)."""

FPS = 10


def film(
    path: Path,
    microphone: ClickingMicrophone,
    seconds: float,
    disturb: Callable[[ClickingMicrophone, float], object] = lambda _microphone, _t: None,
    sound_until: float = float("inf"),
) -> None:
    """A film that flashes white at each whole second, at which the microphone clicks."""
    dark, white = np.zeros((48, 64, 3), np.uint8), np.full((48, 64, 3), 255, np.uint8)
    with Encoder(path, Frame(0.0, dark), microphone.rate) as encoder:
        for n in range(round(seconds * FPS)):
            disturb(microphone, n / FPS)
            for block in microphone.read_until(min(n / FPS, sound_until)):
                encoder.hear(block)
            encoder.add(Frame(n / FPS, white if n % FPS == 0 else dark))


def flashes_and_clicks(path: Path) -> tuple[list[float], list[float]]:
    """The times of bright pictures and of clicks in a film, in seconds of its own time."""
    flashes: list[float] = []
    clicks: list[float] = []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            if frame.to_ndarray(format="gray").mean() > 128:
                flashes.append(float(frame.time))
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.audio[0]):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.2)
            for t in float(frame.time) + loud / frame.sample_rate:
                if not clicks or t - clicks[-1] > 0.5:
                    clicks.append(float(t))
    return flashes, clicks


def offsets(path: Path, leave_out: tuple[int, ...] = ()) -> list[float]:
    """How late each click is after the flash of its second."""
    flashes, clicks = flashes_and_clicks(path)
    by_second = {round(t): t for t in clicks}
    assert set(by_second) >= {round(t) for t in flashes[1:-1]} - set(leave_out), "each flash has its click"
    return [by_second[round(t)] - t for t in flashes[1:-1] if round(t) not in leave_out]


@pytest.mark.parametrize(
    ("rate", "drift"), [(48_000, 0.006), (44_100, -0.006), (16_000, 0.006), (96_000, 0.0)], ids=str
)
def test_clicks_stay_with_their_flashes_although_the_clock_is_wrong(rate: int, drift: float, tmp_path: Path) -> None:
    """A clock that is wrong by 0.6 %, far more than that of any sound card, would be 60 ms off after 10 s."""
    film(tmp_path / "film.mp4", ClickingMicrophone(rate, drift=drift, late_s=0.01), 10)
    assert max(map(abs, offsets(tmp_path / "film.mp4"))) <= IN_STEP_S / 2


def test_sound_that_was_lost_does_not_shift_what_follows(tmp_path: Path) -> None:
    def lose(microphone: ClickingMicrophone, t: float) -> None:
        if t in (2.2, 4.3):
            microphone.lose(0.4)

    film(tmp_path / "film.mp4", ClickingMicrophone(late_s=0.01), 8, lose)
    assert max(map(abs, offsets(tmp_path / "film.mp4"))) <= IN_STEP_S / 2


def test_a_microphone_that_stops_leaves_silence_and_a_film_that_goes_on(tmp_path: Path) -> None:
    film(tmp_path / "film.mp4", ClickingMicrophone(), 6, sound_until=2.5)
    flashes, clicks = flashes_and_clicks(tmp_path / "film.mp4")
    assert len(flashes) == 6
    assert [round(t) for t in clicks] == [1, 2]
    with av.open(str(tmp_path / "film.mp4")) as container:
        stream = container.streams.audio[0]
        *_, last = container.decode(stream)
    assert float(last.time) >= 4.5, "silence follows the pictures by a second at most"


def test_the_first_picture_needs_no_sound_and_sound_before_it_is_left_out(tmp_path: Path) -> None:
    film(tmp_path / "film.mp4", ClickingMicrophone(start=-3.0), 3)
    with av.open(str(tmp_path / "film.mp4")) as container:
        first = next(container.decode(container.streams.audio[0]))
    assert float(first.time) == pytest.approx(0.0, abs=0.001)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 400), st.floats(-0.2, 0.2)), max_size=40), st.sampled_from([8000, 16_000]))
def test_the_stream_has_one_sample_for_each_moment_whatever_the_blocks_are(
    blocks: list[tuple[int, float]], rate: int
) -> None:
    steps, t, written = InStep(8000, rate), 0.0, 0
    for count, shift in blocks:
        part = steps.add(t + shift, np.ones(count, np.float32))
        written += len(part)
        assert steps.written == written
        assert np.isfinite(part).all()
        t += count / 8000
    assert written <= (t + 0.5) * rate


def test_speech_keeps_its_sound() -> None:
    """A tone of 3 kHz is neither damped nor joined by others."""
    steps, rate = InStep(44_100, 48_000), 48_000
    tone = np.sin(2 * np.pi * 3000 * np.arange(44_100) / 44_100).astype(np.float32)
    parts = [steps.add(n / 100 * 1.0003, tone[n * 441 : (n + 1) * 441]) for n in range(100)]
    heard = np.concatenate(parts)[rate // 4 : rate // 4 * 3]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    peak = int(spectrum.argmax())
    assert abs(peak * rate / len(heard) - 3000) < 30
    assert spectrum[peak - 40 : peak + 41].sum() / spectrum.sum() > 0.999
    assert np.sqrt(2 * np.mean(heard**2)) == pytest.approx(1.0, abs=0.02)
