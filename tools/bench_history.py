"""Times `coach history` and `coach drill` over many takes: `python tools/bench_history.py [--takes 500] [--lines 30]`.

Whole commands in processes of their own, start included, the median of three. The takes are written as runs leave them:
30 lines with an accuracy that rises from take to take and scatters. Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # found from any folder, also uninstalled

from coach.config import Settings
from coach.core.report import Created, LineReport, ModelReport, Overall, Report, SourceReport, Verdict
from coach.core.script import Script
from coach.takes.report_file import REPORT_NAME, report_json
from coach.types import EMOTIONS, Emotion

LIMIT_S: Final = 2.0
"""What a history of 500 takes may take."""

RUNS: Final = 3
_TITLE: Final = "A long season"
_BEGAN: Final = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)


def main(argv: list[str] | None = None) -> int:
    """Print every figure; 1 where one is beyond its limit."""
    parser = argparse.ArgumentParser(description="Time histories and drills over many takes.")
    parser.add_argument("--takes", type=int, default=500)
    parser.add_argument("--lines", type=int, default=30)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        make_takes(Path(folder), options.takes, options.lines)
        found = dict(timings(Path(folder)))
    for what, seconds in found.items():
        print(f"{what}, {options.takes} takes of {options.lines} lines: {seconds:.2f} s (at most {LIMIT_S:g} s)")
    return int(any(seconds > LIMIT_S for seconds in found.values()))


def timings(takes: Path) -> Iterator[tuple[str, float]]:
    """Each command with its seconds, over the takes in `takes`."""
    page = ("--html", str(takes / "page.html"))
    for what, words in (("history", ()), ("history --html", page)):
        yield f"coach {what}", _seconds("history", _TITLE, "--takes", str(takes), *words)
    yield "coach drill --list", _seconds("drill", _TITLE, "--takes", str(takes), "--list")


def _seconds(*words: str) -> float:
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "coach", *words], check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def make_takes(folder: Path, count: int, lines: int) -> None:
    """`count` takes of a script of so many lines, three a day, each a folder with report and script."""
    dice = random.Random(count)  # noqa: S311  the same takes on every run
    texts = [f"This is line number {n} of a long evening." for n in range(1, lines + 1)]
    script = Script.model_validate({"title": _TITLE, "lines": [{"text": each, "emotion": "sad"} for each in texts]})
    for number in range(count):
        when = _BEGAN + timedelta(days=number // 3, hours=number % 3)
        take = folder / f"{when:%Y-%m-%d_%H-%M-%S}_a-long-season"
        take.mkdir()
        (take / "script.json").write_text(script.model_dump_json(), encoding="utf-8")
        accuracies = [min(max(dice.gauss(0.3 + 0.4 * number / count, 0.12), 0.0), 1.0) for _ in texts]
        report = _report(when, [_line(n, *each) for n, each in enumerate(zip(texts, accuracies, strict=True), start=1)])
        (take / REPORT_NAME).write_text(report_json(report), encoding="utf-8")


def _report(when: datetime, lines: list[LineReport]) -> Report:
    return Report(
        created=Created(at=when.isoformat(), take="", coach_version="0"),
        title=_TITLE,
        language="en",
        settings=Settings().model_dump(mode="json"),
        source=SourceReport(kind="camera", name="camera:0", sha256=""),
        model=ModelReport(name="audience", sha256="0" * 64, meaning="viewers"),
        ended="finished",
        warnings=[],
        overall=Overall(accuracy=0.5, scored_s=3, coverage=1, hits=0, partials=1, misses=0, not_scored=0),
        strength=None,
        notes=[],
        lines=lines,
    )


def _line(number: int, text: str, accuracy: float) -> LineReport:
    verdict: Verdict = "hit" if accuracy >= 0.6 else "partial" if accuracy >= 0.3 else "miss"
    even: dict[Emotion, float] = dict.fromkeys(EMOTIONS, 1 / 7)
    return LineReport(
        index=number, text=text, targets=["sad"], target="sad", start_s=0.0, end_s=3.0, played_s=3.0, scored_s=3.0,
        coverage=1.0, accuracy=accuracy, match=0.5, arrival_s=0.5, hold_s=1.25, bleed_s=0.0, read=even, top="sad",
        intensity=None, verdict=verdict, reason="", attempts=1, share=accuracy, asked_share=0.5, evidence=even,
        audience="5 of 10 viewers would read sad; half of 91 actors get 3 or more",
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
