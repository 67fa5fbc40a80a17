"""Clips to benchmark on, made from the sample take: with many faces in one frame, or repeated until long enough."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

WIDTH: Final = 1280
HEIGHT: Final = 720
FPS: Final = 24

GRIDS: Final = {0: (1, 1), 1: (1, 1), 5: (3, 2), 20: (5, 4)}
"""Columns and rows of the grid, by number of faces."""

_FRAMES_APART: Final = 23
"""Each copy of the take starts this many frames after the one before, so that no two faces look the same."""

_BACKGROUND: Final = 150
"""Columns at the left of the take in which there is never a face."""

CopyBox = tuple[int, int, int, int]
"""Left, top, width and height of one copy of the take, in pixels."""


def copy_boxes(faces: int, seed: int = 0) -> list[CopyBox]:
    """Place one copy per face at random within its own grid cell, at 0.7 to 1 times the size of the cell."""
    import numpy as np

    rng = np.random.default_rng(seed)
    columns, rows = GRIDS[faces]
    width, height = WIDTH // columns, HEIGHT // rows
    cells = [(width * (i % columns), height * (i // columns)) for i in rng.permutation(columns * rows)[:faces]]
    return [_box_in_cell(rng, cell, (width, height)) for cell in cells]


def _box_in_cell(rng: np.random.Generator, cell: tuple[int, int], size: tuple[int, int]) -> CopyBox:
    scale = min(size[0] / 16, size[1] / 9) * rng.uniform(0.7, 1)
    width, height = int(16 * scale), int(9 * scale)
    x, y = (int(rng.integers(0, room + 1)) for room in (size[0] - width, size[1] - height))
    return cell[0] + x, cell[1] + y, width, height


def crowd_frames(faces: int, count: int, seed: int = 0) -> Iterator[NDArray[np.uint8]]:
    """Yield `count` frames (720, 1280, 3) uint8 BGR with that many moving `faces`, one of the keys of `GRIDS`."""
    import cv2
    import numpy as np

    take = _first_frames(count + faces * _FRAMES_APART)
    background = cv2.resize(take[0][:, :_BACKGROUND], (WIDTH, HEIGHT)).astype(np.uint8, copy=False)
    boxes = copy_boxes(faces, seed)
    for number in range(count):
        frame = background.copy()
        for i, (x, y, width, height) in enumerate(boxes):
            copy = take[(number + i * _FRAMES_APART) % len(take)]
            frame[y : y + height, x : x + width] = cv2.resize(copy, (width, height), interpolation=cv2.INTER_AREA)
        yield frame


def _first_frames(count: int) -> list[NDArray[np.uint8]]:
    """Return the first `count` frames of the sample take, or all where it has fewer."""
    from coach.base.files import sample_take
    from coach.base.types import Frame
    from coach.sources.opening import open_source

    source = open_source(str(sample_take()))
    try:
        return [frame.image for frame in islice(iter(source.read, None), count) if isinstance(frame, Frame)]
    finally:
        source.close()


def write_crowd_clip(path: Path, faces: int, seconds: float) -> None:
    """Write `crowd_frames` as H.264 at `FPS` frames/s."""
    import av

    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in crowd_frames(faces, round(seconds * FPS)):
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")))
        target.mux(stream.encode(None))


@dataclass(frozen=True)
class LongTake:
    """A video that repeats the sample take a whole number of times, and a script of the same length."""

    video: Path
    script: Path
    frames: int
    seconds: float


def write_long_take(folder: Path, at_least_s: float) -> LongTake:
    """Repeat the sample take until it lasts `at_least_s`, without decoding it, and repeat its script as often."""
    import av

    from coach.base.files import sample_take

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
    script.write_text(_repeated_script(times), encoding="utf-8")
    return LongTake(video, script, len(packets) * times, seconds)


def _repeated_script(times: int) -> str:
    """Return the demo's script with its lines repeated."""
    from coach.base.files import examples_folder

    head, _, lines = (examples_folder() / "waiting_for_news.yaml").read_text(encoding="utf-8").partition("lines:\n")
    return f"{head}lines:\n{lines * times}"
