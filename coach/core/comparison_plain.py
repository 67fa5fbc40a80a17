"""A comparison as plain values: the JSON that other programs read. Takes are numbered from 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from coach.core.assembly import Assembly, Choice
    from coach.core.comparison import Comparison, Played, Row

VERSION: Final = 1


def plain(comparison: Comparison, best: Assembly) -> dict[str, Any]:
    """All that there is to say, in values that JSON knows."""
    return {
        "comparison_version": VERSION,
        "takes": [_take(number, take) for number, take in enumerate(comparison.takes, 1)],
        "lines": [_line(row) for row in comparison.rows],
        "best": [_choice(choice) for choice in best.choices],
        "missing": list(best.missing),
        "dropped": list(best.dropped),
    }


def _take(number: int, take: Played) -> dict[str, Any]:
    report = take.report
    return {
        "take": number,
        "name": take.name,
        "at": report.created.at,
        "rescored": report.created.rescored,
        "title": report.title,
        "strictness": report.settings.get("strictness"),
        "model": report.model.name if report.model else None,
        "overall": report.overall.model_dump(),
    }


def _line(row: Row) -> dict[str, Any]:
    standing = row.standing
    return {
        "text": row.text,
        "takes": [None if line is None else line.model_dump(mode="json") for line in row.lines],
        "measure": standing.measure,
        "ahead": [place + 1 for place in standing.ahead],
        "by": standing.by,
        "why": standing.why,
        "apart": [place + 1 for place in standing.apart],
    }


def _choice(choice: Choice) -> dict[str, Any]:
    line = choice.line
    return {
        "text": choice.text,
        "take": choice.take + 1,
        "line": line.index,
        "start_s": line.start_s,
        "end_s": line.end_s,
        "verdict": line.verdict,
        "tied": choice.tied,
    }
