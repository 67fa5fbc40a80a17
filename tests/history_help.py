"""Past takes for tests of history, drills and notes: in memory, or in a takes folder as a run would write them."""

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


def script(*words: str, target: str = "sad", title: str = "Waiting for news") -> Script:
    """A script of these lines, each with `target`."""
    return Script.model_validate({"title": title, "lines": [{"text": each, "emotion": target} for each in words]})


SCRIPT = script(*WORDS)


def line_reports(accuracies: Sequence[float | None], words: Sequence[str] = WORDS, first: int = 1) -> list[LineReport]:
    """Reports of the lines from number `first` on; a line with the accuracy None is not scored."""
    return [
        line_report(number, text, _verdict(accuracy), accuracy, share=accuracy, asked_share=0.5)
        for number, (text, accuracy) in enumerate(zip(words, accuracies, strict=True), start=first)
    ]


def _verdict(accuracy: float | None) -> Verdict:
    if accuracy is None:
        return "not_scored"
    return "hit" if accuracy >= 0.6 else "partial" if accuracy >= 0.3 else "miss"


def take_report(
    day: float, lines: list[LineReport], *, model: str | None = "m", strictness: str = "standard", **more: object
) -> Report:
    """The report of a take `day` days after the first of November."""
    fields: dict[str, object] = {
        "created": RunMetadata(at=(START + timedelta(days=day)).isoformat(), take="t", coach_version="0"),
        "settings": {"strictness": strictness},
        "model": ModelReport(name=model, sha256=model * 8, meaning="label") if model else None,
        "source": SourceReport(kind="camera" if model else "none", name="", sha256=""),
    }
    return report(lines, **(fields | more))


def past_take(day: float, accuracies: Sequence[float | None], words: Sequence[str] = WORDS, **more: object) -> PastTake:
    """A past take `day` days after the first of November."""
    made = take_report(day, line_reports(accuracies, words), **more)  # type: ignore[arg-type]  # the options of `take_report`
    return as_past(made, day)


def as_past(made: Report, day: float) -> PastTake:
    """The report `made` as a past take."""
    return PastTake(
        f"take-{day:g}", START + timedelta(days=day), PastReport.model_validate_json(made.model_dump_json())
    )


def renamed(take: PastTake, name: str) -> PastTake:
    """`take` under another name."""
    return replace(take, name=name)


def write_take(takes: Path, day: float, made: Report, played: Script = SCRIPT) -> Path:
    """Write the folder of a take with report and script, with the name that a run on that day would give it."""
    folder = takes / f"{START + timedelta(days=day):%Y-%m-%d_%H-%M-%S}_waiting-for-news"
    folder.mkdir(parents=True)
    write_report(folder / REPORT_NAME, made)
    (folder / "script.json").write_text(played.model_dump_json(), encoding="utf-8")
    return folder
