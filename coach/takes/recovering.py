"""What a run that was broken off has left of its take, and what of it is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from coach.base.files import read_regular
from coach.takes.contents import REPORT_NAME, VIDEO_NAME
from coach.takes.journal import Journal


@dataclass(frozen=True, slots=True)
class Remains:
    """What there still is of a take.

    Attributes:
        kept_until_s: take time of the last row of its journal; None where it has none.
        whole_bytes: from the journal's beginning, that can be read.
        lost_bytes: behind them, that cannot.
        damaged: what is wrong with the journal, or None.
        ended: whether the journal says how the take ended.
        holds_nothing: whether damage leaves nothing of what was played.
        video_until_s: take time until which its video can be read; None where there is none or it cannot be read.
        has_video: whether there is one.
    """

    kept_until_s: float | None
    whole_bytes: int
    lost_bytes: int
    damaged: str | None
    ended: bool
    holds_nothing: bool
    video_until_s: float | None
    has_video: bool


def remains_of(take: Path, journal: Journal) -> Remains:
    """What there is of the take in folder `take`, whose `journal` was read.

    Raises:
        OSError: its folder cannot be read.
    """
    video = take / VIDEO_NAME
    return Remains(
        kept_until_s=journal.last_t,
        whole_bytes=journal.whole_bytes,
        lost_bytes=journal.path.stat().st_size - journal.whole_bytes,
        damaged=journal.damaged,
        ended=journal.end is not None,
        holds_nothing=journal.holds_nothing,
        video_until_s=_readable_until(video) if video.is_file() else None,
        has_video=video.is_file(),
    )


def lacks_report(take: Path) -> bool:
    """Whether the take in folder `take` has no report, or one so damaged that nothing could be read from it."""
    try:
        return not isinstance(json.loads(read_regular(take / REPORT_NAME)), dict)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    except (ValueError, RecursionError):
        return True


def _readable_until(video: Path) -> float | None:
    """The time of the last picture that a reader of `video` gets to, in seconds."""
    from coach.media.libav import av

    last: float | None = None
    try:
        with av.open(str(video)) as container:
            for packet in container.demux(video=0):
                if packet.pts is not None and packet.time_base is not None and not packet.is_corrupt:
                    last = max(last or 0.0, float(packet.pts * packet.time_base))
    except (av.error.FFmpegError, IndexError, ValueError):
        return last
    return last
