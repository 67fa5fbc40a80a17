"""Pictures of the face for a take's page: the best, the worst and the turning point of each line.

The pictures are small private JPEG files in the take's folder `evidence`, with their times and readings in
`index.json`. While a line is played at most three crops are in memory.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach.base.events import Event, LineEnded, LineStarted, Reading
from coach.base.files import PRIVATE_FOLDER_MODE, error_reason, read_regular, write_atomically
from coach.base.messages import tr
from coach.base.types import Box, Emotion, Frame
from coach.core.analysis.moments import PICTURE_KINDS, FacePicture, PictureKind
from coach.core.script.script import Script
from coach.core.script.targets import Target
from coach.takes.contents import EVIDENCE_NAME

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]

_log = logging.getLogger(__name__)

_INDEX: Final = "index.json"

SIDE: Final = 240
"""Side of a picture in pixels; shorter at the edge of the frame."""

_MARGIN: Final = 1.5
"""Size of a picture relative to the face's box, so that brows, chin and hair are visible."""

_JPEG_QUALITY: Final = 82
_JPEG_START: Final = b"\xff\xd8\xff"

_MAX_BYTES: Final = 1 << 20
"""Larger files were not written by the coach and are ignored."""

_NAME: Final = re.compile(r"line-\d{1,6}-(?:best|worst|turning-point)\.jpg")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    line: int = Field(ge=1)
    kind: PictureKind
    t: float = Field(allow_inf_nan=False)
    read: Emotion | None
    share: float = Field(ge=0, le=1)
    file: str = Field(pattern=_NAME)


