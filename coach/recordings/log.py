"""The log of a mirror run: one row per face and frame, as a table (.csv) or as lines of JSON (.jsonl)."""

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
from coach.base.text import clean, clean_name
from coach.base.types import EMOTIONS
from coach.recordings.names import claim, let_go, shown

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from coach.base.types import Probabilities
    from coach.core.mirror.view import MirrorFace, MirrorView

_log = logging.getLogger(__name__)

SUFFIXES: Final = (".csv", ".jsonl")

SMOOTHED: Final = tuple(f"{emotion}_smoothed" for emotion in EMOTIONS)
COLUMNS: Final = ("t", "track", "x", "y", "w", "h", *EMOTIONS, *SMOOTHED, "label", "flags")
"""`t` in seconds; the box in pixels of the frame; then the model's own answer, and the even-handed reading smoothed."""

_PLACE = ("t", "track", "x", "y", "w", "h")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is computed by spreadsheets, which may open programs or addresses."""


class MirrorLog:
    """Writes every row at once, so that a kill loses none, and a full disk only those that did not fit.

    CSV is as in RFC 4180, in UTF-8 behind a byte order mark. The names of the emotions are always the plain ones. Empty
    cells (JSON: null) mean that the face was not read. Flags: why it was not read; ``held``: the smoothed values are a
    moment old; ``unsure``: the model names no emotion; ``weight 0.43``: how far a face can be relied on where that is
    not 1.

    Attributes:
        path: absolute, of the file.
        rows: written so far.
        kept: how much there is, as words: how many rows, and why no more; None where there is no file.
        trouble: why nothing more is written, as a sentence; None where all is well.
    """

    def __init__(self, path: Path, *, pictures: bool = False, force: bool = False) -> None:
        """Create the file.

        Args:
            path: ends in .csv or .jsonl; nothing may be there.
            pictures: the last column, `picture`, names the file that a row is about.
            force: replace a file that is there.

        Raises:
            AlreadyThereError: there is a file, and no `force`.
            OutputError: the kind is not known, or it cannot be created.
        """
        if path.suffix.lower() not in SUFFIXES:
            raise OutputError(f"{shown(path)}: logs are written as {' or '.join(SUFFIXES)}")
        self.path = claim(path, force=force)
        self.rows = 0
        self.trouble: str | None = None
        self._csv = path.suffix.lower() == ".csv"
        self._columns = (*COLUMNS, "picture") if pictures else COLUMNS
        self._size = 0
        self._ended = ""
        self._handle: int | None = self._opened()
        if self._csv:
            # Names of files may have any letters, and only with a mark at the beginning does Excel take them for UTF-8.
            # Also where there are none, so that every log can be read in the same way.
            self._put(_line(self._columns).encode("utf-8-sig"))

    def write(self, view: MirrorView, picture: str = "") -> None:
        """Add a row for each face of `view`; `picture` is the name of its file, where the log has that column."""
        rows = [_row(view.t, face) | {"picture": picture} for face in view.faces]
        if rows and self._put("".join(map(self._text, rows)).encode("utf-8", "replace")):
            self.rows += len(rows)

    @property
    def kept(self) -> str | None:
        """See the attributes."""
        if not self._size:
            return None
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        return f"{rows}, broken off ({self._ended})" if self.trouble else rows

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            with suppress(OSError):
                os.close(handle)
            let_go(self.path)

    def __enter__(self) -> MirrorLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _opened(self) -> int:
        try:
            return os.open(self.path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise OutputError(f"{shown(self.path)}: cannot be written: {error_reason(error)}") from None

    def _text(self, row: dict[str, Any]) -> str:
        if self._csv:
            return _line([_cell(row[column]) for column in self._columns])
        plain = {column: row[column] for column in self._columns}
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n"

    def _put(self, data: bytes) -> bool:
        """Write `data` whole or not at all."""
        if self._handle is None or self.trouble:
            return False
        try:
            write_all(self._handle, data)
        except OSError as error:
            _log.warning("%s: no more rows: %s", self.path, error)
            self._ended = clean(error_reason(error), 200)
            self.trouble = f"{shown(self.path)}: the log ends after {self.rows} rows: {self._ended}"
            with suppress(OSError):
                os.ftruncate(self._handle, self._size)
            return False
        self._size += len(data)
        return True


def _row(t: float, face: MirrorFace) -> dict[str, Any]:
    box = face.box
    place = (t, face.track, box.x, box.y, box.width, box.height)
    return {
        **dict(zip(_PLACE, (round(t, 4), face.track, *(round(each, 1) + 0.0 for each in place[2:])), strict=True)),
        **_shares(EMOTIONS, face.raw),
        **_shares(SMOOTHED, face.smoothed),
        "label": face.label,
        "flags": _flags(face),
    }


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
