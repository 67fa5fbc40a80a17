"""One rehearsal from start to end: source, perception, engine and sinks in one loop, reported whatever ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from typing import Protocol

from coach import __version__
from coach.base.errors import SourceError
from coach.base.events import Command, CommandName, EndCause, Event, Paused, Resumed
from coach.base.protocols import Controls, EventSink, FrameSink, FrameSource, SourceInfo
from coach.base.settings import Settings
from coach.base.text import clean
from coach.base.types import Frame, Observation, Tick
from coach.core.reading.card import ModelCard
from coach.core.rehearsal.engine import RehearsalEngine
from coach.core.scoring.report import Created, Report, SourceReport
from coach.core.scoring.scorer import Scorer
from coach.core.script.script import Script
from coach.core.script.timeline import Timeline, build_timeline

LONGER_S = 2.0
"""A recording may go on for so long behind the script without a word about it."""

END_OF_FRAME_S = 1.0
"""How much longer than its last frame's time a recording may say that it is, and be believed."""


class Eyes(Protocol):
    """What a session needs of perception."""

    @property
    def card(self) -> ModelCard:
        """The emotion model's card."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences for the report."""
        ...

    def observe(self, frame: Frame) -> Observation:
        """What is seen in `frame`."""
        ...


class Rehearsal:
    """A rehearsal ready to run once.

    Attributes:
        timeline: what will be walked: on a live source only the chosen lines, moved to begin at 0.
        interrupted: set it to end the take as soon as the next moment has come.
        playing: whether it is being played now, and not yet being closed.
    """

    def __init__(
        self,
        script: Script,
        source: FrameSource,
        eyes: Eyes | None = None,
        settings: Settings | None = None,
        *,
        on_pause: Callable[[bool], None] | None = None,
    ) -> None:
        """Prepare; nothing is opened or played yet.

        Args:
            script: whose lines are played.
            source: where the frames come from; closed at the end.
            eyes: None scores nothing.
            settings: the usual ones where None.
            on_pause: hears when the actor stops (True) and restarts (False) the clock, so that it can hold the source.
                A recording that nobody holds would run on, so without this it is not paused.
        """
        self.settings = settings or Settings()
        self.interrupted = False
        self.playing = False
        self._live = source.info.live
        self.timeline = timeline_for(script, self.settings, live=self._live)
        self._source = source
        self._eyes = eyes
        self._card = eyes.card if eyes else None
        self._engine = RehearsalEngine(self.timeline, self.settings, live=self._live, card=self._card)
        self._scorer = Scorer(self.timeline, self.settings, self._card)
        self._sinks: list[EventSink] = [self._scorer]
        self._viewers: list[FrameSink] = []
        self._controls: list[Controls] = []
        self._on_pause = on_pause
        self._can_pause = self._live or on_pause is not None
        self._t = self._engine.start_t
        self._trouble: list[str] = []

    def join(self, member: EventSink | FrameSink | Controls) -> None:
        """Let `member` take part before the run, in every way it can: hear events, see frames, give commands."""
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
        while not self._engine.over:
            item = self._next()
            if item is None:
                return "source ended"
            self._t = max(self._t, item.t)
            self._obey()
            if self.interrupted:
                return "interrupted"
            if not self._engine.over:
                self._take(item)
        return "finished"

    def _next(self) -> Frame | Tick | None:
        try:
            return self._source.read()
        except SourceError as error:
            self._trouble.append(str(error))
            return None

    def _obey(self) -> None:
        for controls in self._controls:
            for name in controls.poll():
                self._command(name)

    def _command(self, name: CommandName) -> None:
        if self._engine.over or (name == "pause" and not self._can_pause):
            return
        events = self._engine.step(Command(self._t, name))
        self._emit(events)
        for event in events:
            if self._on_pause is not None and isinstance(event, Paused | Resumed):
                self._on_pause(isinstance(event, Paused))

    def _take(self, item: Frame | Tick) -> None:
        if isinstance(item, Tick):
            self._emit(self._engine.step(item))
            return
        seen = self._eyes.observe(item) if self._eyes else Tick(item.t, "no camera")
        for viewer in self._viewers:
            viewer.show(item)
        self._emit(self._engine.step(seen))

    def _emit(self, events: Iterable[Event]) -> None:
        for event in events:
            for sink in self._sinks:
                sink.handle(event)

    def _close(self, cause: EndCause) -> None:
        """End the take for everybody; one that fails must not keep the others from ending."""
        events = [] if self._engine.over else self._engine.finish(self._end_t(cause), cause)
        handing = [_handing(sink, events) for sink in self._sinks]
        closing = [*(sink.close for sink in self._sinks), *(viewer.close for viewer in self._viewers)]
        _all_of([self._source.close, *handing, *closing])

    def _end_t(self, cause: EndCause) -> float:
        """A recording lasts as long as its container says, which is one frame longer than its last frame's time."""
        duration = self._source.info.duration_s
        if cause == "source ended" and duration is not None and 0 <= duration - self._t <= END_OF_FRAME_S:
            return duration
        return self._t

    def report(self, take: str = "", fps: float | None = None) -> Report:
        """The report of what was played."""
        stats = self._source.stats
        created = created_now(take, fps, stats.dropped)
        said = [*stats.warnings, *(self._eyes.warnings if self._eyes else ()), *self._trouble]
        source = self._source.info
        warnings = [*said, *self._scorer.unreached(), *self._unplayed()]
        return self._scorer.report(created, source_report(source), warnings)

    def _unplayed(self) -> list[str]:
        return unplayed(self.timeline, self.settings, self._source.info)


