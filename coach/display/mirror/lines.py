"""The mirror as lines of text: one per change, at most one a second; one per still picture."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, TextIO

from coach.base.messages import tr
from coach.core.scoring.report import clock_text
from coach.display.kit.writer import can_redraw, safe_text
from coach.display.mirror.texts import no_face_text, tag_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.protocols import Clock
    from coach.core.mirror.view import MirrorView
    from coach.display.mirror.state import MirrorCommand, MirrorDisplay, MirrorState

PACE_S: Final = 1.0
"""Minimum time between two lines, in seconds of the source."""

MOST_NAMED: Final = 8
"""Maximum number of people that a line names; it counts the others."""


class MirrorLines:
    """Writes lines to `stream`. The same views give the same lines."""

    def __init__(self, stream: TextIO, state: MirrorState) -> None:
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._state = state
        self._printed = ""
        self._printed_t = float("-inf")

    def show(self, view: MirrorView) -> None:
        """Take the next view."""
        if view.frame is None and view.reason is None:
            return
        content = "; ".join(tag_texts(face, self._state.labels)[-2] for face in view.faces) or no_face_text(view)
        pictures = self._state.pictures
        if pictures is not None:
            self._line(f"{safe_text(pictures.name(view.t), self._encoding)}  ", self._text(view))
        elif content != self._printed and view.t - self._printed_t >= PACE_S:
            self._printed, self._printed_t = content, view.t
            self._line(f"{clock_text(view.t):>8}  ", self._text(view))

    def notice(self, text: str) -> None:
        """Write a notice."""
        self._line("", tr("notice: {text}", text=text))

    def poll(self) -> Sequence[MirrorCommand]:
        """Return no commands: the keyboard gives them, and nothing is drawn."""
        return ()

    def suspend(self) -> None:
        """Do nothing: there is no screen to give back."""

    def resume(self) -> None:
        """Do nothing: there is no screen to take again."""

    def close(self) -> None:
        """Flush the stream, which belongs to the caller."""
        if not self._stream.closed:
            self._stream.flush()

    def _text(self, view: MirrorView) -> str:
        if not view.faces:
            return no_face_text(view)
        texts = [tag_texts(face, self._state.labels)[0] for face in view.faces]
        others = [tr("and {count} more", count=len(texts) - MOST_NAMED)] if len(texts) > MOST_NAMED else []
        return ", ".join([*texts[:MOST_NAMED], *others])

    def _line(self, lead: str, text: str) -> None:
        self._stream.write(f"{lead}{safe_text(text, self._encoding, limit=2000)}\n")
        self._stream.flush()


def open_terminal(state: MirrorState, clock: Clock, *, plain: bool) -> MirrorDisplay:
    """Choose the display for the output: the live view on a capable terminal; else, and if `plain`, lines of text."""
    if plain or not can_redraw():
        return MirrorLines(sys.stdout, state)
    from coach.display.kit.console import open_console
    from coach.display.mirror.terminal import MirrorTerminal

    return MirrorTerminal(open_console(), state, clock)
