"""Long recordings in pieces: several workers look at the pictures, one puts together what they saw.

What takes long is to decode the pictures and to run the networks on them. So the workers of the pieces only do that,
and keep what they saw (`coach.perception.recall`). Whoever puts the pieces together reads the recording from its
beginning to its end as if there were no pieces, but recalls instead of looking; what nobody saw it looks up in the
recording. So the result is the same, whatever the pieces hold, and even if some are missing.

- ``OUT/.pieces/KEY-SECONDS/plan``: where the pieces begin and end.
- ``OUT/.pieces/KEY-SECONDS/NUMBER``: what was seen in one.
- ``OUT/.pieces/KEY-SECONDS/whole``: why the recording is read in one go after all.
"""

from __future__ import annotations

import gzip
import json
import math
import shutil
import tempfile
import zlib
from bisect import bisect_right
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coach.base.errors import SourceError
from coach.base.files import PRIVATE_FOLDER_MODE
from coach.base.types import Frame, shortest_read_gap_s
from coach.perception.recall import NotingSight, RecallingSight, SightNotes, starts_in_step
from coach.sources.files.schedule import Schedule, ScheduledSource, UnscheduledError, open_pieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.archive.work import Job, Method
    from coach.perception.pipeline import Crowd, FacePipeline, OneActor
    from coach.perception.sight import PixelSight

OVERLAP_S: Final = 10.0
"""A piece begins to look this long before its own part, so that its tracker knows by then what it would know."""

