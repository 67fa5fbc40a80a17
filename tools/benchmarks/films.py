"""Films for archives: many files with the same pictures, each with its own content."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from coach.archive.keys import method_for
from coach.base.files import sample_take
from coach.base.settings import Settings
from coach.base.types import EMOTIONS, READS_PER_S
from coach.core.script.script import Script

if TYPE_CHECKING:
    from coach.archive.work import Method

SHORT_S: Final = 1.0
LINE_S: Final = 10.0


def method_of_mirror() -> Method:
    """What `coach analyse --mirror` does without further options."""
    return method_for(None, Settings(reads_per_s=READS_PER_S), None)


def write_copies(film: Path, folder: Path, count: int) -> list[Path]:
    """Copy `film` `count` times into `folder`, each time with a box at its end that players skip and that differs."""
    data = film.read_bytes()
    copies = []
    for number in range(count):
        copy = folder / f"film-{number:05d}.mp4"
        copy.write_bytes(data + (16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big"))
        copies.append(copy)
    return copies


def short_film(folder: Path) -> Path:
    """The first second of the sample take, not encoded again."""
    from coach.media.libav import av

    path = folder / "short.mp4"
    with av.open(str(sample_take())) as take, av.open(str(path), "w") as film:
        stream = film.add_stream_from_template(take.streams.video[0])
        for packet in take.demux(video=0):
            if packet.pts is not None and packet.time_base is not None and packet.pts * packet.time_base < SHORT_S:
                packet.stream = stream
                film.mux(packet)
    return path


def long_film(folder: Path, count: int) -> Path:
    """The pictures of the sample take `count` times one after the other, not encoded again; 20 seconds each."""
    from coach.media.libav import av

    path = folder / "long.mp4"
    with av.open(str(sample_take())) as take, av.open(str(path), "w") as film:
        stream, begin = film.add_stream_from_template(take.streams.video[0]), 0
        for _ in range(count):
            take.seek(0)
            end = begin
            for packet in take.demux(video=0):
                if packet.pts is not None and packet.dts is not None:
                    packet.pts, packet.dts = packet.pts + begin, packet.dts + begin
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.stream = stream
                    film.mux(packet)
            begin = end
    return path


def long_method(seconds: float) -> Method:
    """The method with a script of lines of ten seconds, one after the other."""
    lines = [
        {"text": f"Line {number}.", "emotion": EMOTIONS[number % len(EMOTIONS)], "duration_s": LINE_S}
        for number in range(int(seconds / LINE_S))
    ]
    script = Script.model_validate({"title": "A long scene", "lines": lines})
    return method_for(script, Settings(reads_per_s=READS_PER_S), None)
