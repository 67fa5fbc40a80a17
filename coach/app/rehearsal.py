"""One rehearsal from start to end: source, perception, engine and sinks in one loop, reported whatever ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from coach.app.notices import Notices
from coach.app.replay import created_now, source_report, timeline_for
from coach.base.errors import SourceError
from coach.base.events import Command, CommandName, EndCause, Event, Paused, Resumed
from coach.base.protocols import Controls, EventSink, FrameSink, FrameSource, Perceiver, SourceInfo
from coach.base.settings import Settings
from coach.base.types import Frame, Observation, Tick
from coach.core.rehearsal.engine import RehearsalEngine
from coach.core.scoring.report import Report
from coach.core.script.script import Script
from coach.core.script.timeline import Timeline

UNUSED_FOOTAGE_S: Final = 2.0
"""Footage after the end of the script that is tolerated without a warning."""

END_OF_FRAME_S: Final = 1.0
"""A recording's stated duration is believed where it exceeds the time of its last frame by no more than this."""


class Rehearsal:
    """A rehearsal that can be run once.

    Attributes:
        timeline: what is played: on a live source only the chosen lines, moved to begin at 0.
        interrupted: set it to end the take at the next moment.
        playing: whether it is being played now, and is not yet being closed.
    """

    def __init__(
        self,
        script: Script,
        source: FrameSource,
        perceiver: Perceiver | None = None,
        settings: Settings | None = None,
        *,
        on_pause: Callable[[bool], None] | None = None,
        notices: Notices | None = None,
    ) -> None:
        """Prepare; nothing is opened or played yet.

        Args:
            script: whose lines are played.
            source: where the frames come from; closed at the end.
            perceiver: None scores nothing.
            settings: the defaults where None.
            on_pause: called when the actor stops (True) and restarts (False) the clock, to hold the source. A recording
                that cannot be held would run on, so without this it is not paused.
            notices: shown on the displays after each event.

        Raises:
            ScriptError, UsageError: the script's times or the chosen lines do not fit.
        """
        self.settings = settings or Settings()
        self.interrupted = False
        self.playing = False
        live = source.info.live
        self.timeline = timeline_for(script, self.settings, live=live)
        self._source = source
        self._perceiver = perceiver
        self._engine = RehearsalEngine(
            self.timeline, self.settings, live=live, card=perceiver.card if perceiver else None
        )
        self._sinks: list[EventSink] = []
        self._viewers: list[FrameSink] = []
        self._controls: list[Controls] = []
        self._on_pause = on_pause
        self._notices = notices
        self._can_pause = live or on_pause is not None
        self._t = self._engine.start_t
        self._trouble: list[str] = []

    def join(self, member: EventSink | FrameSink | Controls) -> None:
        """Let `member` take part, in every way it can: hear events, see frames, give commands."""
        if isinstance(member, EventSink):
            self._sinks.append(member)
        if isinstance(member, FrameSink):
            self._viewers.append(member)
        if isinstance(member, Controls):
            self._controls.append(member)

    def run(self) -> None:
        """Play until the end. Whatever ends it, the source is closed and `report` works.

        Raises:
            Exception: whatever a sink, a viewer or perception raised; a bug, and the take up to it is kept.
            KeyboardInterrupt: the user insisted.
        """
        cause: EndCause = "error"
        try:
            self.playing = True
            self._emit(self._engine.start())
            cause = self._play()
        except KeyboardInterrupt:
            cause = "interrupted"
            raise
        finally:
            self.playing = False
            self._close(cause)

    def _play(self) -> EndCause:
        while not self._engine.ended:
            try:
                item = self._source.read()
            except SourceError as error:
                self._trouble.append(str(error))
                return "source ended"
            if item is None:
                return "source ended"
            self._t = max(self._t, item.t)
            for controls in self._controls:
                for name in controls.poll():
                    self._command(name)
            if self.interrupted:
                return "interrupted"
            if self._engine.ended:
                break
            self._emit(self._engine.step(self._look(item) if isinstance(item, Frame) else item))
        return "finished"

    def _look(self, frame: Frame) -> Observation | Tick:
        """What is seen in `frame`, which the viewers get too."""
        seen = self._perceiver.observe(frame) if self._perceiver else Tick(frame.t, "no camera")
        for viewer in self._viewers:
            viewer.show(frame)
        return seen

    def _command(self, name: CommandName) -> None:
        if self._engine.ended or (name == "pause" and not self._can_pause):
            return
        events = self._engine.step(Command(self._t, name))
        self._emit(events)
        for event in events:
            if self._on_pause is not None and isinstance(event, Paused | Resumed):
                self._on_pause(isinstance(event, Paused))

    def _emit(self, events: Iterable[Event]) -> None:
        for event in events:
            for sink in self._sinks:
                sink.handle(event)
        if self._notices is not None and self._notices.waiting:
            self._notices.hand_over()

    def _close(self, cause: EndCause) -> None:
        """End the take for every member; one that fails must not keep the others from ending."""
        events = [] if self._engine.ended else self._engine.finish(self._end_t(cause), cause)
        ends = [_ends(sink, events) for sink in self._sinks]
        closes = [*(sink.close for sink in self._sinks), *(viewer.close for viewer in self._viewers)]
        if self._notices is not None:
            closes.append(self._notices.close)
        _do_all([self._source.close, *ends, *closes])

    def _end_t(self, cause: EndCause) -> float:
        """A recording lasts as long as its container says, which is one frame longer than its last frame's time."""
        duration = self._source.info.duration_s
        if cause == "source ended" and duration is not None and 0 <= duration - self._t <= END_OF_FRAME_S:
            return duration
        return self._t

    def report(self, take: str = "", fps: float | None = None) -> Report:
        """The report of what was played."""
        stats, source, scorer = self._source.stats, self._source.info, self._engine.scorer
        warnings = [
            *stats.warnings,
            *(self._perceiver.warnings if self._perceiver else ()),
            *self._trouble,
            *scorer.early_end_warnings(),
            *unused_footage(self.timeline, self.settings, source),
        ]
        return scorer.report(created_now(take, fps, stats.dropped), source_report(source), warnings)


def rehearse(
    script: Script,
    source: FrameSource,
    perceiver: Perceiver | None = None,
    settings: Settings | None = None,
    *members: EventSink | FrameSink | Controls,
) -> Report:
    """Play `script` against `source` with all `members` taking part, and give the report.

    Raises:
        ScriptError, UsageError: the script's times or the chosen lines do not fit.
    """
    rehearsal = Rehearsal(script, source, perceiver, settings)
    for member in members:
        rehearsal.join(member)
    rehearsal.run()
    return rehearsal.report()


def unused_footage(timeline: Timeline, settings: Settings, source: SourceInfo) -> list[str]:
    """A warning about a recording that goes on after the script: often it is the wrong recording."""
    duration, end = source.duration_s, timeline.end
    if settings.lines is not None or source.live or duration is None or duration - end <= UNUSED_FOOTAGE_S:
        return []
    return [f"The script ends at {end:.1f} s; the recording goes on to {duration:.1f} s, which was not watched."]


def _ends(sink: EventSink, events: Sequence[Event]) -> Callable[[], None]:
    def end() -> None:
        for event in events:
            sink.handle(event)

    return end


def _do_all(steps: Sequence[Callable[[], None]]) -> None:
    """Do every step, then raise the first error that came."""
    first: BaseException | None = None
    for step in steps:
        try:
            step()
        except BaseException as error:  # a second Ctrl-C too must not leave a child process behind
            first = first or error
    if first is not None:
        raise first
