"""A recording that is read in pieces gives the rows that it gives in one go."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from archive_pool_help import attempts, cut_part
from numpy.typing import NDArray
from perception_help import take_frames
from video_help import broken_inside, steady, write_video

from coach.archive.hashes import Hashes
from coach.archive.keys import job_for, method_for
from coach.archive.pieces import Joined, Pieces, plan_for
from coach.archive.pools import ProcessPool
from coach.archive.recordings import Recording
from coach.archive.results import Results, attempt
from coach.archive.rows import Row
from coach.archive.run import ArchiveRun, Outcome
from coach.archive.tables import read_table
from coach.archive.work import Job, Method
from coach.base.settings import Settings
from coach.core.script.script import Script

FPS = 4
SECONDS = 24
SPLIT_S = 12.0
OVERLAP_S = 4.0
SETTINGS = Settings(reads_per_s=FPS)
EMOTIONS = ("sad", "happy", "neutral", "fear")
SCRIPT = Script.model_validate(
    {"title": "News", "lines": [{"text": f"Line {n}.", "emotion": EMOTIONS[n % 4], "duration_s": 3} for n in range(8)]}
)


def scene() -> Iterator[NDArray[np.uint8]]:
    """The actor of the sample take, away for two seconds twice; beside it, from 5 to 20 seconds, someone bigger."""
    takes = [frame.image for frame in take_frames(FPS)]
    for number in range(FPS * SECONDS):
        image = np.full((360, 960, 3), 60, np.uint8)
        if not any(begin * FPS <= number < (begin + 2) * FPS for begin in (9, 15)):
            image[90:270, :320] = cv2.resize(takes[number % len(takes)], (320, 180))
        if 5 * FPS <= number < 20 * FPS:
            image[:, 320:] = takes[(7 * FPS + number) % len(takes)][:, ::-1]
        yield image


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 24 seconds with two people where it is cut."""
    pictures = list(scene())
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    return write_video(
        path, steady(len(pictures), FPS), size=(960, 360), fps=FPS, paint=lambda number, *_: pictures[number]
    )


def job_of(film: Path, script: Script | None = SCRIPT, settings: Settings = SETTINGS) -> Job:
    return job_for(film, Hashes([]).of(film), method_for(script, settings, None))


@dataclass
class Read:
    """What one run over a film left: its rows without the time of the run, and how often it looked again."""

    tables: dict[str, list[Row]]
    misses: int


def read(job: Job, out: Path, split_s: float | None) -> Read:
    """Read the film of `job` into `out`, in one go or in pieces."""
    misses: list[int] = []
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        check = Joined.check
        patch.setattr("coach.archive.pieces.OVERLAP_S", OVERLAP_S)
        patch.setattr(Joined, "check", lambda joined: (misses.append(joined.misses), check(joined)))
        Results(out).open(stack)
        work = partial(attempt, out=str(out), keep_take=True, split_s=split_s)
        done = work(job)
        assert bool(done.pieces) == (split_s is not None)
        for number in done.pieces:
            assert work(replace(job, piece=number)).error == ""
        assert work(replace(job, joins=True)).error == ""
        assert not any((out / ".pieces").glob("*"))
    tables = {name: read_table(out / name) for name in ("files", "lines", "readings") if any((out / name).iterdir())}
    return Read({name: [{**row, "analysed_at": ""} for row in rows] for name, rows in tables.items()}, sum(misses))


