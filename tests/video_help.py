"""Small clips for tests, generated with PyAV and not stored in the repository."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import cv2  # noqa: F401 - before av, as in every process that may open a window

# isort: split
import av
import numpy as np
from numpy.typing import NDArray

TICKS = 90_000
"""The clock of the generated containers, in ticks per second."""

PIXELS = {"mjpeg": "yuvj420p", "ffv1": "bgr0", "png": "rgb24"}

Picture = NDArray[np.uint8]
Paint = Callable[[int, int, int], Picture]


def noisy(number: int, width: int = 96, height: int = 64) -> Picture:
    """Picture `number`: blocky noise on a grey level that rises by one per picture, with a bright upper left corner."""
    blocks = np.random.default_rng(number).integers(-25, 25, (height // 8 + 1, width // 8 + 1))
    noise = np.kron(blocks, np.ones((8, 8), int))[:height, :width, np.newaxis]
    image = np.broadcast_to(70 + number % 100 + noise, (height, width, 3)).astype(np.uint8)
    image[: height // 4, : width // 4] = 250
    return image


def busy(number: int, width: int = 96, height: int = 64) -> Picture:
    """Picture `number`: fine noise, which compresses badly."""
    return np.random.default_rng(number).integers(0, 255, (height, width, 3), np.uint8)


def frozen(number: int, width: int = 96, height: int = 64) -> Picture:
    """The same picture for every number."""
    return noisy(7, width, height)


def black(number: int, width: int = 96, height: int = 64) -> Picture:
    """A black picture."""
    return np.zeros((height, width, 3), np.uint8)


def steady(count: int, fps: float = 30) -> list[float]:
    """Times of `count` pictures at a constant rate."""
    return [number / fps for number in range(count)]


def write_video(
    path: Path,
    times: Iterable[float] = tuple(steady(30)),
    *,
    size: tuple[int, int] = (96, 64),
    fps: int = 30,
    codec: str = "libx264",
    paint: Paint = noisy,
    container: str | None = None,
    options: dict[str, str] | None = None,
    encoder: dict[str, str] | None = None,
    turned: int = 0,
    mirrored: bool = False,
    pixel_shape: Fraction | None = None,
) -> Path:
    """Write a clip to `path` with pictures at `times`.

    `options` are those of the container, `encoder` those of the codec. `turned` is its rotation in degrees,
    `pixel_shape` the width of a pixel divided by its height.
    """
    with av.open(str(path), "w", format=container, options=options or {}) as file:
        stream = file.add_stream(codec, rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = PIXELS.get(codec, "yuv420p")
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.gop_size = 12
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "bf": "0", **(encoder or {})}
        if pixel_shape:
            stream.codec_context.sample_aspect_ratio = pixel_shape
        if turned or mirrored:
            stream.set_display_rotation(turned, hflip=mirrored)
        for number, t in enumerate(times):
            frame = av.VideoFrame.from_ndarray(paint(number, *size), format="bgr24")
            frame.pts, frame.time_base = round(t * TICKS), Fraction(1, TICKS)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def broken_inside(path: Path, number: int) -> Path:
    """Write noise over the picture `number` of the video at `path`."""
    with av.open(str(path)) as file:
        packet = [packet for packet in file.demux(video=0) if packet.size][number]
        place, size = packet.pos, packet.size
    data = bytearray(path.read_bytes())
    data[place : place + size] = random.Random(1).randbytes(size)
    path.write_bytes(data)
    return path


def write_sound(path: Path) -> Path:
    """Write half a second of silence without video."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=8000)
        stream.layout = "mono"
        for number in range(4):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 8000, number * 1024
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def write_tracks(
    path: Path, tracks: list[tuple[list[float], tuple[int, int], str]], *, options: dict[str, str] | None = None
) -> Path:
    """Write a clip with several tracks of pictures, each with its times, its size and its disposition."""
    with av.open(str(path), "w", options=options or {}) as file:
        packets = []
        for times, size, disposition in tracks:
            stream = file.add_stream("libx264", rate=30, options={"preset": "ultrafast", "bf": "0"})
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = Fraction(1, TICKS)
            stream.disposition = getattr(av.stream.Disposition, disposition) if disposition else 0
            for number, t in enumerate(times):
                frame = av.VideoFrame.from_ndarray(noisy(number, *size), format="bgr24")
                frame.pts, frame.time_base = round(t * TICKS), Fraction(1, TICKS)
                packets += stream.encode(frame)
            packets += stream.encode(None)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            file.mux(packet)
    return path


def damage(path: Path, count: int, *, at: float = 0.5) -> Path:
    """Overwrite `count` bytes from the relative position `at` (0 to 1) with reproducible noise."""
    data = bytearray(path.read_bytes())
    start = int(len(data) * at)
    data[start : start + count] = random.Random(4).randbytes(count)
    path.write_bytes(data)
    return path


def cut(path: Path, share: float) -> Path:
    """Truncate a file to its first `share` (0 to 1)."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def copy_start(source: Path, seconds: float, path: Path) -> Path:
    """Copy the first `seconds` of picture and sound from `source` to `path`, without encoding."""
    with av.open(str(source)) as take, av.open(str(path), "w") as file:
        streams = {stream.index: file.add_stream_from_template(stream) for stream in take.streams}
        for packet in take.demux():
            if packet.pts is not None and packet.pts * packet.time_base < seconds:
                packet.stream = streams[packet.stream.index]
                file.mux(packet)
    return path
