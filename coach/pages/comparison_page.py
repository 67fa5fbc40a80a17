"""Takes side by side as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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
from coach.core.scoring.report import VERDICTS, reason_text
from coach.pages.plot import ChartRow, text_of, word
from coach.pages.render import drawing, page
from coach.pages.report_page import GLOSSARY, VIEWERS_GLOSSARY, claims

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
_AXIS: Final = 18

Traces = dict[int, dict[int, "LineCurve"]]
"""By the index of the take and the number of the line in it."""


def comparison_page(comparison: Comparison, traces: Traces, best: BestTakes, aligned: bool = True) -> str:
    """The page of `comparison`, HTML text.

    Args:
        comparison: the takes.
        traces: how much of each line came across.
        best: the best take of each line.
        aligned: whether the curves are scaled to the length of the line; else they share a time axis in seconds.
    """
    newest = comparison.takes[comparison.newest].report
    reports = [take.report for take in comparison.takes]
    viewers = any(line.share is not None for report in reports for line in report.lines)
    return page(
        "compare.html",
        ["compare.js"],
        title=newest.title,
        language=newest.language,
        overall=overall_sentence(comparison),
        takes=[_take(comparison, place) for place in range(len(comparison.takes))],
        rows=[_row(nth, row, traces, aligned) for nth, row in enumerate(comparison.lines, 1)],
        viewers=viewers,
        mixed=viewers and any(report.model and report.model.meaning != "viewers" for report in reports),
        aligned=aligned,
        best=[_choice(number, choice) for number, choice in enumerate(best.choices, 1)],
        missing=best.missing,
        dropped=best.dropped,
        threshold=THRESHOLD,
        rule=RULE,
        claims=_claims(reports),
        glossary=GLOSSARY | (VIEWERS_GLOSSARY if viewers else {}),
    )


def line_chart(traces: Mapping[int, LineCurve], title: str, *, enough: float | None, aligned: bool) -> svg.SVG:
    """The curves of a line over each other, by the index of the take; `enough` is the share that makes a hit."""
    import svg

    longest = max(trace.seconds for trace in traces.values())
    whole = 1.0 if aligned else longest
    row = ChartRow(whole, _TOP, HEIGHT - _TOP - _AXIS)
    row.block(0.0, whole, "ground")
    row.level(0.0, whole, 0.5, "border")
    if enough is not None:
        row.level(0.0, whole, enough, "enough")
    for place, trace in traces.items():
        scale = 1 / trace.seconds if aligned else 1.0
        for run in trace.segments:
            row.line([(t * scale, share) for t, share in run], f"take{place + 1}", "stroke", "strong")
    words = [
        word(0.0, 1.0, 16, "10 of 10", "scale"),
        word(0.0, 1.0, HEIGHT - _AXIS - 4, "0", "scale"),
        word(0.0, 1.0, HEIGHT - 4, "0 %" if aligned else "0 s", "tick", "first"),
        word(0.5, 1.0, HEIGHT - 4, "50 % of the line" if aligned else f"{whole / 2:.1f} s", "tick"),
        word(1.0, 1.0, HEIGHT - 4, "100 %" if aligned else f"{whole:.1f} s", "tick", "last"),
    ]
    cursor = svg.Line(x1=0, x2=0, y1=_TOP, y2=HEIGHT - _AXIS, class_=["cursor"])
    return svg.SVG(
        width=svg.Length(100, "%"),
        height=HEIGHT,
        extra={"role": "img"},
        elements=[svg.Title(text=text_of(title)), row.drawn(), *words, cursor],
    )


def _take(comparison: Comparison, place: int) -> dict[str, Any]:
    take = comparison.takes[place]
    report = take.report
    facts = [report.created.at[:16].replace("T", " "), f"strictness {strictness_of(take)}"]
    if report.model:
        facts.append(f"model {report.model.name}")
    if place == comparison.newest:
        facts.append("the newest of these")
    return {
        "number": place + 1,
        "name": take.name,
        "facts": facts,
        "counts": counts_text(report.overall),
        "warnings": [warning for warning in report.warnings if warning.startswith("Scored again")],
    }


def _row(nth: int, row: ComparedLine, traces: Traces, aligned: bool) -> dict[str, Any]:
    played = {place: line for place, line in enumerate(row.reports) if line is not None}
    drawn = {place: trace for place, line in played.items() if (trace := traces.get(place, {}).get(line.index))}
    drawn = {place: trace for place, trace in drawn.items() if trace.segments}
    asked = {line.asked_share for line in played.values() if line.asked_share is not None}
    enough = next(iter(asked)) if len(asked) == 1 else None
    title = f"Line {row.number}: one curve for each take"
    return {
        "anchor": nth,
        "number": row.number,
        "text": row.text,
        "only": presence_text(row),
        "asked": target_text(row),
        "differ": len({line.target for line in played.values()}) > 1,
        "chart": drawing(line_chart(drawn, title, enough=enough, aligned=aligned)) if drawn else "",
        "enough": enough is not None and bool(drawn),
        "drawn": [place + 1 for place in drawn],
        "whole": "" if aligned or not drawn else round(max(trace.seconds for trace in drawn.values()), 3),
        "takes": [_line(place, line, row) for place, line in enumerate(row.reports)],
        "standing": ranking_sentence(row.ranking) if len(played) > 1 else "",
    }


def _line(place: int, line: LineReport | None, row: ComparedLine) -> dict[str, Any]:
    if line is None:
        return {"number": place + 1, "line": None}
    return {
        "number": place + 1,
        "line": line,
        "said": VERDICTS[line.verdict],
        "reason": reason_text(line),
        "top_share": line.read.get(line.top) if line.top else None,
        "ahead": row.ranking.lead is not None and place in row.ranking.ahead,
    }


def _choice(number: int, choice: BestTake) -> dict[str, Any]:
    tens = "" if choice.line.share is None else viewers_text(choice.line.share)
    return {"number": number, "text": choice.text, "take": choice.take + 1, "why": choice_reason(choice, tens)}


def _claims(reports: list[Report]) -> list[str]:
    """What can be claimed of the takes, each paragraph once."""
    return list(dict.fromkeys(paragraph for report in reports for paragraph in claims(report)))
