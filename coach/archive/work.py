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
    from coach.archive.pieces import Joined
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
        piece: number of the piece to look at, from 0; None for the recording as a whole.
        joins: all pieces were looked at, and are put together.
    """

    path: str
    sha256: str
    method: Method
    key: str
    piece: int | None = None
    joins: bool = False

    @property
    def name(self) -> str:
        """Tells this job from all others of a run."""
        return f"{self.key}-{'all' if self.joins else '' if self.piece is None else self.piece}"


@dataclass(frozen=True, slots=True)
class Done:
    """What a worker says at the end of an attempt.

    Attributes:
        error: why it failed, as a sentence; empty if it went well.
        pieces: numbers of the pieces that have to be looked at first; none if the recording is done.
    """

    error: str = ""
    pieces: tuple[int, ...] = ()


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


def analyse(job: Job, add_reading: Callable[[Row], None], folder: Path, joined: Joined | None = None) -> Analysis:
    """Read the recording of `job`. Equal jobs give equal rows, except the column ``analysed_at``.

    Args:
        job: what to read, and how.
        add_reading: gets each row of the table of readings, in order of time.
        folder: an empty folder, in which a rehearsal leaves the folder of its take. The caller removes it.
        joined: what was seen in the pieces of the recording, if it was cut; the rows are the same.

    Raises:
        CoachError: the recording, the script or the model cannot be used.
        UnscheduledError: the pieces cannot be used.
    """
    use_one_processor()
    add = _keyed(job.key, add_reading)
    script = job.method.script
    analysis = _mirror(job, add, joined) if script is None else _rehearse(job, add, folder, joined)
    if joined is not None:
        joined.check()
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


def use_one_processor() -> None:
    """Let OpenCV work in the thread that calls it: other processes use the other processors."""
    import cv2

    cv2.setNumThreads(1)


def _rehearse(job: Job, add_reading: Callable[[Row], None], folder: Path, joined: Joined | None) -> Analysis:
    from coach.app.composition import RehearsalRun, RunOptions
    from coach.app.notices import Notices

    script = job.method.script
    assert script is not None
    options = RunOptions(source=job.path, model=job.method.model, voice="off", takes=folder, decode_ahead=False)
    run = RehearsalRun(script, job.method.settings, options, Notices(lambda _: None))
    rows = ReadingRows(add_reading)
    with ExitStack() as stack:
        run.open(stack, source=None if joined is None else joined.source)
        if joined is not None and run.perceiver is not None:
            run.perceiver.look_through(joined.recalling)
        run.rehearsal.add(rows)
        run.play()
    file = {**_source_cells(run.source), **report_cells(run.report), "readings": rows.count}
    return Analysis(file, [line_row(line) for line in run.report.lines], run.recorder.folder)


def _mirror(job: Job, add_reading: Callable[[Row], None], joined: Joined | None) -> Analysis:
    from coach.app.mirror import views
    from coach.core.mirror.tally import MirrorTally
    from coach.perception.pipeline import Crowd, open_crowd
    from coach.sources.opening import SourceOptions, open_source

    settings = job.method.settings
    options = SourceOptions(frames_per_s=settings.reads_per_s, ahead=False)
    source = open_source(job.path, options) if joined is None else joined.source
    with ExitStack() as stack:
        stack.callback(source.close)
        stills = source.info.kind == "images"
        mode = Crowd(settings.detect_every, stills=stills, reads_per_s=settings.reads_per_s)
        perceiver = open_crowd("auto", job.method.model, mode)
        if joined is not None:
            perceiver.look_through(joined.recalling)
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
