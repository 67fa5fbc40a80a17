"""Draws the graph of a mirror run with Matplotlib. This module is imported only when a graph is written."""

from __future__ import annotations

import io
import itertools
import logging
import math
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coach.base.messages import tr, tr_n
from coach.base.text import clean
from coach.base.types import EMOTIONS
from coach.core.mirror.view import CLASSIC_LABELS, shorten_middle
from coach.recordings.thinning import curve_of, split_at_gaps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from coach.base.types import Emotion
    from coach.core.mirror.view import LabelStyle, PictureSequence
    from coach.recordings.thinning import Peaks, Point, Share

HEX: Final[dict[Emotion, str]] = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#666666",
}
"""Colours of `coach.base.palette`, adapted to white: orange instead of yellow, dark grey instead of light grey."""

Style = str | tuple[int, tuple[float, ...]]
_STYLES: Final[dict[Emotion, Style]] = {
    "angry": "-",
    "disgust": (0, (6, 1.5)),
    "fear": (0, (1.2, 1)),
    "happy": "-",
    "sad": "-",
    "surprise": (0, (6, 1.5, 1.2, 1.5)),
    "neutral": (0, (3, 1.5)),
}
"""Dash patterns in multiples of the line width: colour is never the only distinction."""

_MARKERS: Final[dict[Emotion, str]] = dict(zip(EMOTIONS, "os^DvPX", strict=True))
"""The marker of a single sample; it differs for each emotion."""

_UNSURE: Final = "#D9D9D9"
"""Colour of a bar without a label."""

_INK: Final = "#222222"
"""Colour of text."""

_INK_ON: Final[dict[Emotion, str]] = {"sad": "white", "neutral": "white"}
"""Colour of a label on a bar, `_INK` for other emotions: contrast of at least 4 to 1."""

_QUIET: Final = "#595959"
"""Colour of secondary text."""

_BAR_FONT_SIZE: Final = 8.0
"""Font size on a bar in points; a character is about 0.62 of it wide."""

_STILL_LENGTH: Final = 0.9
"""Length of the bar of a still picture, which stands for 1 s."""

_BARS_WIDTH: Final = 690.0
"""Width of a bar over the whole time, in points."""

SHOWN_OTHERS: Final = 8
"""At most this many people besides the main one get a bar."""

SEPARATE_FROM_S: Final = 120.0
"""In longer runs each curve gets a separate band, since seven curves over each other are illegible."""

MAX_NAMES: Final = 16
"""At most this many pictures are named at the axis; more are numbered."""

_MAX_LEVEL_NAMES: Final = 5
"""At most this many names fit beside each other without rotation."""

MAX_NAME_LENGTH: Final = 24
"""At most this many characters of a picture's name are shown at the axis."""

_MINUTES_FROM_S: Final = 300.0
"""From this length on the axis has minutes and seconds."""

_MINUTE_STEPS: Final = (30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
"""Possible distances of ticks in seconds."""

_DPI: Final = 120

_STROKE_X: Final = 1.07
"""Left end of the strokes at the right, in widths of the axes."""

_LABEL_X: Final = 1.113
"""Left end of the labels at the right, in widths of the axes."""

_LABEL_GAP: Final = 6.0
"""Smallest distance between two labels at the right, in percent of the axes."""

_FONTS: Final = ("DejaVu Sans", "Noto Sans CJK JP", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari")
"""The first is part of Matplotlib; the others, if installed, have characters that it lacks."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The data of a graph.

    Attributes:
        span: first and last time in seconds.
        main: samples of the main person.
        others: samples of other people by track, the person seen longest first.
        meaning, title: arguments of `coach.recordings.graph.Graph`.
        labels: style of the emotions' names.
        pictures: still pictures of the source; None for other sources.
        discarded: number of people whose samples were discarded.
    """

    span: tuple[float, float]
    main: Sequence[Peaks]
    others: Mapping[int, Sequence[Share]]
    meaning: str
    title: str
    labels: LabelStyle
    pictures: PictureSequence | None = None
    discarded: int = 0


def draw(drawing: Drawing, file_format: str) -> bytes:
    """Draw the graph as a file in the format ``png`` or ``svg``; equal drawings give equal bytes."""
    with _silence_matplotlib():
        return _draw(drawing, file_format)


def _draw(drawing: Drawing, file_format: str) -> bytes:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    others = dict(list(drawing.others.items())[:SHOWN_OTHERS])
    is_long = drawing.span[1] - drawing.span[0] >= SEPARATE_FROM_S
    separate = is_long and bool(drawing.main) and not drawing.pictures
    heights = [0.9] * len(EMOTIONS) if separate else [6.2]
    heights += [0.32 * len(others) + 0.1] if others else []
    undrawn = len(drawing.others) - len(others) + drawing.discarded
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "coach", "font.family": _families()}):
        figure = Figure(figsize=(12.0, sum(heights)), dpi=_DPI, layout="constrained", facecolor="white")
        axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
        _draw_separately(list(axes), drawing) if separate else _draw_together(axes[0], drawing)
        if others:
            _draw_others(axes[-1], others, drawing, undrawn)
        _draw_time_axis(axes[-1], drawing)
        _draw_titles(figure, axes[0], drawing)
        file = io.BytesIO()
        figure.savefig(file, format=file_format, metadata={"Date": None} if file_format == "svg" else None)
    return file.getvalue()


