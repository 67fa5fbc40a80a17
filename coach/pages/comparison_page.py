"""The comparison of several takes as a self-contained HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coach.base.messages import in_each_language, mark, tr
from coach.core.comparison.texts import (
    RULE,
    THRESHOLD,
    choice_reason,
    counts_text,
    overall_sentence,
    presence_text,
    ranking_sentence,
    strictness_of,
    target_text,
)
from coach.core.scoring.norms import viewers_text
from coach.core.scoring.report import VERDICT_TEXTS, reason_text
from coach.pages.explanations import GLOSSARY, VIEWERS_GLOSSARY, claims
from coach.pages.plot import ChartRow, label, text_of
from coach.pages.render import render_page, svg_markup

if TYPE_CHECKING:
    from collections.abc import Mapping

    import svg

    from coach.core.analysis.curves import LineCurve
    from coach.core.comparison.best_takes import BestTake, BestTakes
    from coach.core.comparison.compare import ComparedLine, Comparison
    from coach.core.scoring.report import LineReport, Report

HEIGHT: Final = 150
"""Height of the chart of a line in pixels."""

_TOP: Final = 4
"""Space above the curves in pixels."""

_AXIS_HEIGHT: Final = 18
"""Height of the time axis below the curves in pixels."""

_AGAIN: Final = mark("Scored again with {changes}.")
"""The warning of a report that says with which settings it was scored again."""

Curves = dict[int, dict[int, "LineCurve"]]
"""Curves by the 0-based index of the take and the number of the line in that take."""


def comparison_page(comparison: Comparison, curves: Curves, best: BestTakes, aligned: bool = True) -> str:
    """Render the page of `comparison` as HTML text.

    Args:
        comparison: the comparison of the takes.
        curves: how well the face matched the target of each line.
        best: the best take of each line.
        aligned: scale every curve to the length of its line; otherwise the curves share a time axis in seconds.
    """
    newest = comparison.takes[comparison.newest].report
    reports = [take.report for take in comparison.takes]
    viewers = any(line.share is not None for report in reports for line in report.lines)
    return render_page(
        "compare.html",
        ["texts.js", "compare.js"],
        title=newest.title,
        script_language=newest.language,
        overall=overall_sentence(comparison),
        takes=[_take(comparison, index) for index in range(len(comparison.takes))],
        rows=[_row(anchor, row, curves, aligned) for anchor, row in enumerate(comparison.lines, 1)],
        viewers=viewers,
        some_without_viewers=viewers and any(report.model and report.model.meaning != "viewers" for report in reports),
        aligned=aligned,
        best=[_choice(number, choice) for number, choice in enumerate(best.choices, 1)],
        missing=best.missing,
        dropped=best.dropped,
        threshold=THRESHOLD,
        rule=RULE,
        claims=_claims(reports),
        glossary=GLOSSARY | (VIEWERS_GLOSSARY if viewers else {}),
    )


def line_chart(curves: Mapping[int, LineCurve], title: str, *, threshold: float | None, aligned: bool) -> svg.SVG:
    """Draw the curves of a line over each other.

    Args:
        curves: curves by the 0-based index of the take; at least one.
        title: title of the chart.
        threshold: share that makes a hit, 0 to 1; None to draw none.
        aligned: scale every curve to the length of its line; otherwise the time axis is in seconds.
    """
    import svg

    length = 1.0 if aligned else _longest_s(curves)
    row = ChartRow(length, _TOP, HEIGHT - _TOP - _AXIS_HEIGHT)
    row.block(0.0, length, "ground")
    row.horizontal_line(0.0, length, 0.5, "border")
    if threshold is not None:
        row.horizontal_line(0.0, length, threshold, "enough")
    for take, curve in curves.items():
        scale = 1 / curve.seconds if aligned else 1.0
        for segment in curve.segments:
            row.line([(t * scale, share) for t, share in segment], f"take{take + 1}", "stroke", "strong")
    cursor = svg.Line(x1=0, x2=0, y1=_TOP, y2=HEIGHT - _AXIS_HEIGHT, class_=["cursor"])
    return svg.SVG(
        width=svg.Length(100, "%"),
        height=HEIGHT,
        extra={"role": "img"},
        elements=[svg.Title(text=text_of(title)), row.to_svg(), *_labels(length, aligned=aligned), cursor],
    )


def _longest_s(curves: Mapping[int, LineCurve]) -> float:
    return max(curve.seconds for curve in curves.values())


def _labels(length: float, *, aligned: bool) -> list[svg.Text]:
    """Labels of both axes; `length` is that of the time axis in seconds if the curves are not aligned."""
    ticks = ("0 %", tr("50 % of the line"), "100 %") if aligned else ("0 s", f"{length / 2:.1f} s", f"{length:.1f} s")
    return [
        label(tr("{number} of 10", number=10), 0.0, 1.0, 16, "scale"),
        label("0", 0.0, 1.0, HEIGHT - _AXIS_HEIGHT - 4, "scale"),
        label(ticks[0], 0.0, 1.0, HEIGHT - 4, "tick", "first"),
        label(ticks[1], 0.5, 1.0, HEIGHT - 4, "tick"),
        label(ticks[2], 1.0, 1.0, HEIGHT - 4, "tick", "last"),
    ]


def _take(comparison: Comparison, index: int) -> dict[str, Any]:
    take = comparison.takes[index]
    report = take.report
    facts = [
        report.created.at[:16].replace("T", " "),
        tr("strictness {strictness}", strictness=tr(strictness_of(take))),
    ]
    if report.model:
        facts.append(tr("model {model}", model=report.model.name))
    again = tuple(text.partition("{")[0] for text in in_each_language(_AGAIN))
    if index == comparison.newest:
        facts.append(tr("the newest of these"))
    return {
        "number": index + 1,
        "name": take.name,
        "facts": facts,
        "counts": counts_text(report.overall),
        "warnings": [warning for warning in report.warnings if warning.startswith(again)],
    }


def _row(anchor: int, row: ComparedLine, curves: Curves, aligned: bool) -> dict[str, Any]:
    lines = {take: line for take, line in enumerate(row.reports) if line is not None}
    drawn = {take: curve for take, line in lines.items() if (curve := curves.get(take, {}).get(line.index))}
    drawn = {take: curve for take, curve in drawn.items() if curve.segments}
    thresholds = {line.asked_share for line in lines.values() if line.asked_share is not None}
    # Takes that differ in target or strictness have different thresholds: then the chart shows none.
    threshold = thresholds.pop() if len(thresholds) == 1 else None
    title = tr("Line {number}: one curve for each take", number=row.number)
    return {
        "anchor": anchor,
        "number": row.number,
        "text": row.text,
        "presence": presence_text(row),
        "target": target_text(row),
        "targets_differ": len({line.target for line in lines.values()}) > 1,
        "chart": svg_markup(line_chart(drawn, title, threshold=threshold, aligned=aligned)) if drawn else "",
        "has_threshold": threshold is not None and bool(drawn),
        "drawn": [take + 1 for take in drawn],
        "seconds": "" if aligned or not drawn else round(_longest_s(drawn), 3),
        "takes": [_line(take, line, row) for take, line in enumerate(row.reports)],
        "ranking": ranking_sentence(row.ranking) if len(lines) > 1 else "",
    }


def _line(take: int, line: LineReport | None, row: ComparedLine) -> dict[str, Any]:
    if line is None:
        return {"number": take + 1, "line": None, "ahead": False}
    return {
        "number": take + 1,
        "line": line,
        "verdict_text": tr(VERDICT_TEXTS[line.verdict]),
        "reason": reason_text(line),
        "top_share": line.read.get(line.top) if line.top else None,
        "ahead": row.ranking.lead is not None and take in row.ranking.ahead,
    }


def _choice(number: int, choice: BestTake) -> dict[str, Any]:
    viewers = "" if choice.line.share is None else viewers_text(choice.line.share)
    return {"number": number, "text": choice.text, "take": choice.take + 1, "why": choice_reason(choice, viewers)}


def _claims(reports: list[Report]) -> list[str]:
    """Paragraphs on what the models of the takes can claim; each paragraph once."""
    return list(dict.fromkeys(paragraph for report in reports for paragraph in claims(report)))
