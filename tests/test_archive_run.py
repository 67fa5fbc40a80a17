"""A run over an archive does each thing once, tries failures again, and goes on where an earlier run ended."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from archive_pool_help import attempts, play_part
from cli_help import coach_here
from distributed import LocalCluster
from video_help import steady, write_video

from coach.archive.dask_pool import DaskPool
from coach.archive.hashes import Hashes
from coach.archive.pieces import Pieces
from coach.archive.pools import ProcessPool, Work, WorkerPool
from coach.archive.recordings import Recording
from coach.archive.results import Results
from coach.archive.run import ArchiveRun, Outcome
from coach.archive.tables import read_table
from coach.archive.work import Method
from coach.base.errors import UsageError
from coach.base.settings import Settings
from coach.cli.analyse import open_pool

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # Dask leaves sockets to the garbage collector

METHOD = Method(None, Settings(), None, "0" * 64)


def opened_pool(kind: type[ProcessPool] | type[DaskPool], workers: int) -> Callable[[], WorkerPool]:
    work: Work = play_part
    return lambda: kind(work, workers)


def run_parts(folder: Path, names: list[str], open_pool: Callable[[], WorkerPool]) -> Outcome:
    """Run over files of these names, each with its own content."""
    files = folder / "files"
    files.mkdir()
    for name in names:
        (files / name).write_text(name)
    with ExitStack() as stack:
        results = Results(folder / "out")
        results.open(stack)
        run = ArchiveRun(results, Hashes([]), open_pool)
        return run.run([Recording(files / name, METHOD) for name in names])


@pytest.mark.parametrize(("kind", "workers"), [(ProcessPool, 2), (DaskPool, 1)])
def test_failures_and_dead_workers_are_tried_again(
    kind: type[ProcessPool] | type[DaskPool], workers: int, tmp_path: Path
) -> None:
    names = ["well_1", "well_2", "fails", "fails-once", "dies-once"]
    outcome = run_parts(tmp_path, names, opened_pool(kind, workers))
    made = {name: attempts(tmp_path / "files" / name) for name in names}
    assert outcome.read == 4
    assert [(failure.path.name, failure.reason) for failure in outcome.failures] == [("fails", "it is damaged")]
    assert all(len(made[name]) >= 1 for name in ("well_1", "well_2"))
    assert all(len(made[name]) >= 2 for name in ("fails", "fails-once", "dies-once"))


def test_a_recording_that_kills_its_workers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.archive.run.MAX_LOST", 1)
    outcome = run_parts(tmp_path, ["dies"], opened_pool(ProcessPool, 1))
    (failure,) = outcome.failures
    assert failure.reason.startswith("2 workers died while reading it")
    assert len(attempts(tmp_path / "files" / "dies")) == 2


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a real scheduler, whose two workers are threads of this process."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster.scheduler_address


def test_a_failure_is_tried_again_on_another_worker(scheduler: str, tmp_path: Path) -> None:
    for number, pool in enumerate((opened_pool(ProcessPool, 2), lambda: DaskPool(play_part, 2, scheduler))):
        folder = tmp_path / str(number)
        folder.mkdir()
        outcome = run_parts(folder, ["fails"], pool)
        assert len(outcome.failures) == 1
        assert len(set(attempts(folder / "files" / "fails"))) == 2


def test_one_worker_tries_again_by_itself(tmp_path: Path) -> None:
    outcome = run_parts(tmp_path, ["fails-once", "well"], opened_pool(ProcessPool, 1))
    assert (outcome.read, outcome.failures) == (2, [])


def test_an_interruption_ends_the_workers_and_keeps_what_was_done(tmp_path: Path) -> None:
    calls = iter(range(3))

    def interrupt() -> None:
        if next(calls, None) is None:
            raise KeyboardInterrupt

    pools: list[ProcessPool] = []

    def open_pool() -> WorkerPool:
        pools.append(ProcessPool(play_part, 1))
        return pools[0]

    (tmp_path / "a").write_text("a")
    with ExitStack() as stack:
        results = Results(tmp_path / "out")
        results.open(stack)
        run = ArchiveRun(results, Hashes([]), open_pool, check=interrupt)
        with pytest.raises(KeyboardInterrupt):
            run.run([Recording(tmp_path / "a", METHOD), *[Recording(tmp_path / f"{n}", METHOD) for n in range(9)]])
        assert [row["path"] for row in results.known_paths()] == [str(tmp_path / "a")]
    assert all(not lane._processes for lane in pools[0]._lanes.values())


@pytest.fixture
def films(short_take: Path, tmp_path: Path) -> Path:
    """A folder with a film, its copy in a folder below, a broken film, and a text."""
    folder = tmp_path / "films"
    (folder / "below").mkdir(parents=True)
    shutil.copy(short_take, folder / "one.mp4")
    shutil.copy(short_take, folder / "below" / "copy.mov")
    (folder / "broken.mp4").write_bytes(b"no video")
    (folder / "notes.txt").write_text("no film")
    return folder


SCRIPT = "[sad] They said by morning. (2s)\n"


def test_a_script_is_judged_in_every_film_of_a_folder(
    films: Path, scheduler: str, tmp_path: Path, user_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script, out = tmp_path / "news.txt", tmp_path / "out"
    script.write_text(SCRIPT)
    args = ("analyse", films, "--script", script, "-o", out, "--scheduler", scheduler, "--takes")
    assert coach_here(*args) == 1
    told = capsys.readouterr()
    assert "1 recording read, 1 with the content of another, 1 failed." in told.out
    assert "broken.mp4 was not read: broken.mp4: neither a video nor a picture" in told.err
    assert "never judge pupils, staff or applicants" in told.err
    (file,) = read_table(out / "files")
    assert [row["line"] for row in read_table(out / "lines")] == [1]
    assert [take.name for take in (out / "takes").iterdir()] == [file["take"]]
    (films / "broken.mp4").unlink()
    assert coach_here(*args) == 0
    assert "0 recordings read, 1 read before, 1 with the content of another." in capsys.readouterr().out


def test_a_list_names_a_script_for_each_film(
    films: Path, scheduler: str, user_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (films / "news.txt").write_text(SCRIPT)
    listed = films / "list.csv"
    listed.write_text("path,script\none.mp4,news.txt\nbroken.mp4,gone.txt\nnowhere.mp4,news.txt\n")
    assert coach_here("analyse", "--scripts", listed, "-o", user_home / "out", "--scheduler", scheduler) == 1
    told = capsys.readouterr()
    assert "1 recording read, 2 failed." in told.out
    assert "gone.txt" in told.err
    assert "nowhere.mp4: there is no such file or folder" in told.err
    assert coach_here("analyse", films, "--scripts", listed, "-o", user_home / "out", "--scheduler", scheduler) == 1
    assert "copy.mov was not read" in capsys.readouterr().err


@pytest.mark.parametrize(("length", "pieces"), [("20s", [0, 1]), ("1m", [])])
def test_a_long_film_is_cut_on_request_and_a_short_one_is_not(
    length: str,
    pieces: list[int],
    scheduler: str,
    user_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    looked: list[int] = []
    look = Pieces.look
    monkeypatch.setattr(Pieces, "look", lambda self, number: (looked.append(number), look(self, number)))
    film = write_video(user_home / "film.mp4", steady(24 * 5, 5), fps=5)
    args = ("analyse", film, "--mirror", "--reads-per-second", "1", "--scheduler", scheduler, "--split", length)
    assert coach_here(*args, "-o", "out") == 0
    assert "1 recording read." in capsys.readouterr().out
    assert sorted(looked) == pieces
    assert len(read_table(Path("out") / "readings")) == 24
    assert not list(Path("out").glob(".pieces/*"))


def test_without_dask_the_workers_are_plain_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "coach.archive.dask_pool")
    monkeypatch.setitem(sys.modules, "distributed", None)
    args = argparse.Namespace(workers=2, scheduler=None)
    assert isinstance(open_pool(args, play_part), ProcessPool)
    args.scheduler = "tcp://10.0.0.1:8786"
    with pytest.raises(UsageError, match=r"coach\[cluster\]"):
        open_pool(args, play_part)


def test_without_parquet_the_package_is_named(
    user_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("coach.archive.tables", "coach.archive.results", "coach.archive.run"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert coach_here("analyse", ".", "--mirror", "-o", "out") == 1
    assert "python -m pip install 'coach[archive]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--mirror"], "name recordings, or folders of recordings"),
        ([".", "--mirror"], "there is no recording in these paths"),
        (["nowhere", "--mirror"], "nowhere: there is no such file or folder"),
        ([".", "--mirror", "--takes"], "the mirror has none"),
        ([".", "--mirror", "--role", "ANNA"], "--role is about the script of --script"),
        ([".", "--mirror", "--workers", "2", "--scheduler", "tcp://h:1"], "--workers is about this machine"),
        (["--scripts", "list.csv"], "the first row must name the columns path and script"),
        ([".", "--mirror", "--model", "gone"], "unknown model 'gone'"),
        ([".", "--mirror", "--split", "10"], "expected a length with its unit, such as 10m, 90s or 1h, found '10'"),
        ([".", "--mirror", "--split", "five"], "expected a length with its unit"),
        ([".", "--mirror", "--split", "10s"], "a piece has at least 20 seconds, found '10s'"),
    ],
)
def test_what_cannot_be_done_is_said_at_once(
    args: list[str], message: str, user_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("list.csv").write_text("film,text\n")
    assert coach_here("analyse", *args, "-o", "out") in (1, 2)
    assert message in capsys.readouterr().err
    assert not Path("out").exists()
