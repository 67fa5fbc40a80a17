"""The mirror on the terminal: the chosen person with bars and graph, everybody else as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from coach.base.messages import tr
from coach.base.palette import COLOURS
from coach.base.types import EMOTIONS
from coach.display.kit.console import (
    MIN_ROWS_FOR_SPACING,
    REFRESH_S,
    FullScreen,
    Section,
    fit_rows,
    limit_rows,
    wrap_text,
)
from coach.display.kit.status import FrameRateMeter, NoticeBoard
from coach.display.kit.writer import Signs, overflow_for, safe_text, signs_for, writable
from coach.display.mirror.graph import SPAN_S, SampleHistory
from coach.display.mirror.texts import emotion_word, find_person, no_face_text, percent, reading_text, tag_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from coach.base.protocols import Clock
    from coach.base.types import Emotion
    from coach.core.mirror.view import MirrorFace, MirrorView
    from coach.display.mirror.graph import Sample
    from coach.display.mirror.state import MirrorCommand, MirrorState

MAX_BAR: Final = 40
"""Maximum length of a bar in cells."""

_STEPS: Final = " ▁▂▃▄▅▆▇█"
_ASCII_STEPS: Final = " .:-=+*#@"


class ViewPainter:
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
        """The rows of a view, at most as many as the console has, none wider than it."""
        return fit_rows(self._sections(view, history, fps, notices), self._console)

    def notice(self, text: str) -> Text:
        """A notice as it is printed after the view is closed."""
        return Text(self._safe(tr("notice: {text}", text=text)))

    def _sections(
        self, view: MirrorView, history: Sequence[Sample], fps: float | None, notices: Sequence[str]
    ) -> list[Section]:
        width = self._console.width
        roomy = self._console.height >= MIN_ROWS_FOR_SPACING
        face = find_person(view, self._state.chosen)
        gap = [Section(0, [Text()])] if roomy else []
        return [
            Section(5, [self._head(view, fps, width)]),
            Section(4, self._progress(view, width)),
            *gap,
            Section(9, [self._person(view, face)]),
            Section(10, [self._bar(face, emotion, history, width) for emotion in EMOTIONS]),
            Section(1, self._wrap(f"% = {tr(self._state.meaning)}", 2, "dim") if self._state.meaning else []),
            *gap,
            Section(6, self._others(view, width, 4 if roomy else 2)),
            *gap,
            Section(8, self._messages(notices)),
            Section(2, [Text(self._keys(width), style="dim")]),
        ]

    def _safe(self, text: str, limit: int = 500) -> str:
        return safe_text(text, self._encoding, limit)

    def _head(self, view: MirrorView, fps: float | None, width: int) -> Text:
        status = f" {self._signs.dot} ".join(self._state.status(view.t, fps))
        left = Text(self._safe(self._state.name), style="bold")
        left.truncate(max(8, width - cell_len(status) - 2), overflow=overflow_for(self._encoding))
        return left.append(" " * max(2, width - left.cell_len - cell_len(status))).append(status, style="dim not bold")

    def _progress(self, view: MirrorView, width: int) -> list[Text]:
        """The progress through a recording longer than two seconds, or through several still pictures."""
        done, pictures = self._state.share_done(view.t), self._state.pictures
        if done is None or (len(pictures.names) < 2 if pictures else (self._state.duration_s or 0) <= 2):
            return []
        return [Text(self._signs.bar(done, max(4, width - 5)), style="cyan").append(f" {done:4.0%}", style="default")]

    def _person(self, view: MirrorView, face: MirrorFace | None) -> Text:
        row = Text(tr("PAUSED") + "  ", style="bold reverse") if self._state.paused else Text()
        if face is None:
            text = no_face_text(view) or tr("person {number} is out of sight", number=self._state.chosen)
            return row.append(text, style="bold not reverse")
        reading = reading_text(face, self._state.labels)
        if face.smoothed is not None:
            reading = tr("the camera reads {emotion}", emotion=reading)
        text = tr("person {number}: {reading}", number=self._state.chosen, reading=reading)
        return row.append(text, style="bold not reverse")

    def _bar(self, face: MirrorFace | None, emotion: Emotion, history: Sequence[Sample], width: int) -> Text:
        at = EMOTIONS.index(emotion)
        shares = face.smoothed if face else None
        is_read = face is not None and shares is not None and face.label == emotion
        graph_width = max(0, min(60, width - 17) // 2) if self._state.shows_graph else 0
        bar_width = min(MAX_BAR, max(4, width - 18 - graph_width))
        row = Text(
            f"{'*' if is_read else ' '}{emotion_word(emotion, self._state.labels):<9} ", style="bold" if is_read else ""
        )
        row.append(self._signs.bar(shares[at] if shares else 0.0, bar_width), style=f"not bold {COLOURS[emotion]}")
        row.append(f" {percent(shares[at]) if shares else '--':>4} ")
        return row.append(self._graph(history, at, graph_width), style=f"not bold {COLOURS[emotion]}")

    def _graph(self, history: Sequence[Sample], at: int, width: int) -> str:
        """The last `SPAN_S` seconds of one emotion, one cell per interval, the newest at the right."""
        if not history or width <= 0:
            return ""
        now, cells = history[-1][0], [0.0] * width
        for t, shares in history:
            place = width - 1 - int((now - t) / SPAN_S * width)
            if shares is not None and place >= 0:
                cells[place] = max(cells[place], shares[at])
        return "".join(self._steps[round(share * (len(self._steps) - 1))] for share in cells)

    def _others(self, view: MirrorView, width: int, limit: int) -> list[Text]:
        """The people other than the chosen one; an entry is never split over two rows."""
        others = [tag_texts(face, self._state.labels)[0] for face in view.faces if face.track != self._state.chosen]
        rows = [tr("also here:")] if others else []
        for number, text in enumerate(others):
            part = f" {text if number == len(others) - 1 else f'{text} {self._signs.dot}'}"
            if cell_len(rows[-1] + part) > width:
                rows.append(part[1:])
            else:
                rows[-1] += part
        return limit_rows([Text(row) for row in rows], self._console, limit)

    def _messages(self, notices: Sequence[str]) -> list[Text]:
        name = self._state.recording
        recording = self._wrap(tr("recording {name}", name=name), 1, "bold red") if name else []
        others = [
            text for text in notices if text != tr("recording to {file}", file=name)
        ]  # the row above already shows this
        return [*recording, *(row for text in others for row in self._wrap(f"! {text}", 2, "yellow"))]

    def _wrap(self, text: str, limit: int, style: str) -> list[Text]:
        return wrap_text(Text(self._safe(text, 2000), style=style), self._console, limit)

    def _keys(self, width: int) -> str:
        keys = self._state.keys(window=False)
        dot = f" {self._signs.dot} "
        return next((text for n in range(len(keys), 0, -1) if len(text := dot.join(keys[:n])) <= width), "")


class MirrorTerminal:
    """Draws on the alternate screen of `console`, at most once in `REFRESH_S`."""

    def __init__(self, console: Console, state: MirrorState, clock: Clock) -> None:
        self._console = console
        self._state = state
        self._clock = clock
        self._painter = ViewPainter(console, state)
        self._frame_rate = FrameRateMeter(state.stats)
        self._history = SampleHistory()
        self._screen = FullScreen(console)
        self._view: MirrorView | None = None
        self._notices = NoticeBoard(clock)
        self._drawn_at = float("-inf")
        self._closed = False

    def show(self, view: MirrorView) -> None:
        """Take the next view."""
        self._history.add(view)
        if view.frame is not None or view.reason is not None or self._view is None:
            self._view = view

    def notice(self, text: str) -> None:
        """Show `text` for a while; it is printed again at the end, so that it is not lost."""
        self._notices.add(text)
        self._drawn_at = float("-inf")

    def poll(self) -> Sequence[MirrorCommand]:
        """Draw if it is time; return no commands: the keyboard gives them."""
        now = self._clock.now()
        if self._view is not None and not self._closed and now - self._drawn_at >= REFRESH_S:
            self._draw(self._view, now)
        return ()

    def suspend(self) -> None:
        """Give the terminal back before the process is stopped (Ctrl-Z)."""
        self._screen.close()

    def resume(self) -> None:
        """Take the terminal again."""
        self._drawn_at = float("-inf")
        self.poll()

    def close(self) -> None:
        """Give the terminal back and print the notices. Safe to call twice."""
        self._screen.close()
        if not self._closed:
            self._closed = True
            for text in self._notices.texts:
                self._console.print(self._painter.notice(text), soft_wrap=True)

    def _draw(self, view: MirrorView, now: float) -> None:
        self._drawn_at = now
        notices = self._notices.current(now)
        history = tuple(self._history.of(self._state.chosen))
        self._screen.draw(
            self._painter.rows(view, history, self._frame_rate.update(now, paused=self._state.paused), notices)
        )