@contextmanager
def _silence_matplotlib() -> Iterator[None]:
    """Silence Matplotlib's messages about fonts and folders, which would mix with the user's output."""
    log = logging.getLogger("matplotlib")
    old_level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(old_level)


def _families() -> list[str]:
    """The installed `_FONTS`."""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return [name for name in _FONTS if name in installed] or ["sans-serif"]


def _draw_together(axes: Axes, drawing: Drawing) -> None:
    """Draw all curves in one field."""
    for number, emotion in enumerate(EMOTIONS):
        _draw_curve(axes, drawing.main, number, style=_STYLES[emotion], width=2.0)
    if drawing.main:
        _draw_legend(axes, drawing) if drawing.pictures else _draw_labels(axes, drawing)
    else:
        axes.text(0.5, 0.5, tr("no face could be read"), transform=axes.transAxes, ha="center", color=_QUIET, size=16)
    _draw_percent_axis(axes, 20, 11)


def _draw_separately(axes: Sequence[Axes], drawing: Drawing) -> None:
    """Draw each curve in a separate band, filled down to 0."""
    for number, (emotion, band) in enumerate(zip(EMOTIONS, axes, strict=False)):
        for points in curve_of(drawing.main, number):
            times, values = _to_percent(points)
            band.fill_between(times, 0, values, color=HEX[emotion], alpha=0.3, linewidth=0)
        _draw_curve(band, drawing.main, number, style="-", width=1.0)
        _draw_percent_axis(band, 50, 9)
        band.text(1.01, 0.5, _label(emotion, drawing), transform=band.transAxes, va="center", color=_INK, size=12)


def _draw_curve(axes: Axes, main: Sequence[Peaks], number: int, style: Style, width: float) -> None:
    for points in curve_of(main, number):
        times, values = _to_percent(points)
        emotion = EMOTIONS[number]
        axes.plot(
            times, values, color=HEX[emotion], linestyle=style, linewidth=width, clip_on=False,
            marker=_MARKERS[emotion] if times[0] == times[-1] else "", markersize=7,
        )  # fmt: skip


