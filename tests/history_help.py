"""Helpers for tests of history, drills and notes: past takes, in memory or in a takes folder as a run writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from test_summary import line_report, report

from coach.core.progress.past_takes import PastReport, PastTake
from coach.core.scoring.report import LineReport, ModelReport, Report, RunMetadata, SourceReport, Verdict
from coach.core.script.script import Script
from coach.takes.contents import REPORT_NAME
from coach.takes.report_file import write_report

START = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)

WORDS = ("They said by morning.", "Don't knock.", "That laugh!")


def script(*texts: str, target: str = "sad", title: str = "Waiting for news") -> Script:
    """A script with these texts as lines, each with the target `target`."""
    return Script.model_validate({"title": title, "lines": [{"text": text, "emotion": target} for text in texts]})


SCRIPT = script(*WORDS)


def line_reports(accuracies: Sequence[float | None], texts: Sequence[str] = WORDS, first: int = 1) -> list[LineReport]:
    """Reports of consecutive lines, numbered from `first`; a line with the accuracy None is not scored."""
    return [
        line_report(number, text, _verdict(accuracy), accuracy, share=accuracy, asked_share=0.5)
        for number, (text, accuracy) in enumerate(zip(texts, accuracies, strict=True), start=first)
    ]


def _verdict(accuracy: float | None) -> Verdict:
    if accuracy is None:
        return "not_scored"
    return "hit" if accuracy >= 0.6 else "partial" if accuracy >= 0.3 else "miss"


def take_report(
    day: float, lines: list[LineReport], *, model: str | None = "m", strictness: str = "standard", **changes: object
) -> Report:
    """The report of a take `day` days after 1 November; `changes` replaces fields."""
    fields: dict[str, object] = {
        "created": RunMetadata(at=(START + timedelta(days=day)).isoformat(), take="t", coach_version="0"),
        "settings": {"strictness": strictness},
        "model": ModelReport(name=model, sha256=model * 8, meaning="label") if model else None,
        "source": SourceReport(kind="camera" if model else "none", name="", sha256=""),
    }
    return report(lines, **(fields | changes))


def past_take(
    day: float, accuracies: Sequence[float | None], texts: Sequence[str] = WORDS, **changes: object
) -> PastTake:
    """A past take `day` days after 1 November; `changes` replaces fields of its report."""
    source = take_report(day, line_reports(accuracies, texts), **changes)  # type: ignore[arg-type]  # the options of `take_report`
    return as_past(source, day)


def as_past(source: Report, day: float) -> PastTake:
    """The past take with the report `source`."""
    return PastTake(
        f"take-{day:g}", START + timedelta(days=day), PastReport.model_validate_json(source.model_dump_json())
    )


def with_name(take: PastTake, name: str) -> PastTake:
    """A copy of `take` with another name."""
    return replace(take, name=name)


def write_take(takes: Path, day: float, source: Report, played: Script = SCRIPT) -> Path:
    """Write the folder of a take with report and script, named as a run on that day would name it."""
    folder = takes / f"{START + timedelta(days=day):%Y-%m-%d_%H-%M-%S}_waiting-for-news"
    folder.mkdir(parents=True)
    write_report(folder / REPORT_NAME, source)
    (folder / "script.json").write_text(played.model_dump_json(), encoding="utf-8")
    return folder
