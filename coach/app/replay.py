"""Replay of a finished take: the same engine, the same input, the same events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Final

from coach import __version__
from coach.base.events import Command, EndCause, Event, TakeEnded
from coach.base.protocols import EventSink, SourceInfo
from coach.base.settings import Settings
from coach.base.text import clean
from coach.base.types import Observation
from coach.core.rehearsal.engine import RehearsalEngine
from coach.core.scoring.report import Report, RunMetadata, SourceReport
from coach.core.scoring.scorer import Scorer
from coach.core.script.script import Script
from coach.core.script.timeline import Timeline, build_timeline
from coach.takes.journal import Journal, JournalHeader

if TYPE_CHECKING:
    from coach.core.face.take import FaceTakeBuilder
    from coach.core.scoring.own_judge import OwnJudge

BROKEN_OFF: Final[EndCause] = "interrupted"
"""The end cause assumed for a run that was killed."""

_DAMAGED: Final[EndCause] = "error"
"""The end cause for a take whose journal is damaged in the middle."""


@dataclass(frozen=True)
class PlayedTake:
    """Everything that is needed to replay a take.

    Attributes:
        header: script, settings, model card and source.
        inputs: returns all observations and commands in order of time. It can be called repeatedly.
        end: when and how the take ended.
    """

    header: JournalHeader
    inputs: Callable[[], Iterable[Observation | Command]]
    end: TakeEnded

    @classmethod
    def of(cls, journal: Journal) -> PlayedTake:
        """The take of `journal`. A take that was killed, or whose journal is damaged, ends with what can be read."""
        cause = _DAMAGED if journal.damaged_inside else BROKEN_OFF
        end = journal.end or TakeEnded(0.0 if journal.last_t is None else journal.last_t, cause)
        return cls(journal.header, journal.inputs, end)

    @cached_property
    def timeline(self) -> Timeline:
        """The timeline of the lines that were played.

        Raises:
            ScriptError, UsageError: the script's times or the chosen lines do not fit.
        """
        return timeline_for(self.header.script, self.header.settings, live=self.header.source.live)

    def replay(self, *sinks: EventSink, notes: bool = True) -> Scorer:
        """Replay the take, and return its scorer.

        Args:
            *sinks: get every event.
            notes: give live notes. Without them the rest of the result is the same, and faster.
        """
        header = self.header
        live = header.source.live
        engine = RehearsalEngine(self.timeline, header.settings, live=live, card=header.card, notes=notes)
        for event in self._events(engine):
            for sink in sinks:
                sink.handle(event)
        return engine.scorer

    def report(self, take: str, *sinks: EventSink, own: OwnJudge | None = None) -> Report:
        """The report of the take called `take`. It equals the one made after playing, except the block `created`.

        Args:
            take: name of the take.
            *sinks: get every event.
            own: compares with the actor's own examples; None for nobody's.
        """
        face = face_builder(self.header)
        scorer = self.replay(*sinks, *(sink for sink in (own, face) if sink is not None))
        source = source_report(self.header.source)
        return with_eye_lines(scorer.report(created_now(take), source, scorer.early_end_warnings(), own), face)

    def _events(self, engine: RehearsalEngine) -> Iterator[Event]:
        yield from engine.start()
        for item in self.inputs():
            if engine.ended:
                return
            yield from engine.step(item)
        yield from engine.finish(self.end.t, self.end.cause)


def face_builder(header: JournalHeader) -> FaceTakeBuilder | None:
    """Collects the landmarks of a take; None if none were read."""
    if not header.measures_per_s:
        return None
    from coach.core.face.take import FaceTakeBuilder  # most takes have no landmarks

    return FaceTakeBuilder()


def with_eye_lines(report: Report, face: FaceTakeBuilder | None) -> Report:
    """`report` with the share of each line in which the eyes were down, as the landmarks of its take say."""
    if face is None:
        return report
    down = {line.line: line.page for line in face.take().lines}
    lines = [line.model_copy(update={"eyes_down": down.get(line.index)}) for line in report.lines]
    return report.model_copy(update={"lines": lines})


def timeline_for(script: Script, settings: Settings, *, live: bool) -> Timeline:
    """The timeline of a run. A live run begins with the chosen lines; a recording keeps its times.

    Raises:
        ScriptError, UsageError: the script's times or the chosen lines do not fit.
    """
    timeline = build_timeline(script, settings.lines, rebase=live)
    if not live or (settings.speed == 1 and settings.cues == "full" and not settings.italian):
        return timeline
    from coach.core.script.practice import for_practice  # most runs play the script as it is

    return for_practice(timeline, settings)


def created_now(take: str, fps: float | None = None, dropped: int = 0) -> RunMetadata:
    """The block `created` of a report, which differs from run to run."""
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return RunMetadata(at=at, take=take, coach_version=__version__, fps=fps, dropped=dropped)


def source_report(source: SourceInfo) -> SourceReport:
    """The source as a report describes it."""
    return SourceReport(kind=source.kind, name=clean(source.name), sha256=source.sha256)
