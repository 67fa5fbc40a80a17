"""Clips with a simultaneous flash and beep, and a player that finds both."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

# isort: split
import av
import numpy as np
import pytest
from numpy.typing import NDArray
from source_help import read_all

from coach.base.types import Frame
from coach.recordings.recording import Recording
from coach.sources import open_source

if TYPE_CHECKING:
    from av.container import InputContainer

FLASH_S = 1.0
RATE = 48_000
SAMPLES = {
    "aac": "fltp",
    "libmp3lame": "fltp",
    "pcm_s16le": "s16",
    "libopus": "flt",
    "flac": "s16",
    "mp2": "s16",
}

Picture = NDArray[np.uint8]

KINDS = pytest.mark.parametrize("kind", ["mp4", "avi"])
"""Runs a test on both containers of the mirror's video."""


def flash_picture(t: float, size: tuple[int, int] = (96, 64)) -> Picture:
    """The picture at `t`: black, but white for a tenth of a second from `FLASH_S` on; `size` is width and height."""
    return np.full((size[1], size[0], 3), 250 if FLASH_S <= t < FLASH_S + 0.1 else 20, np.uint8)


def beep_samples(t: NDArray[np.float64]) -> NDArray[np.float32]:
    """Silence with a tone of 1 kHz for a tenth of a second from `FLASH_S` on."""
    sounds = (t >= FLASH_S) & (t < FLASH_S + 0.1)
    return np.where(sounds, 0.5 * np.sin(2 * np.pi * 1000 * (t - FLASH_S) + 1.5), 0).astype(np.float32)


def write_clip(
    path: Path,
    times: list[float] | None = None,
    *,
    codec: str | None = "aac",
    video_begins: float = 0.0,
    audio_begins: float = 0.0,
    rate: int = RATE,
    layout: str = "stereo",
) -> Path:
    """Write a clip with pictures at `times` (default: 3 s at 30 frames/s) and streams that start late."""
    times = times or [n / 30 for n in range(90)]
    with av.open(str(path), "w") as file:
        video: Any = file.add_stream("libx264", rate=30, options={"preset": "ultrafast", "bf": "0"})
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        video.codec_context.time_base = Fraction(1, 90_000)
        packets = []
        if codec:
            audio: Any = file.add_stream(codec, rate=rate, layout=layout)
            seconds = times[-1] + 0.1 + video_begins - audio_begins
            t = np.arange(int(seconds * rate)) / rate + audio_begins - video_begins
            sound = av.AudioFrame.from_ndarray(np.stack([beep_samples(t)] * 2), format="fltp", layout="stereo")
            sound.sample_rate, sound.pts, sound.time_base = rate, round(audio_begins * rate), Fraction(1, rate)
            for frame in av.AudioResampler(SAMPLES[codec], layout, rate).resample(sound):
                packets += audio.encode(frame)
            packets += audio.encode(None)
        for t0 in times:
            picture = av.VideoFrame.from_ndarray(flash_picture(t0), format="bgr24")
            picture.pts, picture.time_base = round((t0 + video_begins) * 90_000), Fraction(1, 90_000)
            packets += video.encode(picture)
        packets += video.encode(None)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            file.mux(packet)
    return path


def pictures_of(path: Path) -> list[tuple[float, Picture]]:
    """The clip's pictures with their times, as the source returns them."""
    return [(moment.t, moment.image) for moment in read_all(open_source(str(path))) if isinstance(moment, Frame)]


@dataclass(frozen=True)
class Playback:
    """Pictures and sound of a file as a player presents them; all times in seconds.

    Attributes:
        times: time of each picture.
        flash: time of the first bright picture; None without one.
        beep: time of the first loud sample; None without one.
        sound: codec of the sound; empty without sound.
        sound_end: end of the sound.
        sizes: every width and height of a picture.
    """

    times: list[float]
    flash: float | None
    beep: float | None
    sound: str
    sound_end: float
    sizes: set[tuple[int, int]]


def play(path: Path) -> Playback:
    """Decode the whole file."""
    times, flash, sizes = [], None, set()
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            assert frame.time is not None
            times.append(frame.time)
            sizes.add((frame.width, frame.height))
            if flash is None and frame.to_ndarray(format="gray").mean() > 150:
                flash = frame.time
    with av.open(str(path)) as file:
        if not file.streams.audio:
            return Playback(times, flash, None, "", 0.0, sizes)
        name = file.streams.audio[0].codec_context.codec.canonical_name
        beep, end = _beep(file)
    return Playback(times, flash, beep, name, end, sizes)


def _beep(file: InputContainer) -> tuple[float | None, float]:
    beep, end = None, 0.0
    for frame in file.decode(audio=0):
        samples = frame.to_ndarray().astype(float) / (32768 if frame.format.name.startswith("s16") else 1)
        channel = samples[0] if frame.format.is_planar else samples.reshape(-1, frame.layout.nb_channels)[:, 0]
        loud = np.nonzero(np.abs(channel) > 0.1)[0]
        if beep is None and len(loud):
            beep = frame.time + loud[0] / frame.sample_rate
        end = frame.time + frame.samples / frame.sample_rate
    return beep, end


def duration(path: Path) -> float:
    """The duration in the container."""
    with av.open(str(path)) as file:
        return float((file.duration or 0) / av.time_base)


def frames_read_by_cv2(path: Path) -> int:
    """The number of pictures that OpenCV can read."""
    capture = cv2.VideoCapture(str(path))
    count = 0
    while capture.read()[0]:
        count += 1
    capture.release()
    return count


def record(source: Path, path: Path, *, skip: float = 0.0) -> Recording:
    """A finished recording of `source` from `skip` seconds after its first picture on."""
    pictures = pictures_of(source)
    with Recording(path, audio_from=source) as recording:
        for t, picture in pictures:
            if t - pictures[0][0] >= skip:
                recording.add(t, picture)
    assert recording.trouble is None
    assert recording.dropped == 0
    return recording
