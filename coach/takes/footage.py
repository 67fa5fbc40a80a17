"""The recording of a take, where there still is one: its own video, or the file that it was played with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coach.base.errors import TakeError
from coach.base.files import sha256_of, why
from coach.base.text import clean_name
from coach.base.types import NO_PICTURE, Observation
from coach.takes.contents import VIDEO_NAME

if TYPE_CHECKING:
    from coach.core.scoring.report import Report
    from coach.takes.journal import Journal


@dataclass(frozen=True, slots=True)
class Footage:
    """A video file, whose first picture was taken at take time `begins`."""

    path: Path
    begins: float


def footage_of(take: Path, journal: Journal, report: Report) -> Footage:
    """The recording of the take in folder `take`.

    Raises:
        TakeError: there is none, it has gone, or it is no longer the file that the take was played with.
    """
    own = take / VIDEO_NAME
    if own.is_file() and own.stat().st_size:
        return Footage(own, _first_picture(journal))
    source = journal.header.source
    if source.kind != "video":
        made = {"camera": "with a camera and without --record", "images": "from pictures"}
        raise TakeError(f"{_name(take)} has no recording: it was made {made.get(source.kind, 'without a picture')}")
    path = Path(source.path)
    if not path.is_file():
        raise TakeError(f"the recording of {_name(take)} has gone: there is no file {clean_name(source.path, 300)}")
    _check(take, path, report.source.sha256 or source.sha256)
    return Footage(path, 0.0)


def _check(take: Path, path: Path, sha256: str) -> None:
    try:
        found = sha256_of(path)
    except OSError as error:
        raise TakeError(f"cannot read the recording {clean_name(str(path), 300)}: {why(error)}") from error
    if found != sha256:
        changed = "is not the file that it was played with" if sha256 else "cannot be told to be its recording"
        raise TakeError(f"{_name(take)} has no recording: {clean_name(str(path), 300)} {changed}")


def _first_picture(journal: Journal) -> float:
    """Take time of the first moment that the camera saw once the countdown was over: the first picture of the video."""
    seen = (item for item in journal.inputs() if isinstance(item, Observation) and item.t >= 0)
    return next((item.t for item in seen if item.reason not in NO_PICTURE), 0.0)


def _name(take: Path) -> str:
    return f"the take {clean_name(take.name, 100)}"
