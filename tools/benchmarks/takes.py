"""Synthetic takes to benchmark on: one long take with a journal, or many takes of one script with a report each."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from coach.base.events import Reading, TakeEnded
from coach.base.protocols import SourceInfo
from coach.base.settings import Settings
from coach.base.types import EMOTIONS, READS_PER_S, Box, Emotion, Face, Observation, Probabilities
from coach.core.reading.card import ModelCard
from coach.core.scoring.report import LineReport, ModelReport, Overall, Report, RunMetadata, SourceReport, Verdict
from coach.core.script.script import Script
from coach.perception.models import find_model
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME
from coach.takes.event_log import JournalWriter
from coach.takes.journal import JournalHeader
from coach.takes.report_file import report_json

FPS: Final = round(READS_PER_S)
"""Readings per second of a take, by default."""
LINE_S: Final = 4.0

TITLE: Final = "A long season"
"""The title of the script that `write_many_takes` uses."""

_FIRST_DAY: Final = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)


def write_many_takes(folder: Path, count: int, lines: int) -> None:
    """Write `count` takes of a script with that many lines, three a day; accuracy rises with random scatter.

    Each take is a folder with report and script, no journal.
    """
    rng = random.Random(count)  # noqa: S311  seeded, so that every run has the same takes
    texts = [f"This is line number {n} of a long evening." for n in range(1, lines + 1)]
    script = Script.model_validate({"title": TITLE, "lines": [{"text": each, "emotion": "sad"} for each in texts]})
    for number in range(count):
        when = _FIRST_DAY + timedelta(days=number // 3, hours=number % 3)
        take = folder / f"{when:%Y-%m-%d_%H-%M-%S}_a-long-season"
        take.mkdir()
        (take / "script.json").write_text(script.model_dump_json(), encoding="utf-8")
        accuracies = [min(max(rng.gauss(0.3 + 0.4 * number / count, 0.12), 0.0), 1.0) for _ in texts]
        report = _report(when, [_line(n, *each) for n, each in enumerate(zip(texts, accuracies, strict=True), start=1)])
        (take / REPORT_NAME).write_text(report_json(report), encoding="utf-8")


def _report(when: datetime, lines: list[LineReport]) -> Report:
    return Report(
        created=RunMetadata(at=when.isoformat(), take="", coach_version="0"),
        title=TITLE,
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


def write_take(folder: Path, minutes: float) -> Path:
    """Write the journal of a take of that many minutes, with `FPS` readings a second, into a new folder; no report."""
    folder.mkdir(parents=True)
    seconds = 60 * minutes
    lines = [
        {"text": f"This is line number {n} of a long evening.", "emotion": EMOTIONS[n % 7], "duration_s": LINE_S}
        for n in range(round(seconds / LINE_S))
    ]
    header = JournalHeader(
        created="2026-11-24T13:55:02+01:00",
        script=Script.model_validate({"title": f"{minutes:g} minutes", "lines": lines}),
        settings=Settings(),
        card=ModelCard.model_validate_json(find_model(None).with_suffix(".json").read_bytes()),
        source=SourceInfo("video", "take.mp4", live=False),
    )
    writer = JournalWriter(folder / JOURNAL_NAME, header, sync=lambda _: None)
    for reading in readings(seconds):
        writer.write(reading)
    writer.write(TakeEnded(seconds, "finished"))
    writer.close()
    return folder


def readings(seconds: float) -> Iterator[Reading]:
    """Yield readings of a face that moves and changes its expression; it is hidden in the first second of a minute."""
    for n in range(round(seconds * FPS)):
        t = n / FPS
        if t % 60 < 1:
            yield Reading(t, Observation(t, (), "no face"), None, None, None, None)
        else:
            box = Box(round(210 + 30 * math.sin(t), 2), round(98 + 9 * math.cos(t), 2), 187.25, 187.25)
            face = Face(0, box, _shares(EMOTIONS[int(t / LINE_S) % 7], t), weight=0.97)
            yield Reading(t, Observation(t, (face,)), None, None, None, None)


def _shares(shown: Emotion, t: float) -> Probabilities:
    raw = [0.05 + 0.04 * math.sin(7 * t + n) + (0.6 + 0.3 * math.sin(t)) * (e == shown) for n, e in enumerate(EMOTIONS)]
    a, b, c, d, e, f, g = (round(each / sum(raw), 4) for each in raw)
    return (a, b, c, d, e, f, g)
