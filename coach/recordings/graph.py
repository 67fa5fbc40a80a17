"""Collects the readings of a mirror run for its graph, a .png or .svg."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from coach.base.errors import OutputError
from coach.base.files import error_reason, write_atomically
from coach.base.messages import tr
from coach.base.text import clean, join_with_or
from coach.recordings.names import claim_near, display_name, refuse_taken, release
from coach.recordings.thinning import Peaks, Share, Thinned

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from coach.core.mirror.view import LabelStyle, MirrorFace, MirrorView, PictureSequence

_log = logging.getLogger(__name__)

SUFFIXES: Final = (".png", ".svg")

MAX_OTHERS: Final = 24
"""Samples of at most this many people besides the main one are kept; those seen most briefly are discarded."""

_OTHERS_BUCKETS: Final = 512


class Graph:
    """Collects views in bounded memory and writes the graph when closed. Thinning keeps all peaks and gaps.

    Attributes:
        path: absolute path of the file, which `close` writes; ``NAME_2`` and so on if the name was taken meanwhile.
        kept: an empty string once the file is written; None before, and after a failure.
        trouble: why the graph was not written, as a sentence; None without a failure.
    """

    def __init__(
        self,
        path: Path,
        *,
        meaning: str = "",
        title: str = "",
        labels: LabelStyle = "plain",
        pictures: PictureSequence | None = None,
        force: bool = False,
    ) -> None:
        """Check that the file can be created later.

        Args:
            path: path of the file, which ends in .png or .svg and must not exist.
            meaning: meaning of the percentages, such as ``share of viewers who would read that``.
            title: name of the source.
            labels: style of the emotions' names.
            pictures: still pictures of the source, drawn as dots over their names; None for other sources.
            force: replace an existing file.

        Raises:
            AlreadyThereError: `path` exists, and `force` is not set.
            OutputError: the suffix is unknown, or the file cannot be created.
        """
        if path.suffix.lower() not in SUFFIXES:
            raise OutputError(
                tr("{path}: graphs are written as {kinds}", path=display_name(path), kinds=join_with_or(SUFFIXES))
            )
        self.path = refuse_taken(path, force=force)
        self.kept: str | None = None
        self.trouble: str | None = None
        self._force = force
        self._meaning = clean(meaning, 200)
        self._title = clean(title, 100)
        self._labels: LabelStyle = labels
        self._pictures = pictures
        self._main: Thinned[Peaks] = Thinned()
        self._others: dict[int, Thinned[Share]] = {}
        self._discarded: set[int] = set()
        self._span: tuple[float, float] | None = None
        self._closed = False

    def add(self, view: MirrorView) -> None:
        """Add the next view, in time order."""
        self._span = (self._span[0] if self._span else view.t), view.t
        faces = {face.track: face for face in view.faces}
        self._add_main(view.t, faces.pop(0, None))
        for track, face in faces.items():
            self._add_other(view.t, self._others.setdefault(track, Thinned(_OTHERS_BUCKETS)), face)
        for track, other in self._others.items():
            if track not in faces or self._pictures:
                other.begin_gap()
        while len(self._others) > MAX_OTHERS + len(faces):
            self._discard_one(faces)

    def close(self) -> None:
        """Draw and write the file. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self._write(self._draw())
        except (OSError, ImportError, OutputError) as error:
            _log.warning("%s: the graph cannot be written", self.path, exc_info=True)
            self.trouble = tr(
                "{path}: the graph could not be written: {reason}",
                path=display_name(self.path),
                reason=clean(error_reason(error), 200),
            )

    def __enter__(self) -> Graph:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        if not (self._force and self.path.is_file()):
            self.path = claim_near(self.path)
        try:
            write_atomically(self.path, data)
        except OSError:
            release(self.path)
            raise
        self.kept = ""

    def _add_main(self, t: float, face: MirrorFace | None) -> None:
        if face is not None and face.smoothed is not None:
            self._main.add(Peaks.of(t, face.smoothed, after_gap=self._main.is_after_gap(t)))
        if face is None or face.smoothed is None or self._pictures:  # still pictures are not joined by lines
            self._main.begin_gap()

    def _add_other(self, t: float, other: Thinned[Share], face: MirrorFace) -> None:
        if face.smoothed is None:
            other.begin_gap()
        else:
            other.add(Share(t, t, other.is_after_gap(t), {face.label: 1}))

    def _discard_one(self, in_sight: dict[int, MirrorFace]) -> None:
        """Discard the person out of sight who has the fewest samples."""
        out_of_sight = (track for track in self._others if track not in in_sight)
        briefest = min(out_of_sight, key=lambda track: self._others[track].samples)
        if self._others.pop(briefest).samples:
            self._discarded.add(briefest)

    def _draw(self) -> bytes:
        from coach.recordings.drawing import Drawing, draw

        by_samples = sorted(self._others.items(), key=lambda item: -item[1].samples)
        return draw(
            Drawing(
                span=self._span or (0.0, 0.0),
                main=self._main.buckets,
                others={track: other.buckets for track, other in by_samples if other.buckets},
                discarded=len(self._discarded - self._others.keys()),
                meaning=self._meaning,
                title=self._title,
                labels=self._labels,
                pictures=self._pictures,
            ),
            self.path.suffix.lower()[1:],
        )
