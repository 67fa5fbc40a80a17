"""A rehearsal as plain lines of text, one for each happening: for pipes, log files, screen readers and `--plain`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from coach.base.events import (
    BeatStarted,
    CueDue,
    Event,
    LineEnded,
    LineStarted,
    NoteGiven,
    Paused,
    Reading,
    Resumed,
    TakeEnded,
    TakeStarted,
)
from coach.base.protocols import Clock, EventSink, SourceStats
from coach.base.types import EMOTIONS
from coach.display.kit.writer import shown
from coach.display.rehearsal.stage import Stage
from coach.display.rehearsal.wording import END_CAUSES, Meaning, asked, clock_text, saw, unseen

if TYPE_CHECKING:
    from coach.base.settings import Settings
    from coach.core.script.timeline import Timeline
    from coach.display.rehearsal.wording import Meaning

STEADY_S: Final = 0.5
"""A signal counts as lost, or another emotion as read, once it has been so for this long; a blink is no news."""

UNCLEAR: Final = "unclear"
"""A face is seen and no emotion stands out."""


class PlainDisplay:
    """Writes a line for each happening to `stream`. The same events give the same lines.

    An empty `source_name` says that there is no camera.
    """

    def __init__(
        self,
        timeline: Timeline,
        settings: Settings,
        *,
        stream: TextIO,
        source_name: str = "",
        meaning: Meaning = "label",
    ) -> None:
        self._timeline = timeline
        self._stage = Stage(timeline, settings.loop)
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._source_name = source_name
        self._meaning = meaning
        self._news = _ReadingNews()

    def handle(self, event: Event) -> None:
        """Write what happened."""
        self._stage.handle(event)
        if isinstance(event, Reading):
            self._reading(event)
        elif words := self._words(event):
            self._write(event.t, words)

    def notice(self, text: str) -> None:
        """Write something that has no time in the take: a missing voice, a camera that came back."""
        self._line("notice: ", text)

    def suspend(self) -> None:
        """Nothing to give back."""

    def resume(self) -> None:
        """Nothing to take again."""

    def close(self) -> None:
        """Nothing is held open; the stream belongs to the caller."""
        if not self._stream.closed:
            self._stream.flush()

    def _words(self, event: Event) -> str:
        match event:
            case TakeStarted():
                return self._opening(event)
            case LineStarted():
                return self._line_words(event)
            case LineEnded(cut=True):
                return f"line {event.index} broken off"
            case BeatStarted():
                return f"(beat {event.end - event.t:.1f} s)"
            case CueDue():
                return _cue_words(event)
            case NoteGiven():
                return f"note on line {event.index}: {event.text}"
            case Paused():
                return "paused"
            case Resumed():
                return "goes on"
            case TakeEnded():
                return f"end of the take: {END_CAUSES[event.cause]}"
        return ""

    def _opening(self, event: TakeStarted) -> str:
        source = f", watching {self._source_name}" if self._source_name else ", cues only, no camera"
        lead_in = f", starts in {-event.t:g} s" if event.t < 0 else ""
        return f"{self._timeline.title}: {self._stage.count} lines, {self._timeline.end:.1f} s{source}{lead_in}"

    def _line_words(self, event: LineStarted) -> str:
        turn = self._stage.turn
        again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
        return f"line {event.index}{again} [{asked(turn)}] {turn.line.text}" if turn else f"line {event.index}{again}"

    def _reading(self, event: Reading) -> None:
        news = self._news.after(event)
        if news is None or news == "no camera":  # the first line says so
            return
        if event.read is not None and event.smoothed is not None:
            share = event.smoothed[EMOTIONS.index(event.read)]
            words = saw(event.read, event, self._meaning, self._stage.part)
            self._write(event.t, words if self._meaning == "viewers" else f"{words} ({share:.2f})")
        else:
            self._write(
                event.t, "a face, but no clear reading" if news == UNCLEAR else unseen(event.observation.reason)
            )

    def _write(self, t: float, words: str) -> None:
        self._line(f"{clock_text(t):>8}  ", words)

    def _line(self, lead: str, words: str) -> None:
        self._stream.write(f"{lead}{shown(words, self._encoding, limit=2000)}\n")
        self._stream.flush()


def _cue_words(event: CueDue) -> str:
    if event.kind == "tone":
        return f"tone before line {event.index}"
    what = "cue" if event.kind == "cue" else "announced"
    return f"{what} for line {event.index}: {event.text}"


class _ReadingNews:
    """Tells when a reading says something new that has lasted."""

    def __init__(self) -> None:
        self._told = ""
        self._coming = ""
        self._since = 0.0

    def after(self, event: Reading) -> str | None:
        """What is new (an emotion, a reason, `UNCLEAR`), or None."""
        what = event.read or (UNCLEAR if event.smoothed else event.observation.reason or "no face")
        if what != self._coming:
            self._coming, self._since = what, event.t
        if what == self._told or (event.t - self._since < STEADY_S and event.read is None):
            return None
        self._told = what
        return what


class Display(EventSink, Protocol):
    """What every terminal display can do besides listening."""

    def notice(self, text: str) -> None:
        """Tell something once that has no time in the take."""
        ...

    def suspend(self) -> None:
        """Give the terminal back before the process is stopped."""
        ...

    def resume(self) -> None:
        """Take the terminal again."""
        ...


def open_display(
    timeline: Timeline,
    settings: Settings,
    *,
    plain: bool,
    clock: Clock,
    source_name: str = "",
    stats: Callable[[], SourceStats] | None = None,
    meaning: Meaning = "label",
    live: bool = True,
) -> Display:
    """The live view on a terminal that can show it; plain lines with `plain`, ``TERM=dumb`` and everywhere else."""
    if plain or not sys.stdout.isatty() or os.environ.get("TERM", "") in ("dumb", "unknown"):
        return PlainDisplay(timeline, settings, stream=sys.stdout, source_name=source_name, meaning=meaning)
    from coach.display.kit.console import open_console
    from coach.display.rehearsal.live import LiveDisplay

    return LiveDisplay(
        timeline,
        settings,
        console=open_console(),
        clock=clock,
        source_name=source_name,
        stats=stats,
        meaning=meaning,
        live=live,
    )