def _to_percent(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    """Times, and values in percent."""
    return [t for t, _ in points], [value * 100 for _, value in points]


def _label(emotion: Emotion, drawing: Drawing) -> str:
    label = CLASSIC_LABELS[emotion] if drawing.labels == "classic" else emotion
    return tr(label)


def _draw_percent_axis(axes: Axes, step: int, size: int) -> None:
    axes.set_ylim(0, 100)
    axes.set_yticks(range(0, 101, step), [f"{tick}%" for tick in range(0, 101, step)])
    axes.grid(axis="both", color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_INK, labelsize=size)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_legend(axes: Axes, drawing: Drawing) -> None:
    """Draw a legend of the markers at the right, for still pictures, whose samples are not joined."""
    transform = axes.get_yaxis_transform()
    for number, emotion in enumerate(EMOTIONS):
        y = 86 - number * 12
        axes.plot([1.02], [y], _MARKERS[emotion], transform=transform, color=HEX[emotion], markersize=7, clip_on=False)
        axes.text(1.035, y, _label(emotion, drawing), transform=transform, va="center", color=_INK, size=12)


def _draw_labels(axes: Axes, drawing: Drawing) -> None:
    """Write the name of each curve at the right after a sample of its stroke, joined to its end by a thin leader.

    Leaders of curves with nearly the same end spread like a fan, flat enough to be followed by eye.
    """
    last, transform = drawing.main[-1], axes.get_yaxis_transform()
    begin, end = drawing.span
    end_x = (last.last_t - begin) / (end - begin) if end > begin else 0.0
    shares = [share * 100 for share in last.last]
    for emotion, share, y in zip(EMOTIONS, shares, spread(shares), strict=True):
        style: dict[str, Any] = {"transform": transform, "color": HEX[emotion], "clip_on": False}
        axes.plot([end_x, _STROKE_X], [share, y], linewidth=0.8, **style)
        axes.plot([_STROKE_X, _LABEL_X - 0.008], [y] * 2, linestyle=_STYLES[emotion], linewidth=2.0, **style)
        axes.text(_LABEL_X, y, _label(emotion, drawing), transform=transform, va="center", color=_INK, size=12)


def spread(values: Sequence[float], gap: float = _LABEL_GAP, top: float = 100.0) -> list[float]:
    """Positions from 0 to `top` near each of `values`, in the same order and at least `gap` apart."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    positions = [0.0] * len(values)
    below = -math.inf
    for i in order:
        below = positions[i] = max(values[i], below + gap)
    upper_limit = top
    for i in reversed(order):
        positions[i] = min(positions[i], upper_limit)
        upper_limit = positions[i] - gap
    return positions


def _draw_others(axes: Axes, others: Mapping[int, Sequence[Share]], drawing: Drawing, undrawn: int) -> None:
    """Draw a bar for each other person, with colours and words for the emotions."""
    for row, buckets in enumerate(others.values()):
        for begin, length, label in _segments(buckets, drawing):
            axes.broken_barh([(begin, length)], (row - 0.36, 0.72), color=_bar_colour(label), linewidth=0.6)
            if label and (text := _fit(_label(label, drawing), length, drawing)):
                axes.text(
                    begin + length / 2, row, text, ha="center", va="center_baseline", size=_BAR_FONT_SIZE,
                    color=_INK_ON.get(label, _INK),
                )  # fmt: skip
    axes.set_yticks(range(len(others)), [tr("person {track}", track=track) for track in others])
    axes.set_ylim(len(others) - 0.5, -0.5)
    axes.tick_params(colors=_INK, labelsize=10)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    notes = [tr("light grey: unclear"), *_undrawn_note(undrawn)]
    axes.text(1.01, 0.5, "\n".join(notes), transform=axes.transAxes, va="center", color=_QUIET, size=9)


def _undrawn_note(people: int) -> list[str]:
    if not people:
        return []
    return tr_n("{count} more person\nis not drawn", "{count} more people\nare not drawn", people).split("\n")


def _segments(buckets: Sequence[Share], drawing: Drawing) -> Iterator[tuple[float, float, Emotion | None]]:
    """Start, length and label of each bar segment; a single sample gets a minimum length, a picture nearly 1 s."""
    min_length = max((drawing.span[1] - drawing.span[0]) / 300, 1e-3)
    for group in split_at_gaps(buckets):
        parts = [list(part) for _, part in itertools.groupby(group, key=lambda bucket: bucket.label)]
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            begin, label = part[0].first_t, part[0].label
            length = (following[0].first_t if following else part[-1].last_t) - begin
            if drawing.pictures:
                yield begin - _STILL_LENGTH / 2, _STILL_LENGTH, label
            else:
                yield begin, max(length, min_length if len(group) == 1 else 0.0), label


def _bar_colour(label: Emotion | None) -> str:
    return HEX[label] if label else _UNSURE


def _fit(label: str, length: float, drawing: Drawing) -> str:
    """`label`, its first two letters or nothing, whichever fits a segment of `length` seconds."""
    first, last = drawing.span
    total = last - first + (1.0 if drawing.pictures else 0.0)
    width = _BARS_WIDTH * length / total if total > 0 else _BARS_WIDTH
    return next((text for text in (label, label[:2]) if len(text) * 0.62 * _BAR_FONT_SIZE + 4 <= width), "")


def _draw_time_axis(axes: Axes, drawing: Drawing) -> None:
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    first, last = drawing.span
    axes.tick_params(axis="x", colors=_INK, labelsize=11)
    if drawing.pictures:
        _draw_picture_axis(axes, drawing.pictures)
        return
    length = last - first
    axes.set_xlim(first, last if length > 0 else first + 1.0)
    axes.set_xlabel(tr("time in seconds"), size=11, color=_INK)
    if length >= _MINUTES_FROM_S:
        step = next((step for step in _MINUTE_STEPS if length / step <= 12), _MINUTE_STEPS[-1])
        axes.xaxis.set_major_locator(MultipleLocator(step))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda t, _: f"{int(t) // 60}:{int(t) % 60:02}"))
        axes.set_xlabel(tr("time in minutes:seconds"), size=11, color=_INK)


def _draw_picture_axis(axes: Axes, pictures: PictureSequence) -> None:
    """Write the names of the pictures at the axis, or their numbers if there are many."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    count, each_s = len(pictures.names), pictures.picture_s
    axes.set_xlim(-0.5 * each_s, (count - 0.5) * each_s)
    axes.set_xlabel(tr("picture"), size=11, color=_INK)
    if count <= MAX_NAMES:
        names = [shorten_middle(clean(name, 200), MAX_NAME_LENGTH) for name in pictures.names]
        axes.set_xticks([number * each_s for number in range(count)], names, parse_math=False)
        if count > _MAX_LEVEL_NAMES:
            axes.tick_params(axis="x", labelrotation=15)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda t, _: f"{round(t / each_s) + 1}"))


def _draw_titles(figure: Figure, axes: Axes, drawing: Drawing) -> None:
    title = tr("What the camera reads in person 0")
    title = f"{title}: {drawing.title}" if drawing.title else title
    figure.suptitle(title, size=15, color=_INK, parse_math=False)
    over_time = (
        [] if drawing.pictures else [tr("smoothed over time"), tr("a curve breaks where the face could not be read")]
    )
    parts = [part for part in (drawing.meaning, *over_time) if part]
    axes.set_title("; ".join(parts), size=10.5, color=_QUIET, parse_math=False)
