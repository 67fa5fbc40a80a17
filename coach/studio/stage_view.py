"""What the page of a rehearsal shows, made from the events of the engine; the wording is that of all displays."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from coach.base.events import Event
from coach.base.messages import tr
from coach.core.script.targets import emotion_nouns
from coach.display.rehearsal.stage import Stage
from coach.display.rehearsal.wording import hearing_text, line_number, state_of, target_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.core.script.timeline import Turn
    from coach.display.rehearsal.stage import RunInfo

State = dict[str, Any]
"""The state of a rehearsal as JSON."""


class StageView:
    """A display of a rehearsal whose state any thread can wait for.

    Attributes:
        version: grows with every change.
    """

    def __init__(self, run: RunInfo, held: Callable[[], bool]) -> None:
        """Prepare. `held` says whether the take waits for the page."""
        self.version = 0
        self._run = run
        self._held = held
        self._stage = Stage(run)
        self._notices: list[str] = []
        self._changed = threading.Condition()

    def handle(self, event: Event) -> None:
        """Take one event."""
        with self._changed:
            self._stage.handle(event)
            self._wake()

    def notice(self, text: str) -> None:
        """Show a sentence for a while."""
        with self._changed:
            self._notices.append(text)
            self._wake()

    def close(self) -> None:
        """Show the end."""
        with self._changed:
            self._wake()

    def touch(self) -> None:
        """Show that something beside the events has changed."""
        with self._changed:
            self._wake()

    @property
    def paused(self) -> bool:
        """Whether the take is paused."""
        return self._stage.paused

    def _wake(self) -> None:
        self.version += 1
        self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> State:
        """The state as soon as it is newer than version `seen`, or after the time."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != seen, timeout_s)
            return self._state()

    def _state(self) -> State:
        stage = self._stage
        kind, text = state_of(stage)
        return {
            "version": self.version,
            "t": round(stage.t, 3),
            "phase": stage.phase,
            "count": stage.count,
            "line": self._line(stage.featured),
            "next": stage.words(stage.following) if stage.following else "",
            "cue": stage.cue,
            "partner": {"role": stage.partner.role, "text": stage.partner.text} if stage.partner else None,
            "announced": stage.announced,
            "note": stage.note,
            "prompt": stage.prompt,
            "reading": {"kind": kind, "text": text},
            "bars": self._bars(),
            "left_s": round(stage.left_s, 2),
            "left_share": round(stage.left_share, 4),
            "countdown": stage.countdown,
            "paused": stage.paused,
            "waits": self._waits(),
            "listening": stage.listening,
            "hearing": hearing_text(self._run.hearing()) if self._run.hearing else "",
            "held": self._held(),
            "notices": {"count": len(self._notices), "last": self._notices[-3:]},
            "disputes": bool(self._run.settings.actor),
            "cause": stage.cause,
        }

    def _waits(self) -> str:
        """What goes on where a key is waited for; otherwise empty. The terminal names other keys."""
        if not self._stage.waits:
            return ""
        if self._stage.partner is not None:
            return tr("Space or a tap: go on")
        return tr("Space or a tap: the next line") if self._stage.following else tr("Space or a tap: the end")

    def _line(self, turn: Turn | None) -> State | None:
        if turn is None:
            return None
        part = self._stage.part
        return {
            "number": line_number(turn, self._stage),
            "text": self._stage.words(turn),
            "direction": turn.line.direction or "",
            "target": target_text(turn),
            "wanted": emotion_nouns(part.accepted) if part else "",
            "emotion": turn.line.target.accepted[0] if turn.line.target else "",
            "attempt": self._stage.attempt,
        }

    def _bars(self) -> list[float] | None:
        """The shares of the seven emotions, 0 to 1, in their order; None if nothing is read."""
        reading = self._stage.reading
        return [round(share, 3) for share in reading.smoothed] if reading and reading.smoothed else None
