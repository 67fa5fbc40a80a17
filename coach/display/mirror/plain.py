"""The mirror as plain lines: one when what is read has changed, at most one a second; of pictures, one for each."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, TextIO

from coach.display.kit.writer import shown
from coach.display.mirror.words import nobody, tags
from coach.display.rehearsal.wording import clock_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.base.protocols import Clock
    from coach.core.mirror.view import MirrorView
    from coach.display.mirror.state import MirrorCommand, MirrorDisplay, MirrorState

PACE_S: Final = 1.0
"""Seconds of the source between two lines at least."""

MOST_NAMED: Final = 8
"""So many people are told in one line; of more, only how many."""


class MirrorPlain:
    """Writes lines to `stream`. The same views give the same lines."""

    def __init__(self, stream: TextIO, state: MirrorState) -> None:
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._state = state
        self._told = ""
        self._told_t = float("-inf")

    def show(self, view: MirrorView) -> None:
        """Take the next view."""
        if view.frame is None and view.reason is None:
            return
        what = "; ".join(tags(face, self._state.labels)[-2] for face in view.faces) or nobody(view)
        pictures = self._state.pictures
        if pictures is not None:
            self._line(f"{shown(pictures.name(view.t), self._encoding)}  ", self._words(view))
        elif what != self._told and view.t - self._told_t >= PACE_S:
            self._told, self._told_t = what, view.t
            self._line(f"{clock_text(view.t):>8}  ", self._words(view))

    def notice(self, text: str) -> None:
        """Write a notice."""
        self._line("notice: ", text)

    def poll(self) -> Sequence[MirrorCommand]:
        """Nothing to draw, and no keys of its own."""
        return ()

    def suspend(self) -> None:
        """Nothing to give back."""

    def resume(self) -> None:
        """Nothing to take again."""

    def close(self) -> None:
        """Nothing is held open; the stream belongs to the caller."""
        if not self._stream.closed:
            self._stream.flush()

    def _words(self, view: MirrorView) -> str:
        if not view.faces:
            return nobody(view)
        named = [tags(face, self._state.labels)[0] for face in view.faces]
        more = [f"and {len(named) - MOST_NAMED} more"] if len(named) > MOST_NAMED else []
        return ", ".join([*named[:MOST_NAMED], *more])

    def _line(self, lead: str, words: str) -> None:
        self._stream.write(f"{lead}{shown(words, self._encoding, limit=2000)}\n")
        self._stream.flush()


def open_terminal(state: MirrorState, clock: Clock, *, plain: bool) -> MirrorDisplay:
    """The live view on a terminal that can show it; plain lines with `plain`, ``TERM=dumb`` and everywhere else."""
    if plain or not sys.stdout.isatty() or os.environ.get("TERM", "") in ("dumb", "unknown"):
        return MirrorPlain(sys.stdout, state)
    from coach.display.kit.console import open_console
    from coach.display.mirror.terminal import MirrorTerminal

    return MirrorTerminal(open_console(), state, clock)
