"""Writes the log of a mirror run as .csv or .jsonl: one row per face and frame."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from coach.base.errors import OutputError
from coach.base.files import error_reason, write_all
from coach.base.messages import tr, tr_n
from coach.base.text import clean, clean_name, join_with_or
from coach.base.types import EMOTIONS
from coach.recordings.names import claim, display_name, release

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from coach.base.types import Probabilities
    from coach.core.face.person import MeasuredFace
    from coach.core.mirror.view import MirrorFace, MirrorView

_log = logging.getLogger(__name__)

SUFFIXES: Final = (".csv", ".jsonl")

SMOOTHED: Final = tuple(f"{emotion}_smoothed" for emotion in EMOTIONS)
"""Columns of the smoothed even-handed reading."""

COLUMNS: Final = ("t", "track", "x", "y", "w", "h", *EMOTIONS, *SMOOTHED, "label", "flags")
"""`t` is in seconds, the box in pixels of the frame; columns named like emotions have the model's raw probabilities."""

HEAD_COLUMNS: Final = ("head_yaw", "head_pitch", "head_roll", "eyes", "landmarks")
"""Angles of the head in degrees; ``lens``, ``away`` or ``page``; what makes the measures worth little, or empty."""

_FACE_COLUMNS: Final = ("t", "track", "x", "y", "w", "h")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets evaluate cells that begin with these as formulas, which may open programs or addresses."""


class MirrorLog:
    """Writes each row at once, so that a kill loses none, and a full disk only those that do not fit.

    CSV follows RFC 4180, in UTF-8 with a byte order mark. Emotions always have their plain names. Empty cells (JSON:
    null) mean that the face was not classified. Flags: the reason why it was not classified; ``held``: the smoothed
    values are from a moment ago; ``unsure``: no emotion is clear enough; ``weight 0.43``: the face's weight, if not 1.

    Attributes:
        path: absolute path of the file.
        rows: number of rows written so far.
        kept: number of rows and what ended them, as a phrase; None if no file remains.
        trouble: a sentence for the user if writing ended early; else None.
    """

    def __init__(self, path: Path, *, pictures: bool = False, measures: bool = False, force: bool = False) -> None:
        """Create the file.

        Args:
            path: path of the file, which ends in .csv or .jsonl and must not exist.
            pictures: add a last column, `picture`, with the file name of the row's picture.
            measures: add columns with the measures of the face against rest, in eye distances, and `HEAD_COLUMNS`.
            force: replace an existing file.

        Raises:
            AlreadyThereError: `path` exists, and `force` is not set.
            OutputError: the suffix is unknown, or the file cannot be created.
        """
        if path.suffix.lower() not in SUFFIXES:
            raise OutputError(
                tr("{path}: logs are written as {kinds}", path=display_name(path), kinds=join_with_or(SUFFIXES))
            )
        self.path = claim(path, force=force)
        self.rows = 0
        self.trouble: str | None = None
        self._csv = path.suffix.lower() == ".csv"
        self._measures = measure_names() if measures else ()
        extra = (*self._measures, *HEAD_COLUMNS) if measures else ()
        self._columns = (*COLUMNS, *extra, *(("picture",) if pictures else ()))
        self._size = 0
        self._error = ""
        self._handle: int | None = self._open()
        if self._csv:
            # Excel detects UTF-8 only by a byte order mark.
            self._put(_line(self._columns).encode("utf-8-sig"))

    def write(self, view: MirrorView, picture: str = "") -> None:
        """Append a row for each face of `view`; `picture` is the value of the column `picture`, if the log has it."""
        rows = [
            _row(view.t, face) | _measured(self._measures, face.measured) | {"picture": picture} for face in view.faces
        ]
        if rows and self._put("".join(map(self._to_text, rows)).encode("utf-8", "replace")):
            self.rows += len(rows)

    @property
    def kept(self) -> str | None:
        """See the attributes."""
        if not self._size:
            return None
        rows = tr_n("{count} row", "{count} rows", self.rows)
        return tr("{rows}, stopped ({reason})", rows=rows, reason=self._error) if self.trouble else rows

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            with suppress(OSError):
                os.close(handle)
            release(self.path)

    def __enter__(self) -> MirrorLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> int:
        try:
            return os.open(self.path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise OutputError(
                tr("{path}: cannot be written: {reason}", path=display_name(self.path), reason=error_reason(error))
            ) from None

    def _to_text(self, row: dict[str, Any]) -> str:
        if self._csv:
            return _line([_cell(row[column]) for column in self._columns])
        plain = {column: row[column] for column in self._columns}
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n"

    def _put(self, data: bytes) -> bool:
        """Write all of `data`; if that fails, truncate the file to its old length and return False."""
        if self._handle is None or self.trouble:
            return False
        try:
            write_all(self._handle, data)
        except OSError as error:
            _log.warning("%s: no more rows: %s", self.path, error)
            self._error = clean(error_reason(error), 200)
            self.trouble = tr_n(
                "{path}: the log ends after {count} row: {reason}",
                "{path}: the log ends after {count} rows: {reason}",
                self.rows,
                path=display_name(self.path),
                reason=self._error,
            )
            with suppress(OSError):
                os.ftruncate(self._handle, self._size)
            return False
        self._size += len(data)
        return True


def _row(t: float, face: MirrorFace) -> dict[str, Any]:
    box = (face.box.x, face.box.y, face.box.width, face.box.height)
    cells = (round(t, 4), face.track, *(round(value, 1) + 0.0 for value in box))  # + 0.0 turns -0.0 into 0.0
    return {
        **dict(zip(_FACE_COLUMNS, cells, strict=True)),
        **_shares(EMOTIONS, face.raw),
        **_shares(SMOOTHED, face.smoothed),
        "label": face.label,
        "flags": _flags(face),
    }


def measure_names() -> tuple[str, ...]:
    """The columns of the measures."""
    from coach.core.face.measures import MEASURES  # most logs have none

    return tuple(each.key for each in MEASURES)


def _measured(names: tuple[str, ...], face: MeasuredFace | None) -> dict[str, Any]:
    """The cells of the measures; those of a face that was not measured at this moment are empty."""
    if face is None or not names:
        return dict.fromkeys((*names, *HEAD_COLUMNS))
    cells = (*(round(angle, 1) + 0.0 for angle in face.head), face.gaze, face.trouble or "")
    return {**dict(zip(names, face.measures, strict=True)), **dict(zip(HEAD_COLUMNS, cells, strict=True))}


def _shares(names: tuple[str, ...], shares: Probabilities | None) -> dict[str, float | None]:
    if shares is None:
        return dict.fromkeys(names)
    return {name: round(share, 4) + 0.0 for name, share in zip(names, shares, strict=True)}


def _flags(face: MirrorFace) -> list[str]:
    flags = [face.reason] if face.reason else []
    return [
        *flags,
        *(["held"] if face.raw is None and face.smoothed is not None else []),
        *(["unsure"] if face.smoothed is not None and face.label is None else []),
        *([f"weight {face.weight:.2f}"] if face.weight != 1 else []),
    ]


def _cell(value: object) -> object:
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, str):
        value = clean_name(value, 300)
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else value


def _line(cells: tuple[str, ...] | list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
