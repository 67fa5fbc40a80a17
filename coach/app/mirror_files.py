"""The output files of the mirror: video, log, graph, snapshots, annotated copies.

A file that fails while it is written gives a notice; the run goes on.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from coach.base.errors import OutputError, UsageError
from coach.base.files import error_reason
from coach.base.messages import tr
from coach.base.text import clean_name, join_with_or

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from coach.base.protocols import SourceInfo
    from coach.core.mirror.view import MirrorView, PictureSequence
    from coach.display.mirror.state import FaceStyle
    from coach.recordings.graph import Graph
    from coach.recordings.log import MirrorLog
    from coach.recordings.recording import Recording
    from coach.recordings.stills import Album


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPaths:
    """The output files that the user has named; None for no such file.

    Attributes:
        force: replace existing files.
        measures: the log has columns with measures of the face.
    """

    output: Path | None = None
    log: Path | None = None
    graph: Path | None = None
    force: bool = False
    measures: bool = False

    def check(self) -> None:
        """Refuse paths that cannot be written, before anything is opened.

        Raises:
            UsageError: the file type is not supported, or two files have the same path.
            OutputError: the file exists, or its folder is missing or not writable.
        """
        for option, path, kinds in (("--log", self.log, (".csv", ".jsonl")), ("--graph", self.graph, (".png", ".svg"))):
            if path is not None and path.suffix.lower() not in kinds:
                named, ends = clean_name(str(path), 200), join_with_or(kinds)
                raise UsageError(
                    tr("{option} {path}: the name must end in {ends}", option=option, path=named, ends=ends)
                )
        paths = [path.expanduser().absolute() for path in (self.output, self.log, self.graph) if path is not None]
        if len(set(paths)) < len(paths):
            raise UsageError(tr("--output, --log and --graph must be different files"))
        for path in paths:
            try:
                _check_writable(path, force=self.force)
            except OSError as error:  # a name that is too long, or a folder without read permission
                raise OutputError(
                    tr(
                        "{path}: cannot be written: {reason}",
                        path=clean_name(str(path), 300),
                        reason=error_reason(error),
                    )
                ) from None


def _check_writable(path: Path, *, force: bool) -> None:
    """Refuse an unwritable `path` early, before another output file is created."""
    from coach.recordings.names import folder_problem

    shown = clean_name(str(path), 300)
    if not force and path.exists() and not path.is_dir():
        raise OutputError(tr("{path}: is already there; choose another name, or --force", path=shown))
    if not path.parent.is_dir():
        raise OutputError(f"{shown}: {folder_problem(path.parent)}")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(tr("{path}: you have no permission to write to the folder", path=shown))


class Sink(Protocol):
    """A file being written."""

    path: Path
    trouble: str | None

    @property
    def kept(self) -> str | None:
        """Describe how much was written; empty if there is nothing to add, None if nothing was written."""
        ...

    def close(self) -> None:
        """Finish it. Safe to call twice."""
        ...


class MirrorFiles:
    """Writes the files that the user has named, and those requested by keys during the run.

    Attributes:
        written: a description and the path of each file. If a file is incomplete, the description says why.
        warnings: sentences about files of which nothing could be written.
        failed: whether a file is incomplete or missing.
    """

    def __init__(
        self,
        paths: OutputPaths,
        source: SourceInfo,
        notices: Callable[[str], None],
        style: FaceStyle | None = None,
        *,
        pictures: PictureSequence | None = None,
    ) -> None:
        """Open the named files.

        Args:
            paths: the files.
            source: where the views come from.
            notices: gets a sentence when a file fails, and when a recording starts or ends.
            style: of faces in pictures and video; None for the default.
            pictures: the still pictures of the source; None if it has none.

        Raises:
            CoachError: a file cannot be written; none is left open.
        """
        from coach.display.mirror.composition import VideoComposer
        from coach.display.mirror.state import FaceStyle

        self.written: list[tuple[str, Path]] = []
        self.warnings: list[str] = []
        self.failed = False
        self._paths = paths
        self._source = source
        self._notices = notices
        self._style = style or FaceStyle()
        self._pictures = pictures
        self._composer = VideoComposer(self._style)
        self._sinks: list[tuple[str, Sink]] = []
        self._reported: set[str] = set()
        self._recording: Recording | None = None
        self._log: MirrorLog | None = None
        self._graph: Graph | None = None
        self._album: Album | None = None
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    @property
    def recording(self) -> str:
        """Name of the video being written; empty if there is none."""
        return self._recording.path.name if self._recording else ""

    def add(self, view: MirrorView, chosen: int, *, graph: bool = True) -> None:
        """Write the next view. `chosen` is the track whose bars, and with `graph` whose graph, are drawn."""
        if view.is_reading:
            self._composer.add(view)
            if self._log:
                self._log.write(view, self.name_of(view.t))
            if self._graph:
                self._graph.add(view)
        if self._recording and view.frame is not None:
            self._recording.add(view.t, self._composer.picture(view, chosen, graph=graph))
        if self._album and view.frame is not None:
            self._album.add(self.name_of(view.t), self._annotated(view, chosen))
        for _, sink in self._sinks:
            self._report_trouble(sink)

    def toggle_recording(self) -> None:
        """Start a video under a new name, or finish the current one.

        Raises:
            OutputError: nothing can be written in the current folder, or the source has only still pictures.
        """
        from coach.recordings.names import by_time

        if self._pictures:
            raise OutputError(
                tr("still pictures make no video: s saves this one, and --output FOLDER saves copies of all")
            )
        if self._recording is not None:
            self._end_recording()
        else:
            self._recording = by_time(self._new_recording, Path(), ".mp4")
            self._sinks.append((tr("Video"), self._recording))
            self._notices(tr("recording to {file}", file=self._recording.path.name))

    def snapshot(self, view: MirrorView, chosen: int) -> None:
        """Save the picture of `view` under a new name.

        Raises:
            OutputError: nothing can be written in the current folder.
        """
        from coach.recordings.names import by_time
        from coach.recordings.stills import save_picture

        picture = self._annotated(view, chosen)
        path = by_time(lambda name: save_picture(name, picture), Path(), ".png")
        self.written.append((tr("Snapshot:"), path))
        self._notices(tr("snapshot {file}", file=path.name))

    def name_of(self, t: float) -> str:
        """Name of the still picture at `t` seconds; empty for other sources."""
        return self._pictures.name(t) if self._pictures else ""

    def close(self) -> None:
        """Finish every file. Safe to call twice."""
        self._recording = self._log = self._graph = self._album = None
        sinks, self._sinks = self._sinks, []
        for words, sink in sinks:
            self._finish(words, sink)

    def _open(self) -> None:
        paths = self._paths
        if paths.output is not None and self._pictures:
            self._album = self._new_album(paths.output)
            self._sinks.append((tr("Annotated copy") if self._album.single else tr("Annotated copies"), self._album))
        elif paths.output is not None:
            self._recording = self._new_recording(paths.output, force=paths.force)
            self._sinks.append((tr("Video"), self._recording))
        if paths.log is not None:
            self._log = self._new_log(paths.log)
            self._sinks.append((tr("Log"), self._log))
        if paths.graph is not None:
            self._graph = self._new_graph(paths.graph)
            self._sinks.append((tr("Graph"), self._graph))

    def _new_recording(self, path: Path, *, force: bool = False) -> Recording:
        from coach.recordings.recording import Recording

        return Recording(path, audio_from=self._sound(), live=self._source.live, force=force)

    def _sound(self) -> Path | None:
        """The file whose sound goes with the pictures; None for a camera or an animated picture."""
        from coach.media.recorded import is_image_file

        path = Path(self._source.path)
        return path if self._source.kind == "video" and self._source.path and not is_image_file(path) else None

    def _annotated(self, view: MirrorView, chosen: int) -> NDArray[np.uint8]:
        from coach.display.mirror.composition import annotate

        return annotate(view, replace(self._style, chosen=chosen))

    def _new_album(self, path: Path) -> Album:
        from coach.recordings.stills import Album

        return Album(path, force=self._paths.force)

    def _new_log(self, path: Path) -> MirrorLog:
        from coach.recordings.log import MirrorLog

        paths = self._paths
        return MirrorLog(path, pictures=self._pictures is not None, measures=paths.measures, force=paths.force)

    def _new_graph(self, path: Path) -> Graph:
        from coach.recordings.graph import Graph

        return Graph(
            path,
            meaning=self._style.meaning,
            title=self._source.name,
            labels=self._style.labels,
            pictures=self._pictures,
            force=self._paths.force,
        )

    def _end_recording(self) -> None:
        recording, self._recording = self._recording, None
        ended = [entry for entry in self._sinks if entry[1] is recording]
        self._sinks = [entry for entry in self._sinks if entry[1] is not recording]
        for words, sink in ended:
            self._finish(words, sink)
            self._report_trouble(sink)
            if sink.kept is not None:
                self._notices(tr("recorded {file}", file=", ".join(filter(None, (sink.path.name, sink.kept)))))

    def _finish(self, words: str, sink: Sink) -> None:
        sink.close()
        self.failed |= sink.trouble is not None
        if sink.kept is not None:
            self.written.append((f"{words}, {sink.kept}:" if sink.kept else f"{words}:", sink.path))
        elif sink.trouble is not None:
            self.warnings.append(sink.trouble)

    def _report_trouble(self, sink: Sink) -> None:
        """Show a notice about each error of a file once. `written` describes errors at the end."""
        if sink.trouble is not None and sink.trouble not in self._reported:
            self._reported.add(sink.trouble)
            self._notices(sink.trouble)
