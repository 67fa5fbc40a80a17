"""The curves of the face itself on the page of a take, and the eyes on the page in its table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coach.base.messages import mark, tr
from coach.core.analysis.face_chart import FaceChart
from coach.core.face.measures import MEASURES
from coach.core.face.take import LineFace
from coach.core.face.texts import EYES_DOWN_MEANING
from coach.pages.arc_chart import cursor, draw_background
from coach.pages.plot import ChartRow
from coach.pages.render import svg_markup

if TYPE_CHECKING:
    from coach.core.analysis.chart_data import ChartData

HEIGHT: Final = 56
"""Height of a curve in pixels."""

_EYES_HEIGHT: Final = 28


@dataclass(frozen=True, slots=True)
class FacePart:
    """The measures of a take for its page.

    Attributes:
        chart: the curves.
        lines: the face in each line.
        sentences: sentences about eyes and face.
    """

    chart: FaceChart
    lines: Sequence[LineFace]
    sentences: Sequence[str]

    @property
    def pages(self) -> dict[int, float | None]:
        """The share of each line with the eyes on the page, by its number; None where it is not known."""
        return {line.line: line.page for line in self.lines}

    @property
    def glossary(self) -> dict[str, str]:
        """The explanation of the column that it adds to the table of lines."""
        return {mark("eyes down"): EYES_DOWN_MEANING}

    def drawings(self, background: ChartData) -> list[tuple[str, str]]:
        """A name and the SVG markup of each drawing: where the eyes look, then each measure."""
        eyes = _drawing(background, _EYES_HEIGHT, self._draw_eyes)
        curves = [(tr(each.more), _drawing(background, HEIGHT, _curve(self.chart, each.key))) for each in MEASURES]
        return [(tr("eyes down"), eyes), *curves]

    def _draw_eyes(self, row: ChartRow) -> None:
        for interval in self.chart.gaze:
            if interval.value == "page":
                row.block(interval.start, interval.end, "seen")


def _curve(chart: FaceChart, key: str) -> Callable[[ChartRow], None]:
    def draw(row: ChartRow) -> None:
        row.horizontal_line(0.0, chart.seconds, 0.5, "median")
        for segment in chart.curves[key]:
            row.line(segment, "neutral", "stroke")

    return draw


def _drawing(background: ChartData, height: int, draw: Callable[[ChartRow], None]) -> str:
    import svg

    row = ChartRow(background.seconds, 0, height)
    draw_background(background, row)
    draw(row)
    drawing = svg.SVG(
        class_=["small"],
        width=svg.Length(100, "%"),
        height=height,
        extra={"role": "img"},
        elements=[row.to_svg(), cursor(0, height)],
    )
    return svg_markup(drawing)
