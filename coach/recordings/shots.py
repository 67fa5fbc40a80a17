"""A stretch of a recording that an edit uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.errors import OutputError
from coach.base.files import why
from coach.recordings.names import shown

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

SHORTEST_S: Final = 0.02
"""A shot of less would have no picture."""


@dataclass(frozen=True, slots=True)
class Shot:
    """From `begin` to `end`, seconds since the first picture of the recording at `path`.

    Attributes:
        name: what an editor sees of it, such as the line's text.
        reel: the recording's name in an edit list: at most 8 of A-Z and 0-9.
    """

    path: Path
    begin: float
    end: float
    name: str
    reel: str

    @property
    def seconds(self) -> float:
        """How long it is."""
        return max(self.end - self.begin, SHORTEST_S)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording is: pictures per second, its length in seconds (0 where it does not say), and its sound."""

    rate: Fraction
    seconds: float
    sound: bool


def look_at(path: Path) -> Recorded:
    """What the recording at `path` is.

    Raises:
        OutputError: it cannot be read.
    """
    import av

    from coach.recordings.film import measured_rate
    from coach.recordings.source_sound import opened, picture_times

    try:
        with opened(path) as container:
            seconds, sound = (container.duration or 0) / av.time_base, bool(container.streams.audio)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise OutputError(f"the recording {shown(path)} cannot be read: {why(error)}") from error
    told, times = picture_times(path)
    measured = measured_rate(times)
    near = told is not None and abs(told - measured) <= measured / 20
    return Recorded(told if told is not None and near else measured, seconds, sound)
