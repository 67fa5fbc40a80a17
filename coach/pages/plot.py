"""Rows of a chart: time on the horizontal axis, shares (0 to 1) on the vertical; they stretch to any width.

Stroke widths stay as they are when a row is stretched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import svg

    from coach.core.analysis.curves import Point

WIDE: Final = 10_000
"""Width of a row in units. A row is as wide as its page, so a unit is neither a pixel nor a second.

`compare.js` has the same `WIDE`, `TALL` and `PAD`.
"""

TALL: Final = 100
"""Height of a row in units."""

PAD: Final = 3
"""Units below 0 and above 1, so that the stroke of a curve at 0 or 1 is not clipped."""


def text_of(text: str) -> str:
    """`text` escaped for the content of an element; svg.py escapes nothing."""
    from markupsafe import escape

    from coach.base.text import clean

    return str(escape(clean(text)))


def percent_of(t: float, seconds: float) -> svg.Length:
    """The position of `t` on a time axis of length `seconds`, in percent of its width."""
    import svg

    return svg.Length(round(100 * t / seconds, 3) if seconds else 0, "%")


@dataclass
class ChartRow:
    """One row of a chart.

    Shapes are drawn in the order in which they are added. CSS classes set their colours: the name of an emotion
    with ``fill`` or ``stroke``.

    Attributes:
        seconds: length of the time axis in seconds.
        y: top of the row in pixels below the top of the chart.
        height: height in pixels.
        shapes: shapes added so far.
    """

    seconds: float
    y: int
    height: int
    shapes: list[svg.Element] = field(default_factory=list)

    def line(self, points: Sequence[Point], *classes: str) -> None:
        """Draw a curve through `points`, each a time in seconds and a share."""
        import svg

        self.shapes.append(svg.Polyline(points=self._svg_points(points), class_=["line", *classes]))

    def area(self, points: Sequence[Point], *classes: str) -> None:
        """Fill the area under a curve."""
        import svg

        if points:
            baseline = [(points[-1][0], -1.0), (points[0][0], -1.0)]
            self.shapes.append(svg.Polygon(points=self._svg_points([*points, *baseline]), class_=list(classes)))

    def block(self, start: float, end: float, *classes: str, low: float = -1.0, high: float = 2.0) -> None:
        """Draw a rectangle from `start` to `end` seconds and share `low` to `high`, by default over the full height."""
        import svg

        x, width = self._x(start), max(round(self._x(end) - self._x(start), 1), 1)
        y, height = self._y(high), round(self._y(low) - self._y(high), 1)
        self.shapes.append(svg.Rect(x=x, y=y, width=width, height=height, class_=list(classes)))

    def horizontal_line(self, start: float, end: float, share: float, *classes: str) -> None:
        """Draw a horizontal line at `share` from `start` to `end` seconds."""
        self.line([(start, share), (end, share)], *classes)

    def vertical_lines(self, times: Sequence[float], *classes: str) -> None:
        """Draw vertical lines at `times` over the full height."""
        import svg

        path: list[svg.PathData] = []
        for t in times:
            path += [svg.M(self._x(t), 0), svg.V(TALL)]
        self.shapes.append(svg.Path(d=path, class_=["line", *classes]))

    def to_svg(self) -> svg.SVG:
        """The row as an element of its chart."""
        import svg

        box = svg.ViewBoxSpec(0, 0, WIDE, TALL)
        return svg.SVG(
            y=self.y,
            width=svg.Length(100, "%"),
            height=self.height,
            viewBox=box,
            preserveAspectRatio=svg.PreserveAspectRatio("none"),
            elements=self.shapes,
        )

    def _svg_points(self, points: Sequence[Point]) -> list[svg.Point]:
        import svg

        return [svg.Point(self._x(t), self._y(share)) for t, share in points]

    def _x(self, t: float) -> float:
        return round(WIDE * t / self.seconds, 1) if self.seconds else 0.0

    def _y(self, share: float) -> float:
        return round(min(max(TALL - PAD - share * (TALL - 2 * PAD), 0), TALL), 1)


def label(text: str, t: float, seconds: float, y: int, *classes: str) -> svg.Text:
    """`text` at the time `t` of an axis of length `seconds`; its baseline is `y` pixels below the top of the chart."""
    import svg

    return svg.Text(x=percent_of(t, seconds), y=y, text=text_of(text), class_=list(classes))
