"""The mirror: every face of a camera, a video or pictures, moment by moment.

`mirror` is for other programs, an iterator without window or keys; `MirrorRun` is what a front end runs, with displays,
keys, pause and files.

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
from coach.base.types import Frame
from coach.core.mirror.engine import MirrorEngine
from coach.core.mirror.tally import MirrorTally

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from coach.app.notices import Notices
    from coach.base.protocols import Clock, FrameSource, Perceiver
    from coach.base.types import Box, Tick
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
    """Every moment of `source` with everyone in sight, until it is over. What is opened here is closed here.

    Args:
        source: what `coach.sources.opening.open_source` takes (``camera``, a file, a folder, a web address), or an
            opened source, which stays open.
        model: the classifier: the name of a shipped one, or the path of a NAME.onnx with its card beside it.
        detector: what finds the faces, see `coach.perception.pipeline.open_crowd`.
        every: faces are searched in every Nth frame and followed between.
        max_faces: so many are followed at once, the biggest at first; None follows everyone.
        region: faces are searched only in it, in pixels of the frame.

    Raises:
        SourceError: the source cannot be opened, or not be read to its end; what came before stays valid.
        ModelError: a model cannot be used.
        UsageError: an option has no meaning.
    """
    from coach.sources.opening import open_source

    if not isinstance(source, str | Path):
        yield from _seen(source, detector, model, every, max_faces, region)
        return
    opened = open_source(str(source))
    try:
        yield from _seen(opened, detector, model, every, max_faces, region)
    finally:
        opened.close()


def views(source: FrameSource, perceiver: Perceiver) -> Generator[MirrorView, None, None]:
    """What `perceiver` sees of the opened `source`, smoothed, moment by moment; moments without a picture come too.

    Raises:
        SourceError: the source can no longer be read.
    """
    engine = MirrorEngine(perceiver.card, stills=source.info.kind == "images")
    while (moment := source.read()) is not None:
        if isinstance(moment, Frame):
            yield engine.step(perceiver.observe(moment), moment)
        else:
            yield engine.step(moment)


def _seen(
    source: FrameSource, detector: str, model: str | Path | None, every: int, max_faces: int | None, region: Box | None
) -> Generator[MirrorView, None, None]:
    from coach.perception.pipeline import open_crowd

    stills = source.info.kind == "images"
    crowd = open_crowd(detector, model, detect_every=every, max_faces=max_faces, region=region, stills=stills)
    yield from views(source, crowd)


WAIT_S: Final = 0.02
"""Between two looks at the keys while time stands still."""

MOST_STILLS: Final = 1000
"""So many pictures of a folder are told one by one at the end."""


class Keeping(Protocol):
    """What writes files."""

    @property
    def recording(self) -> str:
        """Name of the video that is being written, empty for none."""
        ...

    def add(self, view: MirrorView, chosen: int, *, graph: bool) -> None:
        """Take the next view; `chosen` is the track whose bars are drawn, and its graph where that is shown."""
        ...

    def toggle_recording(self) -> None:
        """Begin a video, or end the one being written."""
        ...

    def snapshot(self, view: MirrorView, chosen: int) -> None:
        """Keep the picture of `view`."""
        ...


class MirrorRun:
    """A mirror ready to run once.

    Attributes:
        tally: what was seen.
        stills: of a source of pictures, the view of each.
        trouble: why the source ended before its time, as sentences.
        interrupted: set it to end the run as soon as the next moment has come.
        playing: whether it is running now.
        played_s: once it is over, how long it ran by the clock, without pauses.

    What a live source gives during a pause is left out and its time too, as if it had stood still: graph, log, video
    and sums have no gap there.
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
            source: opened; whoever opened it closes it.
            perceiver: sees everyone.
            state: of the displays; changed as keys ask for it.
            clock: to wait by.
            on_pause: hears when time is stopped (True) and goes on (False), to hold a paced recording.
            linger: keep showing the last picture until told to quit.
        """
        self.tally = MirrorTally()
        self.stills: deque[MirrorView] = deque(maxlen=MOST_STILLS)
        self.trouble: list[str] = []
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
        self._keeping: Keeping | None = None
        self._view: MirrorView | None = None
        self._quit = False
        self._taken_t = 0.0
        self._passed_t: float | None = None
        self._left_out_s = 0.0
        self._paused_since: float | None = None
        self._paused_s = 0.0

    def join(
        self,
        displays: Iterable[MirrorDisplay],
        keeping: Keeping,
        notices: Notices,
        typed: Callable[[], Sequence[MirrorCommand]],
    ) -> None:
        """Who takes part: displays, what writes files, the notices, and the commands typed in the terminal."""
        self._displays = list(displays)
        self._keeping = keeping
        self._notices = notices
        self._typed = typed

    def run(self) -> None:
        """Run until the source ends, somebody quits, or it is interrupted.

        Raises:
            Exception: a bug in a part; what was written before is whole once it is closed.
            KeyboardInterrupt: the user insisted.
        """
        self.playing = True
        began = self._clock.now()
        try:
            while not self._over and self._step():
                self._obey()
            while self._linger and not self._over:
                self._obey()
                self._clock.sleep(WAIT_S)
        finally:
            self.playing = False
            self.played_s = self._clock.now() - began - self._stood_still_s()

    def _stood_still_s(self) -> float:
        """Seconds by the clock in which time stood still."""
        since = self._paused_since
        return self._paused_s + (0.0 if since is None else self._clock.now() - since)

    @property
    def _over(self) -> bool:
        return self._quit or self.interrupted

    def _step(self) -> bool:
        """Take the next moment, unless time stands still; False where there is none."""
        if self._state.paused and not self._source.info.live:
            self._clock.sleep(WAIT_S)
            return True
        try:
            moment = self._source.read()
        except SourceError as error:
            self.trouble.append(str(error))
            return False
        if moment is None:
            return False
        if self._state.paused:
            self._passed_t = moment.t
        else:
            self._take(self._without_pauses(moment))
        return True

    def _without_pauses(self, moment: Frame | Tick) -> Frame | Tick:
        """`moment` at the time at which it would have come, had a live source stood still with the mirror."""
        if self._passed_t is not None:
            self._left_out_s += max(0.0, min(self._passed_t, moment.t) - self._taken_t)
            self._passed_t = None
        self._taken_t = moment.t
        return replace(moment, t=moment.t - self._left_out_s) if self._left_out_s else moment

    def _take(self, moment: Frame | Tick) -> None:
        if isinstance(moment, Frame):
            view = self._engine.step(self._perceiver.observe(moment), moment)
        elif moment.reason is None:
            return
        else:
            view = self._engine.step(moment)
        self._view = view
        self.tally.add(view)
        if self._keeping:
            self._keeping.add(view, self._state.chosen, graph=self._state.graphed)
        if self._source.info.kind == "images":
            self.stills.append(_without_picture(view))
        for display in self._displays:
            display.show(view)

    def _obey(self) -> None:
        if self._keeping:
            self._state.recording = self._keeping.recording
        if self._notices:
            self._notices.hand_over()
        commands = [command for display in self._displays for command in display.poll()]
        for command in (*commands, *self._typed()):
            self._command(command)

    def _command(self, command: MirrorCommand) -> None:
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
            self._keep(command)

    def _pause(self) -> None:
        """Let time stand still, or go on."""
        paused = self._state.paused = not self._state.paused
        self._paused_s, self._paused_since = self._stood_still_s(), self._clock.now() if paused else None
        if self._on_pause:
            self._on_pause(paused)

    def _keep(self, command: MirrorCommand) -> None:
        """Record or take a snapshot; what cannot be written is told and ends nothing."""
        view = self._view
        if self._keeping is None or view is None:
            return
        try:
            if command == "record":
                self._keeping.toggle_recording()
            elif view.frame is not None:
                self._keeping.snapshot(view, self._state.chosen)
        except CoachError as error:
            if self._notices:
                self._notices(str(error))


def _without_picture(view: MirrorView) -> MirrorView:
    return replace(view, frame=None)
