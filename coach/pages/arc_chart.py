"""The arc of a take as one SVG chart: targets, readings, and how well the readings match the targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr
from coach.base.text import join_with_or
from coach.core.analysis.curves import clip
from coach.core.scoring.report import NO_TARGET, clock_text
from coach.pages.plot import ChartRow, label, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import svg

    from coach.base.types import Emotion
    from coach.core.analysis.chart_data import ChartData, CurrentTarget
    from coach.core.analysis.curves import Segment

_AXIS_HEIGHT: Final = 30
"""Height of the time axis below the last strip in pixels."""

_MATCH_Y: Final = 146
"""Top of the strip with the match curve in pixels."""

_MATCH_HEIGHT: Final = 130
"""Height of the strip with the match curve in pixels."""

_VIEWERS_HEADING: Final = mark("viewers who would see it")
"""Heading of the match curve for a model that predicts viewer shares."""

_READING_HEADING: Final = mark("how strongly the camera reads it")
"""Heading of the match curve for any other model."""

SMALL_HEIGHT: Final = 64
"""Height of one of the seven small charts in pixels."""

PIXELS_PER_SECOND: Final = 2.0
"""Minimum width of a second of the take; the chart of a long take scrolls."""

PIXELS_PER_LINE: Final = 28.0
"""Minimum mean width of a line; it leaves room for the number of the line."""

MAX_WIDTH: Final = 16_000
"""Limit of the minimum width in pixels; a second of a longer take gets fewer pixels."""

PHONE_WIDTH: Final = 300
"""Width of a chart on a phone in pixels; a line that is too narrow for its label there gets none."""

SCREEN_WIDTH: Final = 800
"""Width of a chart on any other screen in pixels."""

FILE_WIDTH: Final = 1200
"""Minimum width of a chart in a separate file in pixels."""

_CHARACTER_WIDTH: Final = 7.0
"""Width of a character of a label in pixels, slightly more than the average."""

_TICK_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
"""Possible distances between two ticks of the axis in seconds."""

_MIN_TICK_DISTANCE: Final = 60
"""Minimum distance between two ticks in pixels."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """One row of the chart: its heading, position and height in pixels, and the function that draws it."""

    heading: str
    y: int
    height: int
    draw: Callable[[ChartData, ChartRow], None]


def min_width(data: ChartData) -> int:
    """The minimum width in pixels at which the lines of `data` can be distinguished."""
    width = max(data.seconds * PIXELS_PER_SECOND, len(data.targets) * PIXELS_PER_LINE, PHONE_WIDTH)
    return round(min(width, MAX_WIDTH))


def arc_chart(data: ChartData, title: str, style: str = "") -> svg.SVG:
    """The chart of `data`, as wide as its container; a chart in a separate file needs the CSS text `style`."""
    import svg

    strips = _strips(data)
    height = strips[-1].y + strips[-1].height + _AXIS_HEIGHT
    labels = [label(tr(strip.heading), 0.0, 1.0, strip.y - 6, "heading") for strip in strips]
    labels += [*_scale(data), *_line_labels(data, strips[0].y + 15), *_axis(data, height - 4)]
    rows = [_draw_strip(data, strip).to_svg() for strip in strips]
    return svg.SVG(
        class_=["arc"],
        width=svg.Length(100, "%"),
        height=height,
        extra={"role": "img"},
        elements=[svg.Title(text=text_of(title)), *_style(style), *rows, *labels, cursor(strips[0].y, height - 16)],
    )


def _strips(data: ChartData) -> list[_Strip]:
    """The rows of the chart from the top; a take without a camera has only the targets."""
    match_heading = _VIEWERS_HEADING if data.scale == "viewers" else _READING_HEADING
    targets = _Strip(mark("wanted"), 20, 22, _draw_targets)
    return [targets] if not data.watched else [
        targets,
        _Strip(mark("what the camera reads (higher is surer)"), 64, 56, _draw_read),
        _Strip(match_heading, _MATCH_Y, _MATCH_HEIGHT, _draw_match),
        _Strip(mark("how well the face can be read"), 302, 12, _draw_face),
    ]  # fmt: skip


def _draw_strip(data: ChartData, strip: _Strip) -> ChartRow:
    row = ChartRow(data.seconds, strip.y, strip.height)
    if strip.draw is not _draw_targets:
        draw_background(data, row)
        row.vertical_lines(_line_edges(data), "border")
    strip.draw(data, row)
    return row


def cursor(top: int, bottom: int) -> svg.Line:
    """A cursor, which the script of the page moves."""
    import svg

    return svg.Line(x1=0, x2=0, y1=top, y2=bottom, class_=["cursor"])


def arc_file(data: ChartData, title: str) -> str:
    """The chart of `data` as the text of an SVG file, with a style for light and dark schemes."""
    from coach.pages.render import stylesheet

    chart = arc_chart(data, title, stylesheet())
    chart.width, chart.class_ = max(min_width(data), FILE_WIDTH), ["arc", "alone"]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{chart}\n'


def small_charts(data: ChartData) -> dict[Emotion, svg.SVG]:
    """A small chart for each of the seven emotions: its probability, and the targets with their intensity bands."""
    return {emotion: _small_chart(data, emotion) for emotion in data.emotions}


def _small_chart(data: ChartData, emotion: Emotion) -> svg.SVG:
    import svg

    row = ChartRow(data.seconds, 0, SMALL_HEIGHT)
    draw_background(data, row)
    for target in data.targets:
        if emotion in target.value.accepted:
            low, high = target.value.intensity or (-1.0, 2.0)
            row.block(target.start, target.end, emotion, "asked", low=low, high=high)
    for segment in data.emotions[emotion]:
        row.line(segment, emotion, "stroke")
    return svg.SVG(
        class_=["small"],
        width=svg.Length(100, "%"),
        height=SMALL_HEIGHT,
        extra={"role": "img"},
        elements=[row.to_svg(), cursor(0, SMALL_HEIGHT)],
    )


def draw_background(data: ChartData, row: ChartRow) -> None:
    """Draw the background of a row: gaps without a usable face, and pauses."""
    row.block(0.0, data.seconds, "ground")
    for gap in data.gaps:
        row.block(gap.start, gap.end, "gap")
    for pause in data.pauses:
        row.block(pause.start, pause.end, "pause")


def _line_edges(data: ChartData) -> list[float]:
    """The times at which a line starts or ends."""
    return sorted({edge for target in data.targets for edge in (target.start, target.end)})


def _draw_targets(data: ChartData, row: ChartRow) -> None:
    for target in data.targets:
        accepted = target.value.accepted
        for n, emotion in enumerate(accepted):
            low, high = 1 - (n + 1) / len(accepted), 1 - n / len(accepted)
            edges = {"high": high} if n else {}
            row.block(target.start, target.end, emotion, "fill", **edges, **({"low": low} if low else {}))
        if not accepted:
            row.block(target.start, target.end, "unasked")


def _draw_read(data: ChartData, row: ChartRow) -> None:
    """Draw the largest probability in the colour of the steady emotion; without colour where the model abstained."""
    for segment in data.strength:
        for interval in data.read:
            start, end = max(interval.start, segment[0][0]), min(interval.end, segment[-1][0])
            if end > start:
                row.area(clip(segment, start, end), *([interval.value, "fill"] if interval.value else ["unsure"]))


def _draw_match(data: ChartData, row: ChartRow) -> None:
    """Draw the match curve over the norm of trained actors and the threshold for a hit."""
    for target in data.targets:
        norm = target.value.norm
        if norm is not None:
            row.block(target.start, target.end, "actors", low=norm.lower, high=norm.upper)
            row.horizontal_line(target.start, target.end, norm.median, "median")
            row.horizontal_line(target.start, target.end, norm.threshold, "enough")
    for segment in data.match:
        row.line(segment, *_colour_class(data, segment), "stroke", "strong")


def _colour_class(data: ChartData, segment: Segment) -> Sequence[str]:
    """The CSS class for a segment of the match curve: the first emotion of the target at its middle, if any."""
    middle = (segment[0][0] + segment[-1][0]) / 2
    accepted = next((t.value.accepted for t in data.targets if t.start <= middle <= t.end), ())
    return accepted[:1]


def _draw_face(data: ChartData, row: ChartRow) -> None:
    for segment in data.face:
        row.area(segment, "seen")


def _scale(data: ChartData) -> list[svg.Text]:
    """Labels of the vertical axis of the match curve."""
    if not data.watched:
        return []
    top, middle = (tr("{number} of 10", number=10), "5") if data.scale == "viewers" else ("100 %", "50")
    levels = ((_MATCH_Y + 10, top), (_MATCH_Y + _MATCH_HEIGHT // 2 + 4, middle), (_MATCH_Y + _MATCH_HEIGHT - 3, "0"))
    return [label(text, 0.0, 1.0, y, "scale") for y, text in levels]


def _line_labels(data: ChartData, y: int) -> list[svg.Text]:
    """The number and target of each line as far as they fit, once for phones and once for wider screens.

    The style data shows one of the two classes ``narrow`` and ``roomy``.
    """
    labels = []
    phone = min_width(data)
    for target in data.targets:
        share, middle = target.length / (data.seconds or 1), (target.start + target.end) / 2
        for width, screen in ((phone, "narrow"), (max(phone, SCREEN_WIDTH), "roomy")):
            text = _longest_label(target.value, width * share)
            labels += [label(text, middle, data.seconds, y, "label", screen)] if text else []
    return labels


def _longest_label(target: CurrentTarget, width: float) -> str:
    """The longest label of `target` that fits into `width` pixels; empty if none fits."""
    number, emotions = str(target.line), join_with_or([tr(emotion) for emotion in target.accepted]) or tr(NO_TARGET)
    labels = (f"{number} {emotions}", number)
    return next((text for text in labels if len(text) * _CHARACTER_WIDTH < width), "")


def _axis(data: ChartData, y: int) -> list[svg.Text]:
    """Labels of the time axis; none in its last 3 %, where a label might not fit."""
    seconds = data.seconds
    pixels_per_second = min_width(data) / (seconds or 1)
    step = next((s for s in _TICK_STEPS_S if s * pixels_per_second >= _MIN_TICK_DISTANCE), _TICK_STEPS_S[-1])
    ticks = [float(t) for t in range(0, int(seconds) + 1, step) if t <= seconds * 0.97]
    return [label(_clock(t), t, seconds, y, "tick", *([] if t else ["first"])) for t in ticks]


def _clock(t: float) -> str:
    return clock_text(t).removesuffix(".0")


def _style(style: str) -> list[svg.Element]:
    import svg

    return [svg.Style(text=style)] if style else []
