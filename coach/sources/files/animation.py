"""An animated GIF, WebP, PNG or AVIF as a film."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from coach.base.errors import SourceError
from coach.base.files import sha256_of
from coach.base.messages import tr
from coach.base.protocols import SourceInfo, SourceStats
from coach.base.text import clean_name
from coach.base.types import Frame, Tick
from coach.sources.files.picture_file import bgr_of, faults_of, open_picture_file

SHORTEST_MS: Final = 10
"""Browsers show pictures with this duration or less for `USUAL_MS`, because many files carry a wrong 0."""

USUAL_MS: Final = 100


class AnimationSource:
    """Frames of the animation at `path`, played once, each at the time at which browsers show it.

    After the last frame comes a tick at its end.
    """

    def __init__(self, path: Path) -> None:
        """Open the file and decode its first picture.

        Raises:
            SourceError: the file cannot be read.
        """
        self._path = path
        self._name = clean_name(path.name, 200)
        self._stats = SourceStats()
        self._number = 0
        self._t = 0.0
        with faults_of(path):
            self._picture = open_picture_file(path)
        self._closed = False
        if getattr(self._picture, "default_image", False):  # a PNG that has it for programs without animations
            self._number = 1
        self._pending: Frame | Tick | None = None
        self._pending = first = self._first()
        height, width = first.image.shape[:2]
        self._info = SourceInfo(
            "video", self._name, live=False, path=str(path.absolute()), width=width, height=height,
            sha256=sha256_of(path),
        )  # fmt: skip

    @property
    def info(self) -> SourceInfo:
        """Description of the file, with the size of its first picture; the duration is not known."""
        return self._info

    @property
    def stats(self) -> SourceStats:
        """Number of frames returned, and a warning if the rest cannot be read."""
        return replace(self._stats)

    def read(self) -> Frame | Tick | None:
        """The next frame, then the tick at the end; None after that and once closed."""
        moment, self._pending = self._pending or self._next(), None
        self._stats.frames += isinstance(moment, Frame)
        return moment

    def close(self) -> None:
        """Close the file; further reads return None."""
        self._closed = True
        self._pending = None
        self._picture.close()

    def _first(self) -> Frame:
        try:
            first = self._decode()
            if first is None:
                damaged = tr("there is no picture in it. The file is damaged.")
                raise SourceError(f"{self._name}: {damaged}")
        except SourceError:
            self.close()
            raise
        return first

    def _next(self) -> Frame | Tick | None:
        if self._closed:
            return None
        try:
            frame = self._decode()
        except SourceError:
            frame = None
            self._stats.damaged += 1
            damaged = tr("damaged. Only {seconds:.1f} seconds could be read.", seconds=self._t)
            self._stats.warnings.append(f"{self._name}: {damaged}")
        if frame is None:
            self.close()
            return Tick(self._t)
        return frame

    def _decode(self) -> Frame | None:
        """The picture with the current number; None if there are no more.

        Raises:
            SourceError: it is damaged.
        """
        with faults_of(self._path):
            try:
                self._picture.seek(self._number)
            except EOFError:
                return None
            frame = Frame(self._t, bgr_of(self._picture, self._path))
        shown_ms = float(self._picture.info.get("duration") or 0)
        self._t += (shown_ms if shown_ms > SHORTEST_MS else USUAL_MS) / 1000
        self._number += 1
        return frame
