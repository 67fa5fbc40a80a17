"""The work on one recording: a task that can be sent to any process or machine, from a path to rows of tables.

It plays the recording as `coach rehearse --source` and `coach mirror` do, on one processor.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from coach import __version__
from coach.archive.rows import ReadingRows, Row, line_row, report_cells, view_rows
from coach.base.errors import SourceError
from coach.base.settings import Settings

if TYPE_CHECKING:
    from coach.base.protocols import FrameSource
    from coach.core.script.script import Script


@dataclass(frozen=True, slots=True)
class Method:
    """How recordings are read.

    Attributes:
        script: its lines are judged; None reads every face without a script, as the mirror does.
        settings: of the rehearsal; of the mirror only `reads_per_s` and `detect_every` count.
        model: name of a shipped classifier, or absolute path of another; None for the default.
        digest: hash of all of it, with the content of the model, as 64 hexadecimal digits.
    """

    script: Script | None
    settings: Settings
    model: str | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One recording to be read.

    Attributes:
        path: absolute path of the recording.
        sha256: hash of its content.
        method: how it is read.
        key: hash of content and method, which names the results.
    """

    path: str
    sha256: str
    method: Method
    key: str


@dataclass(slots=True)
class Analysis:
    """What was read in one recording, besides the readings.

    Attributes:
        file: its row of the table of files.
        lines: its rows of the table of lines; empty without a script.
        take: the folder of its take; None without a script.
    """

    file: Row
    lines: list[Row] = field(default_factory=list)
    take: Path | None = None


def analyse(job: Job, add_reading: Callable[[Row], None], folder: Path) -> Analysis:
    """Read the recording of `job`. Equal jobs give equal rows, except the column ``analysed_at``.

    Args:
        job: what to read, and how.
        add_reading: gets each row of the table of readings, in order of time.
        folder: an empty folder, in which a rehearsal leaves the folder of its take. The caller removes it.

    Raises:
        CoachError: the recording, the script or the model cannot be used.
    """
    _use_one_processor()
    script = job.method.script
    add = _keyed(job.key, add_reading)
    analysis = _mirror(job, add) if script is None else _rehearse(job, script, add, folder)
    analysis.file |= {
        "path": job.path,
        "sha256": job.sha256,
        "kind": "mirror" if script is None else "script",
        "analysed_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "coach_version": __version__,
    }
    for row in (analysis.file, *analysis.lines):
        row["key"] = job.key
    return analysis


def _keyed(key: str, add: Callable[[Row], None]) -> Callable[[Row], None]:
    return lambda row: add({"key": key, **row})


def _use_one_processor() -> None:
    """Let OpenCV work in the thread that calls it: other processes use the other processors."""
    import cv2

    cv2.setNumThreads(1)


def _rehearse(job: Job, script: Script, add_reading: Callable[[Row], None], folder: Path) -> Analysis:
    from coach.app.composition import RehearsalRun, RunOptions
    from coach.app.notices import Notices

    options = RunOptions(source=job.path, model=job.method.model, voice="off", takes=folder, decode_ahead=False)
    run = RehearsalRun(script, job.method.settings, options, Notices(lambda _: None))
    rows = ReadingRows(add_reading)
    with ExitStack() as stack:
        run.open(stack)
        run.rehearsal.add(rows)
        run.play()
    file = {**_source_cells(run.source), **report_cells(run.report), "readings": rows.count}
    return Analysis(file, [line_row(line) for line in run.report.lines], run.recorder.folder)


def _mirror(job: Job, add_reading: Callable[[Row], None]) -> Analysis:
    from coach.app.mirror import views
    from coach.core.mirror.tally import MirrorTally
    from coach.perception.pipeline import Crowd, open_crowd
    from coach.sources.opening import SourceOptions, open_source

    settings = job.method.settings
    source = open_source(job.path, SourceOptions(frames_per_s=settings.reads_per_s, ahead=False))
    with ExitStack() as stack:
        stack.callback(source.close)
        stills = source.info.kind == "images"
        mode = Crowd(settings.detect_every, stills=stills, reads_per_s=settings.reads_per_s)
        perceiver = open_crowd("auto", job.method.model, mode)
        tally, count, errors = MirrorTally(), 0, []
        try:
            for view in views(source, perceiver):
                tally.add(view)
                rows = view_rows(view)
                count += len(rows)
                for row in rows:
                    add_reading(row)
        except SourceError as error:  # what was read before is valid
            errors.append(str(error))
        summary = tally.summary()
        file = {
            **_source_cells(source),
            "model": perceiver.card.name,
            "model_sha256": perceiver.card.sha256,
            "ended": "source ended",
            "warnings": [*source.stats.warnings, *perceiver.warnings, *errors],
            "readings": count,
            "people": len(summary.people) + summary.others,
        }
    return Analysis(file)


def _source_cells(source: FrameSource) -> Row:
    info = source.info
    return {"duration_s": info.duration_s, "width": info.width, "height": info.height}