_DAMAGED: Final = (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError)
"""What reading a damaged file of a piece may raise."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Numbers of needed pictures: the first to look at, the first of the piece's own part, and that after its last."""

    warm_up: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How a recording is cut."""

    schedule: Schedule
    pieces: list[Piece]


def plan_for(job: Job, split_s: float) -> Plan | None:
    """How to cut the recording of `job` into pieces of at most `split_s` seconds; None if it is read in one go."""
    method = job.method
    until_s = _end_of(method)
    with ExitStack() as stack:
        try:
            decoder = open_pieces(Path(job.path), shortest_read_gap_s(method.settings.reads_per_s))
            stack.callback(decoder.close)
            if min(decoder.duration_s or 0.0, until_s) <= split_s:
                return None
            schedule = decoder.schedule(until_s)
            pieces = _cut(schedule, mode_of(method), split_s)
        except (UnscheduledError, SourceError):  # reading it in one go says what is wrong
            return None
    return Plan(schedule, pieces) if len(pieces) > 1 else None


def _end_of(method: Method) -> float:
    """When a recording is no longer read, in seconds."""
    from coach.app.replay import timeline_for

    return math.inf if method.script is None else timeline_for(method.script, method.settings, live=False).end


def mode_of(method: Method) -> OneActor | Crowd:
    """How `method` reads faces in a film."""
    from coach.perception.pipeline import Crowd, OneActor

    settings = method.settings
    if method.script is None:
        return Crowd(settings.detect_every, reads_per_s=settings.reads_per_s)
    return OneActor(settings.detect_every, settings.reads_per_s, settings.face)


def _open_perceiver(method: Method) -> FacePipeline:
    from coach.perception.pipeline import Crowd, open_crowd, open_perception

    mode = mode_of(method)
    if isinstance(mode, Crowd):
        return open_crowd("auto", method.model, mode)
    return open_perception(method.settings.detector, method.model, mode)


def _cut(schedule: Schedule, mode: OneActor | Crowd, split_s: float) -> list[Piece]:
    """Pieces of equal length.

    Raises:
        UnscheduledError: decoding can begin at so few pictures that much would be decoded twice.
    """
    times = schedule.times
    count = math.ceil((times[-1] - times[0]) / split_s)
    seams = [bisect_right(times, times[0] + (times[-1] - times[0]) * n / count) for n in range(1, count)]
    starts = starts_in_step(times, mode)
    pieces: list[Piece] = []
    for first, last in zip([0, *seams], [*seams, len(times)], strict=True):
        before = bisect_right(times, times[first] - OVERLAP_S) - 1 if first else 0
        warm_up = starts[max(bisect_right(starts, before) - 1, 0)]
        if pieces and schedule.key_before(warm_up) < schedule.pts[schedule.given[pieces[-1].first]]:
            raise UnscheduledError("decoding can begin at too few of its pictures")
        pieces.append(Piece(warm_up, first, last))
    return pieces


class Pieces:
    """The folder of the pieces of one recording. Making one touches nothing."""

    def __init__(self, out: Path, job: Job, split_s: float) -> None:
        """Use a folder in `out`, the folder of the results, for `job` and pieces of `split_s` seconds."""
        self._job = job
        self._split_s = split_s
        self._unfinished = out / ".unfinished"
        self.folder = out / ".pieces" / f"{job.key}-{split_s:g}"

    def missing(self) -> tuple[int, ...]:
        """Numbers of the pieces that nobody has looked at; none if the recording is read in one go.

        Raises:
            OSError: the plan cannot be written.
        """
        plan = self._kept_plan() or self._new_plan()
        if plan is None or self.is_whole:
            return ()
        return tuple(number for number in range(len(plan.pieces)) if not (self.folder / str(number)).exists())

    def look(self, number: int) -> None:
        """Look at piece `number`, from 0, and keep what is seen, unless that was done before.

        Raises:
            CoachError: the recording or the model cannot be used.
            OSError: it cannot be written.
        """
        plan = self._kept_plan()
        if plan is None or self.is_whole or (self.folder / str(number)).exists():
            return
        try:
            self._write(str(number), self._seen(plan.schedule, plan.pieces[number]))
        except UnscheduledError as error:
            self._write("whole", str(error))

    def joined(self) -> Joined | None:
        """The pieces put together; None if the recording is read in one go."""
        plan = self._kept_plan()
        return None if plan is None or self.is_whole else Joined(self._job, plan, self._read)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def is_whole(self) -> bool:
        """Whether a piece has shown that the recording must be read in one go."""
        return (self.folder / "whole").exists()

    def _seen(self, schedule: Schedule, piece: Piece) -> dict[str, Any]:
        """What is seen in `piece`, with a sum of the pixels on each side of its seams."""
        perceiver = _open_perceiver(self._job.method)
        noting: list[NotingSight] = []

        def note(sight: PixelSight) -> NotingSight:
            noting.append(NotingSight(sight, looks=self._job.method.script is None))
            return noting[0]

        perceiver.look_through(note)
        sums = {piece.first - 1: 0, piece.last - 1: 0}
        with ExitStack() as stack:
            decoder = open_pieces(Path(self._job.path))
            stack.callback(decoder.close)
            decoder.first_picture()
            for number, image in decoder.read(schedule, piece.warm_up, piece.last):
                perceiver.observe(Frame(schedule.times[number], image))
                if number in sums:
                    sums[number] = zlib.crc32(image.data)
        begins, ends = sums[piece.first - 1], sums[piece.last - 1]
        return {"begins": begins, "ends": ends, **noting[0].notes.rows(schedule.times[piece.first])}

    def _new_plan(self) -> Plan | None:
        plan = plan_for(self._job, self._split_s)
        if plan is not None:
            rows = [[piece.warm_up, piece.first, piece.last] for piece in plan.pieces]
            self._write("plan", {"schedule": plan.schedule.row(), "pieces": rows})
        return plan

    def _kept_plan(self) -> Plan | None:
        with suppress(*_DAMAGED):
            row = self._read("plan")
            return Plan(Schedule(**row["schedule"]), [Piece(*piece) for piece in row["pieces"]])
        return None

    def _read(self, name: str) -> Any:  # noqa: ANN401  # JSON
        with gzip.open(self.folder / name, "rt", encoding="utf-8") as file:
            return json.load(file)

    def _write(self, name: str, value: object) -> None:
        self.folder.mkdir(PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=self._unfinished)) / name
        with gzip.open(draft, "wt", compresslevel=1, encoding="utf-8") as file:
            json.dump(value, file, separators=(",", ":"))
        draft.replace(self.folder / name)
        draft.parent.rmdir()


class Joined:
    """The pieces of a recording, to be read as one. The source is open; its user closes it."""

    def __init__(self, job: Job, plan: Plan, read: Callable[[str], Any]) -> None:
        """Open the recording. `read` gives the content of a kept file by its name.

        Raises:
            SourceError: the recording cannot be read.
            UnscheduledError: it must be read in one go.
        """
        self._plan = plan
        self._read = read
        self._firsts = [plan.schedule.times[piece.first] for piece in plan.pieces]
        self._number = -1
        self._ends: int | None = None
        self._notes = SightNotes()
        self._sight: RecallingSight | None = None
        self.source = ScheduledSource(Path(job.path), plan.schedule, job.sha256)

    def recalling(self, sight: PixelSight) -> RecallingSight:
        """What recalls the pieces; `sight` looks up the rest."""
        self._sight = RecallingSight(sight, self._notes_at, self._picture)
        return self._sight

    def check(self) -> None:
        """Make sure at the end that all could be recalled or looked up.

        Raises:
            UnscheduledError: the recording must be read in one go.
        """
        if self._sight is not None and self._sight.trouble is not None:
            raise UnscheduledError(str(self._sight.trouble)) from self._sight.trouble

    @property
    def misses(self) -> int:
        """How often something was looked up in the recording."""
        return 0 if self._sight is None else self._sight.misses

    def _picture(self, t: float) -> NDArray[np.uint8]:
        return self.source.picture(t)

    def _notes_at(self, t: float) -> SightNotes:
        """What was seen in the piece at `t` seconds."""
        number = bisect_right(self._firsts, t) - 1
        if number != self._number:
            self._number, self._notes = number, SightNotes()
            before, self._ends = self._ends, None
            with suppress(*_DAMAGED):  # then all of it is looked up
                self._load(self._read(str(number)), before)
        return self._notes

    def _load(self, row: dict[str, Any], before: int | None) -> None:
        """Take over a kept piece. `before` is the sum of the last picture of the piece before it, if that is known."""
        notes = SightNotes()
        notes.add_rows(row)
        begins, self._ends = int(row["begins"]), int(row["ends"])
        if before not in (None, begins) and self._sight is not None:
            self._sight.trouble = UnscheduledError("pictures differ when decoding begins in its middle")
        self._notes = notes
