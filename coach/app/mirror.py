"""The mirror: reads every face in a camera, a video or pictures, moment by moment.

`mirror` is an iterator for other programs, without window and keys. Front ends use `MirrorRun`, which adds displays,
keys, pauses and files.

Example:
    >>> for view in mirror("take.mp4"):
    ...     print(view.t, [(face.track, face.label) for face in view.faces])
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from coach.base.errors import CoachError, SourceError
from coach.base.types import READS_PER_S, Frame
from coach.core.mirror.engine import MirrorEngine
from coach.core.mirror.tally import MirrorTally

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from coach.app.notices import Notices
    from coach.base.protocols import Clock, FrameSource, Perceiver
    from coach.base.types import Box, Tick
    from coach.core.actor.examples import ActorProfile
    from coach.core.mirror.view import MirrorView
    from coach.display.mirror.state import MirrorCommand, MirrorDisplay, MirrorState


def mirror(
    source: str | Path | FrameSource,
    *,
    model: str | Path | None = None,
    detector: str = "auto",
    every: int = 3,
    max_faces: int | None = None,
    region: Box | None = None,
) -> Generator[MirrorView, None, None]:
    """Iterate over the readings of `source`, each with all visible faces. A source opened here is closed here.

    At most 15 frames per second are read; an expression lasts longer.

    Args:
        source: an argument of `coach.sources.opening.open_source` (``camera``, a file, a folder, a web address), or an
            open source, which stays open.
        model: the classifier: the name of a shipped model, or the path of a NAME.onnx with its card beside it.
        detector: the face detector, see `coach.perception.pipeline.open_crowd`.
        every: detect faces in every Nth frame that is read, and track them in between.
        max_faces: track at most this many faces, the largest first; None for all.
        region: detect faces only in this box, in pixels of the frame.

    Raises:
        SourceError: the source cannot be opened, or not read to its end. The moments before that are valid.
        ModelError: a model cannot be used.
        UsageError: an option is invalid.
    """
    from coach.sources.opening import SourceOptions, open_source

    if not isinstance(source, str | Path):
        yield from _views_of(source, detector, model, every, max_faces, region)
        return
    opened = open_source(str(source), SourceOptions(frames_per_s=READS_PER_S))
    try:
        yield from _views_of(opened, detector, model, every, max_faces, region)
    finally:
        opened.close()


def views(source: FrameSource, perceiver: Perceiver) -> Generator[MirrorView, None, None]:
    """Iterate over the readings of the open `source`, read by `perceiver` and smoothed, with or without a picture.

    Raises:
        SourceError: the source can no longer be read.
    """
    engine = MirrorEngine(perceiver.card, stills=source.info.kind == "images")
    while (moment := source.read()) is not None:
        if not isinstance(moment, Frame):
            yield engine.step(moment)
        elif perceiver.is_due(moment.t):
            yield engine.step(perceiver.observe(moment), moment)


def _views_of(
    source: FrameSource, detector: str, model: str | Path | None, every: int, max_faces: int | None, region: Box | None
) -> Generator[MirrorView, None, None]:
    from coach.perception.pipeline import Crowd, open_crowd

    mode = Crowd(every, max_faces, region, stills=source.info.kind == "images")
    yield from views(source, open_crowd(detector, model, mode))


POLL_S: Final = 0.02
"""Time between two polls of the keys during a pause, in seconds."""

MAX_STILLS: Final = 1000
"""Pictures of a folder that the summary lists one by one. Of more, only the last ones are listed."""


class ViewWriter(Protocol):
    """Writes views to files."""

    @property
    def recording(self) -> str:
        """Name of the video being written; empty if there is none."""
        ...

    def add(self, view: MirrorView, chosen: int, *, graph: bool) -> None:
        """Write the next view. `chosen` is the track whose bars, and with `graph` whose graph, are drawn."""
        ...

    def toggle_recording(self) -> None:
        """Start a video, or finish the current one."""
        ...

    def snapshot(self, view: MirrorView, chosen: int) -> None:
        """Save the picture of `view`."""
        ...


class MirrorRun:
    """A run of the mirror. It can run once.

    Frames of a live source during a pause are dropped, and their time is subtracted. So graph, log, video and totals
    have no gap.

    Attributes:
        tally: the totals.
        stills: the view of each picture, if the source consists of pictures.
        source_errors: why the source ended early, as sentences.
        interrupted: set this to end the run at the next moment.
        playing: whether it is running now.
        played_s: its length after the end, in seconds of the clock, without pauses.
    """

    def __init__(
        self,
        source: FrameSource,
        perceiver: Perceiver,
        state: MirrorState,
        *,
        clock: Clock,
        on_pause: Callable[[bool], None] | None = None,
        linger: bool = False,
    ) -> None:
        """Prepare.

        Args:
            source: an open source; the caller closes it.
            perceiver: reads all faces.
            state: of the displays; keys change it.
            clock: measures pauses and sleeps.
            on_pause: called with True at the start of a pause and False at its end, to hold a paced recording.
            linger: show the last picture until the user quits.
        """
        self.tally = MirrorTally()
        self.stills: deque[MirrorView] = deque(maxlen=MAX_STILLS)
        self.source_errors: list[str] = []
        self.interrupted = False
        self.playing = False
        self.played_s = 0.0
        self._source = source
        self._perceiver = perceiver
        self._state = state
        self._clock = clock
        self._on_pause = on_pause
        self._linger = linger
        self._engine = MirrorEngine(perceiver.card, stills=source.info.kind == "images")
        self._displays: list[MirrorDisplay] = []
        self._typed: Callable[[], Sequence[MirrorCommand]] = tuple
        self._notices: Notices | None = None
        self._writer: ViewWriter | None = None
        self._view: MirrorView | None = None
        self._quit = False
        self._last_t = 0.0
        self._skipped_t: float | None = None
        self._removed_s = 0.0
        self._paused_since: float | None = None
        self._paused_s = 0.0

    def compare_with(self, profile: ActorProfile) -> None:
        """Compare the faces with an actor's own examples."""
        from coach.app.actors import own_face_of

        self._engine.compare_with(own_face_of(profile))

    def connect(
        self,
        displays: Iterable[MirrorDisplay],
        writer: ViewWriter,
        notices: Notices,
        typed: Callable[[], Sequence[MirrorCommand]],
    ) -> None:
        """Connect displays, file writer and notices. `typed` returns the commands typed in the terminal."""
        self._displays = list(displays)
        self._writer = writer
        self._notices = notices
        self._typed = typed

    def run(self) -> None:
        """Run until the source ends, the user quits, or the run is interrupted.

        Raises:
            Exception: a bug in one of the parts. Closing the files completes what was written before.
            KeyboardInterrupt: the user interrupted a second time.
        """
        self.playing = True
        began = self._clock.now()
        try:
            while not self._over and self._step():
                self._run_commands()
            while self._linger and not self._over:
                self._run_commands()
                self._clock.sleep(POLL_S)
        finally:
            self.playing = False
            self.played_s = self._clock.now() - began - self._total_pause_s()

    def _total_pause_s(self) -> float:
        """Total length of all pauses so far, in seconds of the clock."""
        paused_since = self._paused_since
        return self._paused_s + (0.0 if paused_since is None else self._clock.now() - paused_since)

    @property
    def _over(self) -> bool:
        return self._quit or self.interrupted

    def _step(self) -> bool:
        """Process the next moment, unless paused; False at the end of the source."""
        if self._state.paused and not self._source.info.live:
            self._clock.sleep(POLL_S)
            return True
        try:
            moment = self._source.read()
        except SourceError as error:
            self.source_errors.append(str(error))
            return False
        if moment is None:
            return False
        if self._state.paused:
            self._skipped_t = moment.t
        else:
            self._process(self._without_pauses(moment))
        return True

    def _without_pauses(self, moment: Frame | Tick) -> Frame | Tick:
        """Subtract the pauses of a live source from the time of `moment`."""
        if self._skipped_t is not None:
            self._removed_s += max(0.0, min(self._skipped_t, moment.t) - self._last_t)
            self._skipped_t = None
        self._last_t = moment.t
        return replace(moment, t=moment.t - self._removed_s) if self._removed_s else moment

    def _process(self, moment: Frame | Tick) -> None:
        if isinstance(moment, Frame):
            view = self._view_of(moment)
        elif moment.reason is None:
            return
        else:
            view = self._engine.step(moment)
        self._view = view
        self.tally.add(view)
        self._state.follow(view)
        if self._writer:
            self._writer.add(view, self._state.chosen, graph=self._state.shows_graph)
        if self._source.info.kind == "images":
            self.stills.append(_without_picture(view))
        for display in self._displays:
            display.show(view)

    def _view_of(self, frame: Frame) -> MirrorView:
        if self._view is None or self._perceiver.is_due(frame.t):
            return self._engine.step(self._perceiver.observe(frame), frame)
        return replace(self._view, t=frame.t, frame=frame, is_reading=False)

    def _run_commands(self) -> None:
        if self._writer:
            self._state.recording = self._writer.recording
        if self._notices:
            self._notices.show_waiting()
        commands = [command for display in self._displays for command in display.poll()]
        for command in (*commands, *self._typed()):
            self._execute(command)

    def _execute(self, command: MirrorCommand) -> None:
        state = self._state
        if command == "quit":
            self._quit = True
        elif command == "pause":
            self._pause()
        elif command == "mirror":
            state.mirrored = not state.mirrored
        elif command == "graph":
            state.graph = not state.graph
        elif command == "person":
            state.choose_next(self._view)
        else:
            self._write(command)

    def _pause(self) -> None:
        """Pause or resume."""
        paused = self._state.paused = not self._state.paused
        self._paused_s, self._paused_since = self._total_pause_s(), self._clock.now() if paused else None
        if self._on_pause:
            self._on_pause(paused)

    def _write(self, command: MirrorCommand) -> None:
        """Toggle the recording or save a snapshot. If that fails, show a notice and continue."""
        view = self._view
        if self._writer is None or view is None:
            return
        try:
            if command == "record":
                self._writer.toggle_recording()
            elif view.frame is not None:
                self._writer.snapshot(view, self._state.chosen)
        except CoachError as error:
            if self._notices:
                self._notices(str(error))


def _without_picture(view: MirrorView) -> MirrorView:
    return replace(view, frame=None)
