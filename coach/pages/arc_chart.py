"""The arc of a take as one chart: what was asked, what the camera read, and how much of it came across."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.core.analysis.curves import clip
from coach.core.scoring.report import NO_TARGET, clock_text
from coach.pages.plot import ChartRow, text_of, word

if TYPE_CHECKING:
    from collections.abc import Callable

    import svg

    from coach.base.types import Emotion
    from coach.core.analysis.chart_data import ChartData, CurrentTarget
    from coach.core.analysis.curves import Point

_AXIS: Final = 30
"""Height of the time axis below the last strip in pixels."""

_GOT_Y: Final = 146
_GOT_HEIGHT: Final = 130
"""Position and height of the curve of what came across, in pixels."""

_BY_READING: Final = "how strongly the camera reads it"

SMALL: Final = 64
"""Height of one of the seven small charts in pixels."""

PIXELS_A_SECOND: Final = 2.0
"""Least width of a second; a long take is scrolled."""

PIXELS_A_LINE: Final = 28.0
"""Least width of a line, which has room for its number."""

WIDEST: Final = 16_000
"""Maximum width in pixels; a second of a longer take gets less."""

NARROW: Final = 300
"""Width of a chart on a phone in pixels; what does not fit there gets no label."""

FILE_WIDTH: Final = 1200
"""Least width of a chart in a separate file, in pixels."""

ROOMY: Final = 800
"""Width of a chart on any other screen, in pixels."""

_LETTER: Final = 7.0
"""Width of a character of a label in pixels, a little more than the average."""

_TICKS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
"""Possible distances between two ticks of the axis, in seconds."""

_TICK_PIXELS: Final = 60
"""Least distance between two ticks."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """One row of the chart: its heading, position and height in pixels, and the function that draws it."""

    heading: str
    y: int
    height: int
    draw: Callable[[ChartData, ChartRow], None]


def least_width(sheet: ChartData) -> int:
    """The width in pixels at which the lines of `sheet` can be distinguished."""
    wanted = max(sheet.seconds * PIXELS_A_SECOND, len(sheet.targets) * PIXELS_A_LINE, NARROW)
    return round(min(wanted, WIDEST))


def arc_chart(sheet: ChartData, title: str, style: str = "") -> svg.SVG:
    """The chart of `sheet`, as wide as its container; with a `style` it can be a file."""
    import svg

    strips = _strips(sheet)
    height = strips[-1].y + strips[-1].height + _AXIS
    words = [word(0.0, 1.0, strip.y - 6, strip.heading, "heading") for strip in strips]
    words += [*_scale(sheet), *_labels(sheet, strips[0].y + 15), *_axis(sheet, height - 4)]
    drawn = [_strip(sheet, strip).drawn() for strip in strips]
    return svg.SVG(
        class_=["arc"],
        width=svg.Length(100, "%"),
        height=height,
        extra={"role": "img"},
        elements=[svg.Title(text=text_of(title)), *_styled(style), *drawn, *words, _cursor(strips[0].y, height - 16)],
    )


def _strips(sheet: ChartData) -> list[_Strip]:
    """The rows of the chart from the top; only what was asked for a take without a camera."""
    viewers = sheet.scale == "viewers"
    asked = _Strip("wanted", 20, 22, _draw_asked)
    return [asked] if not sheet.watched else [
        asked,
        _Strip("what the camera reads (higher is surer)", 64, 56, _draw_read),
        _Strip("viewers who would see it" if viewers else _BY_READING, _GOT_Y, _GOT_HEIGHT, _draw_got),
        _Strip("how well the face can be read", 302, 12, _draw_face),
    ]  # fmt: skip


def _strip(sheet: ChartData, strip: _Strip) -> ChartRow:
    row = ChartRow(sheet.seconds, strip.y, strip.height)
    if strip.draw is not _draw_asked:
        _empty(sheet, row)
        row.rules(_borders(sheet), "border")
    strip.draw(sheet, row)
    return row


def _cursor(top: int, bottom: int) -> svg.Line:
    """The cursor, which the script of the page moves."""
    import svg

    return svg.Line(x1=0, x2=0, y1=top, y2=bottom, class_=["cursor"])


def arc_file(sheet: ChartData, title: str) -> str:
    """The chart of `sheet` as an SVG file, with its style for light and dark."""
    from coach.pages.render import stylesheet

    chart = arc_chart(sheet, title, stylesheet())
    chart.width, chart.class_ = max(least_width(sheet), FILE_WIDTH), ["arc", "alone"]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{chart}\n'


def small_charts(sheet: ChartData) -> dict[Emotion, svg.SVG]:
    """A small chart for each of the seven emotions: its reading, and where and how strongly it was asked."""
    return {emotion: _small(sheet, emotion) for emotion in sheet.emotions}


def _small(sheet: ChartData, emotion: Emotion) -> svg.SVG:
    import svg

    row = ChartRow(sheet.seconds, 0, SMALL)
    _empty(sheet, row)
    for stretch in sheet.targets:
        if emotion in stretch.value.accepted:
            low, high = stretch.value.intensity or (-1.0, 2.0)
            row.block(stretch.start, stretch.end, emotion, "asked", low=low, high=high)
    for run in sheet.emotions[emotion]:
        row.line(run, emotion, "stroke")
    return svg.SVG(
        class_=["small"],
        width=svg.Length(100, "%"),
        height=SMALL,
        extra={"role": "img"},
        elements=[row.drawn(), _cursor(0, SMALL)],
    )


def _empty(sheet: ChartData, row: ChartRow) -> None:
    """Draw the background of a row: where nothing was seen, and the pauses."""
    row.block(0.0, sheet.seconds, "ground")
    for gap in sheet.gaps:
        row.block(gap.start, gap.end, "gap")
    for pause in sheet.pauses:
        row.block(pause.start, pause.end, "pause")


def _borders(sheet: ChartData) -> list[float]:
    """The times at which a line starts or ends."""
    return sorted({edge for stretch in sheet.targets for edge in (stretch.start, stretch.end)})


def _draw_asked(sheet: ChartData, row: ChartRow) -> None:
    for stretch in sheet.targets:
        accepted = stretch.value.accepted
        for n, emotion in enumerate(accepted):
            low, high = 1 - (n + 1) / len(accepted), 1 - n / len(accepted)
            edges = {"high": high} if n else {}
            row.block(stretch.start, stretch.end, emotion, "fill", **edges, **({"low": low} if low else {}))
        if not accepted:
            row.block(stretch.start, stretch.end, "unasked")


def _draw_read(sheet: ChartData, row: ChartRow) -> None:
    """Draw the strength of the reading in the colour of its emotion; without colour where the model abstains."""
    for run in sheet.strength:
        for stretch in sheet.read:
            start, end = max(stretch.start, run[0][0]), min(stretch.end, run[-1][0])
            if end > start:
                row.area(clip(run, start, end), *([stretch.value, "fill"] if stretch.value else ["unsure"]))


def _draw_got(sheet: ChartData, row: ChartRow) -> None:
    """Draw what came across, over the band that trained actors reach and the share that makes a hit."""
    for stretch in sheet.targets:
        reached = stretch.value.norm
        if reached is not None:
            row.block(stretch.start, stretch.end, "actors", low=reached.lower, high=reached.upper)
            row.level(stretch.start, stretch.end, reached.median, "median")
            row.level(stretch.start, stretch.end, reached.threshold, "enough")
    for run in sheet.match:
        row.line(run, *_colour(sheet, run), "stroke", "strong")


def _colour(sheet: ChartData, run: tuple[Point, ...]) -> list[str]:
    """The CSS class of a piece of the curve: the first emotion that was asked in its middle."""
    middle = (run[0][0] + run[-1][0]) / 2
    accepted = next((s.value.accepted for s in sheet.targets if s.start <= middle <= s.end), ())
    return [*accepted[:1]]


def _draw_face(sheet: ChartData, row: ChartRow) -> None:
    for run in sheet.face:
        row.area(run, "seen")


def _scale(sheet: ChartData) -> list[svg.Text]:
    """The labels of the vertical axis."""
    if not sheet.watched:
        return []
    top, middle = ("10 of 10", "5") if sheet.scale == "viewers" else ("100 %", "50")
    levels = ((_GOT_Y + 10, top), (_GOT_Y + _GOT_HEIGHT // 2 + 4, middle), (_GOT_Y + _GOT_HEIGHT - 3, "0"))
    return [word(0.0, 1.0, y, words, "scale") for y, words in levels]


def _labels(sheet: ChartData, y: int) -> list[svg.Text]:
    """The number and target of each line as far as there is room: on a phone, and on a wide screen."""
    labels = []
    for stretch in sheet.targets:
        share, middle = stretch.length / (sheet.seconds or 1), (stretch.start + stretch.end) / 2
        small = least_width(sheet)
        for pixels, room in ((small, "narrow"), (max(small, ROOMY), "roomy")):
            words = _fitting(stretch.value, pixels * share)
            labels += [word(middle, sheet.seconds, y, words, "label", room)] if words else []
    return labels


def _fitting(asked: CurrentTarget, pixels: float) -> str:
    number, words = str(asked.line), " or ".join(asked.accepted) or NO_TARGET
    choices = (f"{number} {words}", number)
    return next((choice for choice in choices if len(choice) * _LETTER < pixels), "")


def _axis(sheet: ChartData, y: int) -> list[svg.Text]:
    seconds = sheet.seconds
    room = least_width(sheet) / (seconds or 1)
    step = next((tick for tick in _TICKS if tick * room >= _TICK_PIXELS), _TICKS[-1])
    marks = [float(t) for t in range(0, int(seconds) + 1, step)]
    return [word(t, seconds, y, _clock(t), "tick", *([] if t else ["first"])) for t in marks if t <= seconds * 0.97]


def _clock(t: float) -> str:
    return clock_text(t).removesuffix(".0")


def _styled(style: str) -> list[svg.Element]:
    import svg

    return [svg.Style(text=style)] if style else []