class _Index(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = 1
    pictures: list[_Entry] = []


class FacePictureKeeper:
    """A frame and event sink that writes pictures of the face into the take folder `take`.

    Write errors do not stop the run: `notify` gets one sentence, and no further picture is written.
    """

    def __init__(self, take: Path, script: Script, notify: Callable[[str], None]) -> None:
        self._folder = take / EVIDENCE_NAME
        self._script = script
        self._notify = notify
        self._frame: Frame | None = None
        self._choice: _Choice | None = None
        self._written: dict[int, list[_Entry]] = {}
        self._complete: set[int] = set()
        self._stopped = False

    def show(self, frame: Frame) -> None:
        """Keep `frame` until its reading arrives."""
        self._frame = frame

    def handle(self, event: Event) -> None:
        """Choose pictures while a line is played, and write them when it ends."""
        if self._stopped:
            return
        if isinstance(event, LineStarted):
            target = self._script.spoken[event.index - 1].target
            self._choice = _Choice(target) if target else None
        elif isinstance(event, Reading) and self._choice is not None and self._frame is not None:
            if self._frame.t == event.t and event.index is not None:
                self._choice.consider(event, self._frame.image)
        elif isinstance(event, LineEnded):
            self._end_line(event)

    def close(self) -> None:
        """Release the last frame."""
        self._frame = self._choice = None

    def _end_line(self, event: LineEnded) -> None:
        choice, self._choice = self._choice, None
        # A repetition that was cut short does not replace the pictures of a complete line.
        if choice is None or (event.cut and event.index in self._complete):
            return
        if not event.cut:
            self._complete.add(event.index)
        try:
            self._write(event.index, choice)
        except OSError as error:
            self._stopped = True
            _log.warning("no more pictures in %s: %s", self._folder, error)
            self._notify(
                tr(
                    "No more pictures are kept in {folder} ({reason}); the rehearsal goes on.",
                    folder=self._folder,
                    reason=error_reason(error),
                )
            )

    def _write(self, line: int, choice: _Choice) -> None:
        self._folder.mkdir(PRIVATE_FOLDER_MODE, exist_ok=True)
        for old in self._written.pop(line, []):
            (self._folder / old.file).unlink(missing_ok=True)
        entries = []
        for kind, shot in choice.shots():
            name = f"line-{line}-{kind.replace(' ', '-')}.jpg"
            write_atomically(self._folder / name, _to_jpeg(shot.pixels))
            entries.append(_Entry(line=line, kind=kind, t=shot.t, read=shot.read, share=shot.share, file=name))
        self._written[line] = entries
        index = _Index(pictures=[entry for of_line in self._written.values() for entry in of_line])
        write_atomically(self._folder / _INDEX, index.model_dump_json(indent=1).encode())


class _Shot:
    """One reading with its picture."""

    def __init__(self, reading: Reading, share: float, pixels: Pixels) -> None:
        self.t, self.read, self.share, self.pixels = reading.t, reading.read, min(max(share, 0.0), 1.0), pixels


class _Choice:
    """The best, the worst and the turning point of one line so far."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._shots: dict[PictureKind, _Shot] = {}
        self._was_on_target: bool | None = None

    def consider(self, reading: Reading, image: Pixels) -> None:
        """Keep the frame of `reading` for each kind that it fits better than the frames before."""
        actor = reading.observation.actor
        if reading.smoothed is None or actor is None:
            return
        part = reading.fit.part if reading.fit else 0
        share = self._target.parts[part].probability(reading.smoothed)
        on_target = bool(reading.on_target)
        kinds = self._better_for(share, on_target)
        if kinds:
            shot = _Shot(reading, share, crop_picture(image, actor.box))
            self._shots |= dict.fromkeys(kinds, shot)
        self._was_on_target = on_target

    def _better_for(self, share: float, on_target: bool) -> list[PictureKind]:
        """The kinds for which this reading is better than the kept one."""
        best, worst = self._shots.get("best"), self._shots.get("worst")
        kinds: list[PictureKind] = []
        if best is None or share > best.share:
            kinds.append("best")
        if worst is None or share < worst.share:
            kinds.append("worst")
        turns = self._was_on_target is not None and on_target != self._was_on_target
        if turns and "turning point" not in self._shots:
            kinds.append("turning point")
        return kinds

    def shots(self) -> list[tuple[PictureKind, _Shot]]:
        """The kept pictures by kind; a reading kept for several kinds only for the first."""
        first_kinds: dict[float, tuple[PictureKind, _Shot]] = {}
        for kind, shot in self._shots.items():
            first_kinds.setdefault(shot.t, (kind, shot))
        return list(first_kinds.values())


def crop_picture(image: Pixels, box: Box) -> Pixels:
    """Crop the face in `box` with a margin, `SIDE` pixels square, or less at the edge of the frame; never padded."""
    import cv2
    import numpy as np

    side = max(box.width, box.height, 1.0) * _MARGIN
    left, right = _clip(box.centre[0], side, image.shape[1])
    top, bottom = _clip(box.centre[1], side, image.shape[0])
    scale = SIDE / side
    size = max(round((right - left) * scale), 1), max(round((bottom - top) * scale), 1)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image[top:bottom, left:right], size, interpolation=method), np.uint8)


def _clip(centre: float, side: float, end: int) -> tuple[int, int]:
    """Range of pixels (end exclusive) of `side` pixels around `centre`, clipped to 0 to `end`; at least one pixel."""
    first = min(max(round(centre - side / 2), 0), end - 1)
    return first, min(max(round(centre + side / 2), first + 1), end)


def _to_jpeg(pixels: Pixels) -> bytes:
    import cv2

    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return data.tobytes()


def pictures_of(take: Path) -> list[FacePicture]:
    """The pictures in folder `take`, by line and `PICTURE_KINDS`; empty if the index is missing or damaged."""
    folder = take / EVIDENCE_NAME
    try:
        index = _Index.model_validate_json(read_regular(folder / _INDEX))
    except (OSError, ValidationError):
        return []
    entries = sorted(index.pictures, key=lambda entry: (entry.line, PICTURE_KINDS.index(entry.kind)))
    return [picture for entry in entries if (picture := _picture(folder, entry))]


def has_damaged_index(take: Path) -> bool:
    """Whether the take folder `take` has pictures but no readable index."""
    folder = take / EVIDENCE_NAME
    try:
        _Index.model_validate_json((folder / _INDEX).read_bytes())
    except (OSError, ValidationError):
        return folder.is_dir()
    return False


def _picture(folder: Path, entry: _Entry) -> FacePicture | None:
    path = folder / entry.file
    try:
        if path.is_symlink() or path.stat().st_size > _MAX_BYTES:
            return None
        data = read_regular(path)
    except OSError:
        return None
    if not data.startswith(_JPEG_START):
        return None
    return FacePicture(entry.line, entry.kind, entry.t, entry.read, entry.share, data)
