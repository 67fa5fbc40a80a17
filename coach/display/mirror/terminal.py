"""The mirror on the terminal: bars and graph of one person in characters, everybody else in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from coach.base.palette import COLOURS
from coach.base.types import EMOTIONS
from coach.display.kit.console import FullScreen
from coach.display.kit.rate import Rate
from coach.display.kit.writer import Signs, overflow_for, shown, signs_for, writable
from coach.display.mirror.graph import SPAN_S, History
from coach.display.mirror.words import nobody, percent, person, read_as, tags, word
from coach.display.rehearsal.live import NOTICE_S, REFRESH_S
from coach.display.rehearsal.rows import ROOMY, Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from coach.base.protocols import Clock
    from coach.base.types import Emotion
    from coach.core.mirror.view import MirrorFace, MirrorView
    from coach.display.mirror.graph import Sample
    from coach.display.mirror.state import MirrorCommand, MirrorState

MOST_BAR: Final = 40
"""Cells; longer bars say no more."""

_STEPS: Final = " ▁▂▃▄▅▆▇█"
_ASCII_STEPS: Final = " .:-=+*#@"


class MirrorRows:
    """Draws views for one console."""

    def __init__(self, console: Console, state: MirrorState) -> None:
        self._console = console
        self._state = state
        self._encoding = console.encoding
        self._signs: Signs = signs_for(console.encoding)
        self._steps = _STEPS if writable(_STEPS, console.encoding) == _STEPS else _ASCII_STEPS

    def rows(
        self, view: MirrorView, history: Sequence[Sample], fps: float | None, notices: Sequence[str]
    ) -> list[Text]:
        """At most as many rows as the console has, none wider than it."""
        width, height = self._console.width, self._console.height
        sections = self._sections(view, history, fps, notices)
        while sum(len(section.rows) for section in sections) > height and len(sections) > 1:
            sections.remove(min(sections, key=lambda section: section.weight))
        rows = [row for section in sections for row in section.rows][:height]
        for row in rows:
            row.truncate(width, overflow=overflow_for(self._encoding))
        return rows

    def notice(self, text: str) -> Text:
        """A notice as it stays on the terminal."""
        return Text(f"notice: {self._own(text)}")

    def _sections(
        self, view: MirrorView, history: Sequence[Sample], fps: float | None, notices: Sequence[str]
    ) -> list[Section]:
        width = self._console.width
        roomy = self._console.height >= ROOMY
        face = person(view, self._state.chosen)
        gap = [Section(0, [Text()])] if roomy else []
        return [
            Section(5, [self._head(view, fps, width)]),
            Section(4, self._progress(view, width)),
            *gap,
            Section(9, [self._who(view, face)]),
            Section(10, [self._bar(face, emotion, history, width) for emotion in EMOTIONS]),
            Section(1, self._broken(f"% = {self._state.meaning}", width, 2, "dim") if self._state.meaning else []),
            *gap,
            Section(6, self._others(view, width, 4 if roomy else 2)),
            *gap,
            Section(8, self._said(notices, width)),
            Section(2, [Text(self._keys(width), style="dim")]),
        ]

    def _own(self, text: str, limit: int = 500) -> str:
        return shown(text, self._encoding, limit)

    def _head(self, view: MirrorView, fps: float | None, width: int) -> Text:
        status = f" {self._signs.dot} ".join(self._state.status(view.t, fps))
        left = Text(self._own(self._state.name), style="bold")
        left.truncate(max(8, width - cell_len(status) - 2), overflow=overflow_for(self._encoding))
        return left.append(" " * max(2, width - left.cell_len - cell_len(status))).append(status, style="dim not bold")

    def _progress(self, view: MirrorView, width: int) -> list[Text]:
        """How far a recording longer than two seconds is, or which of several pictures this is."""
        done, pictures = self._state.share_done(view.t), self._state.pictures
        if done is None or (len(pictures.names) < 2 if pictures else (self._state.duration_s or 0) <= 2):
            return []
        return [Text(self._signs.bar(done, max(4, width - 5)), style="cyan").append(f" {done:4.0%}", style="default")]

    def _who(self, view: MirrorView, face: MirrorFace | None) -> Text:
        row = Text("PAUSED  ", style="bold reverse") if self._state.paused else Text()
        if face is None:
            where = nobody(view) or f"person {self._state.chosen} is out of sight"
            return row.append(where, style="bold not reverse")
        read = read_as(face, self._state.labels)
        said = f"the camera reads {read}" if face.smoothed is not None else read
        return row.append(f"person {self._state.chosen}: {said}", style="bold not reverse")

    def _bar(self, face: MirrorFace | None, emotion: Emotion, history: Sequence[Sample], width: int) -> Text:
        at = EMOTIONS.index(emotion)
        shares = face.smoothed if face else None
        read = face is not None and shares is not None and face.label == emotion
        graph_width = max(0, min(60, width - 17) // 2) if self._state.graphed else 0
        bar_width = min(MOST_BAR, max(4, width - 18 - graph_width))
        row = Text(f"{'*' if read else ' '}{word(emotion, self._state.labels):<9} ", style="bold" if read else "")
        row.append(self._signs.bar(shares[at] if shares else 0.0, bar_width), style=f"not bold {COLOURS[emotion]}")
        row.append(f" {percent(shares[at]) if shares else '--':>4} ")
        return row.append(self._line(history, at, graph_width), style=f"not bold {COLOURS[emotion]}")

    def _line(self, history: Sequence[Sample], at: int, width: int) -> str:
        """The last `SPAN_S` seconds of one emotion, a cell for each stretch of time; the newest at the right."""
        if not history or width <= 0:
            return ""
        now, cells = history[-1][0], [0.0] * width
        for t, shares in history:
            place = width - 1 - int((now - t) / SPAN_S * width)
            if shares is not None and place >= 0:
                cells[place] = max(cells[place], shares[at])
        return "".join(self._steps[round(share * (len(self._steps) - 1))] for share in cells)

    def _others(self, view: MirrorView, width: int, most: int) -> list[Text]:
        """Everybody but the chosen person; nobody is broken over two rows."""
        others = [tags(face, self._state.labels)[0] for face in view.faces if face.track != self._state.chosen]
        rows = ["also here:"] if others else []
        for number, text in enumerate(others):
            part = f" {text if number == len(others) - 1 else f'{text} {self._signs.dot}'}"
            if cell_len(rows[-1] + part) > width:
                rows.append(part[1:])
            else:
                rows[-1] += part
        if len(rows) > most:
            rows[most - 1] += " " * width + "."  # wider than the row, so that it ends in an ellipsis
        return [Text(row) for row in rows[:most]]

    def _said(self, notices: Sequence[str], width: int) -> list[Text]:
        recording = self._broken(f"recording {self._state.recording}", width, 1, "bold red")
        news = [text for text in notices if text != f"recording to {self._state.recording}"]  # it stands there already
        said = [row for text in news for row in self._broken(f"! {text}", width, 2, "yellow")]
        return [*(recording if self._state.recording else []), *said]

    def _broken(self, text: str, width: int, most: int, style: str = "") -> list[Text]:
        lines = list(Text(self._own(text, 2000), style=style).wrap(self._console, width, overflow="fold"))
        if len(lines) > most:
            lines[most - 1].append(" " * width + ".")  # wider than the row, so that it ends in an ellipsis
        return lines[:most]

    def _keys(self, width: int) -> str:
        keys = self._state.keys(window=False)
        dot = f" {self._signs.dot} "
        return next((text for n in range(len(keys), 0, -1) if len(text := dot.join(keys[:n])) <= width), "")


class MirrorTerminal:
    """Draws on `console` in its second screen, at most once in `REFRESH_S`."""

    def __init__(self, console: Console, state: MirrorState, clock: Clock) -> None:
        self._console = console
        self._state = state
        self._clock = clock
        self._rows = MirrorRows(console, state)
        self._rate = Rate(state.stats)
        self._history = History()
        self._screen = FullScreen(console)
        self._view: MirrorView | None = None
        self._notices: list[tuple[float, str]] = []
        self._drawn_at = float("-inf")
        self._closed = False

    def show(self, view: MirrorView) -> None:
        """Take the next view."""
        self._history.add(view)
        if view.frame is not None or view.reason is not None or self._view is None:
            self._view = view

    def notice(self, text: str) -> None:
        """Show `text` for a while; it is printed once more at the end, so that it is not lost."""
        self._notices.append((self._clock.now(), text))
        self._drawn_at = float("-inf")

    def poll(self) -> Sequence[MirrorCommand]:
        """Draw when it is time. Keys come from the keyboard, not from here."""
        now = self._clock.now()
        if self._view is not None and not self._closed and now - self._drawn_at >= REFRESH_S:
            self._draw(self._view, now)
        return ()

    def suspend(self) -> None:
        """Give the terminal back for a while (Ctrl-Z)."""
        self._screen.give_back()

    def resume(self) -> None:
        """Take the terminal again."""
        self._drawn_at = float("-inf")
        self.poll()

    def close(self) -> None:
        """Give the terminal back and print the notices for keeps. Safe to call twice."""
        self._screen.give_back()
        if not self._closed:
            self._closed = True
            for _, text in self._notices:
                self._console.print(self._rows.notice(text), soft_wrap=True)

    def _draw(self, view: MirrorView, now: float) -> None:
        self._drawn_at = now
        notices = [text for since, text in self._notices if now - since < NOTICE_S][-2:]
        history = tuple(self._history.of(self._state.chosen))
        self._screen.draw(self._rows.rows(view, history, self._rate.at(now, paused=self._state.paused), notices))
