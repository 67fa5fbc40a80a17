"""A rehearsal as lines of text, one per event, for pipes, log files, screen readers and ``--plain``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final, Protocol, TextIO

from coach.base.events import (
    BeatStarted,
    CommandTaken,
    CueDue,
    Event,
    LineEnded,
    LineStarted,
    NoteGiven,
    PartnerStarted,
    Paused,
    PromptGiven,
    Reading,
    Resumed,
    TakeEnded,
    TakeStarted,
)
from coach.base.messages import tr, tr_n
from coach.base.protocols import Clock, EventSink, SourceStats
from coach.base.types import EMOTIONS
from coach.core.scoring.report import END_CAUSE_TEXTS, clock_text
from coach.display.kit.writer import can_redraw, safe_text
from coach.display.rehearsal.stage import RunInfo, Stage
from coach.display.rehearsal.wording import reading_text, state_of, target_text, unseen_text, waiting_text

STEADY_S: Final = 0.5
"""Seconds after which a face without a reading, or a verdict on the moment, is reported; a blink is shorter."""

UNCLEAR: Final = "unclear"
"""Label of a face in which no emotion stands out."""


_LONGEST: Final = 2500
"""Most characters of a row: a speech of 2000, as long as a script allows, with who says it."""


class PlainDisplay:
    """Writes one line per event to `stream`. The same events give the same lines."""

    def __init__(self, run: RunInfo, stream: TextIO) -> None:
        self._run = run
        self._stage = Stage(run)
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._printed = ""
        self._content = ""
        self._content_since = 0.0
        self._said_go_on = False

    def handle(self, event: Event) -> None:
        """Write a line for `event` if it needs one."""
        if isinstance(event, Reading):  # one per frame, so an unchanged reading must return quickly
            content: str = event.read or (UNCLEAR if event.smoothed else event.observation.reason or "no face")
            if event.verdict is not None:
                content = f"{content}, {event.verdict.verdict}"
            if content != self._printed or content != self._content:
                self._reading(event, content)
            return
        self._stage.handle(event)
        if text := self._text(event):
            self._write(event.t, text)

    def notice(self, text: str) -> None:
        """Write a message without a time in the take, for example that a voice is missing."""
        self._line("", tr("notice: {text}", text=text))

    def suspend(self) -> None:
        """Do nothing: there is no screen to give back."""

    def resume(self) -> None:
        """Do nothing: there is no screen to take again."""

    def close(self) -> None:
        """Flush the stream, which belongs to the caller."""
        if not self._stream.closed:
            self._stream.flush()

    def _text(self, event: Event) -> str:
        match event:
            case TakeStarted():
                return self._opening(event)
            case LineStarted():
                return self._line_text(event)
            case LineEnded(cut=True):
                return tr("line {number} not finished", number=event.index)
            case BeatStarted():
                return self._beat_text(event)
            case CueDue():
                return self._cue_text(event)
            case PromptGiven() | CommandTaken():
                return self._help_text(event)
            case NoteGiven():
                return tr("note on line {number}: {text}", number=event.index, text=event.text)
            case Paused() | Resumed():
                return tr("paused") if isinstance(event, Paused) else tr("goes on")
            case TakeEnded():
                return tr("end of the take: {cause}", cause=tr(END_CAUSE_TEXTS[event.cause]))
        return ""

    def _opening(self, event: TakeStarted) -> str:
        timeline, name = self._run.timeline, self._run.source_name
        lines = tr_n(
            "{title}: {count} line, {seconds:.1f} s",
            "{title}: {count} lines, {seconds:.1f} s",
            self._stage.count,
            title=timeline.title,
            seconds=timeline.end,
        )
        source = tr("watching {name}", name=name) if name else tr("cues only, no camera")
        lead_in = [tr("starts in {seconds:g} s", seconds=-event.t)] if event.t < 0 else []
        return ", ".join([lines, source, *lead_in])

    def _line_text(self, event: LineStarted) -> str:
        turn = self._stage.turn
        line = tr("line {number}", number=event.index)
        if event.attempt > 1:
            line = tr("line {number} (attempt {attempt})", number=event.index, attempt=event.attempt)
        return f"{line} [{target_text(turn)}] {self._stage.words(turn)}".rstrip() if turn else line

    def _help_text(self, event: PromptGiven | CommandTaken) -> str:
        """What helps an actor who does not know the line: a prompt, or the line that a key shows."""
        if isinstance(event, PromptGiven):
            return tr("prompt for line {number}: {text}", number=event.index, text=event.text)
        turn = self._stage.featured if event.name == "reveal" else None
        if turn is None or not self._stage.revealed:
            return ""
        return tr("line {number} is: {text}", number=turn.index, text=turn.line.text)

    def _beat_text(self, event: BeatStarted) -> str:
        if isinstance(event, PartnerStarted):
            target = self._stage.listening
            listening = tr(" [you listen: {target}]", target=target) if target else ""
            words = "" if self._hides_all else f": {event.text}"
            return f"{event.role}{listening}{words}{self._go_on()}"
        return tr("(beat {seconds:.1f} s)", seconds=event.end - event.t)

    def _cue_text(self, event: CueDue) -> str:
        if event.kind == "tone":
            return tr("tone before line {number}", number=event.index)
        if event.kind == "cue" and self._hides_all:
            return tr("cue for line {number}", number=event.index)
        if event.kind == "cue":
            return tr("cue for line {number}: {text}", number=event.index, text=event.text)
        return tr("announced for line {number}: {text}", number=event.index, text=event.text)

    @property
    def _hides_all(self) -> bool:
        return self._run.settings.show == "none"

    def _go_on(self) -> str:
        """What the actor can do while a partner speaks; said once."""
        text = waiting_text(self._stage)
        if not text or self._said_go_on:
            return ""
        self._said_go_on = True
        return f" ({text})"

    def _reading(self, event: Reading, content: str) -> None:
        """Write `content` (an emotion, a reason or `UNCLEAR`) if it is new.

        Without an emotion, and with a verdict, it is only written once it lasts.
        """
        if content != self._content:
            self._content, self._content_since = content, event.t
        must_last = event.read is None or event.verdict is not None
        if content == self._printed or (must_last and event.t - self._content_since < STEADY_S):
            return
        self._printed = content
        if content != "no camera":  # the first line of the output already says so
            self._stage.handle(event)
            self._write(event.t, self._reading_text(event, content))

    def _reading_text(self, event: Reading, content: str) -> str:
        if event.read is None or event.smoothed is None:
            return tr("a face, but no clear reading") if content == UNCLEAR else unseen_text(event.observation.reason)
        if event.verdict is not None:
            return state_of(self._stage)[1]
        text = reading_text(event.read)
        share = event.smoothed[EMOTIONS.index(event.read)]
        return text if self._run.meaning == "viewers" else f"{text} ({share:.2f})"

    def _write(self, t: float, text: str) -> None:
        self._line(f"{clock_text(t):>8}  ", text)

    def _line(self, lead: str, text: str) -> None:
        self._stream.write(f"{lead}{safe_text(text, self._encoding, limit=_LONGEST)}\n")
        self._stream.flush()


class Display(EventSink, Protocol):
    """A display on a terminal: an event sink that also shows notices and can be suspended."""

    def notice(self, text: str) -> None:
        """Show a message without a time in the take."""
        ...

    def suspend(self) -> None:
        """Give the terminal back before the process is stopped."""
        ...

    def resume(self) -> None:
        """Take the terminal again."""
        ...


def open_display(run: RunInfo, *, plain: bool, clock: Clock, stats: Callable[[], SourceStats] | None = None) -> Display:
    """Choose the display for the output: the live view on a capable terminal; else, and if `plain`, lines of text."""
    if plain or not can_redraw():
        return PlainDisplay(run, sys.stdout)
    from coach.display.kit.console import open_console
    from coach.display.rehearsal.live import LiveDisplay

    return LiveDisplay(run, console=open_console(), clock=clock, stats=stats)
