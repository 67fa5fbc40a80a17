"""A comparison of takes on the terminal: the figures and the curves of each line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from coach.base.messages import mark, tr
from coach.core.comparison.texts import (
    THRESHOLD,
    choice_reason,
    counts_text,
    overall_sentence,
    presence_text,
    ranking_sentence,
    strictness_differs,
    strictness_of,
    target_text,
)
from coach.core.scoring.evidence import tenths
from coach.core.scoring.norms import viewers_text
from coach.core.scoring.report import VERDICT_TEXTS, reason_text
from coach.core.script.targets import target_words
from coach.display.kit.writer import (
    VERDICT_STYLES,
    columns,
    fitting_widths,
    indent_paragraph,
    safe_text,
    shorten,
    signs_for,
    writable,
)
from coach.display.tables.summary import READ_NOTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console, RenderableType

    from coach.core.analysis.curves import LineCurve
    from coach.core.comparison.best_takes import BestTakes
    from coach.core.comparison.compare import ComparedLine, Comparison
    from coach.core.scoring.report import LineReport

MIN_COLUMNS_WIDTH: Final = 72
"""Minimum terminal width, in columns, for figures in columns; on a narrower one they are written out."""

MAX_CURVE_WIDTH: Final = 80
"""Maximum width of a curve, in cells."""

_WIDTHS: Final = (5, 13, 6, 9, 8, 7)
"""Widths of the columns before the verdict, in cells: take, read, accuracy, viewers, arrival, hold."""

_HEADINGS: Final = (mark("take"), mark("read"), mark("acc."), mark("viewers"), mark("arrival"), mark("hold"))

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_DIGITS: Final = "0123456789"

Traces = dict[int, dict[int, "LineCurve"]]
"""Curves by the index of the take and the number of the line in it."""


class ComparisonView:
    """Prints a comparison on `console`; external text is made safe and writable."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._encoding = console.encoding
        self._none = signs_for(console.encoding).none

    def print(self, comparison: Comparison, traces: Traces, *, aligned: bool = True) -> None:
        """Print all takes and lines; curves have equal lengths if `aligned`, else a common time axis."""
        self._print_takes(comparison)
        for row in comparison.lines:
            self._gap()
            self._print_line(
                row, {place: _trace(traces, place, line) for place, line in enumerate(row.reports)}, aligned
            )
        self._gap()
        self._say(overall_sentence(comparison), "bold")
        self._say(f"{tr(THRESHOLD)} {tr(READ_NOTE)}", "dim")

    def best(self, comparison: Comparison, assembly: BestTakes) -> None:
        """Print the best take of each line."""
        self._gap()
        self._say(tr("The best take of each line"), "bold")
        for number, choice in enumerate(assembly.choices, 1):
            self._print_heading(number, choice.text, tr("take {number}", number=choice.take + 1) + ": ")
            tens = "" if choice.line.share is None else viewers_text(choice.line.share)
            self._say(f"    {choice_reason(choice, tens)}", "dim")
        for text in assembly.missing:
            self._say(tr("No take has: {words}", words=self._quote(text, 20)))
        for text in assembly.dropped:
            self._say(tr("Not in the newest script: {words}", words=self._quote(text, 30)))
        if assembly.choices:
            used = sorted({choice.take for choice in assembly.choices})
            self._say(tr("From {used} of {count} takes.", used=len(used), count=len(comparison.takes)))

    def _print_takes(self, comparison: Comparison) -> None:
        title = comparison.takes[comparison.newest].report.title
        self._say(safe_text(title, self._encoding), "bold")
        for place, take in enumerate(comparison.takes):
            newest = tr(" (the newest of these)") if place == comparison.newest else ""
            head = tr("take {number}", number=place + 1)
            self._print_unwrapped(f"{head}  {safe_text(take.name, self._encoding)}{newest}")
            strictness = (
                [tr("strictness {name}", name=tr(strictness_of(take)))] if strictness_differs(comparison) else []
            )
            text = ", ".join([counts_text(take.report.overall), *strictness])
            self._say(f"        {safe_text(text, self._encoding)}")

    def _print_line(self, row: ComparedLine, traces: Mapping[int, LineCurve | None], aligned: bool) -> None:
        presence = presence_text(row)
        self._print_heading(row.number, row.text, after=f" ({presence})" if presence else "")
        played = {place: line for place, line in enumerate(row.reports) if line is not None}
        wanted = tr("wanted: {target}", target=target_words(target_text(row)))
        self._say(f"    {safe_text(wanted, self._encoding)}")
        self._print_figures(played)
        self._print_curves({place: trace for place, trace in traces.items() if trace and trace.segments}, aligned)
        if len(played) > 1:
            self._say(f"    {ranking_sentence(row.ranking)}")

    def _print_figures(self, played: Mapping[int, LineReport]) -> None:
        in_columns = self._console.width >= MIN_COLUMNS_WIDTH
        if in_columns:
            headings = [*map(tr, _HEADINGS)]
            widths = fitting_widths(headings, _WIDTHS)
            self._print(columns(headings, widths, self._encoding, "dim").append(tr("verdict")))
        for place, line in played.items():
            figures = self._cells(line)
            verdict = self._verdict(line)
            if in_columns:
                cells = (str(place + 1), *figures)
                self._print(columns(cells, widths, self._encoding).append_text(verdict))
            else:
                self._print(Text(f"    {place + 1} ").append_text(verdict))
                read, accuracy, viewers, *_ = figures
                named = {"read": read, "accuracy": accuracy, "viewers": viewers}
                text = tr("read {read}, accuracy {accuracy}, {viewers} viewers", **named)
                self._say(f"      {text}")

    def _cells(self, line: LineReport) -> tuple[str, str, str, str, str]:
        none = self._none
        return (
            f"{tr(line.top)} {line.read[line.top]:.0%}" if line.top in line.read else none,
            none if line.accuracy is None else f"{line.accuracy:.0%}",
            none if line.share is None else tr("{count} of 10", count=tenths(line.share)),
            none if line.arrival_s is None else f"{line.arrival_s:.1f} s",
            f"{line.hold_s:.1f} s" if line.hold_s else none,
        )

    def _verdict(self, line: LineReport) -> Text:
        sign = signs_for(self._encoding).verdict(line.verdict)
        reason = safe_text(reason_text(line), self._encoding)
        text = Text(f"{sign} {tr(VERDICT_TEXTS[line.verdict])}", style=VERDICT_STYLES[line.verdict])
        return text.append(f" ({reason})" if reason else "", style="default")

    def _print_curves(self, traces: Mapping[int, LineCurve], aligned: bool) -> None:
        """Print the curve of each take, one row each on one axis."""
        cells = min(self._console.width - 10, MAX_CURVE_WIDTH)
        if not traces or cells < 10:
            return
        longest = max(trace.seconds for trace in traces.values())
        steps = _BLOCKS if writable(_BLOCKS, self._encoding) == _BLOCKS else _DIGITS
        for place, trace in traces.items():
            levels = trace.resample(cells, None if aligned else longest)
            self._print(Text(f"    {place + 1:<4} ").append("".join(_step(level, steps) for level in levels)))
        end = "100 %" if aligned else f"{longest:.1f} s"
        begin = "0 %" if aligned else "0 s"
        self._say(f"         {begin}{end:>{cells - len(begin)}}", "dim")

    def _print_heading(self, number: int, text: str, before: str = "", after: str = "") -> None:
        head = f"{number:>3} {before}"
        room = max(self._console.width - len(head) - len(after), 12)
        line = shorten(safe_text(text, self._encoding), room, self._encoding)
        self._print(Text(f"{head}{line}", style="bold").append(after, style="not bold"))

    def _quote(self, text: str, reserved: int) -> str:
        room = max(self._console.width - reserved, 20)
        return tr('"{words}"', words=shorten(safe_text(text, self._encoding), room, self._encoding))

    def _gap(self) -> None:
        self._print(Text())

    def _say(self, text: str, style: str = "") -> None:
        if text.strip(" "):
            self._print(indent_paragraph(text, style))

    def _print_unwrapped(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True, markup=False, highlight=False)

    def _print(self, text: RenderableType) -> None:
        self._console.print(text, markup=False, highlight=False)


def _trace(traces: Traces, place: int, line: LineReport | None) -> LineCurve | None:
    return traces.get(place, {}).get(line.index) if line else None


def _step(level: float | None, steps: str) -> str:
    """One character for `level` (0 to 1); a space if no face was seen."""
    return " " if level is None else steps[min(int(level * len(steps)), len(steps) - 1)]
