"""The graph of a mirror run: the readings of the main person over time, as .png or .svg."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from coach.base.errors import OutputError
from coach.base.files import why, write_atomically
from coach.base.text import clean
from coach.recordings.names import claim_near, let_go, refuse_taken, shown
from coach.recordings.thinning import Peaks, Share, Thinned

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from coach.core.mirror.view import Labels, MirrorFace, MirrorView, Pictures

_log = logging.getLogger(__name__)

SUFFIXES: Final = (".png", ".svg")

MOST_OTHERS: Final = 24
"""Most people beside the main one whose samples are kept; those seen most briefly are discarded."""

_OTHERS_BUCKETS: Final = 512


class Graph:
    """Collects views in bounded memory and writes the graph when closed. Thinning keeps all peaks and gaps.

    Attributes:
        path: absolute path of the file, which `close` writes; ``NAME_2`` and so on where the name was taken meanwhile.
        kept: empty once the file is written; None before, and after a failure.
        trouble: why there is no graph, as a sentence; None without a failure.
    """

    def __init__(
        self,
        path: Path,
        *,
        meaning: str = "",
        title: str = "",
        labels: Labels = "plain",
        pictures: Pictures | None = None,
        force: bool = False,
    ) -> None:
        """Check that the file can be created later.

        Args:
            path: ends in .png or .svg; must not exist.
            meaning: what the percentages are, such as ``share of viewers who would read that``.
            title: the name of the source.
            labels: which words name the emotions.
            pictures: the still pictures of the source, drawn as dots over their names; None for other sources.
            force: replace an existing file.

        Raises:
            AlreadyThereError: the file exists, and `force` is not set.
            OutputError: the ending is unknown, or the file cannot be created.
        """
        if path.suffix.lower() not in SUFFIXES:
            raise OutputError(f"{shown(path)}: graphs are written as {' or '.join(SUFFIXES)}")
        self.path = refuse_taken(path, force=force)
        self.kept: str | None = None
        self.trouble: str | None = None
        self._force = force
        self._meaning = clean(meaning, 200)
        self._title = clean(title, 100)
        self._labels: Labels = labels
        self._pictures = pictures
        self._main: Thinned[Peaks] = Thinned()
        self._others: dict[int, Thinned[Share]] = {}
        self._gone: set[int] = set()
        self._span: tuple[float, float] | None = None
        self._closed = False

    def add(self, view: MirrorView) -> None:
        """Take the next view, in time order."""
        self._span = (self._span[0] if self._span else view.t), view.t
        faces = {face.track: face for face in view.faces}
        self._add_main(view.t, faces.pop(0, None))
        for track, face in faces.items():
            self._add_other(view.t, self._others.setdefault(track, Thinned(_OTHERS_BUCKETS)), face)
        for track, other in self._others.items():
            if track not in faces or self._pictures:
                other.miss()
        while len(self._others) > MOST_OTHERS + len(faces):
            self._discard_one(faces)

    def close(self) -> None:
        """Draw and write the file. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self._write(self._drawn())
        except (OSError, ImportError, OutputError) as error:
            _log.warning("%s: the graph cannot be written", self.path, exc_info=True)
            self.trouble = f"{shown(self.path)}: the graph could not be written: {clean(why(error), 200)}"

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
            write_atomically(self.path, data, mode=0o666)
        except OSError:
            let_go(self.path)
            raise
        self.kept = ""

    def _add_main(self, t: float, face: MirrorFace | None) -> None:
        if face is not None and face.smoothed is not None:
            self._main.add(Peaks.of(t, face.smoothed, starts=self._main.starts(t)))
        if face is None or face.smoothed is None or self._pictures:
            self._main.miss()

    def _add_other(self, t: float, other: Thinned[Share], face: MirrorFace) -> None:
        if face.smoothed is None:
            other.miss()
        else:
            other.add(Share(t, t, other.starts(t), {face.label: 1}))

    def _discard_one(self, in_sight: dict[int, MirrorFace]) -> None:
        gone = (track for track in self._others if track not in in_sight)
        least = min(gone, key=lambda track: self._others[track].samples)
        if self._others.pop(least).samples:
            self._gone.add(least)

    def _drawn(self) -> bytes:
        from coach.recordings.drawing import Drawing, draw

        most_seen = sorted(self._others.items(), key=lambda each: -each[1].samples)
        return draw(
            Drawing(
                span=self._span or (0.0, 0.0),
                main=self._main.buckets,
                others={track: other.buckets for track, other in most_seen if other.buckets},
                more=len(self._gone - self._others.keys()),
                meaning=self._meaning,
                title=self._title,
                labels=self._labels,
                pictures=self._pictures,
            ),
            self.path.suffix.lower()[1:],
        )
