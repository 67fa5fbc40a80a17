"""The main loop of a rehearsal: read the source, observe the face, step the engine, send its events to the sinks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from coach.app.notices import Notices
from coach.app.replay import created_now, source_report, timeline_for
from coach.base.errors import SourceError
from coach.base.events import Command, CommandName, EndCause, Event, Paused, Resumed
from coach.base.messages import tr
from coach.base.protocols import Controls, EventSink, FrameSink, FrameSource, Perceiver, SourceInfo
from coach.base.settings import Settings
from coach.base.types import Frame, Observation, Tick
from coach.core.rehearsal.engine import RehearsalEngine
from coach.core.scoring.report import Report
from coach.core.scoring.scorer import OwnAnswers
from coach.core.script.script import Script
from coach.core.script.timeline import Timeline

UNUSED_FOOTAGE_S: Final = 2.0
"""Unused footage after the script that is tolerated without a warning, in seconds."""

END_OF_FRAME_S: Final = 1.0
"""Longest plausible gap between the last frame of a recording and its stated duration, in seconds."""


class Rehearsal:
    """A rehearsal. It can run once.

    Attributes:
        timeline: what is played. With a live source it has only the chosen lines, shifted to begin at 0.
        interrupted: set this to end the take at the next moment.
        playing: whether it is playing now and not yet closing.
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
        """Prepare without playing.

        Args:
            script: its lines are played.
            source: an open source; closed at the end.
            perceiver: reads the face; with None nothing is scored.
            settings: None for the defaults.
            on_pause: called with True at the start of a pause and False at its end, to hold the source. Without it a
                recording cannot be paused.
            notices: messages that are shown on the displays after each event.

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
        self._source_errors: list[str] = []
        self._told = 0

    def add(self, member: EventSink | FrameSink | Controls) -> None:
        """Add `member` in each role that it implements: it gets events, gets frames, or gives commands."""
        if isinstance(member, EventSink):
            self._sinks.append(member)
        if isinstance(member, FrameSink):
            self._viewers.append(member)
        if isinstance(member, Controls):
            self._controls.append(member)

    def run(self) -> None:
        """Play to the end. However it ends, the source is closed, and `report` works.

        Raises:
            Exception: a bug in a sink, a viewer or perception. The take until then is kept.
            KeyboardInterrupt: the user interrupted a second time.
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
                self._source_errors.append(str(error))
                return "source ended"
            if item is None:
                return "source ended"
            self._t = max(self._t, item.t)
            for controls in self._controls:
                for name in controls.poll():
                    self._execute(name)
            if self.interrupted:
                return "interrupted"
            if self._engine.ended:
                break
            moment = self._observe(item) if isinstance(item, Frame) else item
            if moment is not None:
                self._emit(self._engine.step(moment))
        return "finished"

    def _observe(self, frame: Frame) -> Observation | Tick | None:
        """Read the face in `frame` if a reading is due, and show the frame to the viewers."""
        seen: Observation | Tick | None = None
        if self._perceiver is None:
            seen = Tick(frame.t, "no camera")
        elif self._perceiver.is_due(frame.t):
            seen = self._perceiver.observe(frame)
            self._tell(self._perceiver.notices)
        for viewer in self._viewers:
            viewer.show(frame)
        return seen

    def _tell(self, sentences: Sequence[str]) -> None:
        """Show the sentences of perception that are new."""
        if self._notices is not None and len(sentences) > self._told:
            for sentence in sentences[self._told :]:
                self._notices(sentence)
            self._told = len(sentences)

    def _execute(self, name: CommandName) -> None:
        if self._engine.ended or (name == "pause" and not self._can_pause):
            return
        events = self._engine.step(Command(self._t, name))
        self._emit(events)
        if name == "dispute" and events and self._notices is not None:
            self._notices(tr("Noted: you disagree with what the coach thinks of this line."))
        for event in events:
            if self._on_pause is not None and isinstance(event, Paused | Resumed):
                self._on_pause(isinstance(event, Paused))

    def _emit(self, events: Iterable[Event]) -> None:
        for event in events:
            for sink in self._sinks:
                sink.handle(event)
        if self._notices is not None and self._notices.waiting:
            self._notices.show_waiting()

    def _close(self, cause: EndCause) -> None:
        """End the take for all members, even if some of them fail."""
        events = [] if self._engine.ended else self._engine.finish(self._end_t(cause), cause)
        ends = [_delivery(sink, events) for sink in self._sinks]
        closes = [*(sink.close for sink in self._sinks), *(viewer.close for viewer in self._viewers)]
        if self._notices is not None:
            closes.append(self._notices.close)
        _run_all([self._source.close, *ends, *closes])

    def _end_t(self, cause: EndCause) -> float:
        """The end of the take. The last frame of a recording lasts until its stated duration, if that is plausible."""
        duration = self._source.info.duration_s
        if cause == "source ended" and duration is not None and 0 <= duration - self._t <= END_OF_FRAME_S:
            return duration
        return self._t

    def report(self, take: str = "", fps: float | None = None, own: OwnAnswers | None = None) -> Report:
        """The report of the take; `own` has seen its events."""
        stats, source, scorer = self._source.stats, self._source.info, self._engine.scorer
        warnings = [
            *stats.warnings,
            *(self._perceiver.warnings if self._perceiver else ()),
            *self._source_errors,
            *scorer.early_end_warnings(),
            *unused_footage(self.timeline, self.settings, source),
        ]
        return scorer.report(created_now(take, fps, stats.dropped), source_report(source), warnings, own)


def rehearse(
    script: Script,
    source: FrameSource,
    perceiver: Perceiver | None = None,
    settings: Settings | None = None,
    *members: EventSink | FrameSink | Controls,
) -> Report:
    """Rehearse `script` with `source` and `members`, and return the report.

    Raises:
        ScriptError, UsageError: the script's times or the chosen lines do not fit.
    """
    rehearsal = Rehearsal(script, source, perceiver, settings)
    for member in members:
        rehearsal.add(member)
    rehearsal.run()
    return rehearsal.report()


def unused_footage(timeline: Timeline, settings: Settings, source: SourceInfo) -> list[str]:
    """A warning if the recording continues after the script; often it is the wrong recording."""
    duration, end = source.duration_s, timeline.end
    if (
        settings.lines is not None
        or settings.advance == "voice"
        or source.live
        or duration is None
        or duration - end <= UNUSED_FOOTAGE_S
    ):
        return []
    return [
        tr(
            "The script ends at {end:.1f} s; the recording goes on to {duration:.1f} s, which was not read.",
            end=end,
            duration=duration,
        )
    ]


def _delivery(sink: EventSink, events: Sequence[Event]) -> Callable[[], None]:
    """A step for `_run_all` that gives `events` to `sink`."""

    def end() -> None:
        for event in events:
            sink.handle(event)

    return end


def _run_all(steps: Sequence[Callable[[], None]]) -> None:
    """Run all steps, then raise the first error, if any."""
    first: BaseException | None = None
    for step in steps:
        try:
            step()
        except BaseException as error:  # even a second Ctrl-C must not leave a child process behind
            first = first or error
    if first is not None:
        raise first