def rehearse(
    script: Script,
    source: FrameSource,
    eyes: Eyes | None = None,
    settings: Settings | None = None,
    *members: EventSink | FrameSink | Controls,
) -> Report:
    """Play `script` against `source` with everybody in `members` taking part, and give the report.

    Raises:
        ScriptError, UsageError: the script's times or the chosen lines do not fit.
    """
    rehearsal = Rehearsal(script, source, eyes, settings)
    for member in members:
        rehearsal.join(member)
    rehearsal.run()
    return rehearsal.report()


def unplayed(timeline: Timeline, settings: Settings, source: SourceInfo) -> list[str]:
    """A warning about a recording that goes on behind the script: often one that does not belong to it."""
    duration, end = source.duration_s, timeline.end
    if settings.lines is not None or source.live or duration is None or duration - end <= LONGER_S:
        return []
    return [f"The script ends at {end:.1f} s; the recording goes on to {duration:.1f} s, which was not watched."]


def timeline_for(script: Script, settings: Settings, *, live: bool) -> Timeline:
    """The timeline of a run: a live one begins with the chosen lines; a recording keeps its times."""
    return build_timeline(script, settings.lines, rebase=live)


def replay(
    script: Script,
    settings: Settings,
    card: ModelCard | None,
    source: SourceInfo,
    inputs: Iterable[Observation | Command],
    end: tuple[float, EndCause],
    take: str = "",
    sinks: Sequence[EventSink] = (),
) -> Report:
    """The report of a take from what its engine was given, the same as when it was played; `sinks` hear it as well."""
    scorer = replay_score(script, settings, card, source, inputs, end, sinks)
    return scorer.report(created_now(take), source_report(source), scorer.unreached())


def replay_score(
    script: Script,
    settings: Settings,
    card: ModelCard | None,
    source: SourceInfo,
    inputs: Iterable[Observation | Command],
    end: tuple[float, EndCause],
    sinks: Sequence[EventSink] = (),
) -> Scorer:
    """The scorer of a take after it was given the whole of it once more; `sinks` hear every event as well."""
    scorer = Scorer(timeline_for(script, settings, live=source.live), settings, card)
    play_again(script, settings, card, source, inputs, end, [scorer, *sinks])
    return scorer


def play_again(
    script: Script,
    settings: Settings,
    card: ModelCard | None,
    source: SourceInfo,
    inputs: Iterable[Observation | Command],
    end: tuple[float, EndCause],
    sinks: Sequence[EventSink],
) -> None:
    """Give an engine what that of a take was given, and every event that comes of it to `sinks`."""
    timeline = timeline_for(script, settings, live=source.live)
    engine = RehearsalEngine(timeline, settings, live=source.live, card=card)
    for event in _events(engine, inputs, end):
        for sink in sinks:
            sink.handle(event)


def _events(
    engine: RehearsalEngine, inputs: Iterable[Observation | Command], end: tuple[float, EndCause]
) -> Iterable[Event]:
    yield from engine.start()
    for item in inputs:
        if engine.over:
            return
        yield from engine.step(item)
    yield from engine.finish(*end)


def created_now(take: str, fps: float | None = None, dropped: int = 0) -> Created:
    """The block of a report that differs from run to run."""
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return Created(at=at, take=take, coach_version=__version__, fps=fps, dropped=dropped)


def source_report(source: SourceInfo) -> SourceReport:
    """What a report says of its source."""
    return SourceReport(kind=source.kind, name=clean(source.name), sha256=source.sha256)


def _handing(sink: EventSink, events: Sequence[Event]) -> Callable[[], None]:
    def hand() -> None:
        for event in events:
            sink.handle(event)

    return hand


def _all_of(steps: Sequence[Callable[[], None]]) -> None:
    """Take every step, then raise the first error that came."""
    first: BaseException | None = None
    for step in steps:
        try:
            step()
        except BaseException as error:  # a second Ctrl-C too must not leave a child process behind
            first = first or error
    if first is not None:
        raise first
