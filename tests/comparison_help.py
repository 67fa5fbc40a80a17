"""Reports for the tests of comparisons."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core_help import seen
from page_help import keep_take
from takes_help import make_report

from coach.cli import compare as command
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


def compare_command(*words: str | Path) -> int:
    """`coach compare WORDS`."""
    return run_command(command, "compare", *words)


def run_command(module: object, name: str, *words: str | Path) -> int:
    """`coach NAME WORDS`, in this process."""
    parser = argparse.ArgumentParser()
    module.register(parser.add_subparsers())  # type: ignore[attr-defined]
    args = parser.parse_args([name, *map(str, words)])
    code: int = args.run(args)
    return code


def camera_take(folder: Path) -> Path:
    """A take before a camera, without a video, that serves the first line best."""
    lines = [{"text": "They said by morning. It is morning, and the phone just lies there.", "emotion": "sad"}]
    observations = [seen(n / 10, "sad", 0.99) for n in range(40)]
    return keep_take(folder, {"title": "Filmed", "lines": lines}, observations, kind="camera", end=4.0)
