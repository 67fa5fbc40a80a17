"""Reports for the tests of comparisons."""

from __future__ import annotations

from typing import Any

from takes_help import make_report

from coach.core.comparison import Comparison, Played, compare
from coach.core.report import LineReport

LINE = make_report().lines[0]


def said(text: str, verdict: str = "hit", **fields: Any) -> LineReport:  # noqa: ANN401  any field of a line
    """A line of a report; without a `share` the model does not speak for viewers."""
    plain = {"text": text, "verdict": verdict, "accuracy": 0.5, **fields}
    if verdict == "not_scored":
        plain["accuracy"] = None
    return LINE.model_copy(update=plain)


def played(name: str, *lines: LineReport, at: str = "2026-11-24T13:55:02+01:00", model: str = "0" * 64) -> Played:
    """A take whose report has `lines`."""
    report = make_report()
    created = report.created.model_copy(update={"at": at, "take": name})
    numbered = [line.model_copy(update={"index": n}) for n, line in enumerate(lines, 1)]
    known = report.model.model_copy(update={"sha256": model}) if report.model else None
    return Played(name, report.model_copy(update={"created": created, "lines": numbered, "model": known}))


def side_by_side(*takes: list[LineReport]) -> Comparison:
    """Takes with these lines, the last one the newest."""
    return compare([played(f"take {n}", *lines) for n, lines in enumerate(takes, 1)])
