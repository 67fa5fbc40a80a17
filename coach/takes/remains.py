"""Finds the readable part of an unfinished take, and the recording of a finished one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from coach.base.errors import TakeError
from coach.base.files import error_reason, read_regular, sha256_of
from coach.base.messages import mark, tr
from coach.base.text import clean_name
from coach.base.types import NO_IMAGE_REASONS, Observation, Reason
from coach.takes.contents import REPORT_NAME, VIDEO_NAME
from coach.takes.journal import Journal

if TYPE_CHECKING:
    from av.container import InputContainer

    from coach.core.scoring.report import Report


@dataclass(frozen=True, slots=True)
class Remains:
    """The readable part of a take.

    Attributes:
        kept_until_s: take time of the last row of the journal; None without rows.
        whole_bytes: number of readable bytes at the beginning of the journal.
        lost_bytes: number of unreadable bytes after them.
        damaged: description of the damage of the journal, or None.
        ended: whether the journal contains the end of the take.
        holds_nothing: whether no row is readable because of damage.
        video_until_s: time up to which the video is readable; None without a readable video.
        has_video: whether the take has a video.
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
    """The readable part of the take in folder `take` with this `journal`.

    Raises:
        OSError: the folder cannot be read.
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
    """Whether the take in folder `take` has no report, or one that is not even a JSON object."""
    try:
        return not isinstance(json.loads(read_regular(take / REPORT_NAME)), dict)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    except (ValueError, RecursionError):
        return True


_FEW_BYTES: Final = 1 << 16
"""A recording of fewer bytes may have been cut off before its first picture was written."""


def has_pictures(video: Path) -> bool:
    """Whether the recording `video` of a take exists and was not cut off before its first picture was written."""
    if not video.is_file():
        return False
    size = video.stat().st_size
    return size >= _FEW_BYTES or (size > 0 and _readable_until(video) is not None)


def _readable_until(video: Path) -> float | None:
    """The time of the last readable picture of `video`, in seconds."""
    from coach.media.libav import av

    last: float | None = None
    try:
        with _open_even_cut(video) as container:
            for packet in container.demux(video=0):
                if packet.pts is not None and packet.time_base is not None and not packet.is_corrupt:
                    last = max(last or 0.0, float(packet.pts * packet.time_base))
    except (av.error.FFmpegError, IndexError, ValueError):
        return last
    return last


def _open_even_cut(video: Path) -> InputContainer:
    from coach.media.libav import av

    options = {"protocol_whitelist": "file"}
    try:
        return av.open(str(video), format="mov", options=options)
    except (av.FFmpegError, OSError, ValueError):
        from coach.media.cut_mp4 import open_whole_boxes

        whole = open_whole_boxes(video, options)
        if whole is None:
            raise
        return whole


@dataclass(frozen=True, slots=True)
class Footage:
    """A video file that begins, as players count, at take time `start_t`."""

    path: Path
    start_t: float


_WITHOUT_PICTURE: Final = mark("it was made without a picture")

_MADE_HOW: Final = {
    "camera": mark("it was made with a camera and without --record"),
    "images": mark("it was made from pictures"),
}
"""Why there is no recording, by the kind of source."""


def _no_recording(take: Path, reason: str) -> TakeError:
    return TakeError(tr("the take {take} has no recording: {reason}", take=_name(take), reason=reason))


def footage_of(take: Path, journal: Journal, report: Report) -> Footage:
    """The recording of the take in folder `take`.

    Raises:
        TakeError: the take has no recording, or the recording is missing or has changed since the take.
    """
    own = take / VIDEO_NAME
    if has_pictures(own):
        return Footage(own, start_of_video(_observations(journal)))
    source = journal.header.source
    if source.kind == "camera" and own.is_file():
        raise _no_recording(take, tr("it was cut off before its first second was written"))
    if source.kind != "video":
        raise _no_recording(take, tr(_MADE_HOW.get(source.kind, _WITHOUT_PICTURE)))
    path = Path(source.path)
    if not path.is_file():
        file = clean_name(source.path, 300)
        raise TakeError(
            tr("the recording of the take {take} is missing: there is no file {file}", take=_name(take), file=file)
        )
    _check_unchanged(take, path, report.source.sha256 or source.sha256)
    return Footage(path, start_of_footage(path, _observations(journal)))


class TimedReading(Protocol):
    """A reading of a take, as far as its place in the recording is concerned."""

    @property
    def t(self) -> float:
        """Take time in seconds."""
        ...

    @property
    def reason(self) -> Reason | None:
        """Why no face was read; None if one was."""
        ...


def start_of_video(readings: Iterable[TimedReading]) -> float:
    """Take time of the first picture after the countdown, with which the video of a take begins; 0 without pictures.

    Args:
        readings: those of the take, in order.
    """
    return next((item.t for item in readings if item.t >= 0 and item.reason not in NO_IMAGE_REASONS), 0.0)


def start_of_footage(path: Path, readings: Iterable[TimedReading]) -> float:
    """Take time at which players begin the file at `path`, with which the take of `readings` was played.

    It is 0, or negative for a take of an earlier version, which counted from the first picture or the first track.
    """
    return min(start_of_video(readings) - _first_picture_s(path), 0.0)


def _observations(journal: Journal) -> Iterator[Observation]:
    return (item for item in journal.inputs() if isinstance(item, Observation))


def _check_unchanged(take: Path, path: Path, sha256: str) -> None:
    try:
        current = sha256_of(path)
    except OSError as error:
        raise TakeError(
            tr(
                "cannot read the recording {path}: {reason}",
                path=clean_name(str(path), 300),
                reason=error_reason(error),
            )
        ) from error
    if current != sha256:
        file = clean_name(str(path), 300)
        if sha256:
            raise _no_recording(take, tr("{file} is not the file that it was played with", file=file))
        raise _no_recording(take, tr("{file} cannot be recognised as its recording", file=file))


def _first_picture_s(path: Path) -> float:
    """When the pictures of the video at `path` begin, as players count; 0 if the file cannot be read."""
    from coach.media.libav import av
    from coach.media.recorded import picture_tracks, start_of, zero_of

    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            track = picture_tracks(container)[0]
            return float((start_of(track) or 0) - (zero_of(container, track) or 0))
    except (av.error.FFmpegError, IndexError, ValueError):
        return 0.0


def _name(take: Path) -> str:
    return clean_name(take.name, 100)
