"""The rows of the live view, laid out for a terminal of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from coach.base.messages import mark, tr
from coach.base.types import EMOTIONS, Emotion
from coach.display.kit.console import MIN_ROWS_FOR_SPACING, Section, fit_rows, wrap_text
from coach.display.kit.writer import Signs, overflow_for, safe_text, signs_for
from coach.display.rehearsal.wording import (
    BARS_TITLE,
    hearing_text,
    keys_help,
    line_number,
    state_of,
    target_text,
    waiting_text,
)

if TYPE_CHECKING:
    from rich.console import Console

    from coach.base.types import Hearing
    from coach.display.rehearsal.stage import Phase, RunInfo, Stage

_LONGEST: Final = 2500
"""Most characters of a partner's speech, with who says it."""

_STYLES: Final = {"yes": "bold green", "near": "bold yellow", "no": "bold red", "none": "dim"}


METER_DB: Final = 60.0
"""Range of the level meter in decibels: empty at this much below full scale."""

METER_CELLS: Final = 12

_PHASES: Final[dict[Phase, str]] = {
    "lead-in": mark("READY"),
    "line": mark("NOW"),
    "beat": mark("BEAT"),
    "ended": mark("END"),
}


@dataclass(frozen=True, slots=True)
class Footing:
    """What the live view shows besides the stage.

    Attributes:
        fps: frames per second; None if unknown.
        dropped: frames dropped so far.
        notices: notices to show, oldest first.
    """

    fps: float | None = None
    dropped: int = 0
    notices: tuple[str, ...] = ()


