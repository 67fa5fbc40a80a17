"""Clips of 1280 x 720 with so many faces, made from the real pixels of the sample take."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
from dataclasses import dataclass
from pathlib import Path

WIDTH: Final = 1280
HEIGHT: Final = 720
FPS: Final = 24

GRIDS: Final = {0: (1, 1), 1: (1, 1), 5: (3, 2), 20: (5, 4)}
"""Columns and rows by the number of faces."""

_APART: Final = 23
"""Frames by which one face is behind the next, so that no two look the same."""

_WALL: Final = 150
"""Columns of the take, from the left, in which there is never a face."""

Place = tuple[int, int, int, int]
"""Left, top, width and height of one copy of the take."""


def places(faces: int, seed: int = 0) -> list[Place]:
    """Where the copies go: each in a cell of its own, 0.7 to 1 times as big as fits, anywhere in the cell."""
    import numpy as np

    rng = np.random.default_rng(seed)
    columns, rows = GRIDS[faces]
    width, height = WIDTH // columns, HEIGHT // rows
    cells = [(width * (i % columns), height * (i // columns)) for i in rng.permutation(columns * rows)[:faces]]
    return [_place(rng, cell, (width, height)) for cell in cells]


def _place(rng: np.random.Generator, cell: tuple[int, int], size: tuple[int, int]) -> Place:
    scale = min(size[0] / 16, size[1] / 9) * rng.uniform(0.7, 1)
    width, height = int(16 * scale), int(9 * scale)
    x, y = (int(rng.integers(0, room + 1)) for room in (size[0] - width, size[1] - height))
    return cell[0] + x, cell[1] + y, width, height


def scenes(faces: int, count: int, seed: int = 0) -> Iterator[NDArray[np.uint8]]:
    """`count` pictures (720, 1280, 3) uint8 BGR in which as many `faces`, of those in `GRIDS`, live on."""
    import cv2
    import numpy as np

    take = _take(count + faces * _APART)
    wall = cv2.resize(take[0][:, :_WALL], (WIDTH, HEIGHT)).astype(np.uint8, copy=False)
    spots = places(faces, seed)
    for number in range(count):
        picture = wall.copy()
        for i, (x, y, width, height) in enumerate(spots):
            copy = take[(number + i * _APART) % len(take)]
            picture[y : y + height, x : x + width] = cv2.resize(copy, (width, height), interpolation=cv2.INTER_AREA)
        yield picture


def _take(most: int) -> list[NDArray[np.uint8]]:
    """The first frames of the sample take, all where it has fewer."""
    from coach.base.assets import sample_take
    from coach.base.types import Frame
    from coach.sources.opening import open_source

    source = open_source(str(sample_take()))
    try:
        return [frame.image for frame in islice(iter(source.read, None), most) if isinstance(frame, Frame)]
    finally:
        source.close()


def write_clip(path: Path, faces: int, seconds: float) -> None:
    """Write such a clip, H.264 at `FPS` frames/s."""
    import av

    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for picture in scenes(faces, round(seconds * FPS)):
            target.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        target.mux(stream.encode(None))


@dataclass(frozen=True)
class Clip:
    """A video made of whole repetitions of the sample take, and a script as long as it."""

    video: Path
    script: Path
    frames: int
    seconds: float


def make_clip(folder: Path, at_least_s: float) -> Clip:
    """Repeat the sample take without decoding it, until it lasts `at_least_s`, and write its script as often."""
    import av

    from coach.base.assets import sample_take

    times = 1
    video, script = folder / f"take-{at_least_s:.0f}.mp4", folder / f"take-{at_least_s:.0f}.yaml"
    with av.open(str(sample_take())) as source, av.open(str(video), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        packets = [packet for packet in source.demux(stream) if packet.dts is not None]
        length = int(stream.duration or 0)
        times = -(-int(at_least_s * 1000) // int(float(length * (stream.time_base or 0)) * 1000))
        stamps = [(packet.pts or 0, packet.dts or 0) for packet in packets]
        for number in range(times):
            for packet, (pts, dts) in zip(packets, stamps, strict=True):
                packet.pts, packet.dts, packet.stream = pts + number * length, dts + number * length, copy
                target.mux(packet)
        seconds = float(length * (stream.time_base or 0)) * times
    script.write_text(example_lines(times), encoding="utf-8")
    return Clip(video, script, len(packets) * times, seconds)


def example_lines(times: int) -> str:
    """The demo's script with its lines `times` over."""
    from coach.base.assets import examples_folder

    head, _, lines = (examples_folder() / "waiting_for_news.yaml").read_text(encoding="utf-8").partition("lines:\n")
    return f"{head}lines:\n{lines * times}"