@pytest.fixture(scope="module")
def whole(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """What the film gives in one go."""
    return read(job_of(film), tmp_path_factory.mktemp("whole") / "out", None)


def test_pieces_give_the_rows_of_the_whole_though_the_second_one_follows_another_person(
    film: Path, whole: Read, tmp_path: Path
) -> None:
    """Who was first in sight at the beginning of a film stays the actor, although a piece cannot know that."""
    cut = read(job_of(film), tmp_path / "out", SPLIT_S)
    assert len(whole.tables["readings"]) > FPS * SECONDS - 8
    assert {row["verdict"] for row in whole.tables["lines"]} > {"hit"}
    assert max(row["x"] for row in whole.tables["readings"] if row["x"] is not None) < 320
    assert cut.tables == whole.tables
    assert cut.misses > 20


def test_the_mirror_tells_the_same_people_apart_in_pieces(film: Path, tmp_path: Path) -> None:
    job = job_of(film, None, Settings(reads_per_s=2))
    whole, cut = read(job, tmp_path / "whole", None), read(job, tmp_path / "cut", SPLIT_S)
    assert whole.tables["files"][0]["people"] == 2
    assert cut.tables == whole.tables
    assert cut.misses < FPS


def test_a_damaged_film_is_read_in_one_go(tmp_path: Path) -> None:
    takes = [frame.image for frame in take_frames(FPS)]
    path = write_video(
        tmp_path / "film.mp4", steady(FPS * SECONDS, FPS), size=(640, 360), fps=FPS,
        paint=lambda number, *_: takes[number % len(takes)],
    )  # fmt: skip
    job = job_of(broken_inside(path, 60))
    cut = read(job, tmp_path / "cut", SPLIT_S)
    assert "damaged" in str(cut.tables["files"][0]["warnings"])
    assert cut.tables == read(job, tmp_path / "whole", None).tables
    assert cut.misses == 0


def test_what_was_seen_is_kept_for_the_next_run_and_what_is_damaged_or_missing_is_looked_up(
    film: Path, whole: Read, tmp_path: Path
) -> None:
    job, out = job_of(film), tmp_path / "out"
    with ExitStack() as stack:
        Results(out).open(stack)
        pieces = Pieces(out, job, SPLIT_S)
        assert pieces.missing() == (0, 1)
        pieces.look(0)
    assert Pieces(out, job, SPLIT_S).missing() == (1,)
    assert Pieces(out, job, 13.0).folder != pieces.folder
    with gzip.open(pieces.folder / "0", "rt") as file:
        assert {"searches", "faces"} < set(json.load(file))
    (pieces.folder / "0").write_bytes(b"\x1f\x8b half")
    with ExitStack() as stack:
        Results(out).open(stack)
        assert attempt(replace(job, joins=True), str(out), keep_take=False, split_s=SPLIT_S).error == ""
    lines = read_table(out / "lines")
    assert [{**row, "analysed_at": ""} for row in lines] == whole.tables["lines"]


def plain_film(path: Path, group: int, seconds: int = 90) -> Path:
    """A film without faces that has a picture from which decoding can begin every `group` seconds."""
    times = steady(seconds * FPS, FPS)
    return write_video(path, times, fps=FPS, encoder={"g": str(group * FPS), "sc_threshold": "0"})


def test_a_recording_is_cut_only_as_far_as_its_script_goes(tmp_path: Path) -> None:
    job = job_of(plain_film(tmp_path / "film.mp4", 2))
    lengths = {}
    for split_s in (12.0, 24.0):
        plan = plan_for(job, split_s)
        times = plan.schedule.times if plan else []
        lengths[split_s] = [round(times[piece.last - 1] - times[piece.first]) for piece in plan.pieces] if plan else []
    assert lengths == {12.0: [12, 12], 24.0: []}
    everyone = plan_for(job_of(tmp_path / "film.mp4", None), 40.0)
    assert everyone is not None
    assert len(everyone.pieces) == 3
    for piece in everyone.pieces[1:]:
        assert everyone.schedule.times[piece.first] - everyone.schedule.times[piece.warm_up] >= 10


@pytest.mark.parametrize("group", [90, 60])
def test_a_recording_in_which_decoding_can_hardly_begin_is_read_in_one_go(group: int, tmp_path: Path) -> None:
    film = plain_film(tmp_path / "film.mp4", group)
    assert plan_for(job_of(film, None), 20.0) is None


@pytest.mark.parametrize("name", ["film.mp4", "film.png"])
def test_what_is_no_film_is_left_to_the_one_who_reads_it(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\x89PNG\r\n" if name.endswith("png") else b"no video")
    assert plan_for(job_of(tmp_path / name), 20.0) is None


# --- the run ------------------------------------------------------------------------------------------------------


def run_cut(folder: Path, names: list[str], progress: list[float]) -> Outcome:
    """Run over files of these names, with the work of `cut_part`."""
    for name in names:
        (folder / name).write_text(name)
    with ExitStack() as stack:
        results = Results(folder / "out")
        results.open(stack)
        run = ArchiveRun(results, Hashes([]), lambda: ProcessPool(cut_part, 2), progress=progress.append)
        return run.run([Recording(folder / name, Method(None, SETTINGS, None, "0" * 64)) for name in names])


def test_a_piece_that_fails_once_or_whose_worker_dies_is_done_again(tmp_path: Path) -> None:
    progress: list[float] = []
    outcome = run_cut(tmp_path, ["well", "fails-once", "dies-once", "fails"], progress)
    assert outcome.read == 3
    assert [(failure.path.name, failure.reason) for failure in outcome.failures] == [("fails", "it is damaged")]
    assert {name: len(attempts(tmp_path / name)) for name in ("well", "fails-once", "fails")} == {
        "well": 1, "fails-once": 2, "fails": 2,
    }  # fmt: skip
    assert len(attempts(tmp_path / "dies-once")) >= 2
    assert len(list(tmp_path.glob("well-other.*"))) == 4  # whether it is cut, two more pieces, and all of them
    assert {share % 1 for share in progress} > {0.0}
    assert progress == sorted(progress)