class RowPainter:
    """Draws the state of a run for one console."""

    def __init__(self, console: Console, run: RunInfo) -> None:
        self._console = console
        self._run = run
        self._encoding = console.encoding
        self._signs: Signs = signs_for(console.encoding)

    def rows(self, stage: Stage, footing: Footing) -> list[Text]:
        """The rows of the view, at most as many as the console has, none wider than it."""
        return fit_rows(self._sections(stage, footing), self._console)

    def _sections(self, stage: Stage, footing: Footing) -> list[Section]:
        width, roomy = self._console.width, self._console.height >= MIN_ROWS_FOR_SPACING
        gap = [Section(0, [Text()])] if roomy else []
        line_rows = 3 if roomy else 2
        return [
            Section(3, [self._head(stage, footing, width)]),
            *gap,
            Section(9, [self._position(stage)]),
            Section(10, self._line(stage, line_rows * 2 if stage.unwatched else line_rows)),
            Section(8, [self._time(stage, width)]),
            *([Section(7, [self._ear(self._run.hearing(), width)])] if self._run.hearing else []),
            *gap,
            Section(6, self._next(stage, 2 if roomy else 1)),
            *gap,
            Section(4, self._bars(stage, width, roomy)),
            Section(7, [self._state(stage)]),
            *gap,
            Section(11 if stage.partner else 7, self._messages(stage)),
            Section(5, [row for text in footing.notices for row in self._notice(text, 3 if roomy else 1)]),
            Section(2, [Text(keys_help(self._run, width, self._signs.dot), style="dim")]),
        ]

    def _safe(self, text: str, limit: int = 500) -> str:
        return safe_text(text, self._encoding, limit)

    def _head(self, stage: Stage, footing: Footing, width: int) -> Text:
        rate = [] if footing.fps is None else _rate_texts(footing.fps, footing.dropped)
        source = tr("no camera") if stage.unwatched else self._safe(self._run.source_name, 30)
        status = f" {self._signs.dot} ".join([*([source] if width >= 60 or not rate else []), *rate])
        left = Text(self._safe(self._run.timeline.title), style="bold")
        left.truncate(max(8, width - cell_len(status) - 2), overflow=overflow_for(self._encoding))
        return left.append(" " * max(2, width - left.cell_len - cell_len(status))).append(status, style="dim")

    def _position(self, stage: Stage) -> Text:
        turn = stage.featured
        if turn is None:
            return Text(tr("no lines"))
        again = stage.attempt > 1 and turn is stage.turn
        attempt = tr(", attempt {number}", number=stage.attempt) if again else ""
        style = "bold reverse" if stage.paused else "bold cyan"
        row = Text(f"{self._phase(stage)}", style=style).append(f"  {line_number(turn, stage)}{attempt}")
        wanted = self._safe(tr("wanted: {target}", target=target_text(turn)))
        return row.append(f"  {wanted}", style="not reverse magenta")

    def _phase(self, stage: Stage) -> str:
        if stage.paused:
            return tr("PAUSED")
        if stage.countdown is not None:
            return tr("BEGINS IN {seconds}", seconds=stage.countdown)
        if stage.partner is not None:
            return tr("PARTNER")
        return tr(_PHASES[stage.phase])

    def _line(self, stage: Stage, rows: int) -> list[Text]:
        turn = stage.featured
        texts = self._wrap(stage.words(turn), rows, "bold" if stage.phase == "line" else "") if turn else []
        return _fill_up(texts, rows)

    def _wrap(self, words: str, limit: int, style: str, lead: str = "") -> list[Text]:
        return wrap_text(Text(lead + self._safe(words), style=style), self._console, limit)

    def _notice(self, text: str, limit: int) -> list[Text]:
        return wrap_text(self._labelled("!", text, "yellow"), self._console, limit)

    def _time(self, stage: Stage, width: int) -> Text:
        text = waiting_text(stage) or tr("{seconds:4.1f} s left", seconds=stage.left_s)
        bar = self._signs.bar(stage.left_share, max(4, min(width, 72) - len(text) - 1))
        return Text(bar, style="cyan").append(f" {text}", style="default")

    def _ear(self, hearing: Hearing, width: int) -> Text:
        row = Text(tr("EAR") + "  ", style="bold")
        row.append(self._signs.bar(1 + hearing.level / METER_DB, METER_CELLS if width >= 50 else 6), style="cyan")
        row.append(f" {hearing_text(hearing)}", style="default")
        row.truncate(width, overflow=overflow_for(self._encoding))
        return row

    def _next(self, stage: Stage, rows: int) -> list[Text]:
        turn, label = stage.following, tr("NEXT")
        if turn is None:
            end = tr("end of the script")
            return _fill_up([Text(f"{label}  {end}", style="dim")], rows)
        lead = f"{label}  [{self._safe(target_text(turn))}] "
        return _fill_up(self._wrap(stage.words(turn), rows, "dim", lead), rows)

    def _bars(self, stage: Stage, width: int, roomy: bool) -> list[Text]:
        if stage.unwatched:
            return []
        if not roomy:
            return self._bars_in_pairs(stage, width)
        bars = [self._bar(stage, emotion, max(6, min(width, 72) - 28), marks=True) for emotion in EMOTIONS]
        return [Text(tr(BARS_TITLE), style="dim"), *bars]

    def _bars_in_pairs(self, stage: Stage, width: int) -> list[Text]:
        half = width // 2
        cells = [self._bar(stage, emotion, max(3, half - 18), marks=False) for emotion in EMOTIONS]
        rows = []
        title = Text(tr(BARS_TITLE), style="dim")
        title.truncate(width - half, overflow=overflow_for(self._encoding))
        for left, right in zip(cells[::2], [*cells[1::2], title], strict=True):
            left.append(" " * max(1, half - left.cell_len))
            rows.append(left.append_text(right))
        return rows

    def _bar(self, stage: Stage, emotion: Emotion, width: int, *, marks: bool) -> Text:
        smoothed = stage.reading.smoothed if stage.reading else None
        share = smoothed[EMOTIONS.index(emotion)] if smoothed else 0.0
        is_target = stage.part is not None and emotion in stage.part.accepted
        is_read = bool(stage.reading and stage.reading.read == emotion)
        marks_before = f"{'>' if is_target else ' '}{'*' if is_read else ' '}"
        row = Text(f"{marks_before}{tr(emotion):<8} ", style="bold" if is_target else "")
        row.append(self._signs.bar(share, width), style="magenta" if is_target else "")
        row.append(f" {share:4.0%}" if smoothed else "   --")
        words = [word for word, applies in ((tr("wanted"), is_target), (tr("read"), is_read)) if applies and marks]
        return row.append(f"  {', '.join(words)}" if words else "")

    def _state(self, stage: Stage) -> Text:
        state, text = state_of(stage)
        signs = {"yes": self._signs.yes, "near": self._signs.part, "no": self._signs.no, "none": self._signs.none}
        return Text(f"{signs[state]} {self._safe(text)}", style=_STYLES[state])

    def _messages(self, stage: Stage) -> list[Text]:
        if stage.partner is not None:
            return self._speech(stage)
        soon = self._labelled(tr("SOON"), stage.announced, "bold cyan").append("   ") if stage.announced else Text()
        cue = self._labelled(tr("CUE"), stage.cue, "bold yellow") if stage.cue else Text()
        if stage.prompt:
            return [soon.append_text(cue), self._labelled(tr("LINE"), stage.prompt, "bold yellow")]
        note = self._labelled(tr("NOTE"), stage.note, "bold reverse") if stage.note else Text()
        return [soon.append_text(cue), note]

    def _speech(self, stage: Stage) -> list[Text]:
        """The partner's words. A speech too long for its room moves up as it is said, so that none of it is lost."""
        text = self._safe(stage.cue, _LONGEST)
        rows = list(Text(text, style="bold yellow").wrap(self._console, self._console.width, overflow="fold"))
        room = max(2, self._console.height // 3)
        first = round(max(0, len(rows) - room) * (1 - stage.left_share))
        listening = [self._labelled(tr("LISTEN"), stage.listening, "magenta")] if stage.listening else []
        return [*listening, *rows[first : first + room]]

    def _labelled(self, label: str, text: str, style: str) -> Text:
        return Text(f"{label}  ", style="bold").append(self._safe(text), style=style)

    def notice(self, text: str) -> Text:
        """A notice as it is printed after the view is closed."""
        return Text(self._safe(tr("notice: {text}", text=text)))


def _rate_texts(fps: float, dropped: int) -> list[str]:
    return [tr("{rate:.0f} fps", rate=fps), tr("{count} dropped", count=dropped)]


def _fill_up(rows: list[Text], count: int) -> list[Text]:
    """`rows` followed by empty rows up to `count`, so that everything below keeps its place."""
    return rows + [Text() for _ in range(count - len(rows))]
